/*
 * List: the tables of the lake by what they are for: sources, profiles, activities, measures, segments, system.
 *
 * Invariants: the group and the search for table names are in the address; internal tables are shown only on demand.
 */
import { Checkbox, makeStyles, SearchBox, tokens } from "@fluentui/react-components";
import { useNavigate, useSearchParams } from "react-router";
import { useGet, useProject } from "../../api/hooks";
import type { TableLine } from "../../api/types";
import { bytes, Empty, ErrorView, Grid, Loading, Num, ObjectLink, PageHead, PageLink, Time, type GridColumn } from "../../parts";

const useStyles = makeStyles({
  tools: { display: "flex", gap: "16px", alignItems: "center", marginBottom: "12px", flexWrap: "wrap" },
  group: { fontSize: tokens.fontSizeBase400, fontWeight: tokens.fontWeightSemibold, margin: "20px 0 8px" },
});

const GROUPS: [string, string][] = [
  ["source", "Sources"], ["corrupt", "Rows that cannot be read"], ["profiles", "Profiles"], ["activities", "Activities"], ["measures", "Measures"], ["segments", "Segments"], ["exports", "Exports"], ["system", "System"],
];

export default function Tables() {
  const styles = useStyles();
  const { p, to } = useProject();
  const navigate = useNavigate();
  const [params, setParams] = useSearchParams();
  const all = params.get("all") === "1";
  const search = params.get("q") ?? "";
  const tables = useGet<TableLine[]>(p(`/tables?all=${all}`), { keep: true });
  const put = (key: string, value: string) =>
    setParams((old) => {
      if (value === "") old.delete(key);
      else old.set(key, value);
      return old;
    }, { replace: true });
  const shown = (tables.data ?? []).filter((table) => `${table.name} ${table.columns.map((column) => column.name).join(" ")}`.toLowerCase().includes(search.toLowerCase()));
  const page = (table: TableLine) => to(`/tables/${encodeURIComponent(table.name)}`);
  const columns: GridColumn<TableLine>[] = [
    { key: "name", title: "Table", width: "34%", sort: (table) => table.name, render: (table) => <PageLink to={page(table)}>{table.name}</PageLink> },
    { key: "kind", title: "Kind", width: "90px", optional: true, render: (table) => table.kind },
    { key: "columns", title: "Columns", width: "100px", align: "end", sort: (table) => table.columns.length, render: (table) => <Num value={table.columns.length} /> },
    { key: "rows", title: "Rows", width: "120px", align: "end", sort: (table) => table.rows, render: (table) => <Num value={table.rows} /> },
    { key: "bytes", title: "Size", width: "110px", align: "end", optional: true, sort: (table) => table.bytes, render: (table) => (table.bytes === null ? "–" : bytes(table.bytes)) },
    { key: "written", title: "Written", width: "160px", sort: (table) => table.written, render: (table) => <Time at={table.written} relative /> },
    { key: "by", title: "From", render: (table) => (table.by ? <ObjectLink object={table.by} /> : "–") },
  ];
  return (
    <>
      <PageHead title="Tables" subtitle="everything there is to look at, as of the last run" />
      <div className={styles.tools}>
        <SearchBox placeholder="Find a table or column" aria-label="Find a table or column" value={search} onChange={(_, data) => put("q", data.value)} />
        <Checkbox label="Internal tables too" checked={all} onChange={(_, data) => put("all", data.checked === true ? "1" : "")} />
      </div>
      {tables.error ? <ErrorView problem={tables.error} retry={() => void tables.refetch()} /> : null}
      {tables.isPending && !tables.error ? <Loading label="Loading the tables" /> : null}
      {tables.data && shown.length === 0 ? <Empty title={search ? "Nothing found" : "No tables yet"} text={search ? `No table and no column holds “${search}”.` : "Tables come to be when a source is read. Add a data source and refresh it."} /> : null}
      {GROUPS.map(([group, title]) => {
        const rows = shown.filter((table) => table.group === group);
        if (rows.length === 0) return null;
        return (
          <section key={group} aria-label={title}>
            <h2 className={styles.group}>{title} ({rows.length})</h2>
            <Grid label={title} columns={columns} rows={rows} rowKey={(table) => table.name} onOpen={(table) => void navigate(page(table))} />
          </section>
        );
      })}
    </>
  );
}
