/*
 * MergeForm: one column of Customer: name, sources in rank order, which of them wins, what is combined, separated, left out.
 */
import { Button, Field, makeStyles, Select, Text, tokens } from "@fluentui/react-components";
import { ArrowDownRegular, ArrowUpRegular, BranchForkRegular, EyeOffRegular } from "@fluentui/react-icons";
import { ColumnSelect, LateInput } from "../sources/fields";
import { combinePart, excludeParts, partOf, pathOf, renameColumn, separatePart, stateColumn, type Dict, type Known, type Merged } from "./model";

const useStyles = makeStyles({
  form: { display: "flex", flexDirection: "column", gap: "12px", position: "sticky", top: "84px" },
  title: { fontSize: tokens.fontSizeBase400, fontWeight: tokens.fontWeightSemibold, margin: 0, overflowWrap: "anywhere" },
  parts: { listStyle: "none", margin: 0, padding: 0, display: "flex", flexDirection: "column", gap: "4px" },
  part: { display: "flex", alignItems: "center", gap: "2px", border: `1px solid ${tokens.colorNeutralStroke2}`, borderRadius: tokens.borderRadiusMedium, padding: "4px 8px" },
  grow: { flexGrow: 1, minWidth: 0, overflowWrap: "anywhere", fontSize: tokens.fontSizeBase200 },
});

export function MergeForm(props: { column: Merged; all: Merged[]; known: Known[]; canEdit: boolean; separate: string[]; onChange: (change: (value: Dict) => Dict, label: string, path?: string) => void }) {
  const styles = useStyles();
  const { column, known } = props;
  const tables = known.map((one) => one.name);
  const first = column.parts[0];
  const state = (next: Partial<Merged>, label: string) => {
    const whole = { ...column, ...next };
    props.onChange((value) => stateColumn(value, column.name, whole), label, whole.parts[0] ? pathOf(whole.parts[0]) : undefined);
  };
  const move = (at: number, by: number) => {
    const parts = [...column.parts];
    parts.splice(at + by, 0, ...parts.splice(at, 1));
    state({ parts }, "rank of sources");
  };
  const orders = (table: string) => (known.find((one) => one.name === table)?.columns ?? []).filter((one) => /^(date|integer|number|decimal)/.test(one.type));
  const byOf = (table: string) => column.by.find((path) => path.startsWith(`${table}.`));
  const setPolicy = (policy: Merged["policy"]) => {
    const by = policy === "importance" || policy === "most_frequent" ? [] : column.parts.map((part) => byOf(part.table) ?? `${part.table}.${orders(part.table)[0]?.name ?? ""}`);
    state({ policy, by: [...new Set(by)] }, "policy");
  };
  const others = props.all.filter((one) => one !== column).flatMap((one) => one.parts).filter((part) => column.parts.every((own) => own.table !== part.table));
  const grouped = column.group !== null;
  const canOrder = column.parts.every((part) => orders(part.table).length > 0);
  return (
    <fieldset disabled={!props.canEdit} style={{ border: "none", margin: 0, padding: 0, minWidth: 0 }}>
      <div className={styles.form}>
        <h2 className={styles.title}>{column.name}</h2>
        <Field label="Name on Customer"><LateInput value={column.name} onChange={(name) => { if (name.trim() !== "") props.onChange((value) => renameColumn(value, column, name.trim()), "rename a column", first ? pathOf(first) : undefined); }} /></Field>
        <Field label="Sources, best first">
          <ol className={styles.parts}>
            {column.parts.map((part, at) => (
              <li key={pathOf(part)} className={styles.part}>
                <span className={styles.grow}>{at + 1}. {part.table}.<strong>{part.column}</strong></span>
                {column.parts.length > 1 && !grouped ? (
                  <>
                    <Button size="small" appearance="subtle" icon={<ArrowUpRegular />} aria-label={`Move ${pathOf(part)} up`} disabled={at === 0} onClick={() => move(at, -1)} />
                    <Button size="small" appearance="subtle" icon={<ArrowDownRegular />} aria-label={`Move ${pathOf(part)} down`} disabled={at === column.parts.length - 1} onClick={() => move(at, 1)} />
                    <Button size="small" appearance="subtle" icon={<BranchForkRegular />} aria-label={`Separate ${pathOf(part)}`} title="a column of its own"
                      onClick={() => props.onChange((value) => separatePart(value, pathOf(part)), "separate a column")} />
                  </>
                ) : null}
                <Button size="small" appearance="subtle" icon={<EyeOffRegular />} aria-label={`Exclude ${pathOf(part)}`} title="leave it out" onClick={() => props.onChange((value) => excludeParts(value, [pathOf(part)]), "exclude a column")} />
              </li>
            ))}
          </ol>
        </Field>
        {grouped ? <Text size={200}>It takes its value together with the other columns of the group {column.group}; the tab Groups says from which record.</Text> : null}
        {others.length > 0 && !grouped ? (
          <Field label="Combine with" hint="one column of another table">
            <Select value="" onChange={(_, data) => { if (data.value) state({ parts: [...column.parts, partOf(data.value, tables)], by: column.policy !== "most_recent" && column.policy !== "least_recent" ? [] : [...column.by, `${partOf(data.value, tables).table}.${orders(partOf(data.value, tables).table)[0]?.name ?? ""}`] }, "combine columns"); }}>
              <option value="">choose a column</option>
              {others.map((part) => <option key={pathOf(part)} value={pathOf(part)}>{pathOf(part)}</option>)}
            </Select>
          </Field>
        ) : null}
        {grouped ? null : column.parts.length > 1 ? (
          <Field label="Which value wins" hint={canOrder ? undefined : "Newest and oldest need a date or number in every table."}>
            <Select value={column.policy} onChange={(_, data) => setPolicy(data.value as Merged["policy"])}>
              <option value="importance">importance: the first in order that is there</option>
              <option value="most_frequent">most frequent: the one most records have</option>
              <option value="most_recent" disabled={!canOrder}>most recent</option>
              <option value="least_recent" disabled={!canOrder}>least recent</option>
            </Select>
          </Field>
        ) : <Text size={200}>It has one source; that value stands.</Text>}
        {column.parts.filter((part) => props.separate.includes(pathOf(part))).map((part) => <Button key={pathOf(part)} onClick={() => props.onChange((value) => combinePart(value, pathOf(part)), "combine by meaning", pathOf(part))}>Combine by its meaning again</Button>)}
        {!grouped && (column.policy === "most_recent" || column.policy === "least_recent") ? column.parts.map((part) => (
          <ColumnSelect key={part.table} label={`${part.table} by`} columns={orders(part.table)} value={(byOf(part.table) ?? "").slice(part.table.length + 1)}
            onChange={(name) => state({ by: [...column.by.filter((path) => !path.startsWith(`${part.table}.`)), `${part.table}.${name}`] }, "policy")} />
        )) : null}
        <Button onClick={() => props.onChange((value) => excludeParts(value, column.parts.map(pathOf)), "exclude a column")}>Exclude the column</Button>
      </div>
    </fieldset>
  );
}
