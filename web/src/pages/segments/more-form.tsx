/*
 * more-form: what a segment says beside its rules: the best so many, who is held out, how many there should be, columns, when it is worked out.
 *
 * Invariants: what is off is not in the file; a form of the file that says the same stays until it is changed (`holdout: 0.1`, `refresh: manual`).
 */
import { Button, Checkbox, Field, Input, makeStyles, Select, SpinButton, tokens } from "@fluentui/react-components";
import { AddRegular, DeleteRegular } from "@fluentui/react-icons";
import { useMemo, useState } from "react";
import type { SegmentPreview, Value } from "../../api/types";
import { formatNumber, type Definition } from "../../parts";
import { AttributeOrText } from "../../parts/attributes/attribute-or-text";
import { AttributePicker } from "../../parts/attributes/attribute-picker";
import { aliasFor, local, readTables, written, writeTables, type Picked, type Scope } from "../../parts/attributes/scope";
import { familyOf } from "../../parts/conditions/operators";
import { mentions } from "../../parts/conditions/tree";
import { ActiveSwitch, ScheduleField } from "../../parts/upkeep";
import { ExpressionInput } from "../measures/expression-input";
import { isRows } from "./rows-value";
import { isJson, sharedTables, withKey, type Json } from "./segment-value";
import { examplesOf, unexpected } from "./sentence";

const useStyles = makeStyles({
  whole: { display: "flex", flexDirection: "column", gap: "20px", marginTop: "24px" },
  heading: { fontSize: tokens.fontSizeBase400, fontWeight: tokens.fontWeightSemibold, margin: 0 },
  part: { display: "flex", flexDirection: "column", gap: "4px" },
  line: { display: "flex", gap: "8px", alignItems: "center", flexWrap: "wrap", minHeight: "36px", paddingLeft: "28px" },
  number: { width: "104px", "& input": { minWidth: 0 } },
  soft: { color: tokens.colorNeutralForeground3, fontSize: tokens.fontSizeBase200 },
  inset: { paddingLeft: "28px", margin: 0, color: tokens.colorNeutralForeground3, fontSize: tokens.fontSizeBase200 },
  warn: { color: tokens.colorPaletteDarkOrangeForeground1, paddingLeft: "28px", margin: 0, fontSize: tokens.fontSizeBase200 },
  columns: { listStyle: "none", margin: 0, padding: 0, display: "flex", flexDirection: "column", gap: "12px" },
  column: { display: "grid", gridTemplateColumns: "160px minmax(0, 1fr) auto", gap: "8px", alignItems: "start", "& > *": { minWidth: 0 }, "& input": { minWidth: 0 }, "@media (max-width: 640px)": { gridTemplateColumns: "minmax(0, 1fr) auto" } },
  wide: { "@media (max-width: 640px)": { gridColumn: "1 / -1" } },
  when: { display: "flex", gap: "16px 32px", flexWrap: "wrap", alignItems: "flex-start" },
});

export interface MoreFormProps {
  definition: Definition<Json>;
  value: Json;
  scope: Scope;
  preview: SegmentPreview | undefined;
  stale: boolean;
}

type Set = (key: string, next: Value | undefined, label: string) => void;

export function MoreForm({ definition, value, scope, preview, stale }: MoreFormProps) {
  const styles = useStyles();
  const set: Set = (key, next, label) => definition.setValue((old) => withKey(old ?? {}, key, next), label);
  const own = useMemo<Scope>(() => ({ ...scope, segments: false, tables: scope.tables.filter((table) => table.always && !isRows(table.table)) }), [scope]);
  const examples = examplesOf(value);
  return (
    <div className={styles.whole}>
      <section className={styles.part} aria-label="Who of them">
        <h2 className={styles.heading}>Who of them</h2>
        <Limit value={value} own={own} set={set} preview={stale ? undefined : preview} />
        <HeldOut value={value} set={set} preview={stale ? undefined : preview} />
        <Expected value={value} set={set} count={stale ? undefined : preview?.count} />
      </section>
      <Columns definition={definition} value={value} scope={scope} />
      <section className={styles.part} aria-label="When it is worked out">
        <h2 className={styles.heading}>When it is worked out</h2>
        <When definition={definition} value={value} set={set} />
      </section>
      {examples > 0 ? <p className={styles.soft}>{examples === 1 ? "An example stands" : `${examples} examples stand`} beside it in the file, to be seen and changed under YAML; `onefold test` holds the segment to {examples === 1 ? "it" : "them"}.</p> : null}
    </div>
  );
}

