/*
 * New: a source added in four steps: what kind, from where, which tables, review.
 *
 * Reads: probe/source, definitions/source/…/draft. Writes: the definition of the source.
 * Invariants: what was entered survives a reload of the page; nothing is saved before the last step.
 */
import { Button, Checkbox, Field, Input, makeStyles, MessageBar, MessageBarBody, MessageBarTitle, Radio, RadioGroup, Select, Spinner, Text, tokens } from "@fluentui/react-components";
import { ChevronDownRegular, ChevronRightRegular, PlugConnectedRegular } from "@fluentui/react-icons";
import { Fragment, useEffect, useState } from "react";
import { useNavigate, useSearchParams } from "react-router";
import { api, seg, toProblem, type ApiProblem } from "../../api/client";
import { useGet, usePost, useProject, useRefresh, useSend } from "../../api/hooks";
import type { DraftView, ProbeView, SourceView, Value } from "../../api/types";
import { useToast } from "../../parts/toast";
import { PageHead } from "../../parts/page-head";
import { Num } from "../../parts/show";
import { Diagnostics, ErrorView, Loading } from "../../parts/states";
import { YamlEditor } from "../../parts/yaml-editor";
import { LateInput } from "./fields";
import { columnNames, isName, kindOf, KINDS, nameFrom, pickedOf, type KindName, type Picked } from "./kinds";
import { LocationForm } from "./LocationForm";
import { record, text } from "./steps";
import { TableForm } from "./TableForm";
import { Wizard } from "./Wizard";

const useStyles = makeStyles({
  form: { display: "flex", flexDirection: "column", gap: "16px", maxWidth: "720px" },
  about: { color: tokens.colorNeutralForeground2, display: "block", fontSize: tokens.fontSizeBase200 },
  test: { marginTop: "16px", display: "flex", flexDirection: "column", gap: "8px", maxWidth: "720px", alignItems: "flex-start" },
  table: { width: "100%", borderCollapse: "collapse" },
  head: { textAlign: "left", fontSize: tokens.fontSizeBase200, padding: "6px 8px", borderBottom: `1px solid ${tokens.colorNeutralStroke2}` },
  cell: { padding: "4px 8px", borderBottom: `1px solid ${tokens.colorNeutralStroke3}` },
  end: { textAlign: "right" },
  inner: { padding: "8px 8px 24px 48px" },
});

interface Draft {
  kind: KindName;
  name: string;
  title: string;
  from: Value;
  refresh: string;
  picked: Picked[];
  probed: { message: string } | null;
}

const BLANK: Draft = { kind: "fhir", name: "", title: "", from: { folder: "./data" }, refresh: "with_every_run", picked: [], probed: null };

function useKept(key: string): [Draft, (next: Partial<Draft>) => void, () => void] {
  const [draft, setDraft] = useState<Draft>(() => {
    try {
      return { ...BLANK, ...(JSON.parse(sessionStorage.getItem(key) ?? "{}") as Partial<Draft>) };
    } catch {
      return BLANK;
    }
  });
  useEffect(() => {
    sessionStorage.setItem(key, JSON.stringify(draft));
  }, [key, draft]);
  return [draft, (next) => setDraft((old) => ({ ...old, ...next })), () => sessionStorage.removeItem(key)];
}

/** The definition of what was entered. */
function definitionOf(draft: Draft): { [key: string]: Value } {
  const tables = Object.fromEntries(draft.picked.filter((one) => one.on).map((one): [string, Value] => [one.name, one.value]));
  return {
    ...(draft.title.trim() === "" ? {} : { title: draft.title.trim() }),
    kind: draft.kind,
    from: draft.from,
    ...(draft.refresh === "with_every_run" ? {} : { refresh: draft.refresh }),
    tables,
  };
}

function placeProblem(from: Value): string | null {
  const place = record(from);
  if (place.url !== undefined) {
    if (!/^https?:\/\/[^/]+/.test(text(place.url))) return "Write the address, with https:// before it.";
    const way = Object.entries(record(place.auth))[0];
    if (way) {
      const blank = (value: Value | undefined): boolean => (typeof value === "string" ? value === "" : Object.values(record(value)).some(blank));
      if (blank(way[1])) return "Fill in the sign-in.";
    }
    return null;
  }
  return text(place.folder) === "" ? "Choose a folder." : null;
}

