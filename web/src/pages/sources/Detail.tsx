/*
 * Detail: a source: its tables with rows and corrupt rows, from where it is read, its definition.
 *
 * Invariants: all tabs edit one draft; nothing is written before Save.
 */
import { Button, Dialog, DialogActions, DialogBody, DialogContent, DialogSurface, DialogTitle, DialogTrigger, Field, Input, makeStyles, Select, Text } from "@fluentui/react-components";
import { AddRegular, ArrowSyncRegular, PlugConnectedRegular } from "@fluentui/react-icons";
import { useState } from "react";
import { useNavigate, useParams } from "react-router";
import { api, toProblem, type ApiProblem } from "../../api/client";
import { useGet, useProject } from "../../api/hooks";
import type { ProbeView, ProbedTable, SourceTable, SourceView, Value } from "../../api/types";
import { ConfirmDelete, DefinitionTabs, Diagnostics, DraftNote, Empty, ErrorView, Grid, Loading, Num, PageHead, PageLink, SaveDialog, useConfirm, useDefinition, type Definition, type GridColumn } from "../../parts";
import { isName, kindOf, nameFrom } from "./kinds";
import { LocationForm } from "./LocationForm";
import { RunProgress, useRun } from "./Refresh";
import { list, record, text } from "./steps";

const useStyles = makeStyles({
  form: { display: "flex", flexDirection: "column", gap: "16px", maxWidth: "720px" },
  tools: { display: "flex", gap: "8px", marginTop: "12px" },
  progress: { marginBottom: "12px" },
});

type Source = { [key: string]: Value };

export default function SourceDetail() {
  const styles = useStyles();
  const { name = "" } = useParams();
  const { p, to, can } = useProject();
  const navigate = useNavigate();
  const definition = useDefinition<Source>("source", name, {});
  const sources = useGet<SourceView[]>(p("/sources"));
  const run = useRun();
  const view = sources.data?.find((source) => source.name === name);
  if (definition.loading) return <Loading label="Loading the source" />;
  if (definition.problem && !definition.saved) return <ErrorView problem={definition.problem} retry={definition.retry} />;
  const server = record(definition.value.from).url !== undefined;
  const canEdit = can(server ? "administrator" : "contributor");
  const kind = kindOf(text(definition.value.kind));
  return (
    <>
      <PageHead
        title={text(definition.value.title) || name}
        subtitle={<DraftNote definition={definition} />}
        kind={`${kind.title} source${view ? `, ${view.place}` : ""}`}
        state={view?.state}
        refreshed={view?.refreshed}
        usedBy={view?.used_by}
        crumbs={[{ title: "Data sources", to: "/sources" }]}
        actions={
          <>
            {can("contributor") ? <Button icon={<ArrowSyncRegular />} disabled={run.starting || definition.dirty} title={definition.dirty ? "Save the draft first" : undefined} onClick={() => void run.start([`sources/${name}`])}>Refresh</Button> : null}
            <Button disabled={!definition.dirty} onClick={definition.discard}>Discard</Button>
            <SaveDialog definition={definition} disabled={!canEdit} />
            {canEdit ? <ConfirmDelete object={{ kind: "source", name }} onDone={() => void navigate(to("/sources"))} /> : null}
          </>
        }
      />
      <div className={styles.progress}><RunProgress id={run.job} onClose={run.clear} /></div>
      <DefinitionTabs
        definition={definition}
        builderTitle="Tables"
        readOnly={!canEdit}
        builder={<Tables name={name} view={view} definition={definition} canEdit={canEdit} />}
        more={[{ key: "settings", title: "Settings", content: <Settings definition={definition} canEdit={canEdit} /> }]}
      />
    </>
  );
}

interface Line {
  name: string;
  seen: SourceTable | undefined;
  value: Source;
}

