/*
 * Fields: the parts of an activity's form: data, relationship, fields, type.
 *
 * Invariants: a field is a column of the table, or an expression over its columns.
 */
import { Button, Combobox, Field, Input, makeStyles, MessageBar, MessageBarBody, Option, Radio, RadioGroup, Select, Switch, Text } from "@fluentui/react-components";
import { AddRegular } from "@fluentui/react-icons";
import { useState } from "react";
import { api, toProblem } from "../../api/client";
import { useProject, useRefresh } from "../../api/hooks";
import type { DefinitionView, GraphTable } from "../../api/types";
import { useToast } from "../../parts";
import { withRelationship, type Ends } from "../relationships/model";
import { Panel } from "../relationships/Panel";
import { ColumnSelect, LateInput } from "../sources/fields";
import { list, quoted, record, text, type StepColumn } from "../sources/steps";
import { hasTime, ICONS, startWith, TYPES, withKey, type Dict } from "./model";

const useStyles = makeStyles({
  form: { display: "flex", flexDirection: "column", gap: "12px", maxWidth: "560px" },
  line: { display: "flex", gap: "8px", alignItems: "flex-end" },
  grow: { flexGrow: 1, minWidth: 0 },
});

export interface FieldsProps {
  value: Dict;
  onChange: (change: (value: Dict) => Dict, label: string) => void;
  tables: GraphTable[];
}

/** The table, and the column that tells its rows apart. */
export function DataFields({ value, onChange, tables, name, onName }: FieldsProps & { name?: string; onName?: (name: string) => void }) {
  const styles = useStyles();
  const user = tables.filter((table) => table.kind === "user" && !table.name.endsWith("_Corrupt")).sort((a, b) => Number(hasTime(b)) - Number(hasTime(a)));
  const table = tables.find((one) => one.name === text(value.table));
  return (
    <div className={styles.form}>
      {onName ? (
        <Field label="Name" required hint="letters, digits and _; it names the file">
          <Input value={name ?? ""} onChange={(_, data) => onName(data.value)} placeholder="patientAppointments" />
        </Field>
      ) : null}
      <Field label="Title" hint="shown to people"><Input value={text(value.title)} onChange={(_, data) => onChange((old) => withKey(old, "title", data.value), "title")} /></Field>
      <Field label="Table" required hint="one row for each thing that happened">
        <Select
          value={text(value.table)}
          onChange={(_, data) => {
            const next = tables.find((one) => one.name === data.value);
            if (next) onChange((old) => startWith(old, next), "table");
          }}
        >
          <option value="">choose</option>
          {user.map((one) => <option key={one.name} value={one.name}>{one.name}{hasTime(one) ? "" : " (no date)"}</option>)}
        </Select>
      </Field>
      {table ? <ColumnSelect label="Key" optional="choose" columns={table.columns} value={text(value.key)} onChange={(key) => onChange((old) => ({ ...old, key }), "key")} /> : null}
      {table ? <Text size={200}>The key must stay the same from run to run: an activity whose key changes is a new one.</Text> : null}
    </div>
  );
}

/** By which relationships the table leads to Customer. */
export function RelationshipFields({ value, onChange, tables }: FieldsProps) {
  const styles = useStyles();
  const { p, can } = useProject();
  const refresh = useRefresh();
  const toast = useToast();
  const [open, setOpen] = useState<string[] | null>(null);
  const table = tables.find((one) => one.name === text(value.table));
  const paths = table?.paths ?? [];
  const chosen = list(value.path).map(text);
  const key = (path: string[]) => path.join(" ");
  const now = chosen.length === 0 && paths.length === 1 ? key(paths[0]?.relationships ?? []) : key(chosen);
  const start = async () => {
    try {
      const view = await api.get<DefinitionView>(p("/definitions/relationships/relationships"));
      setOpen(Object.keys(record(view.value)));
    } catch (error) {
      if (toProblem(error).status === 404) setOpen([]);
      else toast.problem(error);
    }
  };
  const add = async (name: string, ends: Ends) => {
    const path = p("/definitions/relationships/relationships");
    try {
      const view = await api.get<DefinitionView>(path).catch((error: unknown) => {
        if (toProblem(error).status === 404) return null;
        throw error;
      });
      const there = view !== null && view.yaml !== "";
      await api.put(path, { value: withRelationship(record(view?.value), null, name, ends), etag: there ? view.object.etag : null });
      toast.done(`The relationship ${name} is saved`);
      setOpen(null);
      onChange((old) => ({ ...old, path: [name] }), "relationship");
      void refresh();
    } catch (error) {
      toast.problem(error);
    }
  };
  return (
    <div className={styles.form}>
      <Text>Each row must lead to a person: by which way?</Text>
      {paths.length > 0 ? (
        <RadioGroup aria-label="The way to Customer" value={now} onChange={(_, data) => onChange((old) => withKey(old, "path", paths.find((path) => key(path.relationships) === data.value)?.relationships ?? []), "relationship")}>
          {paths.map((path) => <Radio key={key(path.relationships)} value={key(path.relationships)} label={<span>{path.tables.join(" › ")}<Text block size={200}>{path.relationships.join(", ") || "implied"}</Text></span>} />)}
          {chosen.length > 0 && !paths.some((path) => key(path.relationships) === key(chosen)) ? <Radio value={key(chosen)} label={<span>{chosen.join(", ")}<Text block size={200}>as it stands in the definition</Text></span>} /> : null}
        </RadioGroup>
      ) : (
        <MessageBar intent="warning" layout="multiline"><MessageBarBody>{table ? `Nothing leads from ${table.name} to Customer yet.` : "Choose a table first."} A relationship says which column holds the key of the person.</MessageBarBody></MessageBar>
      )}
      {table && can("contributor") ? <div><Button icon={<AddRegular />} onClick={() => void start()}>New relationship</Button></div> : null}
      {open && table ? (
        <Panel
          tables={tables}
          old={null}
          start={startOf(table, tables)}
          taken={open}
          canEdit
          warning={null}
          onClose={() => setOpen(null)}
          onTake={(name, ends) => void add(name, ends)}
          onDelete={() => {}}
        />
      ) : null}
    </div>
  );
}

