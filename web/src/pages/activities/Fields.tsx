/*
 * Fields: the parts of an activity's form: data, relationship, fields.
 *
 * Invariants: a field is a column of the table, or an expression over its columns.
 * Not here: its type and the fields of that (TypeFields.tsx).
 */
import { Button, Checkbox, Field, Input, makeStyles, MessageBar, MessageBarBody, Select, Switch, Text } from "@fluentui/react-components";
import { AddRegular } from "@fluentui/react-icons";
import { useState } from "react";
import { ICONS } from "../../api/activity-types";
import { api, toProblem } from "../../api/client";
import { useProject, useRefresh } from "../../api/hooks";
import type { DefinitionView, GraphTable } from "../../api/types";
import { useToast } from "../../parts";
import { withRelationship, type Ends } from "../relationships/model";
import { Panel } from "../relationships/Panel";
import { ColumnSelect } from "../sources/fields";
import { record, text, type StepColumn } from "../sources/steps";
import { ActivityIcon } from "../../parts/activity-icon";
import { ExpressionField } from "./ExpressionField";
import { hasTime, pathsOf, startWith, withKey, withPaths, type Dict } from "./model";

const useStyles = makeStyles({
  form: { display: "flex", flexDirection: "column", gap: "12px", maxWidth: "560px" },
});

export interface FieldsProps {
  value: Dict;
  onChange: (change: (value: Dict) => Dict, label: string) => void;
  tables: GraphTable[];
}

/** The table, and the column that tells its rows apart. */
export function DataFields({ value, onChange, tables, name, onName, savedKey }: FieldsProps & { name?: string; onName?: (name: string) => void; savedKey?: string }) {
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
      {savedKey !== undefined && savedKey !== "" && savedKey !== text(value.key) ? (
        <MessageBar intent="warning" layout="multiline"><MessageBarBody>The saved definition takes {savedKey} as its key. With another one every activity gets a new id, and what points to the ids of before finds nothing.</MessageBarBody></MessageBar>
      ) : table ? <Text size={200}>The key must stay the same from run to run: an activity whose key changes is a new one.</Text> : null}
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
  const key = (path: string[]) => path.join(" ");
  const chosen = pathsOf(value);
  const now = chosen.length === 0 && paths.length === 1 ? [paths[0]?.relationships ?? []] : chosen;
  const known = [...paths, ...now.filter((one) => !paths.some((path) => key(path.relationships) === key(one))).map((one) => ({ relationships: one, tables: one }))];
  const take = (path: string[], on: boolean) => {
    // In the order of the list, so that ticking in another order is the same definition.
    const next = known.map((one) => one.relationships).filter((one) => (key(one) === key(path) ? on : now.some((other) => key(other) === key(one))));
    onChange((old) => withPaths(old, next), "relationship");
  };
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
      onChange((old) => withPaths(old, [...pathsOf(old), [name]]), "relationship");
      void refresh();
    } catch (error) {
      toast.problem(error);
    }
  };
  return (
    <div className={styles.form}>
      <Text>Each row must lead to a person: by which way? By several ways it is an activity of each person it leads to: of who bought and of who received.</Text>
      {paths.length > 0 ? (
        <div role="group" aria-label="The ways to Customer">
          {known.map((path) => {
            const on = now.some((one) => key(one) === key(path.relationships));
            const there = paths.some((one) => key(one.relationships) === key(path.relationships));
            return (
              <div key={key(path.relationships)}>
                <Checkbox
                  checked={on}
                  disabled={paths.length === 1 && on && there}
                  onChange={(_, data) => take(path.relationships, data.checked === true)}
                  label={<span>{path.tables.join(" › ")}<Text block size={200}>{there ? path.relationships.join(", ") || "implied" : "as it stands in the definition"}</Text></span>}
                />
              </div>
            );
          })}
        </div>
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
      <Field label={<span>Icon <ActivityIcon name={text(value.icon)} /></span>}>
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