function Tables({ name, view, definition, canEdit }: { name: string; view: SourceView | undefined; definition: Definition<Source>; canEdit: boolean }) {
  const styles = useStyles();
  const { to } = useProject();
  const navigate = useNavigate();
  const confirm = useConfirm();
  const tables = record(definition.value.tables);
  const lines = Object.entries(tables).map(([table, value]): Line => ({ name: table, value: record(value), seen: view?.tables.find((one) => one.name === table) }));
  const editor = (table: string) => to(`/sources/${encodeURIComponent(name)}/tables/${encodeURIComponent(table)}`);
  const remove = async (line: Line) => {
    const yes = await confirm({ title: `Remove the table ${line.name}?`, text: "It goes from the draft of this source. What uses it is shown before you save.", action: "Remove" });
    if (!yes) return;
    definition.setValue((value) => {
      const { [line.name]: _, ...rest } = record(value.tables);
      return { ...value, tables: rest };
    }, `remove ${line.name}`);
  };
  const columns: GridColumn<Line>[] = [
    { key: "name", title: "Table", sort: (line) => line.name, render: (line) => <PageLink to={editor(line.name)}>{line.name}</PageLink> },
    { key: "lake", title: "In the lake", optional: true, render: (line) => (line.seen ? <PageLink to={to(`/tables/${encodeURIComponent(line.seen.table)}`)}>{line.seen.table}</PageLink> : "not read yet") },
    { key: "key", title: "Key", render: (line) => text(line.value.key) },
    { key: "columns", title: "Columns", align: "end", render: (line) => <Num value={line.seen?.columns} /> },
    { key: "steps", title: "Steps", align: "end", render: (line) => <Num value={list(line.value.steps).length} /> },
    { key: "rows", title: "Rows", align: "end", sort: (line) => line.seen?.rows, render: (line) => <Num value={line.seen?.rows} /> },
    {
      key: "corrupt", title: "Corrupt rows", align: "end", sort: (line) => line.seen?.corrupt,
      render: (line) => (line.seen && (line.seen.corrupt ?? 0) > 0 ? <PageLink to={to(`/tables/${encodeURIComponent(`${line.seen.table}_Corrupt`)}`)}><Num value={line.seen.corrupt} /></PageLink> : <Num value={line.seen?.corrupt} />),
    },
    { key: "actions", title: "", render: (line) => (canEdit ? <Button size="small" appearance="subtle" onClick={() => void remove(line)} aria-label={`Remove ${line.name}`}>Remove</Button> : null) },
  ];
  return (
    <>
      <Grid
        label={`Tables of ${name}`}
        columns={columns}
        rows={lines}
        rowKey={(line) => line.name}
        onOpen={(line) => void navigate(editor(line.name))}
        empty={<Empty title="No tables" text="Add a table that this source offers." />}
      />
      {canEdit ? <div className={styles.tools}><AddTable definition={definition} name={name} /></div> : null}
    </>
  );
}

