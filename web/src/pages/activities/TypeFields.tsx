/*
 * TypeFields: the type of an activity, and what its rows hold beside a time: the fields of its type, so that measures and segments need not know sources.
 *
 * Invariants: a field is a column of the table or an expression over its columns; fields of another type stay until they are taken away.
 */
import { Button, Combobox, Field, Input, makeStyles, Option, Text, tokens } from "@fluentui/react-components";
import { AddRegular, DeleteRegular } from "@fluentui/react-icons";
import { useState } from "react";
import { ACTIVITY_TYPES } from "../../api/activity-types";
import type { GraphTable, Value } from "../../api/types";
import { record, text } from "../sources/steps";
import { ExpressionField } from "./ExpressionField";
import { suggested, TYPES, withKey, type Dict } from "./model";

const useStyles = makeStyles({
  form: { display: "flex", flexDirection: "column", gap: "12px", maxWidth: "560px" },
  heading: { fontSize: tokens.fontSizeBase300, fontWeight: tokens.fontWeightSemibold, margin: "8px 0 0" },
  soft: { color: tokens.colorNeutralForeground2, margin: 0 },
  own: { display: "grid", gridTemplateColumns: "minmax(0, 1fr) minmax(0, 2fr) auto", gap: "8px", alignItems: "end", "& .fui-Input": { minWidth: 0, width: "100%" }, "& input": { minWidth: 0 }, "& > *": { minWidth: 0 } },
  bad: { color: tokens.colorPaletteRedForeground1, fontSize: tokens.fontSizeBase200, margin: "4px 0" },
  line: { display: "flex", gap: "8px", flexWrap: "wrap" },
});

export function TypeFields({ value, onChange, tables }: { value: Dict; onChange: (change: (value: Dict) => Dict, label: string) => void; tables: GraphTable[] }) {
  const styles = useStyles();
  const [typed, setTyped] = useState<string | null>(null);
  const now = text(value.type);
  const shown = typed === null ? TYPES : TYPES.filter((type) => type.toLowerCase().includes(typed.toLowerCase()));
  const take = (type: string) => {
    setTyped(null);
    if (type.trim() !== "" && type !== now) onChange((old) => ({ ...old, type: type.trim() }), "type");
  };
  const kind = ACTIVITY_TYPES.find((one) => one.name === now);
  const columns = tables.find((one) => one.name === text(value.table))?.columns ?? [];
  const fields = record(value.fields);
  const own = Object.keys(fields).filter((name) => !kind?.fields.some((field) => field.name === name));
  const put = (name: string, next: Value | null, label: string) => onChange((old) => {
    const { [name]: _old, ...rest } = record(old.fields);
    const fieldsNow = next === null || next === "" ? rest : name in record(old.fields) ? { ...record(old.fields), [name]: next } : { ...rest, [name]: next };
    return withKey(old, "fields", Object.keys(fieldsNow).length === 0 ? "" : fieldsNow);
  }, label);
  const rename = (from: string, to: string) => onChange((old) => ({ ...old, fields: Object.fromEntries(Object.entries(record(old.fields)).map(([name, one]) => [name === from ? to : name, one])) }), "name of a field");
  const open = suggested(kind, fields, columns);
  const add = () => {
    let name = "field";
    for (let number = 2; name in fields; number += 1) name = `field${number}`;
    put(name, columns[0]?.name ? columnText(columns[0].name) : "", "add a field");
  };
  return (
    <div className={styles.form}>
      <Field label="Type" required hint="activities of one type are counted and filtered together; your own word is fine">
        <Combobox freeform value={typed ?? now} selectedOptions={[now]} onChange={(event) => setTyped(event.target.value)} onOptionSelect={(_, data) => take(data.optionValue ?? "")} onBlur={() => { if (typed !== null) take(typed); }}>
          {shown.map((type) => <Option key={type} value={type} text={type}>{type}{aboutOf(type)}</Option>)}
        </Combobox>
      </Field>
      {now !== "" && columns.length > 0 ? (
        <section aria-label="Fields of the type">
          <h3 className={styles.heading}>What its rows hold</h3>
          <p className={styles.soft}>Columns of <code>Activity_{now}</code>: measures and segments name them, whatever source the rows come from. {kind ? "Leave out what the table does not have." : "A type of your own has the fields you give it."}</p>
          {Object.keys(open).length > 0 ? (
            <div className={styles.line}>
              <Button size="small" onClick={() => onChange((old) => ({ ...old, fields: { ...record(old.fields), ...open } }), "suggested fields")}>Take {Object.keys(open).length === 1 ? "the suggested field" : `the ${Object.keys(open).length} suggested fields`}</Button>
              <Text size={200}>{Object.entries(open).map(([name, column]) => `${name}: ${column}`).join(", ")}</Text>
            </div>
          ) : null}
          {kind?.fields.map((field) => (
            <ExpressionField key={`${now} ${field.name}`} label={`${field.name}: ${field.about}`} columns={columns} value={text(fields[field.name])} onChange={(next) => put(field.name, next, `field ${field.name}`)} />
          ))}
          {own.map((name) => (
            <div key={name} className={styles.own}>
              <FieldName name={name} taken={Object.keys(fields)} onRename={(next) => rename(name, next)} />
              <ExpressionField label={`What ${name} holds`} columns={columns} value={text(fields[name])} onChange={(next) => put(name, next === "" ? null : next, `field ${name}`)} />
              <Button appearance="subtle" icon={<DeleteRegular />} aria-label={`Delete the field ${name}`} onClick={() => put(name, null, `delete the field ${name}`)} />
            </div>
          ))}
          {kind && own.length > 0 ? <p className={styles.bad}>{own.join(", ")} {own.length === 1 ? "is no field" : "are no fields"} of {now}: delete {own.length === 1 ? "it" : "them"}, or give the activity a type of your own.</p> : null}
          {kind ? null : <div><Button size="small" appearance="subtle" icon={<AddRegular />} onClick={add}>Field</Button></div>}
        </section>
      ) : null}
    </div>
  );
}

const columnText = (name: string): string => (/^[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z_][A-Za-z0-9_]*)*$/.test(name) ? name : `"${name.replaceAll('"', '""')}"`);
const aboutOf = (type: string): string => {
  const about = ACTIVITY_TYPES.find((one) => one.name === type)?.about;
  return about ? ` – ${about}` : "";
};

function FieldName({ name, taken, onRename }: { name: string; taken: string[]; onRename: (name: string) => void }) {
  const [typed, setTyped] = useState<string | null>(null);
  const now = typed ?? name;
  const bad = !/^[A-Za-z]\w*$/.test(now) || (now !== name && taken.includes(now));
  return (
    <Field label="Field" validationState={bad ? "error" : "none"}>
      <Input value={now} spellCheck={false} onChange={(_, data) => setTyped(data.value)} onBlur={() => { if (!bad && now !== name) onRename(now); setTyped(null); }} />
    </Field>
  );
}
