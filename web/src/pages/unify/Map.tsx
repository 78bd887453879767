/*
 * Map: which tables hold people, in which order, and what their columns mean.
 *
 * Invariants: a suggestion is marked as one until it is accepted; order is changed by buttons.
 */
import { Badge, Button, Combobox, makeStyles, mergeClasses, Option, Radio, RadioGroup, SearchBox, Switch, Text, tokens } from "@fluentui/react-components";
import { ArrowDownRegular, ArrowUpRegular, CheckmarkRegular, DismissRegular, SparkleRegular } from "@fluentui/react-icons";
import { useState } from "react";
import { usePost, useProject } from "../../api/hooks";
import type { RowsView, UnifyTable, Value } from "../../api/types";
import { Empty, formatNumber, Num, PageLink, TypeIcon, valueText } from "../../parts";
import { text } from "../sources/steps";
import { ChooseTables } from "./ChooseTables";
import { DeduplicateForm } from "./Deduplicate";
import { chooseTables, includesAll, mappedOf, moveTable, tableNames, tablesOf, withTable, type Dict, type Known } from "./model";
import { TYPES } from "./suggest";
import type { UnifyTabProps } from "./Unify";

const useStyles = makeStyles({
  page: { display: "grid", gridTemplateColumns: "280px minmax(0, 1fr)", gap: "24px", "@media (max-width: 900px)": { gridTemplateColumns: "minmax(0, 1fr)" } },
  tables: { listStyle: "none", margin: "8px 0", padding: 0, display: "flex", flexDirection: "column", gap: "4px" },
  table: { border: `1px solid ${tokens.colorNeutralStroke2}`, borderRadius: tokens.borderRadiusMedium, padding: "8px" },
  now: { backgroundColor: tokens.colorNeutralBackground1Selected, outline: `1px solid ${tokens.colorBrandStroke1}` },
  name: { appearance: "none", border: "none", backgroundColor: "transparent", font: "inherit", color: "inherit", textAlign: "left", cursor: "pointer", padding: "2px", width: "100%", fontWeight: tokens.fontWeightSemibold, overflowWrap: "anywhere", ":focus-visible": { outline: `2px solid ${tokens.colorStrokeFocus2}` } },
  line: { display: "flex", alignItems: "center", gap: "4px", flexWrap: "wrap" },
  figures: { fontSize: tokens.fontSizeBase200, color: tokens.colorNeutralForeground2, fontVariantNumeric: "tabular-nums" },
  spacer: { flexGrow: 1 },
  head: { display: "flex", gap: "8px", alignItems: "center", flexWrap: "wrap", marginBottom: "8px" },
  title: { fontSize: tokens.fontSizeBase400, fontWeight: tokens.fontWeightSemibold, margin: 0, flexGrow: 1, overflowWrap: "anywhere" },
  wide: { overflowX: "auto" },
  grid: { width: "100%", borderCollapse: "collapse" },
  th: { textAlign: "left", fontSize: tokens.fontSizeBase200, padding: "6px 8px", borderBottom: `1px solid ${tokens.colorNeutralStroke1}` },
  td: { padding: "2px 8px", borderBottom: `1px solid ${tokens.colorNeutralStroke3}`, height: "36px" },
  column: { display: "flex", alignItems: "center", gap: "6px" },
  sample: { color: tokens.colorNeutralForeground2, maxWidth: "140px", overflow: "hidden", textOverflow: "ellipsis", whiteSpace: "nowrap", fontSize: tokens.fontSizeBase200 },
  suggested: { color: tokens.colorPaletteDarkOrangeForeground1, display: "inline-flex", gap: "4px", alignItems: "center", fontSize: tokens.fontSizeBase200, whiteSpace: "nowrap" },
  off: { color: tokens.colorNeutralForeground3 },
});

