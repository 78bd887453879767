/*
 * Relationships: how tables lead to each other: as a picture and as a list, over one draft of relationships.yaml.
 *
 * Invariants: what is shown and filtered is in the address; the list holds all that the picture does.
 */
import { Button, makeStyles, Text, tokens, Tooltip } from "@fluentui/react-components";
import { AddRegular, ArrowRedoRegular, ArrowUndoRegular, WarningRegular } from "@fluentui/react-icons";
import { lazy, Suspense, useMemo, useState } from "react";
import { useSearchParams } from "react-router";
import { useGet, useProject } from "../../api/hooks";
import type { GraphEdge, GraphTable, GraphView } from "../../api/types";
import { DefinitionTabs, DraftNote, Empty, ErrorView, Grid, Loading, Num, PageHead, PageLink, SaveDialog, useConfirm, useDefinition, type GridColumn } from "../../parts";
import { CARDINALITY, edgesOf, endsOf, filtered, KIND, withRelationship, type Dict, type Ends, type Filter } from "./model";
import type { Direction } from "./layout";
import { Panel } from "./Panel";

const GraphCanvas = lazy(() => import("./GraphCanvas"));

const useStyles = makeStyles({
  warn: { color: tokens.colorPaletteDarkOrangeForeground1, display: "inline-flex", gap: "4px", alignItems: "center", whiteSpace: "normal" },
  table: { marginTop: "12px", display: "flex", gap: "16px", alignItems: "baseline", flexWrap: "wrap" },
  paths: { margin: 0, paddingLeft: "20px" },
});

export default function Relationships() {
  const styles = useStyles();
  const { p, title, can } = useProject();
  const confirm = useConfirm();
  const [params, setParams] = useSearchParams();
  const definition = useDefinition<Dict>("relationships", "relationships", {});
  const graph = useGet<GraphView>(p("/graph"));
  const [panel, setPanel] = useState<{ old: string | null; start?: Partial<Ends> } | null>(null);
  const [search, setSearch] = useState("");
  const canEdit = can("contributor");
  const draft = definition.value;
  const hidden = (params.get("hide") ?? "").split(",");
  const filter: Filter = useMemo(() => {
    const off = (params.get("hide") ?? "").split(",");
    return { tables: ["user", "system"].filter((kind) => !off.includes(`${kind}-tables`)), edges: ["user", "system", "inherited"].filter((kind) => !off.includes(kind)), search };
  }, [params, search]);
  const put = (key: string, value: string | null) =>
    setParams((old) => {
      if (value === null || value === "") old.delete(key);
      else old.set(key, value);
      return old;
    }, { replace: true });
  const setFilter = (next: Filter) => {
    setSearch(next.search);
    const off = [...["user", "system"].filter((kind) => !next.tables.includes(kind)).map((kind) => `${kind}-tables`), ...["user", "system", "inherited"].filter((kind) => !next.edges.includes(kind))];
    if (off.join() !== hidden.join()) put("hide", off.join(","));
  };
  const edges = useMemo(() => (graph.data ? edgesOf(graph.data, draft) : []), [graph.data, draft]);
  const shown = useMemo(() => (graph.data ? filtered(graph.data, edges, { ...filter, search: "" }) : { tables: [], edges: [] }), [graph.data, edges, filter]);
  const chosen = params.get("table");
  const table = graph.data?.tables.find((one) => one.name === chosen);
  if (definition.loading || graph.isPending) return graph.error ? <ErrorView problem={graph.error} retry={() => void graph.refetch()} /> : <Loading label="Loading the relationships" />;
  if (definition.problem && !definition.saved) return <ErrorView problem={definition.problem} retry={definition.retry} />;
  const add = <Button appearance={definition.dirty ? "secondary" : "primary"} icon={<AddRegular />} disabled={!canEdit} onClick={() => setPanel({ old: null, start: table?.kind === "user" ? { fromTable: table.name } : undefined })}>New relationship</Button>;
  const openEdge = (name: string) => setPanel(name in draft ? { old: name } : null);
  const remove = async (name: string) => {
    const yes = await confirm({ title: `Delete the relationship ${name}?`, text: "It goes from the draft. Activities, measures and segments whose path uses it are named before you save.", action: "Delete" });
    if (!yes) return;
    definition.setValue((value) => withRelationship(value, name, name, null), `delete ${name}`);
    setPanel(null);
  };
  const columns: GridColumn<GraphEdge & { draft: boolean }>[] = [
    { key: "name", title: "Name", sort: (edge) => edge.name, render: (edge) => <>{edge.name}{edge.draft ? " (draft)" : ""}</> },
    { key: "from", title: "From", sort: (edge) => edge.from_table, render: (edge) => `${edge.from_table}.${edge.from_column}` },
    { key: "to", title: "To", sort: (edge) => edge.to_table, render: (edge) => `${edge.to_table}.${edge.to_column}` },
    { key: "cardinality", title: "Cardinality", sort: (edge) => edge.cardinality, render: (edge) => CARDINALITY[edge.cardinality] ?? edge.cardinality },
    { key: "kind", title: "Kind", sort: (edge) => edge.kind, render: (edge) => KIND[edge.kind] ?? edge.kind },
    { key: "warning", title: "", render: (edge) => (edge.warning ? <span className={styles.warn}><WarningRegular aria-label="Warning" />{edge.warning}</span> : null) },
  ];
  const old = panel?.old ?? null;
  return (
    <>
      <PageHead
        title="Relationships"
        subtitle={definition.dirty ? <DraftNote definition={definition} /> : "how tables lead to each other, and to Customer"}
        actions={
          <>
            <Tooltip relationship="label" content={definition.undoLabel ? `Undo: ${definition.undoLabel}` : "Undo"}><Button icon={<ArrowUndoRegular />} disabled={!definition.canUndo} onClick={definition.undo} /></Tooltip>
            <Tooltip relationship="label" content={definition.redoLabel ? `Redo: ${definition.redoLabel}` : "Redo"}><Button icon={<ArrowRedoRegular />} disabled={!definition.canRedo} onClick={definition.redo} /></Tooltip>
            <Button disabled={!definition.dirty} onClick={definition.discard}>Discard</Button>
            <SaveDialog definition={definition} disabled={!canEdit} />
            {add}
          </>
        }
      />
      <DefinitionTabs
        definition={definition}
        readOnly={!canEdit}
        builderTitle="List"
        builder={
          <Grid
            label="Relationships"
            columns={columns}
            rows={edges}
            rowKey={(edge) => `${edge.kind} ${edge.name}`}
            onOpen={(edge) => openEdge(edge.name)}
            empty={<Empty title="No relationships yet" text="A relationship says that rows of one table refer to rows of another, such as appointments to patients. Activities, measures and segments reach people through them." action={add} />}
          />
        }
        more={[
          {
            key: "graph",
            title: "Visualizer",
            content: shown.tables.length === 0 && hidden.length <= 1 ? <Empty title="No tables yet" text="Add a data source first; its tables will stand here." /> : (
              <>
                <Suspense fallback={<Loading label="Drawing" />}>
                  <GraphCanvas
                    tables={shown.tables}
                    edges={shown.edges}
                    filter={filter}
                    onFilter={setFilter}
                    direction={(params.get("layout") === "TB" ? "TB" : "LR") as Direction}
                    onDirection={(direction) => put("layout", direction === "LR" ? null : direction)}
                    chosen={chosen}
                    onChoose={(name) => put("table", name)}
                    onEdge={openEdge}
                    title={`Relationships of ${title}`}
                  />
                </Suspense>
                {table ? <Chosen table={table} /> : null}
                <h2 className="visually-hidden">Tables of the picture</h2>
                <TablesList tables={shown.tables} onChoose={(name) => put("table", name)} />
              </>
            ),
          },
        ]}
      />
      {panel && graph.data ? (
        <Panel
          key={old ?? "new"}
          tables={graph.data.tables}
          old={old !== null ? { name: old, ends: endsOf(draft[old]) } : null}
          start={panel.start}
          taken={Object.keys(draft)}
          canEdit={canEdit}
          warning={edges.find((edge) => edge.name === old)?.warning ?? null}
          onClose={() => setPanel(null)}
          onTake={(name, ends) => {
            definition.setValue((value) => withRelationship(value, old, name, ends), old ? `change ${old}` : `add ${name}`);
            setPanel(null);
          }}
          onDelete={() => { if (old !== null) void remove(old); }}
        />
      ) : null}
    </>
  );
}

