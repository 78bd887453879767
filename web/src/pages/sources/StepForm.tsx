/*
 * StepForm: the form of one transform step; every change is the whole step anew.
 *
 * Reads: the columns there are before the step. Writes: the step.
 * To add a step: a case here, a line in steps.ts.
 */
import { Checkbox, Dropdown, Field, Input, makeStyles, Option, Radio, RadioGroup, Select, Text, Textarea } from "@fluentui/react-components";
import type { Value } from "../../api/types";
import { ColumnSelect, ColumnsPick, LateInput, Pairs } from "./fields";
import { RowCondition } from "./RowCondition";
import { argumentOf, list, nameOf, record, text, TYPES, type StepColumn } from "./steps";

const useStyles = makeStyles({
  form: { display: "flex", flexDirection: "column", gap: "12px" },
});

export interface StepFormProps {
  step: Value;
  columns: StepColumn[];
  onChange: (step: Value) => void;
  /** The table in the lake, for value suggestions. */
  table: string;
}

const strings = (value: Value | undefined) => list(value).map(text);

/** A free column for a new row. */
const unused = (columns: StepColumn[], used: string[]) => columns.find((column) => !used.includes(column.name))?.name ?? columns[0]?.name ?? "";

/** A type of a column. */
export function TypeSelect(props: { label: string; value: string; onChange: (type: string) => void; types?: string[] }) {
  const types = props.types ?? TYPES;
  const all = types.includes(props.value) || props.value === "" ? types : [props.value, ...types];
  return (
    <Select aria-label={props.label} value={props.value} onChange={(_, data) => props.onChange(data.value)} style={{ minWidth: 0 }}>
      {props.value === "" && !all.includes("") ? <option value="">choose a type</option> : null}
      {all.map((type) => (
        <option key={type} value={type}>{type === "" ? "as it is" : type}</option>
      ))}
    </Select>
  );
}