export function MapTab({ definition, view, known, canEdit }: UnifyTabProps) {
  const styles = useStyles();
  const { value, setValue } = definition;
  const tables = tablesOf(value);
  const [chosen, setChosen] = useState<string | null>(null);
  const at = Math.max(0, tables.findIndex((table) => text(table.table) === chosen));
  const table = tables[at];
  const choose = <ChooseTables known={known} chosen={tableNames(value)} disabled={!canEdit} onChoose={(names) => setValue((old) => chooseTables(old, names), "choose tables")} />;
  if (!table)
    return (
      <Empty
        title="Which tables hold people?"
        text={known.length === 0 ? "There are no tables yet. Add a data source and refresh it, then come back." : "Choose the tables with one row a person. Say what their columns mean, how records match, and which value wins."}
        action={known.length > 0 ? choose : undefined}
      />
    );
  return (
    <div className={styles.page}>
      <section aria-label="Tables">
        <div className={styles.head}><h2 className={styles.title}>Tables</h2>{choose}</div>
        <Text size={200}>In order of priority; the first is primary.</Text>
        <ol className={styles.tables}>
          {tables.map((one, index) => {
            const name = text(one.table);
            const seen = view?.tables.find((other) => other.table === name);
            return (
              <li key={name} className={mergeClasses(styles.table, index === at && styles.now)}>
                <button type="button" className={styles.name} aria-current={index === at ? "true" : undefined} onClick={() => setChosen(name)}>{index + 1}. {name}</button>
                <TableFigures seen={seen} known={known.find((other) => other.name === name)} />
                <div className={styles.line}>
                  <Switch label="Include all" checked={includesAll(one, index)} disabled={!canEdit} onChange={(_, data) => setValue((old) => withTable(old, index, (table) => ({ ...table, include_all: data.checked })), "include all")} />
                  <span className={styles.spacer} />
                  <Button size="small" appearance="subtle" icon={<ArrowUpRegular />} aria-label={`Move ${name} up`} disabled={!canEdit || index === 0} onClick={() => setValue((old) => moveTable(old, index, -1), "move a table")} />
                  <Button size="small" appearance="subtle" icon={<ArrowDownRegular />} aria-label={`Move ${name} down`} disabled={!canEdit || index === tables.length - 1} onClick={() => setValue((old) => moveTable(old, index, 1), "move a table")} />
                </div>
              </li>
            );
          })}
        </ol>
        <Text size={200}>Include all: records that match nothing become profiles of their own. Without it they are left out of Customer.</Text>
      </section>
      <Columns key={text(table.table)} table={table} at={at} definition={definition} lists={known.map((one) => one.name)} known={known.find((one) => one.name === text(table.table))} types={view?.semantic_types.length ? view.semantic_types : TYPES} canEdit={canEdit} />
    </div>
  );
}

function TableFigures({ seen, known }: { seen: UnifyTable | undefined; known: Known | undefined }) {
  const styles = useStyles();
  const rows = seen?.source_records ?? known?.rows ?? null;
  return (
    <div className={styles.figures}>
      {rows === null ? "not read yet" : <><Num value={rows} /> rows</>}
      {seen?.unique_records !== null && seen?.unique_records !== undefined ? <>, <Num value={seen.unique_records} /> unique</> : null}
      {seen?.key ?? known?.key ? <>, key {seen?.key ?? known?.key}</> : null}
    </div>
  );
}

/** Some values of each column of a table. */
function useSamples(known: Known | undefined): (column: string) => Value[] {
  const { p } = useProject();
  const needs = known !== undefined && known.rows !== null && known.columns.every((column) => column.sample.length === 0);
  const rows = usePost<RowsView>(needs ? p(`/tables/${encodeURIComponent(known.name)}/rows`) : null, { limit: 20 });
  return (column) => {
    const own = known?.columns.find((one) => one.name === column)?.sample ?? [];
    if (own.length > 0 || !rows.data) return own;
    const at = rows.data.columns.findIndex((one) => one.name === column);
    if (at === -1) return [];
    return [...new Set(rows.data.rows.map((row) => row[at] ?? null).filter((value) => value !== null))].slice(0, 5);
  };
}

