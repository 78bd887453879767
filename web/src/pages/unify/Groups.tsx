/*
 * Groups: columns of Customer that take all their values from one record, so that parts of an address, say, never mix.
 */
import { Button, Checkbox, Dialog, DialogActions, DialogBody, DialogContent, DialogSurface, DialogTitle, DialogTrigger, Field, Input, makeStyles, Select, Text, tokens } from "@fluentui/react-components";
import { AddRegular, ArrowDownRegular, ArrowUpRegular, DeleteRegular } from "@fluentui/react-icons";
import { useState } from "react";
import { NAME } from "../../parts";
import { ColumnSelect } from "../sources/fields";
import { record } from "../sources/steps";
import { groupColumns, pathOf, policyOf, ungroup, type Dict, type Known, type Merged } from "./model";

const useStyles = makeStyles({
  intro: { maxWidth: "720px", margin: "12px 0" },
  group: { border: `1px solid ${tokens.colorNeutralStroke2}`, borderRadius: tokens.borderRadiusMedium, padding: "12px", marginBottom: "12px", display: "flex", flexDirection: "column", gap: "12px" },
  head: { display: "flex", gap: "8px", alignItems: "center" },
  title: { fontSize: tokens.fontSizeBase400, fontWeight: tokens.fontWeightSemibold, margin: 0, flexGrow: 1 },
  wrap: { overflowX: "auto" },
  table: { width: "100%", borderCollapse: "collapse", "& th, & td": { textAlign: "start", padding: "4px 12px 4px 0", borderBottom: `1px solid ${tokens.colorNeutralStroke3}` }, "& thead th": { fontSize: tokens.fontSizeBase200, fontWeight: tokens.fontWeightRegular, color: tokens.colorNeutralForeground2 } },
  line: { display: "flex", gap: "12px", alignItems: "flex-end", flexWrap: "wrap" },
  list: { display: "flex", flexDirection: "column", maxHeight: "320px", overflowY: "auto" },
});

/** The most columns of a group and the most sources. */
const COLUMNS = 10;

export function Groups({ value, columns, known, canEdit, onChange }: { value: Dict; columns: Merged[]; known: Known[]; canEdit: boolean; onChange: (change: (value: Dict) => Dict, label: string) => void }) {
  const styles = useStyles();
  const groups = Object.entries(record(record(value.merge).groups));
  return (
    <section aria-label="Groups of columns">
      <p className={styles.intro}><Text>The columns of a group come from one record together: street, town and postal code of one address, and never the street of one source with the town of another.</Text></p>
      <fieldset disabled={!canEdit} style={{ border: "none", margin: 0, padding: 0, minWidth: 0 }}>
        {groups.map(([name, one]) => (
          <Group key={name} name={name} columns={columns.filter((column) => column.group === name)} policy={policyOf(record(one).policy)} known={known} onRemove={() => onChange((old) => ungroup(old, name), "dissolve a group")}
            onChange={(next, policy, label) => onChange((old) => groupColumns(old, name, next, policy), label)} />
        ))}
      </fieldset>
      {canEdit ? <NewGroup columns={columns.filter((column) => column.group === null)} taken={groups.map(([name]) => name)} onMake={(name, chosen) => onChange((old) => groupColumns(old, name, chosen, { policy: "importance", by: [] }), "group columns")} /> : null}
    </section>
  );
}