/** The ways of a table to Customer, in words. */
function Chosen({ table }: { table: GraphTable }) {
  const styles = useStyles();
  const { to } = useProject();
  return (
    <section className={styles.table} aria-label={`The ways of ${table.name}`} role="status">
      <Text weight="semibold"><PageLink to={to(`/tables/${encodeURIComponent(table.name)}`)}>{table.name}</PageLink></Text>
      {table.paths.length === 0 ? <Text>{table.name === "Customer" ? "This is where all ways lead." : "No way leads from it to Customer. Add a relationship."}</Text> : (
        <ol className={styles.paths}>{table.paths.map((path) => <li key={path.relationships.join() || path.tables.join()}>{path.tables.join(" › ")}</li>)}</ol>
      )}
    </section>
  );
}

/** The same as the picture, for keyboard and screen reader. */
function TablesList({ tables, onChoose }: { tables: GraphTable[]; onChoose: (name: string) => void }) {
  const columns: GridColumn<GraphTable>[] = [
    { key: "name", title: "Table", sort: (table) => table.name, render: (table) => table.name },
    { key: "kind", title: "Kind", sort: (table) => table.kind, render: (table) => (table.kind === "user" ? "source" : "system") },
    { key: "key", title: "Key", render: (table) => table.key ?? "–" },
    { key: "columns", title: "Columns", align: "end", render: (table) => <Num value={table.columns.length} /> },
    { key: "rows", title: "Rows", align: "end", sort: (table) => table.rows, render: (table) => <Num value={table.rows} /> },
    { key: "paths", title: "Ways to Customer", align: "end", sort: (table) => table.paths.length, render: (table) => <Num value={table.paths.length} /> },
  ];
  return <div style={{ marginTop: "16px" }}><Grid label="Tables of the picture" columns={columns} rows={tables} rowKey={(table) => table.name} onOpen={(table) => onChoose(table.name)} /></div>;
}