export function StepForm({ step, columns, onChange, table }: StepFormProps) {
  const styles = useStyles();
  const name = nameOf(step);
  const argument = argumentOf(step);
  const put = (value: Value) => onChange({ [name]: value });
  switch (name) {
    case "choose_columns":
    case "reorder_columns":
      return <ColumnsPick label={name === "choose_columns" ? "Columns to keep" : "Columns that come first"} ordered columns={columns} value={strings(argument)} onChange={put} />;
    case "remove_columns":
    case "lowercase":
    case "uppercase":
    case "trim":
      return (
        <ColumnsPick
          label="Columns"
          columns={name === "remove_columns" ? columns : columns.filter((column) => ["text", "guid", "any", "json"].includes(column.type))}
          value={strings(argument)}
          onChange={put}
        />
      );
    case "distinct": {
      const some = strings(argument);
      return (
        <div className={styles.form}>
          <Text size={200}>Rows are the same when these columns are the same; the first one stays. None ticked means all columns.</Text>
          <ColumnsPick label="Columns that tell rows apart" columns={columns} value={some} onChange={(next) => onChange(next.length === 0 ? "distinct" : { distinct: next })} />
        </div>
      );
    }
    case "rename_columns": {
      const rows = Object.entries(record(argument)) as [string, Value][];
      return (
        <Pairs
          label="Old and new names"
          rows={rows}
          onChange={(next) => put(Object.fromEntries(next))}
          key1={(row, set) => <ColumnSelect hideLabel label="Old name" columns={columns} value={row[0]} onChange={set} />}
          value={(row, set) => <LateInput label={`New name of ${row[0]}`} value={text(row[1])} onChange={set} />}
          blank={() => {
            const column = unused(columns, rows.map(([from]) => from));
            return column ? [column, `${column}_new`] : undefined;
          }}
          add="Another column"
        />
      );
    }
    case "filter_rows":
      return <RowCondition table={table} columns={columns} value={text(argument)} onChange={put} />;
    case "keep_rows":
    case "remove_rows":
      return (
        <Field label={name === "keep_rows" ? "How many rows to keep" : "How many rows to drop"}>
          <Input type="number" min={0} value={text(argument)} onChange={(_, data) => put(Math.max(0, Math.floor(Number(data.value) || 0)))} />
        </Field>
      );
    case "sort": {
      const rows = list(argument).map((item): [string, string] => {
        if (typeof item === "string") return [item, "ascending"];
        const [column, order] = Object.entries(record(item))[0] ?? ["", "ascending"];
        return [column, text(order)];
      });
      const write = (next: [string, string][]) => put(next.map(([column, order]): Value => (order === "descending" ? { [column]: order } : column)));
      return (
        <Pairs
          label="Sort by"
          rows={rows}
          onChange={write}
          key1={(row, set) => <ColumnSelect hideLabel label="Column" columns={columns} value={row[0]} onChange={set} />}
          value={(row, set) => (
            <Select aria-label={`Order of ${row[0]}`} value={row[1]} onChange={(_, data) => set(data.value)}>
              <option value="ascending">smallest first</option>
              <option value="descending">largest first</option>
            </Select>
          )}
          blank={() => [unused(columns, rows.map(([column]) => column)), "ascending"]}
          add="Then by"
        />
      );
    }
    case "change_type":
      return <ChangeType argument={argument} columns={columns} put={put} />;
    case "replace_values": {
      const parts = record(argument);
      const some = strings(parts.columns);
      const change = (next: { [key: string]: Value }) => {
        const all = { ...parts, ...next };
        if (list(all.columns).length === 0) delete all.columns;
        put(all);
      };
      const cell = (key: "from" | "to", label: string) => (
        <Field label={label}>
          <Input disabled={parts[key] === null} value={parts[key] === null ? "" : text(parts[key])} onChange={(_, data) => change({ [key]: data.value })} />
          <Checkbox label="nothing (an empty cell)" checked={parts[key] === null} onChange={(_, data) => change({ [key]: data.checked === true ? null : "" })} />
        </Field>
      );
      return (
        <div className={styles.form}>
          {cell("from", "Replace")}
          {cell("to", "With")}
          <Text size={200}>In these columns; none ticked means all that hold text.</Text>
          <ColumnsPick label="Columns to look in" columns={columns} value={some} onChange={(next) => change({ columns: next })} />
        </div>
      );
    }
    case "expand":
      return <Expand argument={argument} columns={columns} put={put} />;
    case "add_column": {
      const parts = record(argument);
      return (
        <div className={styles.form}>
          <Field label="Name"><LateInput value={text(parts.name)} onChange={(value) => put({ ...parts, name: value })} /></Field>
          <Field label="Value" hint="an expression over this table's columns: concat(first, ' ', last), lower(email), amount * 100">
            <Textarea value={text(parts.value)} resize="vertical" onChange={(_, data) => put({ ...parts, value: data.value })} />
          </Field>
          <ColumnNames columns={columns} />
        </div>
      );
    }
    case "group_by":
      return <GroupBy argument={argument} columns={columns} put={put} />;
    case "sql":
      return (
        <div className={styles.form}>
          <Field label="One select, from input" hint="read only; input is the table as the steps before left it">
            <Textarea value={text(argument)} rows={8} resize="vertical" onChange={(_, data) => put(data.value)} />
          </Field>
          <ColumnNames columns={columns} />
        </div>
      );
    default:
      return <Text size={200}>This step has no form. Change it in the formula line or in the YAML.</Text>;
  }
}

function ColumnNames({ columns }: { columns: StepColumn[] }) {
  return <Text size={200}>Columns: {columns.map((column) => column.name).join(", ")}</Text>;
}

interface PartProps {
  argument: Value;
  columns: StepColumn[];
  put: (value: Value) => void;
}

const LOCALES: [string, string][] = [["", "as in ISO 8601"], ["en-US", "en-US: 12/31/2026, 1,234.5"], ["en-GB", "en-GB: 31/12/2026, 1,234.5"], ["de-DE", "de-DE: 31.12.2026, 1.234,5"], ["fr-FR", "fr-FR: 31/12/2026, 1 234,5"], ["pt-BR", "pt-BR: 31/12/2026, 1.234,5"]];

