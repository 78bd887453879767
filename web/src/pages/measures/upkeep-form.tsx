/*
 * upkeep-form: values that count as others, the hierarchy a measure rolls up along, and when it is worked out.
 *
 * Invariants: values that are not named stay; a roll-up keeps the path the file gives it.
 */
import { Button, Field, Input, makeStyles, Select, tokens } from "@fluentui/react-components";
import { AddRegular, DeleteRegular } from "@fluentui/react-icons";
import type { Value } from "../../api/types";
import { AttributeOrText } from "../../parts/attributes/attribute-or-text";
import { local, written, type Scope } from "../../parts/attributes/scope";
import { familyOf } from "../../parts/conditions/operators";
import { ActiveSwitch, ScheduleField } from "../../parts/upkeep";
import { named, withKey, type Json } from "./measure-value";

const useStyles = makeStyles({
  heading: { fontSize: tokens.fontSizeBase400, fontWeight: tokens.fontWeightSemibold, margin: "0 0 4px" },
  soft: { color: tokens.colorNeutralForeground3, margin: "0 0 8px" },
  list: { listStyle: "none", margin: 0, padding: 0 },
  row: { display: "flex", alignItems: "center", gap: "8px", flexWrap: "wrap", minHeight: "36px", padding: "2px 0" },
  small: { width: "104px", "& input": { minWidth: 0 } },
  when: { display: "flex", gap: "16px 32px", flexWrap: "wrap", alignItems: "flex-start" },
});

const isJson = (value: Value | undefined): value is Json => typeof value === "object" && value !== null && !Array.isArray(value);

interface Line {
  column: string;
  from: string;
  to: Value;
}

/** Values that count as others, a line each. */
function linesOf(value: Json): Line[] {
  if (!isJson(value.replace)) return [];
  return Object.entries(value.replace).flatMap(([column, map]) => (isJson(map) ? Object.entries(map).map(([from, to]): Line => ({ column, from, to })) : []));
}

/** Values of a column that count as others. */
export function Replaced({ scope, value, onChange }: { scope: Scope; value: Json; onChange: (replace: Json | undefined, label: string) => void }) {
  const styles = useStyles();
  const lines = linesOf(value);
  const columns = named(value, scope);
  if (columns.length === 0 && lines.length === 0) return null;
  const typeOf = (column: string) => columns.find((one) => one.name === column)?.type;
  const save = (next: Line[], label: string) => {
    const out: Record<string, Record<string, Value>> = {};
    for (const one of next) (out[one.column] ??= {})[one.from] = one.to;
    onChange(next.length === 0 ? undefined : out, label);
  };
  const change = (at: number, next: Partial<Line>, label: string) => save(lines.map((one, index) => (index === at ? { ...one, ...next } : one)), label);
  const read = (column: string, text: string): Value => (familyOf(typeOf(column)) === "number" && text.trim() !== "" && !Number.isNaN(Number(text)) ? Number(text) : text);
  const add = () => {
    const column = columns[0]?.name ?? lines[0]?.column ?? "";
    let from = familyOf(typeOf(column)) === "number" ? "-1" : "?";
    for (let number = 2; lines.some((one) => one.column === column && one.from === from); number += 1) from = familyOf(typeOf(column)) === "number" ? `-${number}` : `?${number}`;
    save([...lines, { column, from, to: familyOf(typeOf(column)) === "number" ? 0 : "" }], "replace a value");
  };
  const names = [...new Set([...columns.map((one) => one.name), ...lines.map((one) => one.column)])];
  return (
    <section aria-label="Values that count as others">
      <h2 className={styles.heading}>Values that count as others</h2>
      <p className={styles.soft}>For this measure alone: its filter and dimensions still see what is there. Write null for a missing value.</p>
      <ul className={styles.list}>
        {lines.map((one, index) => (
          <li key={index} className={styles.row}>
            <span>In</span>
            <Select value={one.column} aria-label={`Column of replacement ${index + 1}`} onChange={(_, data) => change(index, { column: data.value }, "column of a replacement")}>
              {names.map((name) => <option key={name} value={name}>{columns.find((other) => other.name === name)?.title ?? name}</option>)}
            </Select>
            <span>count</span>
            <Input className={styles.small} value={one.from} aria-label={`Value that replacement ${index + 1} is for`} onChange={(_, data) => { if (!lines.some((other, at) => at !== index && other.column === one.column && other.from === data.value)) change(index, { from: data.value }, "replaced value"); }} />
            <span>as</span>
            <Input className={styles.small} value={one.to === null ? "" : String(one.to)} aria-label={`What replacement ${index + 1} counts it as`} onChange={(_, data) => change(index, { to: read(one.column, data.value) }, "replacement")} />
            <Button size="small" appearance="subtle" icon={<DeleteRegular />} aria-label={`Delete replacement ${index + 1}`} onClick={() => save(lines.filter((_, at) => at !== index), "delete a replacement")} />
          </li>
        ))}
      </ul>
      <Button size="small" appearance="subtle" icon={<AddRegular />} onClick={add}>Replacement</Button>
    </section>
  );
}

/** The column that holds the key of the record above. */
export function RollUp({ scope, value, onChange }: { scope: Scope; value: Json; onChange: (roll: Value | undefined, label: string) => void }) {
  const styles = useStyles();
  const roll = value.roll_up;
  const by = typeof roll === "string" ? roll : isJson(roll) && typeof roll.by === "string" ? roll.by : "";
  const used = Object.fromEntries(scope.tables.map((table) => [table.table, { table: table.table }]));
  const own: Scope = { ...scope, tables: scope.tables.filter((table) => !table.always) };
  if (own.tables.length === 0 && by === "") return null;
  return (
    <section aria-label="Roll up">
      <h2 className={styles.heading}>Roll up</h2>
      <p className={styles.soft}>Rows count for everybody above as well: an account's orders for its parent account. Choose the column that holds the key of the record above.</p>
      <AttributeOrText label="Key of the record above" value={by} scope={own} used={used} none="no roll-up" placeholder="Crm_accounts.parent_id" write={(picked) => `${picked.table.table}.${written("", local(picked.table, picked.column))}`} onChange={(next) => onChange(next === "" ? undefined : isJson(roll) ? { ...roll, by: next } : next, "roll up")} />
    </section>
  );
}

/** When it is worked out, and whether it is at all. */
export function When({ value, onChange }: { value: Json; onChange: (change: (value: Json) => Json, label: string) => void }) {
  const styles = useStyles();
  return (
    <section aria-label="When it is worked out">
      <h2 className={styles.heading}>When it is worked out</h2>
      <div className={styles.when}>
        <ScheduleField value={value.schedule} onChange={(next) => onChange((old) => withKey(old, "schedule", next), "when it is worked out")} />
        <Field label="State"><ActiveSwitch value={value.active} rest="not worked out, its column is gone" onChange={(next) => onChange((old) => withKey(old, "active", next), "active")} /></Field>
      </div>
    </section>
  );
}
