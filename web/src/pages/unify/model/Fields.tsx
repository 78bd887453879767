/*
 * Fields: what is known of the same thing in all tables: a kind, and the columns that hold it.
 */
import { Button, Dropdown, Field, makeStyles, Option, Select, Text, tokens } from "@fluentui/react-components";
import { AddRegular, DeleteRegular } from "@fluentui/react-icons";
import type { Value } from "../../../api/types";
import { LateInput } from "../../sources/fields";
import { tableNames, type Dict, type Known } from "../model";
import { fieldsOf, fieldsValue, KINDS, modelOf, type ModelField } from "./linkage";

const useStyles = makeStyles({
  intro: { maxWidth: "760px" },
  list: { listStyle: "none", margin: 0, padding: 0 },
  row: { display: "grid", gridTemplateColumns: "minmax(120px, 1fr) minmax(150px, 1fr) minmax(200px, 2fr) auto", gap: "8px", alignItems: "end", padding: "8px 0", borderBottom: `1px solid ${tokens.colorNeutralStroke3}`, "@media (max-width: 760px)": { gridTemplateColumns: "minmax(0, 1fr)" } },
});

export function FieldsForm({ value, known, canEdit, onChange }: { value: Dict; known: Known[]; canEdit: boolean; onChange: (fields: Value) => void }) {
  const styles = useStyles();
  const fields = fieldsOf(modelOf(value));
  const tables = tableNames(value);
  const columns = tables.flatMap((name) => (known.find((table) => table.name === name)?.columns ?? []).map((column) => `${name}.${column.name}`));
  const put = (next: ModelField[]) => onChange(fieldsValue(next));
  const setField = (at: number, part: Partial<ModelField>) => put(fields.map((old, index) => (index === at ? { ...old, ...part } : old)));
  const add = () => {
    let count = fields.length + 1;
    while (fields.some((field) => field.name === `field${count}`)) count += 1;
    const free = columns.find((column) => !fields.some((field) => field.columns.includes(column)));
    if (free) put([...fields, { name: `field${count}`, kind: "", columns: [free] }]);
  };
  return (
    <section aria-label="Fields">
      <p className={styles.intro}>
        <Text size={200}>{fields.length === 0 ? "Nothing is stated: columns of one meaning are one field, and what their values are is found out from them. Fields stated here take the place of the chosen ones." : "A field is the same thing in several tables. Two columns of one table in it are several values: two phones, say."}</Text>
      </p>
      <fieldset disabled={!canEdit} style={{ border: "none", padding: 0, margin: 0, minWidth: 0 }}>
        <ul className={styles.list}>
          {fields.map((field, at) => (
            <li key={at} className={styles.row}>
              <Field label="Field"><LateInput value={field.name} onChange={(name) => { if (name.trim() !== "" && !fields.some((other) => other.name === name.trim())) setField(at, { name: name.trim() }); }} /></Field>
              <Field label="Its values are">
                <Select value={field.kind} onChange={(_, data) => setField(at, { kind: data.value })}>
                  <option value="">found out</option>
                  {KINDS.map(([word, title]) => <option key={word} value={word}>{title}</option>)}
                </Select>
              </Field>
              <Field label="Columns">
                <Dropdown multiselect selectedOptions={field.columns} value={field.columns.join(", ")} style={{ minWidth: 0 }} onOptionSelect={(_, data) => { if (data.selectedOptions.length > 0) setField(at, { columns: data.selectedOptions }); }}>
                  {[...new Set([...columns, ...field.columns])].map((name) => <Option key={name} value={name}>{name}</Option>)}
                </Dropdown>
              </Field>
              <Button appearance="subtle" icon={<DeleteRegular />} aria-label={`Remove the field ${field.name}`} onClick={() => put(fields.filter((_, index) => index !== at))} />
            </li>
          ))}
        </ul>
        <Button size="small" icon={<AddRegular />} style={{ marginTop: "8px" }} disabled={columns.length === 0} onClick={add}>Add a field</Button>
      </fieldset>
    </section>
  );
}
