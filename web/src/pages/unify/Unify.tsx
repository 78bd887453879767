/*
 * Unify: records become profiles: map, match by rules and by a model, merge, over one draft of unify.yaml.
 *
 * Flow: unify.yaml (draft, undo) ─ tabs; the figures of the last run stay above all of them.
 * Not here: reading and changing the definition (model), the tabs (Map, Match, Model, Merge).
 */
import { Button, makeStyles, MessageBar, MessageBarBody, Tooltip } from "@fluentui/react-components";
import { ArrowRedoRegular, ArrowUndoRegular } from "@fluentui/react-icons";
import { useEffect, useMemo } from "react";
import { useNavigate, useParams } from "react-router";
import { useGet, useProject } from "../../api/hooks";
import type { GraphView, UnifyView } from "../../api/types";
import { DefinitionTabs, Diagnostics, DraftNote, ErrorView, Loading, PageHead, SaveDialog, useDefinition, type Definition } from "../../parts";
import { MapTab } from "./Map";
import { MatchTab } from "./Match";
import { MergeTab } from "./Merge";
import { modelOf } from "./model/linkage";
import { ModelTab } from "./model/ModelTab";
import { rulesOf, tableNames, type Dict, type Known } from "./model";
import { Strip } from "./Strip";
import { suggest } from "./suggest";

const useStyles = makeStyles({ said: { marginBottom: "12px" } });

/** What a tab of the page is given. */
export interface UnifyTabProps {
  definition: Definition<Dict>;
  view: UnifyView | undefined;
  /** Tables that may take part. */
  known: Known[];
  canEdit: boolean;
}

export default function Unify() {
  const styles = useStyles();
  const { tab } = useParams();
  const { p, to, can } = useProject();
  const navigate = useNavigate();
  // `/unify/match` is a tab of the same page.
  useEffect(() => {
    if (tab) void navigate(to(tab === "match" || tab === "model" || tab === "merge" ? `/unify?tab=${tab}` : "/unify"), { replace: true });
  }, [tab, to, navigate]);
  const definition = useDefinition<Dict>("unify", "unify", { tables: [] });
  const unify = useGet<UnifyView>(p("/unify"));
  const graph = useGet<GraphView>(p("/graph"));
  const known = useMemo(() => knownOf(graph.data, unify.data), [graph.data, unify.data]);
  const canEdit = can("contributor");
  if (definition.loading) return <Loading label="Loading unification" />;
  if (definition.problem && !definition.saved) return <ErrorView problem={definition.problem} retry={definition.retry} />;
  const shared: UnifyTabProps = { definition, view: unify.data, known, canEdit };
  const hasModel = modelOf(definition.value) !== null;
  const rules = rulesOf(definition.value).filter((rule) => rule.active !== false).length;
  const errors = [...definition.diagnostics, ...definition.elsewhere].filter((one) => one.severity === "error");
  return (
    <>
      <PageHead
        title="Unify"
        subtitle={definition.dirty ? <DraftNote definition={definition} /> : "records of several sources become one profile a person"}
        state={unify.data?.changed ? "changed" : undefined}
        refreshed={unify.data?.at}
        actions={
          <>
            <Tooltip relationship="label" content={definition.undoLabel ? `Undo: ${definition.undoLabel}` : "Undo"}>
              <Button icon={<ArrowUndoRegular />} disabled={!definition.canUndo} onClick={definition.undo} />
            </Tooltip>
            <Tooltip relationship="label" content={definition.redoLabel ? `Redo: ${definition.redoLabel}` : "Redo"}>
              <Button icon={<ArrowRedoRegular />} disabled={!definition.canRedo} onClick={definition.redo} />
            </Tooltip>
            <Button disabled={!definition.dirty} onClick={definition.discard}>Discard</Button>
            <SaveDialog definition={definition} disabled={!canEdit} />
          </>
        }
      />
      <Strip view={unify.data} dirty={definition.dirty} tables={tableNames(definition.value).length} model={hasModel} saved={definition.saved !== null && definition.saved.yaml !== ""} />
      {unify.error ? <ErrorView problem={unify.error} retry={() => void unify.refetch()} /> : null}
      {errors.length > 0 && tableNames(definition.value).length > 0 ? (
        <MessageBar intent="warning" layout="multiline" className={styles.said}>
          <MessageBarBody><Diagnostics list={errors.slice(0, 4)} /></MessageBarBody>
        </MessageBar>
      ) : null}
      <DefinitionTabs
        definition={definition}
        readOnly={!canEdit}
        builderTitle="Map"
        builder={<MapTab {...shared} />}
        more={[
          { key: "match", title: rules > 0 ? `Match (${rules})` : "Match", content: <MatchTab {...shared} /> },
          { key: "model", title: hasModel ? "Model (on)" : "Model", content: <ModelTab {...shared} /> },
          { key: "merge", title: "Merge", content: <MergeTab {...shared} /> },
        ]}
      />
    </>
  );
}

/** The tables of sources with what is known of their columns. */
function knownOf(graph: GraphView | undefined, view: UnifyView | undefined): Known[] {
  const all: Known[] = (graph?.tables ?? [])
    .filter((table) => table.kind === "user")
    .map((table) => ({
      name: table.name,
      key: table.key,
      rows: table.rows,
      columns: table.columns.map((column) => ({ name: column.name, type: column.type, suggested: suggest(column.name, column.type, column.name === table.key), sample: [] })),
    }));
  for (const table of view?.tables ?? []) {
    const found = all.find((one) => one.name === table.table);
    const columns = table.columns.map((column) => ({ name: column.name, type: column.type, suggested: column.suggested ?? column.semantic ?? suggest(column.name, column.type, column.name === table.key, column.sample), sample: column.sample }));
    if (found) Object.assign(found, { columns: columns.length > 0 ? columns : found.columns, key: table.key ?? found.key });
    else all.push({ name: table.table, key: table.key, rows: table.source_records, columns });
  }
  return all.map((table) => ({ ...table, columns: table.columns.filter((column) => !isCompanion(column.name, table.columns)) }));
}

/** Whether a column only says how exact a date beside it is: it goes where the date goes. */
const isCompanion = (name: string, columns: { name: string; type: string }[]): boolean =>
  name.endsWith("_precision") && columns.some((column) => `${column.name}_precision` === name && column.type === "date");