const whole = (data: { value?: number | null; displayValue?: string }): number => data.value ?? Number((data.displayValue ?? "").replace(/[^\d.]/g, ""));

function Limit({ value, own, set, preview }: { value: Json; own: Scope; set: Set; preview: SegmentPreview | undefined }) {
  const styles = useStyles();
  const limit = isJson(value.limit) ? value.limit : null;
  const write = (picked: Picked) => written(picked.table.alias, local(picked.table, picked.column));
  const measures = own.tables.find((table) => table.table === "Customer_Measure");
  const ranks = measures?.columns.find((one) => familyOf(one.type) === "number" && local(measures, one) !== "profile_no");
  const first = measures && ranks ? written(measures.alias, local(measures, ranks)) : "";
  const change = (next: Json, label: string) => set("limit", { ...(limit ?? {}), ...next }, label);
  const without = (key: string) => set("limit", Object.fromEntries(Object.entries(limit ?? {}).filter(([name]) => name !== key)), `limit without ${key}`);
  return (
    <>
      <Checkbox label="Keep only the best so many" checked={limit !== null} onChange={(_, data) => set("limit", data.checked ? { count: 500, by: first } : undefined, "limit")} />
      {limit ? (
        <>
          <div className={styles.line}>
            <span>Keep the</span>
            <SpinButton className={styles.number} min={1} max={100_000_000} value={Number(limit.count) || 1} aria-label="How many are kept" onChange={(_, data) => { const next = whole(data); if (Number.isInteger(next) && next >= 1) change({ count: next }, `keep ${next}`); }} />
            <span>with the</span>
            <Select value={limit.order === "asc" ? "asc" : "desc"} aria-label="Which are kept" onChange={(_, data) => (data.value === "asc" ? change({ order: "asc" }, "the smallest") : without("order"))}>
              <option value="desc">largest</option>
              <option value="asc">smallest</option>
            </Select>
            <AttributeOrText label="Ranked by" value={typeof limit.by === "string" ? limit.by : ""} scope={own} used={{}} write={write} only={(picked) => ["number", "date", "time"].includes(familyOf(picked.column.type))} onChange={(by) => change({ by }, "ranked by")} placeholder="Customer_Measure.visits" />
          </div>
          <div className={styles.line}>
            <span>so many{limit.per === undefined ? "" : " of each"}</span>
            <AttributeOrText label="So many of each" value={typeof limit.per === "string" ? limit.per : ""} scope={own} used={{}} write={write} none="of all together" onChange={(per) => (per === "" ? without("per") : change({ per }, "so many of each"))} placeholder="Customer.city" />
          </div>
          <p className={styles.inset}>{preview && preview.beyond_limit !== null ? `${formatNumber(preview.beyond_limit, 0)} more meet the rules and are beyond it. ` : ""}Who has no value is left out.</p>
        </>
      ) : null}
    </>
  );
}

function HeldOut({ value, set, preview }: { value: Json; set: Set; preview: SegmentPreview | undefined }) {
  const styles = useStyles();
  const raw = value.holdout;
  const share = typeof raw === "number" ? raw : isJson(raw) ? Number(raw.share) : null;
  const name = isJson(raw) && typeof raw.name === "string" ? raw.name : "";
  const put = (next: number, as: string, label: string) => set("holdout", as === "" ? next : { share: next, name: as }, label);
  return (
    <>
      <Checkbox label="Hold a random share of people out" checked={share !== null} onChange={(_, data) => set("holdout", data.checked ? 0.1 : undefined, "hold out")} />
      {share !== null ? (
        <>
          <div className={styles.line}>
            <SpinButton className={styles.number} min={0.1} max={99.9} step={1} value={Math.round(share * 1000) / 10} displayValue={`${formatNumber(share * 100)} %`} aria-label="Share of people held out, percent" onChange={(_, data) => { const next = whole(data); if (next > 0 && next < 100) put(Math.round(next * 10) / 1000, name, `hold ${next} % out`); }} />
            <span>are held out, as</span>
            <Input value={name} placeholder="this segment's own" aria-label="Name of the hold-out" onChange={(_, data) => put(share, data.value, "name of the hold-out")} />
          </div>
          <p className={styles.inset}>{preview && preview.held_out !== null ? `${formatNumber(preview.held_out, 0)} are held out now. ` : ""}The same people in every run, and in every segment whose hold-out has the same name.</p>
        </>
      ) : null}
    </>
  );
}

