/*
 * Review: pairs of records that people decide about, what was decided, and how good the matching is by that.
 *
 * Not here: the queue (Queue), the list of decisions (Decisions), the figures (Quality), the evidence about a pair (Explained).
 */
import { makeStyles, Tab, TabList } from "@fluentui/react-components";
import { useSearchParams } from "react-router";
import { useGet, useProject } from "../../api/hooks";
import type { DecisionsView } from "../../api/types";
import { formatNumber, PageHead, PageLink } from "../../parts";
import { Decisions } from "./Decisions";
import { Quality } from "./Quality";
import { Queue } from "./Queue";

const useStyles = makeStyles({ panel: { paddingTop: "16px" } });

const TABS = ["pairs", "decisions", "quality"] as const;

export default function Review() {
  const styles = useStyles();
  const { p, to } = useProject();
  const [params, setParams] = useSearchParams();
  const tab = TABS.find((one) => one === params.get("tab")) ?? "pairs";
  const decisions = useGet<DecisionsView>(p("/match/decisions?limit=1"), { staleTime: 0 });
  const waiting = decisions.data?.waiting ?? 0;
  return (
    <>
      <PageHead
        title="Review"
        subtitle={waiting > 0 ? `${formatNumber(waiting)} ${waiting === 1 ? "decision waits" : "decisions wait"} for the next run` : "two records at a time: the same person, or not?"}
        actions={<><PageLink to={to("/review/pair")}>Explain any two records</PageLink><PageLink to={to("/unify?tab=model")}>The model</PageLink></>}
      />
      <TabList selectedValue={tab} aria-label="Review" onTabSelect={(_, data) => setParams(data.value === "pairs" ? {} : { tab: String(data.value) }, { replace: true })}>
        <Tab value="pairs">Pairs</Tab>
        <Tab value="decisions">Decisions{decisions.data ? ` (${formatNumber(decisions.data.total)})` : ""}</Tab>
        <Tab value="quality">Quality</Tab>
      </TabList>
      <div role="tabpanel" className={styles.panel} aria-label={tab}>
        {tab === "pairs" ? <Queue onDecided={() => void decisions.refetch()} /> : null}
        {tab === "decisions" ? <Decisions onChanged={() => void decisions.refetch()} /> : null}
        {tab === "quality" ? <Quality /> : null}
      </div>
    </>
  );
}
