/*
 * Form: what an export sends, over which connection, matched by what.
 *
 * Invariants: what a kind of connection does not take is not offered, but what the file holds stays visible until taken away.
 */
import { Checkbox, Field, Input, makeStyles, Radio, RadioGroup, Select, tokens } from "@fluentui/react-components";
import { useGet, useProject } from "../../api/hooks";
import type { ConnectionView, SegmentView, TableLine } from "../../api/types";
import { PageLink } from "../../parts/link";
import { Num } from "../../parts/show";
import { ErrorView } from "../../parts/states";
import { Columns, CustomerColumn } from "./Columns";
import { KINDS, put, type ExportValue } from "./model";

const useStyles = makeStyles({
  form: { display: "flex", flexDirection: "column", gap: "20px", maxWidth: "560px" },
  pair: { display: "grid", gridTemplateColumns: "1fr 1fr", gap: "16px", alignItems: "end", "@media (max-width: 640px)": { gridTemplateColumns: "1fr" } },
  group: { border: "none", margin: 0, padding: 0, minWidth: 0 },
  legend: { fontWeight: tokens.fontWeightRegular, padding: 0, marginBottom: "4px" },
  list: { listStyle: "none", margin: 0, padding: 0, maxHeight: "280px", overflowY: "auto", border: `1px solid ${tokens.colorNeutralStroke2}`, borderRadius: tokens.borderRadiusMedium },
  item: { display: "flex", alignItems: "center", justifyContent: "space-between", paddingRight: "12px", minHeight: "36px" },
  quiet: { color: tokens.colorNeutralForeground2 },
  hint: { color: tokens.colorNeutralForeground2, fontSize: tokens.fontSizeBase200, margin: "4px 0 0" },
});

interface Choice {
  name: string;
  title: string;
  count: number | null;
}

function Checklist({ legend, hint, choices, chosen, onChange, disabled, none }: { legend: string; hint?: string; choices: Choice[]; chosen: string[]; onChange: (names: string[]) => void; disabled?: boolean; none: string }) {
  const styles = useStyles();
  // What the file names but is not there any more stays visible, so that it can be taken away.
  const gone = chosen.filter((name) => !choices.some((choice) => choice.name === name));
  return (
    <fieldset className={styles.group} disabled={disabled}>
      <legend className={styles.legend}>{legend}</legend>
      {choices.length + gone.length === 0 ? <span className={styles.quiet}>{none}</span> : (
        <ul className={styles.list}>
          {[...gone.map((name): Choice => ({ name, title: `${name} (not there)`, count: null })), ...choices].map((choice) => (
            <li key={choice.name} className={styles.item}>
              <Checkbox
                label={choice.title}
                checked={chosen.includes(choice.name)}
                onChange={(_, data) => onChange(data.checked ? [...chosen, choice.name] : chosen.filter((name) => name !== choice.name))}
              />
              <Num value={choice.count} />
            </li>
          ))}
        </ul>
      )}
      {hint ? <p className={styles.hint}>{hint}</p> : null}
    </fieldset>
  );
}