function Expected({ value, set, count }: { value: Json; set: Set; count: number | undefined }) {
  const styles = useStyles();
  const expect = isJson(value.expect) ? value.expect : null;
  const wrong = expect && count !== undefined ? unexpected(expect, count) : null;
  const put = (key: string, next: number | null) => {
    const { [key]: _old, ...rest } = expect ?? {};
    set("expect", next === null ? rest : { ...rest, [key]: next }, "expected size");
  };
  const bound = (key: "min" | "max", label: string) => <BoundInput label={label} value={typeof expect?.[key] === "number" ? expect[key] : null} onChange={(next) => put(key, next)} />;
  return (
    <>
      <Checkbox label="Say how many there should be" checked={expect !== null} onChange={(_, data) => set("expect", data.checked ? { min: 1 } : undefined, "expected size")} />
      {expect ? (
        <>
          <div className={styles.line}>
            <span>at least</span>{bound("min", "At least so many members")}
            <span>at most</span>{bound("max", "At most so many members")}
            <span>changed by at most</span>
            <BoundInput label="Largest change in percent" percent value={typeof expect.max_change === "number" ? Math.round(expect.max_change * 10_000) / 100 : null} onChange={(next) => put("max_change", next === null ? null : Math.round(next * 100) / 10_000)} />
            <span>%</span>
          </div>
          {wrong ? <p className={styles.warn} role="status">Now there are {formatNumber(count ?? 0, 0)}, {wrong}: its exports would wait.</p> : <p className={styles.inset}>When it is otherwise, its exports wait and what was sent stays as it is.</p>}
        </>
      ) : null}
    </>
  );
}

/** A number that may be left out. */
function BoundInput({ label, value, onChange, percent }: { label: string; value: number | null; onChange: (value: number | null) => void; percent?: boolean }) {
  const styles = useStyles();
  const [typed, setTyped] = useState<string | null>(null);
  const shown = typed ?? (value === null ? "" : String(value));
  const read = (text: string): number | null | undefined => (text.trim() === "" ? null : (percent ? /^\d+([.,]\d+)?$/ : /^\d+$/).test(text.trim()) ? Number(text.trim().replace(",", ".")) : undefined);
  const bad = read(shown) === undefined || (percent && read(shown) === 0);
  return (
    <Input className={styles.number} value={shown} inputMode="numeric" aria-label={label} aria-invalid={bad || undefined} placeholder="any" onBlur={() => setTyped(null)} onChange={(_, data) => {
      setTyped(data.value);
      const next = read(data.value);
      if (next !== undefined && !(percent && next === 0)) onChange(next);
    }} />
  );
}

interface Projected {
  name: string;
  value: string;
  list: boolean;
  raw: Value;
}

