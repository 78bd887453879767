/*
 * List: the sources of the project: kind, tables, rows, what cannot be read, how fresh they are.
 */
import { Button, makeStyles } from "@fluentui/react-components";
import { AddRegular } from "@fluentui/react-icons";
import { useNavigate } from "react-router";
import { useGet, useProject } from "../../api/hooks";
import type { SourceView } from "../../api/types";
import { Empty, ErrorView, Grid, Loading, Num, PageHead, PageLink, State, Time, type GridColumn } from "../../parts";
import { kindOf } from "./kinds";
import { RefreshButton } from "./Refresh";

const useStyles = makeStyles({ place: { fontFamily: "monospace" } });

const rowsOf = (source: SourceView): number | null => (source.tables.every((table) => table.rows === null) ? null : source.tables.reduce((sum, table) => sum + (table.rows ?? 0), 0));
const corruptOf = (source: SourceView): number => source.tables.reduce((sum, table) => sum + (table.corrupt ?? 0), 0);

export default function Sources() {
  const styles = useStyles();
  const { p, to, can } = useProject();
  const navigate = useNavigate();
  const sources = useGet<SourceView[]>(p("/sources"));
  const add = <Button appearance="primary" icon={<AddRegular />} onClick={() => void navigate(to("/sources/new"))}>Add a source</Button>;
  const columns: GridColumn<SourceView>[] = [
    { key: "name", title: "Name", sort: (source) => source.name, render: (source) => <PageLink to={to(`/sources/${encodeURIComponent(source.name)}`)}>{source.name}</PageLink> },
    { key: "kind", title: "Kind", sort: (source) => source.kind, render: (source) => kindOf(source.kind).title },
    { key: "place", title: "From", optional: true, render: (source) => <span className={styles.place}>{source.place}</span> },
    { key: "tables", title: "Tables", align: "end", sort: (source) => source.tables.length, render: (source) => <Num value={source.tables.length} /> },
    { key: "rows", title: "Rows", align: "end", sort: rowsOf, render: (source) => <Num value={rowsOf(source)} /> },
    {
      key: "corrupt", title: "Corrupt", align: "end", sort: corruptOf,
      render: (source) => {
        const worst = source.tables.find((table) => (table.corrupt ?? 0) > 0);
        return worst ? <PageLink to={to(`/tables/${encodeURIComponent(`${worst.table}_Corrupt`)}`)}><Num value={corruptOf(source)} /></PageLink> : <Num value={rowsOf(source) === null ? null : 0} />;
      },
    },
    { key: "refreshed", title: "Refreshed", sort: (source) => source.refreshed, render: (source) => <Time at={source.refreshed} relative /> },
    { key: "state", title: "State", sort: (source) => source.state, render: (source) => <State state={source.state} /> },
    { key: "refresh", title: "", render: (source) => <RefreshButton only={[`sources/${source.name}`]} label="Refresh" name={source.name} small /> },
  ];
  return (
    <>
      <PageHead title="Data sources" subtitle="where records come from" actions={can("contributor") && sources.data && sources.data.length > 0 ? add : undefined} />
      {sources.error ? <ErrorView problem={sources.error} retry={() => void sources.refetch()} /> : null}
      {sources.isPending && !sources.error ? <Loading label="Loading the sources" /> : null}
      {sources.data ? (
        <Grid
          label="Data sources"
          columns={columns}
          rows={sources.data}
          rowKey={(source) => source.name}
          onOpen={(source) => void navigate(to(`/sources/${encodeURIComponent(source.name)}`))}
          empty={
            <Empty
              title="No data sources yet"
              text="A source is a system or a folder that records come from: a FHIR server, Dataverse, CSV or Parquet files. Connect one to begin."
              action={can("contributor") ? add : undefined}
            />
          }
        />
      ) : null}
    </>
  );
}
