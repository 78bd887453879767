/*
 * Detail: a table: its attributes with statistics, its rows, where it comes from.
 *
 * Invariants: the tab is in the address; what is searched in rows is not, as it may name people.
 */
import { Button, makeStyles, Menu, MenuItemLink, MenuList, MenuPopover, MenuTrigger, MessageBar, MessageBarBody, Tab, TabList } from "@fluentui/react-components";
import { ArrowDownloadRegular } from "@fluentui/react-icons";
import { useParams, useSearchParams } from "react-router";
import { seg } from "../../api/client";
import { useGet, useProject } from "../../api/hooks";
import type { ObjectView, TableLine } from "../../api/types";
import { bytes, Empty, ErrorView, formatNumber, Loading, PageHead, PageLink } from "../../parts";
import { Attributes } from "./Attributes";
import { Rows } from "./Rows";

const useStyles = makeStyles({ panel: { paddingTop: "16px" }, said: { marginBottom: "12px" } });

const GROUP: Record<string, string> = {
  source: "Source table", corrupt: "Rows that cannot be read", profiles: "Profile table", activities: "Activity table", measures: "Measure table", segments: "Segment table", exports: "Export table", system: "System table",
};

export default function TableDetail() {
  const styles = useStyles();
  const { table = "" } = useParams();
  const { p, to } = useProject();
  const [params, setParams] = useSearchParams();
  const tables = useGet<TableLine[]>(p("/tables?all=true"));
  const objects = useGet<ObjectView[]>(p("/objects"));
  const line = tables.data?.find((one) => one.name.toLowerCase() === table.toLowerCase());
  const crumbs = [{ title: "Tables", to: "/tables" }];
  if (tables.error) return <><PageHead title={table} crumbs={crumbs} /><ErrorView problem={tables.error} retry={() => void tables.refetch()} /></>;
  if (tables.isPending) return <><PageHead title={table} crumbs={crumbs} /><Loading label="Loading the table" /></>;
  if (!line)
    return (
      <>
        <PageHead title={table} crumbs={crumbs} />
        <Empty title="There is no such table" text={`No run has written ${table} yet, or a definition has changed its name. Run the project, or look in the list of tables.`} />
      </>
    );
  const tab = params.get("tab") ?? (line.group === "corrupt" ? "data" : "attributes");
  const object = line.by ? objects.data?.find((one) => one.kind === line.by?.kind && one.name === line.by.name) : undefined;
  const corrupt = tables.data.find((one) => one.name === `${line.name}_Corrupt`);
  const download = (format: string) => p(`/tables/${seg(line.name)}/download?format=${format}`);
  return (
    <>
      <PageHead
        title={line.name}
        kind={`${GROUP[line.group] ?? line.group}${line.kind === "table" ? "" : `, ${line.kind}`}${line.rows === null ? "" : `, ${formatNumber(line.rows)} rows`}${line.bytes === null ? "" : `, ${bytes(line.bytes)}`}`}
        refreshed={line.written}
        dependsOn={line.by ? [line.by] : undefined}
        usedBy={object && line.group === "source" ? object.used_by : undefined}
        crumbs={crumbs}
        actions={
          <Menu>
            <MenuTrigger disableButtonEnhancement><Button icon={<ArrowDownloadRegular />}>Download</Button></MenuTrigger>
            <MenuPopover>
              <MenuList>
                <MenuItemLink href={download("csv")} download={`${line.name}.csv`}>As CSV</MenuItemLink>
                <MenuItemLink href={download("ndjson")} download={`${line.name}.ndjson`}>As NDJSON</MenuItemLink>
              </MenuList>
            </MenuPopover>
          </Menu>
        }
      />
      {line.group === "corrupt" ? <CorruptNote line={line} /> : null}
      {corrupt && (corrupt.rows ?? 0) > 0 ? (
        <MessageBar intent="warning" className={styles.said}><MessageBarBody>{formatNumber(corrupt.rows ?? 0)} rows could not be read and are in <PageLink inline to={to(`/tables/${encodeURIComponent(corrupt.name)}`)}>{corrupt.name}</PageLink>, each with the reason.</MessageBarBody></MessageBar>
      ) : null}
      <TabList selectedValue={tab} onTabSelect={(_, data) => setParams((old) => { old.set("tab", String(data.value)); return old; }, { replace: true })} aria-label="Ways to see the table">
        <Tab value="attributes">Attributes ({line.columns.length})</Tab>
        <Tab value="data">Data</Tab>
      </TabList>
      <div role="tabpanel" aria-label={tab === "data" ? "Data" : "Attributes"} className={styles.panel}>
        {tab === "data" ? <Rows key={line.name} line={line} /> : <Attributes line={line} />}
      </div>
    </>
  );
}

function CorruptNote({ line }: { line: TableLine }) {
  const styles = useStyles();
  const { to } = useProject();
  return (
    <MessageBar intent="info" layout="multiline" className={styles.said}>
      <MessageBarBody>
        Each row says why it cannot be read, and its file and line. These rows take part in nothing. When the source or the steps are mended, they leave this table with the next run.
        {line.by?.kind === "source" ? <> <PageLink inline to={to(`/sources/${encodeURIComponent(line.by.name)}`)}>Open the source {line.by.name}</PageLink></> : null}
      </MessageBarBody>
    </MessageBar>
  );
}
