/*
 * Edit: an activity: a new one in five steps, or one that is there on one page; beside it what it puts on a timeline.
 *
 * Invariants: the step is in the address; nothing is written before Save, but for a relationship that is added on the way.
 */
import { Button, makeStyles, Text, Tooltip, tokens } from "@fluentui/react-components";
import { ArrowRedoRegular, ArrowUndoRegular, PlayRegular } from "@fluentui/react-icons";
import { useState } from "react";
import { useLocation, useNavigate, useParams, useSearchParams } from "react-router";
import { useGet, useProject } from "../../api/hooks";
import type { GraphView, ObjectView } from "../../api/types";
import { ConfirmDelete, DefinitionTabs, Diagnostics, DraftNote, ErrorView, forgetNew, Loading, PageHead, SaveDialog, useDefinition, YamlEditor } from "../../parts";
import { RunProgress, useRun } from "../sources/Refresh";
import { record, text } from "../sources/steps";
import { Wizard } from "../sources/Wizard";
import { Example } from "./Example";
import { DataFields, EventFields, RelationshipFields } from "./Fields";
import { TypeFields } from "./TypeFields";
import { blockedBy, type Dict } from "./model";

const useStyles = makeStyles({
  page: { display: "grid", gridTemplateColumns: "minmax(0, 1fr) minmax(320px, 440px)", gap: "24px", alignItems: "start", "@media (max-width: 1000px)": { gridTemplateColumns: "minmax(0, 1fr)" } },
  sections: { display: "flex", flexDirection: "column", gap: "24px" },
  title: { fontSize: tokens.fontSizeBase400, fontWeight: tokens.fontWeightSemibold, margin: "0 0 8px" },
});

const TITLES = ["Activity data", "Relationship", "Activity fields", "Activity type", "Review"];

export default function Activity() {
  const { name } = useParams();
  const { state } = useLocation();
  return name === undefined ? <NewActivity key={`new ${String((state as { at?: number } | null)?.at ?? "")}`} /> : <EditActivity key={name} name={name} />;
}

function useTables() {
  const { p } = useProject();
  return useGet<GraphView>(p("/graph"));
}

function NewActivity() {
  const styles = useStyles();
  const { p, to, can, name: project } = useProject();
  const navigate = useNavigate();
  const [params, setParams] = useSearchParams();
  // Another table of the same type begins with what the one before said about its type.
  const given = useLocation().state as { like?: Dict } | null;
  const [initial] = useState<Dict>(() => {
    if (given?.like) forgetNew(project, "activity");
    return { table: "", key: "", type: "", event: "", time: "", ...given?.like };
  });
  const definition = useDefinition<Dict>("activity", null, initial);
  const graph = useTables();
  const objects = useGet<ObjectView[]>(p("/objects"));
  const { value } = definition;
  const tables = graph.data?.tables ?? [];
  const taken = (objects.data ?? []).filter((one) => one.kind === "activity").map((one) => one.name);
  const blocked = blockedBy(value, definition.name, true, taken, tables.find((one) => one.name === text(value.table)));
  const first = blocked.findIndex((why) => why !== null);
  const reached = first === -1 ? TITLES.length - 1 : first;
  const at = Math.max(0, Math.min(reached, Number(params.get("step") ?? "1") - 1 || 0));
  const fields = { value, tables, onChange: definition.setValue };
  const another = () => {
    const like = Object.fromEntries(["type", "icon", "timeline"].filter((key) => value[key] !== undefined).map((key) => [key, value[key]]));
    void navigate(to("/activities/new"), { state: { like, at: Date.now() } });
  };
  return (
    <>
      <PageHead
        title="New activity"
        subtitle="something people did or that happened to them, on their timeline"
        crumbs={[{ title: "Activities", to: "/activities" }]}
        actions={<Button disabled={!definition.dirty} onClick={() => { definition.discard(); setParams({}, { state: given }); }}>Discard</Button>}
      />
      {graph.error ? <ErrorView problem={graph.error} retry={() => void graph.refetch()} /> : null}
      <div className={styles.page}>
        <Wizard
          label="Steps of a new activity"
          steps={TITLES.map((title, index) => ({ title, blocked: blocked[index] ?? null }))}
          at={at}
          reached={reached}
          onGo={(step) => setParams({ step: String(step + 1) }, { state: given })}
          end={
            <>
              <SaveDialog secondary definition={definition} disabled={!can("contributor")} label="Save and add another table…" onSaved={() => another()} />
              <SaveDialog definition={definition} disabled={!can("contributor")} label="Save the activity…" onSaved={(view) => void navigate(to(`/activities/${encodeURIComponent(view.object.name)}`))} />
            </>
          }
        >
          {at === 0 ? <DataFields {...fields} name={definition.name} onName={definition.setName} /> : null}
          {at === 1 ? <RelationshipFields {...fields} /> : null}
          {at === 2 ? <EventFields {...fields} /> : null}
          {at === 3 ? <TypeFields {...fields} /> : null}
          {at === 4 ? (
            <>
              <Text>This is the file <code>activities/{definition.name}.yaml</code> as it will be written.</Text>
              <Diagnostics list={[...definition.diagnostics, ...definition.elsewhere]} />
              <YamlEditor value={definition.yaml} readOnly diagnostics={definition.diagnostics} label="The definition" minHeight="160px" />
            </>
          ) : null}
        </Wizard>
        <Example name={definition.name} value={value} />
      </div>
    </>
  );
}