function tablesProblem(picked: Picked[]): string | null {
  const on = picked.filter((one) => one.on);
  if (on.length === 0) return "Pick at least one table.";
  const bad = on.find((one) => !isName(one.name));
  if (bad) return `“${bad.name}” cannot be a name: use letters, digits and _, beginning with a letter.`;
  const twice = on.find((one, at) => on.findIndex((other) => other.name.toLowerCase() === one.name.toLowerCase()) !== at);
  if (twice) return `Two tables are called ${twice.name}.`;
  const keyless = on.find((one) => text(one.value.key) === "");
  return keyless ? `Choose the key of ${keyless.name}.` : null;
}

export default function NewSource() {
  const styles = useStyles();
  const { p, to, can, name: project } = useProject();
  const navigate = useNavigate();
  const send = useSend();
  const refresh = useRefresh();
  const toast = useToast();
  const [params, setParams] = useSearchParams();
  const [draft, put, forget] = useKept(`new-source:${project}`);
  const [busy, setBusy] = useState(false);
  const [answer, setAnswer] = useState<ProbeView | null>(null);
  const [problem, setProblem] = useState<ApiProblem | null>(null);
  const sources = useGet<SourceView[]>(p("/sources"));
  const kind = kindOf(draft.kind);
  const taken = sources.data?.some((source) => source.name.toLowerCase() === draft.name.toLowerCase()) ?? false;
  const nameProblem = draft.name === "" ? "Give the source a name." : !isName(draft.name) ? "Use letters, digits and _, beginning with a letter." : taken ? "There is a source of this name already." : null;

  const steps = [
    { title: "Kind and name", blocked: nameProblem },
    { title: "From where", blocked: placeProblem(draft.from) },
    { title: "Tables", blocked: tablesProblem(draft.picked) },
    { title: "Review", blocked: null },
  ];
  const firstBlocked = steps.findIndex((step) => step.blocked !== null);
  const reached = firstBlocked === -1 ? steps.length - 1 : firstBlocked;
  const at = Math.min(Number(params.get("step") ?? "1") - 1 || 0, reached);

  const probe = async (): Promise<boolean> => {
    setBusy(true);
    setProblem(null);
    setAnswer(null);
    try {
      const view = await api.post<ProbeView>(p("/probe/source"), { name: draft.name, value: { kind: draft.kind, from: draft.from } });
      setAnswer(view);
      if (view.ok) {
        const known = new Map(draft.picked.map((one) => [one.probed.name, one]));
        const few = view.tables.length <= 1;
        put({ probed: { message: view.message }, picked: view.tables.map((table) => ({ ...pickedOf(table, few), ...(known.get(table.name) ? { ...known.get(table.name), probed: table } : {}) })) });
      }
      return view.ok;
    } catch (error) {
      setProblem(toProblem(error));
      return false;
    } finally {
      setBusy(false);
    }
  };
  const go = async (step: number) => {
    if (at === 1 && step === 2 && draft.probed === null && !(await probe())) return;
    setParams({ step: String(step + 1) });
  };
  const save = async (anyway = false) => {
    setBusy(true);
    try {
      await send("PUT", p(`/definitions/source/${seg(draft.name)}`), { value: definitionOf(draft), etag: null, anyway });
      forget();
      await refresh();
      toast.done(`${draft.name} is saved`, "Refresh it to read its rows.");
      await navigate(to(`/sources/${seg(draft.name)}`));
    } catch {
      setBusy(false);
    }
  };

  return (
    <>
      <PageHead title="Add a data source" subtitle="where records come from" />
      <Wizard
        label="Steps of adding a source"
        steps={steps}
        at={at}
        reached={reached}
        busy={busy}
        onGo={(step) => void go(step)}
        end={<Button appearance="primary" disabled={busy || !can("contributor")} onClick={() => void save()}>Save the source</Button>}
      >
        {at === 0 ? (
          <div className={styles.form}>
            <Field label="Kind">
              <RadioGroup value={draft.kind} onChange={(_, data) => put({ kind: data.value as KindName, from: { folder: text(record(draft.from).folder) || "./data" }, probed: null, picked: [] })}>
                {KINDS.map((one) => (
                  <Radio key={one.name} value={one.name} label={<span>{one.title}<span className={styles.about}>{one.about}</span></span>} />
                ))}
              </RadioGroup>
            </Field>
            <Field label="Name" required hint="its tables will be called <name>_<table>; it cannot easily be changed later" validationState={draft.name !== "" && nameProblem ? "error" : "none"} validationMessage={draft.name !== "" ? nameProblem : undefined}>
              <Input value={draft.name} onChange={(_, data) => put({ name: data.value })} placeholder="AzureAPIforFHIR" />
            </Field>
            <Field label="Title" hint="anything; shown to people">
              <Input value={draft.title} onChange={(_, data) => put({ title: data.value })} />
            </Field>
            <Field label="Read it again">
              <Select value={draft.refresh} onChange={(_, data) => put({ refresh: data.value })}>
                <option value="with_every_run">with every run</option>
                <option value="manual">only when somebody asks for it</option>
              </Select>
            </Field>
          </div>
        ) : null}
        {at === 1 ? (
          <>
            <LocationForm kind={kind} value={draft.from} allowUrl={can("administrator")} onChange={(from) => { put({ from, probed: null }); setAnswer(null); }} />
            <div className={styles.test}>
              <Button icon={busy ? <Spinner size="tiny" aria-label="Testing" /> : <PlugConnectedRegular />} disabled={busy || steps[1]?.blocked !== null} onClick={() => void probe()}>Test connection</Button>
              {answer ? (
                <MessageBar intent={answer.ok ? "success" : "error"} layout="multiline">
                  <MessageBarBody>
                    <MessageBarTitle>{answer.ok ? "It answers" : "It does not work yet"}</MessageBarTitle>
                    {answer.message}{answer.hint ? ` ${answer.hint}` : ""}
                    <Diagnostics list={answer.diagnostics} />
                  </MessageBarBody>
                </MessageBar>
              ) : draft.probed ? <Text size={200}>{draft.probed.message}</Text> : null}
              {problem ? <ErrorView problem={problem} /> : null}
            </div>
          </>
        ) : null}
        {at === 2 ? (
          <PickTables picked={draft.picked} kind={kind.name} busy={busy} onChange={(picked) => put({ picked })} again={() => void probe()} />
        ) : null}
        {at === 3 ? <Review name={draft.name} value={definitionOf(draft)} /> : null}
      </Wizard>
    </>
  );
}