function Columns({ definition, value, scope }: { definition: Definition<Json>; value: Json; scope: Scope }) {
  const styles = useStyles();
  const columns = isJson(value.columns) ? value.columns : {};
  const list = Object.entries(columns).map(([name, raw]): Projected => (isJson(raw) ? { name, value: String(raw.value ?? ""), list: raw.list === true, raw } : { name, value: String(raw ?? ""), list: false, raw }));
  const tablesOf = (raw: Value) => (isJson(raw) ? readTables(raw.tables) : {});
  const save = (next: Projected[], label: string) => definition.setValue((old) => {
    const entries = next.map((one): [string, Value] => {
      const tables = Object.fromEntries(Object.entries(tablesOf(one.raw)).filter(([alias]) => mentions(one.value, alias)));
      const written = writeTables(tables, isJson(one.raw) ? one.raw.tables : undefined);
      if (!one.list && written === undefined) return [one.name, one.value];
      return [one.name, { value: one.value, ...(written === undefined ? {} : { tables: written }), ...(one.list ? { list: true } : {}) }];
    });
    return withKey(old ?? {}, "columns", entries.length === 0 ? undefined : Object.fromEntries(entries));
  }, label);
  const change = (at: number, next: Partial<Projected>, label: string) => save(list.map((one, index) => (index === at ? { ...one, ...next } : one)), label);
  /** A picked column as it is written, and the entry with the table it needs. */
  const bring = (picked: Picked, raw: Value): { text: string; raw: Value } => {
    const { alias, tables } = aliasFor(picked.table, tablesOf(raw), sharedTables(value));
    const tablesNow = writeTables(tables, isJson(raw) ? raw.tables : undefined);
    return { text: written(alias, local(picked.table, picked.column)), raw: { ...(isJson(raw) ? raw : {}), ...(tablesNow === undefined ? {} : { tables: tablesNow }) } };
  };
  const add = (picked: Picked) => {
    const base = local(picked.table, picked.column).replace(/\W+/g, "_").replace(/^_+|_+$/g, "") || "column";
    let name = base;
    for (let number = 2; list.some((one) => one.name === name); number += 1) name = `${base}${number}`;
    const { text, raw } = bring(picked, {});
    const many = isRows(picked.table.table);
    save([...list, { name, value: many ? `max(${text})` : text, list: false, raw }], `column ${name}`);
  };
  return (
    <section className={styles.part} aria-label="Columns">
      <h2 className={styles.heading}>Columns</h2>
      <p className={styles.inset} style={{ paddingLeft: 0 }}>Shown beside those of Customer wherever the segment is looked at or sent. Over the rows of a person: one value by a function, or all different values as a list.</p>
      {list.length > 0 ? (
        <ol className={styles.columns} aria-label="Columns of the segment">
          {list.map((one, index) => (
            <li key={index} className={styles.column}>
              <Input value={one.name} spellCheck={false} aria-label={`Name of column ${index + 1}`} onChange={(_, data) => { const name = data.value.replace(/\W/g, "_"); if (name !== "" && !list.some((other, at) => at !== index && other.name === name)) change(index, { name }, "name of a column"); }} />
              <div className={styles.wide}>
                <ExpressionInput rows={1} many value={one.value} scope={scope} label={`Value of column ${one.name}`} write={(picked) => {
                  const { text, raw } = bring(picked, one.raw);
                  one.raw = raw;
                  return text;
                }} onChange={(text) => change(index, { value: text, raw: one.raw }, `value of ${one.name}`)} />
                <Checkbox label="all different values, as a list" checked={one.list} onChange={(_, data) => change(index, { list: data.checked === true, value: data.checked === true ? one.value.replace(/^\s*(?:min|max)\((.*)\)\s*$/, "$1") : one.value }, `list of ${one.name}`)} />
              </div>
              <Button appearance="subtle" icon={<DeleteRegular />} aria-label={`Delete column ${one.name}`} onClick={() => save(list.filter((_, at) => at !== index), `delete column ${one.name}`)} />
            </li>
          ))}
        </ol>
      ) : null}
      <div><AttributePicker scope={scope} label="Column" onPick={add} trigger={<Button size="small" appearance="subtle" icon={<AddRegular />}>Column</Button>} /></div>
    </section>
  );
}

function When({ definition, value, set }: { definition: Definition<Json>; value: Json; set: Set }) {
  const styles = useStyles();
  const byHand = value.kind === "static" || value.refresh === "manual";
  const put = (next: Value | undefined, fixed: boolean) => definition.setValue((old) => {
    const { kind, refresh, ...rest } = old ?? {};
    const now: Json = { ...rest };
    if (fixed) now.kind = "static";
    else if (kind === "dynamic") now.kind = kind;
    if (!fixed && refresh === "with_every_run") now.refresh = refresh;
    return withKey(now, "schedule", fixed ? undefined : next);
  }, "when it is worked out");
  return (
    <div className={styles.when}>
      <ScheduleField value={value.schedule} onChange={(next) => put(next, false)} byHand={{ on: byHand, words: "by hand: members stay as they are", choose: () => put(undefined, true) }} />
      <Field label="State">
        <ActiveSwitch value={value.active} rest="members stay, nothing is sent" onChange={(next) => set("active", next, "active")} />
      </Field>
      <Field label="Table">
        <Checkbox label="Write its rows out as a table too" checked={value.materialize === true} onChange={(_, data) => set("materialize", data.checked === true ? true : undefined, "write out")} />
      </Field>
    </div>
  );
}