function Group(props: { name: string; columns: Merged[]; policy: Pick<Merged, "policy" | "by">; known: Known[]; onRemove: () => void; onChange: (columns: Merged[], policy: Pick<Merged, "policy" | "by">, label: string) => void }) {
  const styles = useStyles();
  const { name, columns, policy } = props;
  const tables = [...new Set(columns.flatMap((column) => column.parts.map((part) => part.table)))];
  const orders = (table: string) => (props.known.find((one) => one.name === table)?.columns ?? []).filter((one) => /^(date|integer|number|decimal)/.test(one.type));
  const byOf = (table: string) => policy.by.find((path) => path.startsWith(`${table}.`));
  const canOrder = tables.every((table) => orders(table).length > 0);
  const move = (at: number, by: number) => {
    const order = [...tables];
    order.splice(at + by, 0, ...order.splice(at, 1));
    props.onChange(columns.map((column) => ({ ...column, parts: [...column.parts].sort((a, b) => order.indexOf(a.table) - order.indexOf(b.table)) })), policy, "rank of sources");
  };
  const setPolicy = (word: Merged["policy"]) => props.onChange(columns, { policy: word, by: word === "importance" ? [] : tables.map((table) => byOf(table) ?? `${table}.${orders(table)[0]?.name ?? ""}`) }, "policy of a group");
  return (
    <section className={styles.group} aria-label={`Group ${name}`}>
      <div className={styles.head}><h3 className={styles.title}>{name}</h3><Button size="small" appearance="subtle" icon={<DeleteRegular />} onClick={props.onRemove}>Dissolve</Button></div>
      <div className={styles.wrap} tabIndex={0} role="region" aria-label={`Columns of ${name}`}>
        <table className={styles.table}>
          <thead><tr><th scope="col">Sources, best first</th>{columns.map((column) => <th key={column.name} scope="col">{column.name}</th>)}<th scope="col"><span className="visually-hidden">Order</span></th></tr></thead>
          <tbody>
            {tables.map((table, at) => (
              <tr key={table}>
                <th scope="row">{at + 1}. {table}</th>
                {columns.map((column) => <td key={column.name}>{column.parts.find((part) => part.table === table)?.column ?? "–"}</td>)}
                <td>
                  <Button size="small" appearance="subtle" icon={<ArrowUpRegular />} aria-label={`Move ${table} up in ${name}`} disabled={at === 0} onClick={() => move(at, -1)} />
                  <Button size="small" appearance="subtle" icon={<ArrowDownRegular />} aria-label={`Move ${table} down in ${name}`} disabled={at === tables.length - 1} onClick={() => move(at, 1)} />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <div className={styles.line}>
        <Field label="From which record" hint={canOrder ? undefined : "Newest and oldest need a date or number in every table."}>
          <Select value={policy.policy} onChange={(_, data) => setPolicy(data.value as Merged["policy"])}>
            <option value="importance">the first in order that has any of them</option>
            <option value="most_recent" disabled={!canOrder}>the most recent</option>
            <option value="least_recent" disabled={!canOrder}>the least recent</option>
          </Select>
        </Field>
        {policy.policy === "most_recent" || policy.policy === "least_recent" ? tables.map((table) => (
          <ColumnSelect key={table} label={`${table} by`} columns={orders(table)} value={(byOf(table) ?? "").slice(table.length + 1)} onChange={(column) => props.onChange(columns, { ...policy, by: [...policy.by.filter((path) => !path.startsWith(`${table}.`)), `${table}.${column}`] }, "policy of a group")} />
        )) : null}
      </div>
    </section>
  );
}

function NewGroup({ columns, taken, onMake }: { columns: Merged[]; taken: string[]; onMake: (name: string, columns: Merged[]) => void }) {
  const styles = useStyles();
  const [name, setName] = useState("");
  const [chosen, setChosen] = useState<string[]>([]);
  const key = (column: Merged) => column.parts.map(pathOf).join();
  const good = NAME.test(name) && !taken.includes(name);
  // Parts of an address are what groups are for most often.
  const likely = columns.filter((column) => /^Location\./.test(column.semantic ?? "")).map(key);
  return (
    <Dialog onOpenChange={(_, data) => { if (data.open) { setChosen(likely.slice(0, COLUMNS)); setName(likely.length > 1 && !taken.includes("address") ? "address" : ""); } }}>
      <DialogTrigger disableButtonEnhancement><Button icon={<AddRegular />}>Group columns…</Button></DialogTrigger>
      <DialogSurface>
        <DialogBody>
          <DialogTitle>Which columns belong together?</DialogTitle>
          <DialogContent>
            <Field label="Name of the group" validationState={name !== "" && !good ? "error" : "none"} validationMessage={name !== "" && !good ? (taken.includes(name) ? "There is a group of that name." : "Use letters, digits and _ only, and begin with a letter.") : undefined} hint="It is no column; it stands in the definition only.">
              <Input value={name} onChange={(_, data) => setName(data.value)} />
            </Field>
            <div className={styles.list}>
              {columns.map((column) => <Checkbox key={key(column)} label={`${column.name} (${column.parts.map(pathOf).join(", ")})`} checked={chosen.includes(key(column))} onChange={(_, data) => setChosen(data.checked === true ? [...chosen, key(column)].slice(0, COLUMNS) : chosen.filter((one) => one !== key(column)))} />)}
            </div>
            <Text size={200}>At most {COLUMNS} columns.</Text>
          </DialogContent>
          <DialogActions>
            <DialogTrigger disableButtonEnhancement><Button>Cancel</Button></DialogTrigger>
            <DialogTrigger disableButtonEnhancement><Button appearance="primary" disabled={!good || chosen.length < 2} onClick={() => onMake(name, columns.filter((column) => chosen.includes(key(column))))}>Group them</Button></DialogTrigger>
          </DialogActions>
        </DialogBody>
      </DialogSurface>
    </Dialog>
  );
}