/** Asks the source what it offers, and adds one table to the draft. */
function AddTable({ definition, name }: { definition: Definition<Source>; name: string }) {
  const { p } = useProject();
  const [offered, setOffered] = useState<ProbedTable[] | null>(null);
  const [problem, setProblem] = useState<ApiProblem | string | null>(null);
  const [chosen, setChosen] = useState("");
  const [local, setLocal] = useState("");
  const [key, setKey] = useState("");
  const there = Object.keys(record(definition.value.tables));
  const probed = offered?.find((one) => one.name === chosen);
  const ask = async () => {
    setOffered(null);
    setProblem(null);
    setChosen("");
    try {
      const view = await api.post<ProbeView>(p("/probe/source"), { name, value: definition.value });
      if (view.ok) setOffered(view.tables);
      else setProblem(`${view.message} ${view.hint ?? ""}`);
    } catch (error) {
      setProblem(toProblem(error));
    }
  };
  const clash = there.some((table) => table.toLowerCase() === local.toLowerCase());
  return (
    <Dialog onOpenChange={(_, data) => { if (data.open) void ask(); }}>
      <DialogTrigger disableButtonEnhancement><Button icon={<AddRegular />}>Add a table…</Button></DialogTrigger>
      <DialogSurface>
        <DialogBody>
          <DialogTitle>Add a table</DialogTitle>
          <DialogContent>
            {problem ? typeof problem === "string" ? <Text>{problem}</Text> : <ErrorView problem={problem} retry={() => void ask()} /> : null}
            {!offered && !problem ? <Loading label="Asking the source" /> : null}
            {offered ? (
              <div style={{ display: "flex", flexDirection: "column", gap: "12px" }}>
                <Field label="What the source offers">
                  <Select value={chosen} onChange={(_, data) => {
                    const table = offered.find((one) => one.name === data.value);
                    setChosen(data.value);
                    setLocal(table?.suggested || nameFrom(data.value));
                    setKey(text(record(table?.value).key) || (table?.key ?? ""));
                  }}>
                    <option value="">choose</option>
                    {offered.map((one) => <option key={one.name} value={one.name}>{one.name}{one.rows === null ? "" : ` (${one.rows.toLocaleString()} rows)`}</option>)}
                  </Select>
                </Field>
                <Field label="Name here" required validationState={clash ? "error" : "none"} validationMessage={clash ? "There is a table of this name." : undefined}>
                  <Input value={local} onChange={(_, data) => setLocal(data.value)} />
                </Field>
                <Field label="Key" required hint={probed && probed.columns.length > 0 ? `one of ${probed.columns.map((column) => column.name).slice(0, 12).join(", ")}` : undefined}>
                  <Input value={key} onChange={(_, data) => setKey(data.value)} />
                </Field>
              </div>
            ) : null}
          </DialogContent>
          <DialogActions>
            <DialogTrigger disableButtonEnhancement><Button>Cancel</Button></DialogTrigger>
            <DialogTrigger disableButtonEnhancement>
              <Button
                appearance="primary"
                disabled={!probed || !isName(local) || clash || key === ""}
                onClick={() => definition.setValue((value) => ({ ...value, tables: { ...record(value.tables), [local]: { ...record(probed?.value), key } } }), `add ${local}`)}
              >
                Add to the draft
              </Button>
            </DialogTrigger>
          </DialogActions>
        </DialogBody>
      </DialogSurface>
    </Dialog>
  );
}

function Settings({ definition, canEdit }: { definition: Definition<Source>; canEdit: boolean }) {
  const styles = useStyles();
  const { p, can } = useProject();
  const [answer, setAnswer] = useState<ProbeView | null>(null);
  const [problem, setProblem] = useState<ApiProblem | null>(null);
  const { value } = definition;
  const put = (key: string, next: Value | undefined, label: string) =>
    definition.setValue((old) => {
      const { [key]: _, ...rest } = old;
      return next === undefined || next === "" ? rest : { ...old, [key]: next };
    }, label);
  const test = async () => {
    setAnswer(null);
    setProblem(null);
    try {
      setAnswer(await api.post<ProbeView>(p("/probe/source"), { name: definition.name, value }));
    } catch (error) {
      setProblem(toProblem(error));
    }
  };
  return (
    <fieldset disabled={!canEdit} style={{ border: "none", margin: 0, padding: 0 }}>
      <div className={styles.form}>
        <Field label="Title"><Input value={text(value.title)} onChange={(_, data) => put("title", data.value, "change the title")} /></Field>
        <Field label="Read it again">
          <Select value={text(value.refresh) || "with_every_run"} onChange={(_, data) => put("refresh", data.value === "with_every_run" ? undefined : data.value, "change the refresh")}>
            <option value="with_every_run">with every run</option>
            <option value="manual">only when somebody asks for it</option>
          </Select>
        </Field>
        <LocationForm kind={kindOf(text(value.kind))} value={value.from} allowUrl={can("administrator")} onChange={(from) => put("from", from, "change the place")} />
        <div><Button icon={<PlugConnectedRegular />} onClick={() => void test()}>Test connection</Button></div>
        {answer ? <Text role="status">{answer.ok ? "It answers: " : "It does not work yet: "}{answer.message} {answer.hint}</Text> : null}
        {answer ? <Diagnostics list={answer.diagnostics} /> : null}
        {problem ? <ErrorView problem={problem} /> : null}
      </div>
    </fieldset>
  );
}