function PickTables(props: { picked: Picked[]; kind: KindName; busy: boolean; onChange: (picked: Picked[]) => void; again: () => void }) {
  const styles = useStyles();
  const [open, setOpen] = useState<string | null>(null);
  const [search, setSearch] = useState("");
  const kind = kindOf(props.kind);
  const put = (name: string, part: Partial<Picked>) => props.onChange(props.picked.map((one) => (one.probed.name === name ? { ...one, ...part } : one)));
  const add = () => {
    const name = window.crypto.randomUUID().slice(0, 4);
    const value: { [key: string]: Value } = props.kind === "fhir" ? { key: "id", view: { resource: "Patient", select: [{ column: [{ name: "id", path: "getResourceKey()" }] }] } } : { key: "" };
    props.onChange([...props.picked, { on: true, name: `table_${name}`, probed: { name: `(added) ${name}`, suggested: "", key: null, columns: [], rows: null, value }, value }]);
    setOpen(`(added) ${name}`);
  };
  const shown = props.picked.filter((one) => one.on || one.probed.name.toLowerCase().includes(search.toLowerCase()));
  return (
    <div className={styles.form} style={{ maxWidth: "none" }}>
      <Text>Pick the tables to read. Each needs a key: the column that tells its rows apart.</Text>
      {props.picked.length > 12 ? <Input aria-label="Find a table" placeholder="Find a table" value={search} onChange={(_, data) => setSearch(data.value)} style={{ maxWidth: "320px" }} /> : null}
      <table className={styles.table} aria-label="Tables the source offers">
        <thead>
          <tr>
            <th className={styles.head} scope="col">Read</th>
            <th className={styles.head} scope="col">{kind.table}</th>
            <th className={styles.head} scope="col">Table</th>
            <th className={styles.head} scope="col">Key</th>
            <th className={`${styles.head} ${styles.end}`} scope="col">Rows</th>
            <th className={styles.head} scope="col">Columns</th>
          </tr>
        </thead>
        <tbody>
          {shown.map((one) => {
            const names = columnNames(one.value, one.probed);
            const isOpen = open === one.probed.name;
            return (
              <Fragment key={one.probed.name}>
                <tr>
                  <td className={styles.cell}><Checkbox aria-label={`Read ${one.probed.name}`} checked={one.on} onChange={(_, data) => put(one.probed.name, { on: data.checked === true })} /></td>
                  <td className={styles.cell}>{one.probed.name}</td>
                  <td className={styles.cell}><LateInput label={`Name of the table of ${one.probed.name}`} value={one.name} onChange={(name) => put(one.probed.name, { name: nameFrom(name) })} /></td>
                  <td className={styles.cell}>
                    {names.length > 0 ? (
                      <Select aria-label={`Key of ${one.name}`} value={text(one.value.key)} onChange={(_, data) => put(one.probed.name, { value: { ...one.value, key: data.value }, on: true })}>
                        <option value="">required</option>
                        {[...new Set([...names, ...(text(one.value.key) ? [text(one.value.key)] : [])])].map((name) => <option key={name} value={name}>{name}</option>)}
                      </Select>
                    ) : (
                      <LateInput label={`Key of ${one.name}`} placeholder="required" value={text(one.value.key)} onChange={(key) => put(one.probed.name, { value: { ...one.value, key }, on: true })} />
                    )}
                  </td>
                  <td className={`${styles.cell} ${styles.end}`}><Num value={one.probed.rows} /></td>
                  <td className={styles.cell}>
                    <Button size="small" appearance="subtle" aria-expanded={isOpen} icon={isOpen ? <ChevronDownRegular /> : <ChevronRightRegular />} onClick={() => setOpen(isOpen ? null : one.probed.name)}>
                      {names.length > 0 ? `${names.length} columns` : "columns"}
                    </Button>
                  </td>
                </tr>
                {isOpen ? (
                  <tr>
                    <td colSpan={6} className={styles.inner}>
                      <TableForm kind={kind} table={one.value} probed={one.probed} onChange={(value) => put(one.probed.name, { value, on: true })} />
                    </td>
                  </tr>
                ) : null}
              </Fragment>
            );
          })}
        </tbody>
      </table>
      {props.picked.length === 0 && !props.busy ? <Text>The source offers no tables. Look again, or add one by hand.</Text> : null}
      <div style={{ display: "flex", gap: "8px" }}>
        <Button size="small" disabled={props.busy} onClick={props.again}>Look again</Button>
        <Button size="small" appearance="subtle" onClick={add}>Add a table by hand</Button>
      </div>
    </div>
  );
}

function Review({ name, value }: { name: string; value: Value }) {
  const { p } = useProject();
  const draft = usePost<DraftView>(p(`/definitions/source/${seg(name)}/draft`), { value, etag: null });
  if (draft.error) return <ErrorView problem={draft.error} retry={() => void draft.refetch()} />;
  if (!draft.data) return <Loading label="Writing the definition" />;
  return (
    <>
      <Text>This is the file <code>sources/{name}.yaml</code> as it will be written. Steps that change rows can be added afterwards, table by table.</Text>
      <Diagnostics list={[...draft.data.diagnostics, ...draft.data.elsewhere]} />
      <YamlEditor value={draft.data.yaml} readOnly onChange={() => {}} diagnostics={draft.data.diagnostics} />
    </>
  );
}
