/*
 * Edit: one connection: its kind, its address, how to get in; and whether it answers.
 *
 * Invariants: a secret is the name of a variable or file on the server, never text; a test sends nothing.
 */
import { Button, Field, Input, makeStyles, MessageBar, MessageBarBody, MessageBarTitle, Radio, RadioGroup, tokens } from "@fluentui/react-components";
import { useState } from "react";
import { useNavigate, useParams } from "react-router";
import { api, seg, toProblem, type ApiProblem } from "../../api/client";
import { useProject } from "../../api/hooks";
import type { ProbeView, Value } from "../../api/types";
import { ConfirmDelete } from "../../parts/confirm-delete";
import { useDefinition } from "../../parts/definition";
import { DefinitionTabs } from "../../parts/definition-tabs";
import { PageHead } from "../../parts/page-head";
import { EditActions } from "../../parts/save-dialog";
import { Diagnostics, ErrorView, Loading, Words } from "../../parts/states";
import { KINDS } from "../exports/model";
import { AuthForm } from "../sources/LocationForm";

/** `connections/<Name>.yaml`. */
interface ConnectionValue {
  title?: string;
  kind?: string;
  path?: string;
  url?: string;
  auth?: Value;
}

const useStyles = makeStyles({
  columns: { display: "grid", gridTemplateColumns: "minmax(0, 560px) minmax(0, 1fr)", gap: "48px", "@media (max-width: 1000px)": { gridTemplateColumns: "minmax(0, 1fr)" } },
  form: { display: "flex", flexDirection: "column", gap: "20px" },
  side: { display: "flex", flexDirection: "column", gap: "12px", alignItems: "flex-start" },
  title: { fontSize: tokens.fontSizeBase400, fontWeight: tokens.fontWeightSemibold, margin: 0 },
  quiet: { color: tokens.colorNeutralForeground2, margin: 0 },
  wide: { width: "100%" },
});

/** The page of a connection, new or known. */
export default function Edit() {
  const styles = useStyles();
  const navigate = useNavigate();
  const { name } = useParams();
  const { to, can } = useProject();
  const definition = useDefinition<ConnectionValue>("connection", name ?? null, { kind: "folder", path: "./out" });
  const { value, setValue } = definition;
  const may = can("administrator");
  const crumbs = [{ title: "Connections", to: "/connections" }];
  const title = name === undefined ? "New connection" : value.title || name;
  if (definition.loading) return <><PageHead title={title} crumbs={crumbs} /><Loading /></>;
  if (name !== undefined && definition.saved === null) return <><PageHead title={title} crumbs={crumbs} /><ErrorView problem={definition.problem} retry={definition.retry} /></>;
  const setKind = (kind: string) =>
    setValue((old) => {
      const { path, url, auth, ...rest } = old;
      return kind === "folder" ? { ...rest, kind, path: path ?? "./out" } : { ...rest, kind, url: url ?? "", ...(auth === undefined ? {} : { auth }) };
    }, "choose the kind");
  const set = (part: Partial<ConnectionValue>, label: string) => setValue((old) => ({ ...old, ...part }), label);
  const builder = (
    <div className={styles.columns}>
      <div className={styles.form}>
        <Field label="Title" hint="As people see it. May stay empty.">
          <Input
            disabled={!may}
            value={value.title ?? ""}
            onChange={(_, data) => setValue((old) => { const { title: _, ...rest } = old; return data.value === "" ? rest : { ...rest, title: data.value }; }, "change the title")}
          />
        </Field>
        <Field label="Kind" required>
          <RadioGroup disabled={!may} value={value.kind ?? ""} onChange={(_, data) => setKind(data.value)}>
            {Object.entries(KINDS).map(([kind, word]) => <Radio key={kind} value={kind} label={word} />)}
          </RadioGroup>
        </Field>
        {value.kind === "folder" ? (
          <Field label="Folder" required hint="Relative to the project: ./out. It is made when something is sent.">
            <Input disabled={!may} value={value.path ?? ""} spellCheck={false} onChange={(_, data) => set({ path: data.value }, "change the folder")} />
          </Field>
        ) : (
          <>
            <Field label="Address" required hint="Of the environment: https://contoso.crm.dynamics.com">
              <Input type="url" disabled={!may} value={value.url ?? ""} spellCheck={false} onChange={(_, data) => set({ url: data.value }, "change the address")} />
            </Field>
            {may ? (
              <AuthForm
                value={value.auth}
                address={value.url ?? ""}
                onChange={(auth) => setValue((old) => { const { auth: _, ...rest } = old; return auth === undefined ? rest : { ...rest, auth }; }, "change the sign-in")}
              />
            ) : null}
          </>
        )}
      </div>
      <Test name={definition.name} value={value} may={may} />
    </div>
  );
  return (
    <>
      <PageHead
        title={title}
        kind="Connection"
        crumbs={crumbs}
        usedBy={definition.saved?.object.used_by}
        actions={
          may ? (
            <>
              <EditActions definition={definition} onSaved={(saved) => void navigate(to(`/connections/${seg(saved.object.name)}`), { replace: name === undefined })} />
              {name !== undefined ? <ConfirmDelete object={{ kind: "connection", name }} onDone={() => void navigate(to("/connections"))} /> : null}
            </>
          ) : undefined
        }
      />
      {may ? null : <p className={styles.quiet}>Only administrators change connections.</p>}
      {definition.problem ? <ErrorView problem={definition.problem} /> : null}
      <DefinitionTabs definition={definition} builder={builder} builderTitle="Connection" readOnly={!may} />
    </>
  );
}

/** Tries the draft: does it answer? */
function Test({ name, value, may }: { name: string; value: ConnectionValue; may: boolean }) {
  const styles = useStyles();
  const { p } = useProject();
  const [busy, setBusy] = useState(false);
  const [tried, setTried] = useState<{ of: string; view: ProbeView } | null>(null);
  const [problem, setProblem] = useState<ApiProblem | null>(null);
  const mark = JSON.stringify(value);
  const test = async () => {
    setBusy(true);
    setProblem(null);
    try {
      setTried({ of: mark, view: await api.post<ProbeView>(p("/probe/connection"), { name: name || "Untitled", value }) });
    } catch (error) {
      setTried(null);
      setProblem(toProblem(error));
    } finally {
      setBusy(false);
    }
  };
  return (
    <section className={styles.side} aria-live="polite">
      <h2 className={styles.title}>Does it answer?</h2>
      <p className={styles.quiet}>The test signs in and looks, with what stands at the left. It sends nobody's data.</p>
      <Button disabled={busy || !may} onClick={() => void test()}>{busy ? "Testing …" : "Test the connection"}</Button>
      {problem ? <ErrorView problem={problem} /> : null}
      {tried ? (
        <MessageBar intent={tried.view.ok ? "success" : "error"} layout="multiline" className={styles.wide}>
          <MessageBarBody>
            <MessageBarTitle>{tried.view.ok ? "It answers" : "It does not work"}</MessageBarTitle>
            <div><Words text={tried.view.message} sentence /></div>
            {tried.view.hint ? <div><Words text={tried.view.hint} sentence /></div> : null}
            <Diagnostics list={tried.view.diagnostics} />
            {tried.of === mark ? null : <div>The definition has changed since this test.</div>}
          </MessageBarBody>
        </MessageBar>
      ) : null}
    </section>
  );
}
