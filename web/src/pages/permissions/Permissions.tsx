/*
 * Permissions: who may come in and what they may do; programs' tokens; the roles in words.
 */
import { makeStyles, Tab, TabList } from "@fluentui/react-components";
import { useSearchParams } from "react-router";
import { useProject } from "../../api/hooks";
import { PageHead } from "../../parts/page-head";
import { Empty } from "../../parts/states";
import { Accounts } from "./Accounts";
import { Roles } from "./Roles";
import { Tokens } from "./Tokens";

const useStyles = makeStyles({ panel: { paddingTop: "16px" } });

/** The page of permissions. */
export default function Permissions() {
  const styles = useStyles();
  const { can } = useProject();
  const [params, setParams] = useSearchParams();
  const tab = params.get("tab") ?? "people";
  if (!can("administrator")) {
    return (
      <>
        <PageHead title="Permissions" />
        <Empty title="Only administrators see this" text="They invite people, give roles and make tokens for programs. Your own password is in the menu at the top right." />
      </>
    );
  }
  return (
    <>
      <PageHead title="Permissions" subtitle="Who may come into this server, for all of its projects." />
      <TabList selectedValue={tab} onTabSelect={(_, data) => setParams({ tab: String(data.value) }, { replace: true })}>
        <Tab value="people">People</Tab>
        <Tab value="tokens">Tokens</Tab>
        <Tab value="roles">Roles</Tab>
      </TabList>
      <div className={styles.panel} role="tabpanel">
        {tab === "people" ? <Accounts /> : tab === "tokens" ? <Tokens /> : <Roles />}
      </div>
    </>
  );
}