/** The form of an export. */
export function Form({ value, setValue, disabled }: { value: ExportValue; setValue: (next: (value: ExportValue) => ExportValue, label?: string) => void; disabled?: boolean }) {
  const styles = useStyles();
  const { p, to } = useProject();
  const connections = useGet<ConnectionView[]>(p("/connections"));
  const segments = useGet<SegmentView[]>(p("/segments"));
  const tables = useGet<TableLine[]>(p("/tables"));
  const kind = connections.data?.find((one) => one.name === value.connection)?.kind;
  const files = kind !== "dynamics_365_marketing";
  const set = <K extends keyof ExportValue>(key: K, next: ExportValue[K], label: string) => setValue((old) => put(old, key, next), label);
  const match = (part: "customer" | "target", text: string) =>
    setValue((old) => {
      const next = { ...old.match, [part]: text };
      return put(old, "match", next.customer || next.target ? next : undefined);
    }, `change the match key's ${part}`);
  const problem = connections.error ?? segments.error;
  return (
    <div className={styles.form}>
      {problem ? <ErrorView problem={problem} /> : null}
      <Field label="Title" hint="As people see it. May stay empty.">
        <Input disabled={disabled} value={value.title ?? ""} onChange={(_, data) => set("title", data.value, "change the title")} />
      </Field>
      <Field label="Connection" required hint={connections.data?.length === 0 ? "There is none yet: an administrator sets one up." : undefined}>
        <Select disabled={disabled} value={value.connection ?? ""} onChange={(_, data) => set("connection", data.value, "choose the connection")}>
          <option value="">Choose a connection</option>
          {value.connection && connections.data && !kind ? <option value={value.connection}>{value.connection} (not there)</option> : null}
          {connections.data?.map((one) => <option key={one.name} value={one.name}>{one.name} – {KINDS[one.kind] ?? one.kind}</option>)}
        </Select>
      </Field>
      {connections.data?.length === 0 ? <PageLink to={to("/connections/new")}>Set up a connection</PageLink> : null}
      <Checklist
        legend="Segments"
        choices={(segments.data ?? []).map((one) => ({ name: one.name, title: one.title, count: one.members }))}
        chosen={value.segments ?? []}
        onChange={(names) => set("segments", names, "choose segments")}
        disabled={disabled}
        none="There is no segment yet."
        hint="With the members of the last run."
      />
      <fieldset className={styles.group} disabled={disabled}>
        <legend className={styles.legend}>Match key {files ? "(may stay empty)" : ""}</legend>
        <div className={styles.pair}>
          <Field label="Column of Customer" required={!files}>
            <CustomerColumn disabled={disabled} value={value.match?.customer} onChange={(column) => match("customer", column)} />
          </Field>
          <Field label="The receiver's name for it" required={!files}>
            <Input disabled={disabled} value={value.match?.target ?? ""} spellCheck={false} onChange={(_, data) => match("target", data.value)} placeholder="contactid" />
          </Field>
        </div>
        <p className={styles.hint}>People without it are left out and counted.</p>
      </fieldset>
      {files || (value.columns?.length ?? 0) > 0 ? (
        <div role="group" aria-label="Columns">
          <div className={styles.legend}>Columns</div>
          <Columns disabled={disabled} value={value.columns ?? []} onChange={(columns) => set("columns", columns, "choose columns")} />
          {files ? null : <p className={styles.hint}>This kind of connection takes the key alone: take them away.</p>}
        </div>
      ) : null}
      {files ? (
        <Field label="Format">
          <RadioGroup layout="horizontal" disabled={disabled} value={value.format ?? "csv"} onChange={(_, data) => set("format", data.value === "csv" ? undefined : data.value, "choose the format")}>
            <Radio value="csv" label="CSV" />
            <Radio value="parquet" label="Parquet" />
            <Radio value="ndjson" label="NDJSON" />
          </RadioGroup>
        </Field>
      ) : null}
      {files || (value.tables?.length ?? 0) > 0 ? (
        <Checklist
          legend="Tables as a whole"
          choices={(tables.data ?? []).filter((one) => one.kind === "table" && one.group !== "corrupt").map((one) => ({ name: one.name, title: one.name, count: one.rows }))}
          chosen={value.tables ?? []}
          onChange={(names) => set("tables", names, "choose tables")}
          disabled={disabled}
          none="There is no table yet."
        />
      ) : null}
      <Field label="When">
        <RadioGroup disabled={disabled} value={value.schedule ?? "with_every_run"} onChange={(_, data) => set("schedule", data.value, "choose when")}>
          <Radio value="with_every_run" label="With every run" />
          <Radio value="manual" label="By hand: only when it is run by name" />
        </RadioGroup>
      </Field>
    </div>
  );
}