/** Where a new relationship begins: a column that looks like another table's key. */
function startOf(table: GraphTable, tables: GraphTable[]): Partial<Ends> {
  const people = tables.filter((one) => one.kind === "user" && one.name !== table.name && one.paths.length > 0);
  const target = people[0];
  const column = table.columns.find((one) => one.name !== table.key && /id$/i.test(one.name) && (target === undefined || target.name.toLowerCase().includes(one.name.split(/[._]/)[0]?.toLowerCase() ?? "-")));
  return { fromTable: table.name, fromColumn: column?.name ?? "", ...(target ? { toTable: target.name, toColumn: target.key ?? "" } : {}) };
}

/** What happened, when, and what else is shown. */
export function EventFields({ value, onChange, tables }: FieldsProps) {
  const styles = useStyles();
  const columns = tables.find((one) => one.name === text(value.table))?.columns ?? [];
  const times = columns.filter((column) => /^date/.test(column.type));
  const field = (key: string, label: string, all: StepColumn[], required?: boolean) => (
    <ExpressionField key={`${text(value.table)} ${key}`} label={label} required={required} columns={all} value={text(value[key])} onChange={(next) => onChange((old) => (required ? { ...old, [key]: next } : withKey(old, key, next)), label.toLowerCase())} />
  );
  return (
    <div className={styles.form}>
      {field("event", "What happened", columns, true)}
      {field("time", "When it happened", times.length > 0 ? times : columns, true)}
      {field("end", "Until when", times)}
      {field("detail", "Additional detail", columns)}
      {field("url", "Web address", columns)}
      <Field label="Icon">
        <Select value={text(value.icon)} onChange={(_, data) => onChange((old) => withKey(old, "icon", data.value), "icon")}>
          <option value="">none</option>
          {text(value.icon) !== "" && !ICONS.includes(text(value.icon)) ? <option value={text(value.icon)}>{text(value.icon)}</option> : null}
          {ICONS.map((icon) => <option key={icon} value={icon}>{icon}</option>)}
        </Select>
      </Field>
      <Switch label="Show on the timeline" checked={value.timeline !== false} onChange={(_, data) => onChange((old) => {
        const { timeline: _t, ...rest } = old;
        return data.checked ? rest : { ...old, timeline: false };
      }, "timeline")} />
    </div>
  );
}

/** A column, or an expression over columns. */
function ExpressionField(props: { label: string; required?: boolean; columns: StepColumn[]; value: string; onChange: (value: string) => void }) {
  const styles = useStyles();
  const plain = props.columns.find((column) => quoted(column.name) === props.value || column.name === props.value);
  const [expression, setExpression] = useState(props.value !== "" && !plain);
  return (
    <div className={styles.line}>
      <div className={styles.grow}>
        {expression ? (
          <Field label={props.label} required={props.required} hint="an expression over this table's columns: concat(a, ' ', b)"><LateInput value={props.value} onChange={props.onChange} /></Field>
        ) : (
          <ColumnSelect label={`${props.label}${props.required ? " *" : ""}`} optional={props.required ? "choose" : "none"} columns={props.columns} value={plain?.name ?? ""} onChange={(column) => props.onChange(column === "" ? "" : quoted(column))} />
        )}
      </div>
      <Button size="small" appearance="subtle" onClick={() => setExpression(!expression)}>{expression ? "Choose a column" : "Write an expression"}</Button>
    </div>
  );
}

/** The type. */
export function TypeFields({ value, onChange }: FieldsProps) {
  const styles = useStyles();
  const [typed, setTyped] = useState<string | null>(null);
  const now = text(value.type);
  const shown = typed === null ? TYPES : TYPES.filter((type) => type.toLowerCase().includes(typed.toLowerCase()));
  const take = (type: string) => {
    setTyped(null);
    if (type.trim() !== "" && type !== now) onChange((old) => ({ ...old, type: type.trim() }), "type");
  };
  return (
    <div className={styles.form}>
      <Field label="Type" required hint="activities of one type are counted and filtered together; your own word is fine">
        <Combobox freeform value={typed ?? now} selectedOptions={[now]} onChange={(event) => setTyped(event.target.value)} onOptionSelect={(_, data) => take(data.optionValue ?? "")} onBlur={() => { if (typed !== null) take(typed); }}>
          {shown.map((type) => <Option key={type} value={type}>{type}</Option>)}
        </Combobox>
      </Field>
    </div>
  );
}