function ChangeType({ argument, columns, put }: PartProps) {
  const styles = useStyles();
  const parts = record(argument);
  const long = parts.columns !== undefined && typeof parts.columns === "object";
  const rows = Object.entries(long ? record(parts.columns) : parts).map(([column, type]): [string, string] => [column, text(type)]);
  const locale = long ? text(parts.locale) : "";
  const format = long ? text(parts.format) : "";
  const write = (next: [string, string][], locale: string, format: string) => {
    const types: Value = Object.fromEntries(next);
    if (locale === "" && format === "") return put(types);
    put({ columns: types, ...(locale === "" ? {} : { locale }), ...(format === "" ? {} : { format }) });
  };
  return (
    <div className={styles.form}>
      <Pairs
        label="Columns and their types"
        rows={rows}
        onChange={(next) => write(next, locale, format)}
        key1={(row, set) => <ColumnSelect hideLabel label="Column" columns={columns} value={row[0]} onChange={set} />}
        value={(row, set) => <TypeSelect label={`Type of ${row[0]}`} value={row[1]} onChange={set} />}
        blank={() => [unused(columns, rows.map(([column]) => column)), "text"]}
        add="Another column"
      />
      <Field label="How numbers and dates are written">
        <Select value={locale} onChange={(_, data) => write(rows, data.value, format)}>
          {LOCALES.some(([word]) => word === locale) ? null : <option value={locale}>{locale}</option>}
          {LOCALES.map(([word, words]) => <option key={word} value={word}>{words}</option>)}
        </Select>
      </Field>
      <Field label="Date format" hint="as in strptime: %d/%m/%Y %H:%M; empty for the locale's own">
        <Input value={format} onChange={(_, data) => write(rows, locale, data.value)} />
      </Field>
    </div>
  );
}

function Expand({ argument, columns, put }: PartProps) {
  const styles = useStyles();
  const parts = record(argument);
  const asList = typeof argument === "string" || parts.fields === undefined;
  const column = typeof argument === "string" ? argument : text(parts.column);
  const fields = Object.entries(record(parts.fields)).map(([field, type]): [string, string] => [field, text(type)]);
  const keep = parts.keep === true;
  const write = (column: string, asList: boolean, fields: [string, string][], keep: boolean) => {
    if (asList) return put(keep ? { column, keep } : column);
    put({ column, fields: Object.fromEntries(fields), ...(keep ? { keep } : {}) });
  };
  return (
    <div className={styles.form}>
      <ColumnSelect label="Column" columns={columns} value={column} onChange={(next) => write(next, asList, fields, keep)} />
      <RadioGroup value={asList ? "list" : "record"} onChange={(_, data) => write(column, data.value === "list", fields.length === 0 ? [["name", "text"]] : fields, keep)}>
        <Radio value="list" label="It holds lists: one row an element" />
        <Radio value="record" label="It holds records: one column a field" />
      </RadioGroup>
      {asList ? null : (
        <Pairs
          label="Fields and their types"
          rows={fields}
          onChange={(next) => write(column, false, next, keep)}
          key1={(row, set) => <LateInput label="Field" value={row[0]} onChange={set} />}
          value={(row, set) => <TypeSelect label={`Type of ${row[0]}`} value={row[1]} onChange={set} />}
          blank={() => [`field${fields.length + 1}`, "text"]}
          add="Another field"
        />
      )}
      <Checkbox label="Keep the column too" checked={keep} onChange={(_, data) => write(column, asList, fields, data.checked === true)} />
    </div>
  );
}

const AGGREGATES = ["count", "count_unique", "sum", "avg", "min", "max"];

function GroupBy({ argument, columns, put }: PartProps) {
  const styles = useStyles();
  const parts = record(argument);
  const by = strings(parts.by);
  const rows = Object.entries(record(parts.columns)).map(([name, value]): [string, string] => [name, text(value)]);
  const write = (by: string[], rows: [string, string][]) => put({ by, columns: Object.fromEntries(rows) });
  return (
    <div className={styles.form}>
      <Field label="One row for each">
        <Dropdown multiselect selectedOptions={by} value={by.join(", ")} placeholder="one row in all" onOptionSelect={(_, data) => write(data.selectedOptions, rows)} style={{ minWidth: 0 }}>
          {columns.map((column) => <Option key={column.name} value={column.name}>{column.name}</Option>)}
        </Dropdown>
      </Field>
      <Text size={200}>New columns; use {AGGREGATES.join(", ")}, first(x, by) and last(x, by).</Text>
      <Pairs
        label="New columns"
        rows={rows}
        onChange={(next) => write(by, next)}
        key1={(row, set) => <LateInput label="Name" value={row[0]} onChange={set} />}
        value={(row, set) => <LateInput label={`Value of ${row[0]}`} value={row[1]} onChange={set} />}
        blank={() => [`column${rows.length + 1}`, `count(${columns[0]?.name ?? ""})`]}
        add="Another column"
      />
    </div>
  );
}