function Columns({ table, at, definition, lists, known, types, canEdit }: { table: Dict; at: number; definition: UnifyTabProps["definition"]; lists: string[]; known: Known | undefined; types: string[]; canEdit: boolean }) {
  const styles = useStyles();
  const { to } = useProject();
  const [search, setSearch] = useState("");
  const [which, setWhich] = useState("all");
  const sampleOf = useSamples(known);
  const name = text(table.table);
  const mapped = mappedOf(table);
  const columns = [...(known?.columns ?? [])];
  for (const column of Object.keys(mapped ?? {})) if (!columns.some((one) => one.name === column)) columns.push({ name: column, type: "any", suggested: null, sample: [] });
  const open = columns.filter((column) => !mapped?.[column.name] && column.suggested !== null);
  const shown = columns.filter((column) => column.name.toLowerCase().includes(search.toLowerCase()) && (which === "all" || (which === "mapped") === Boolean(mapped?.[column.name])));
  const put = (next: Record<string, string>, label: string) =>
    definition.setValue((old) => withTable(old, at, (one) => {
      const { columns: _, ...rest } = one;
      return Object.keys(next).length === 0 ? rest : { ...rest, columns: inOrder(next, columns.map((column) => column.name)) };
    }), label);
  const setType = (column: string, type: string) => {
    const { [column]: _, ...rest } = mapped ?? {};
    put(type.trim() === "" ? rest : { ...rest, [column]: type.trim() }, `type of ${column}`);
  };
  return (
    <section aria-label={`Columns of ${name}`}>
      <div className={styles.head}>
        <h2 className={styles.title}><PageLink to={to(`/tables/${encodeURIComponent(name)}`)}>{name}</PageLink></h2>
        {canEdit && open.length > 0 ? (
          <Button icon={<SparkleRegular />} onClick={() => put({ ...mapped, ...Object.fromEntries(open.map((column) => [column.name, column.suggested ?? ""])) }, "accept suggestions")}>
            Accept {open.length === 1 ? "one suggestion" : `all ${open.length} suggestions`}
          </Button>
        ) : null}
      </div>
      {mapped === null ? <Text size={200}>Nothing is mapped by hand yet: until then all columns take part, as their names suggest. Once a type is accepted, only columns with a type do.</Text> : null}
      <div className={styles.head}>
        <SearchBox placeholder="Find a column" aria-label="Find a column" value={search} onChange={(_, data) => setSearch(data.value)} />
        <RadioGroup layout="horizontal" value={which} onChange={(_, data) => setWhich(data.value)} aria-label="Which columns">
          <Radio value="all" label={`All (${columns.length})`} />
          <Radio value="mapped" label={`Mapped (${Object.keys(mapped ?? {}).length})`} />
          <Radio value="unmapped" label={`Not mapped (${columns.length - Object.keys(mapped ?? {}).length})`} />
        </RadioGroup>
      </div>
      <div className={styles.wide}>
      <table className={styles.grid}>
        <thead><tr><th scope="col" className={styles.th}>Column</th><th scope="col" className={styles.th}>Some values</th><th scope="col" className={styles.th} style={{ width: "260px" }}>Type</th><th scope="col" className={styles.th}>Suggestion</th></tr></thead>
        <tbody>
          {shown.map((column) => {
            const type = mapped?.[column.name] ?? "";
            const sample = sampleOf(column.name);
            return (
              <tr key={column.name}>
                <td className={styles.td}>
                  <span className={styles.column}><TypeIcon type={column.type} />{column.name}{known?.key === column.name ? <Badge appearance="outline" size="small">key</Badge> : null}</span>
                </td>
                <td className={mergeClasses(styles.td, styles.sample)} title={sample.map((one) => valueText(one, column.type)).join("\n")}>{sample.map((one) => valueText(one, column.type)).slice(0, 3).join(", ")}</td>
                <td className={styles.td}><TypeField label={`Type of ${column.name}`} value={type} types={types} disabled={!canEdit} onChange={(next) => setType(column.name, next)} /></td>
                <td className={styles.td}>
                  {type === "" && column.suggested !== null ? (
                    <span className={styles.suggested}>
                      <SparkleRegular aria-hidden />{column.suggested}
                      {canEdit ? <Button size="small" appearance="subtle" icon={<CheckmarkRegular />} aria-label={`Accept ${column.suggested} for ${column.name}`} onClick={() => setType(column.name, column.suggested ?? "")} /> : null}
                    </span>
                  ) : type !== "" && !types.includes(type) ? <Text size={200} className={styles.off}>your own type: it never combines</Text> : null}
                </td>
              </tr>
            );
          })}
        </tbody>
      </table>
      </div>
      {columns.length === 0 ? <Text>Nothing is known of its columns yet. Refresh its source.</Text> : null}
      {columns.length > 1000 ? <Text>{formatNumber(columns.length)} columns are many; map only those you need.</Text> : null}
      <DeduplicateForm table={table} columns={columns.map((column) => ({ name: column.name, type: column.type }))} lists={lists} canEdit={canEdit} onChange={(next, label) => definition.setValue((old) => withTable(old, at, () => next), label)} />
    </section>
  );
}

const inOrder = (types: Record<string, string>, order: string[]): Record<string, string> =>
  Object.fromEntries(Object.entries(types).sort(([a], [b]) => order.indexOf(a) - order.indexOf(b)));

/** A semantic type: one of those that are known, or the user's own. */
function TypeField(props: { label: string; value: string; types: string[]; disabled: boolean; onChange: (type: string) => void }) {
  const [typed, setTyped] = useState<string | null>(null);
  const shown = typed === null || typed === "" ? props.types : props.types.filter((type) => type.toLowerCase().includes(typed.toLowerCase()));
  const done = (next: string | null) => {
    if (next !== null && next !== props.value) props.onChange(next);
    setTyped(null);
  };
  return (
    <span style={{ display: "flex", alignItems: "center" }}>
      <Combobox
        freeform
        size="small"
        aria-label={props.label}
        placeholder="not mapped"
        disabled={props.disabled}
        value={typed ?? props.value}
        selectedOptions={props.value === "" ? [] : [props.value]}
        onChange={(event) => setTyped(event.target.value)}
        onOptionSelect={(_, data) => done(data.optionValue ?? null)}
        onBlur={() => done(typed)}
        onKeyDown={(event) => { if (event.key === "Escape") setTyped(null); }}
        style={{ minWidth: "200px", flexGrow: 1 }}
      >
        {shown.slice(0, 80).map((type) => <Option key={type} value={type}>{type}</Option>)}
      </Combobox>
      {props.value !== "" && !props.disabled ? <Button size="small" appearance="subtle" icon={<DismissRegular />} aria-label={`Take away: ${props.label}`} onClick={() => props.onChange("")} /> : null}
    </span>
  );
}