function EditActivity({ name }: { name: string }) {
  const styles = useStyles();
  const { to, can } = useProject();
  const navigate = useNavigate();
  const run = useRun();
  const definition = useDefinition<Dict>("activity", name, { table: "", key: "", type: "", event: "", time: "" });
  const graph = useTables();
  if (definition.loading) return <Loading label="Loading the activity" />;
  if (definition.problem && !definition.saved) return <ErrorView problem={definition.problem} retry={definition.retry} />;
  const canEdit = can("contributor");
  const fields = { value: definition.value, tables: graph.data?.tables ?? [], onChange: definition.setValue };
  const object = definition.saved?.object;
  return (
    <>
      <PageHead
        title={text(definition.value.title) || name}
        kind="Activity"
        subtitle={definition.dirty ? <DraftNote definition={definition} /> : undefined}
        usedBy={object?.used_by}
        dependsOn={object?.depends_on}
        crumbs={[{ title: "Activities", to: "/activities" }]}
        actions={
          <>
            {canEdit ? <Button icon={<PlayRegular />} disabled={definition.dirty || run.starting} title={definition.dirty ? "Save the draft first" : undefined} onClick={() => void run.start(["activities"])}>Run</Button> : null}
            <Tooltip relationship="label" content={definition.undoLabel ? `Undo: ${definition.undoLabel}` : "Undo"}><Button icon={<ArrowUndoRegular />} disabled={!definition.canUndo} onClick={definition.undo} /></Tooltip>
            <Tooltip relationship="label" content={definition.redoLabel ? `Redo: ${definition.redoLabel}` : "Redo"}><Button icon={<ArrowRedoRegular />} disabled={!definition.canRedo} onClick={definition.redo} /></Tooltip>
            <Button disabled={!definition.dirty} onClick={definition.discard}>Discard</Button>
            <SaveDialog definition={definition} disabled={!canEdit} />
            {canEdit ? <ConfirmDelete object={{ kind: "activity", name }} onDone={() => void navigate(to("/activities"))} /> : null}
          </>
        }
      />
      <RunProgress id={run.job} onClose={run.clear} />
      <DefinitionTabs
        definition={definition}
        readOnly={!canEdit}
        builder={
          <div className={styles.page}>
            <fieldset disabled={!canEdit} style={{ border: "none", margin: 0, padding: 0, minWidth: 0 }}>
              <div className={styles.sections}>
                <section aria-label="Activity data"><h2 className={styles.title}>Activity data</h2><DataFields {...fields} savedKey={text(record(definition.saved?.value).key)} /></section>
                <section aria-label="Relationship"><h2 className={styles.title}>Relationship</h2><RelationshipFields {...fields} /></section>
                <section aria-label="Activity fields"><h2 className={styles.title}>Activity fields</h2><EventFields {...fields} /></section>
                <section aria-label="Activity type"><h2 className={styles.title}>Activity type</h2><TypeFields {...fields} /></section>
              </div>
            </fieldset>
            <Example name={name} value={definition.value} />
          </div>
        }
      />
    </>
  );
}
