/*
 * Merge: the columns of Customer, each with its sources in rank order and a policy, beside a person whose values show which source won.
 */
import { Badge, Button, Dropdown, Field, makeStyles, mergeClasses, Option, Tab, TabList, Text, tokens } from "@fluentui/react-components";
import { ArrowUndoRegular } from "@fluentui/react-icons";
import { useState } from "react";
import { useProject } from "../../api/hooks";
import type { CustomerExplained } from "../../api/types";
import { Empty, formatNumber, Num, PageLink, valueText } from "../../parts";
import { list, record, text } from "../sources/steps";
import { Clusters } from "./Clusters";
import { Groups } from "./Groups";
import { MergeForm } from "./MergeForm";
import { clustersOf, idFrom, includePart, mappedOf, mergeOf, pathOf, seenColumn, tableNames, tablesOf, withIdFrom, type Dict, type Known, type Merged } from "./model";
import { PersonBar, usePerson } from "./Person";
import { TYPES } from "./suggest";
import type { UnifyTabProps } from "./Unify";

const useStyles = makeStyles({
  page: { display: "grid", gridTemplateColumns: "minmax(0, 1fr) 380px", gap: "24px", "@media (max-width: 1100px)": { gridTemplateColumns: "minmax(0, 1fr)" } },
  tabs: { flexWrap: "wrap" },
  figures: { display: "flex", gap: "24px", flexWrap: "wrap", margin: "0 0 12px", padding: 0, listStyle: "none" },
  figure: { fontSize: tokens.fontSizeBase500, fontWeight: tokens.fontWeightSemibold, fontVariantNumeric: "tabular-nums", display: "block" },
  words: { fontSize: tokens.fontSizeBase200, color: tokens.colorNeutralForeground2 },
  table: { width: "100%", borderCollapse: "collapse", marginTop: "8px" },
  th: { textAlign: "left", padding: "6px 8px", fontSize: tokens.fontSizeBase200, borderBottom: `1px solid ${tokens.colorNeutralStroke1}` },
  td: { padding: "6px 8px", borderBottom: `1px solid ${tokens.colorNeutralStroke3}`, verticalAlign: "top", overflowWrap: "anywhere" },
  row: { cursor: "pointer", ":hover": { backgroundColor: tokens.colorSubtleBackgroundHover } },
  now: { backgroundColor: tokens.colorNeutralBackground1Selected },
  name: { appearance: "none", border: "none", backgroundColor: "transparent", font: "inherit", color: "inherit", cursor: "pointer", fontWeight: tokens.fontWeightSemibold, textAlign: "left", padding: "2px", ":focus-visible": { outline: `2px solid ${tokens.colorStrokeFocus2}` } },
  parts: { listStyle: "none", margin: 0, padding: 0 },
  part: { display: "flex", gap: "6px", fontSize: tokens.fontSizeBase200 },
  rank: { color: tokens.colorNeutralForeground3, fontVariantNumeric: "tabular-nums" },
  from: { color: tokens.colorNeutralForeground2 },
  won: { fontWeight: tokens.fontWeightSemibold },
  lost: { color: tokens.colorNeutralForeground3, textDecorationLine: "line-through" },
  end: { textAlign: "right" },
});

const POLICY: Record<Merged["policy"], string> = { importance: "first in order", most_frequent: "most frequent", most_recent: "newest", least_recent: "oldest" };

export function MergeTab({ definition, view, known, canEdit }: UnifyTabProps) {
  const styles = useStyles();
  const { to } = useProject();
  const { value, setValue } = definition;
  const names = tableNames(value);
  const { columns, excluded } = mergeOf(value, known, view?.semantic_types.length ? view.semantic_types : TYPES);
  const [tab, setTab] = useState("columns");
  const [chosen, setChosen] = useState<string | null>(null);
  const person = usePerson(view?.figures !== null && view?.figures !== undefined);
  if (names.length === 0) return <Empty title="No tables yet" text="Choose the tables with people in them on the tab Map first." />;
  const selected = columns.find((column) => column.parts.some((part) => pathOf(part) === chosen)) ?? undefined;
  const combined = columns.filter((column) => column.parts.length > 1).length;
  const keys = view && view.keys.length > 0 ? view.keys : names.map((name): [string, string] => [name, known.find((one) => one.name === name)?.key ?? "?"]);
  const figures: [number | null, string][] = [
    [view?.figures?.profiles ?? null, "customer records"],
    [combined, "combined columns"],
    [columns.length - combined, "individual columns"],
    [excluded.length, "excluded columns"],
  ];
  return (
    <div className={styles.page}>
      <section aria-label="Columns of Customer">
        <ul className={styles.figures}>
          {figures.map(([figure, words]) => <li key={words}><span className={styles.figure}>{figure === null ? "–" : formatNumber(figure)}</span><span className={styles.words}>{words}</span></li>)}
        </ul>
        <TabList size="small" className={styles.tabs} selectedValue={tab} onTabSelect={(_, data) => setTab(String(data.value))} aria-label="Columns, keys and what is left out">
          <Tab value="columns">Customer columns ({columns.length})</Tab>
          <Tab value="groups">Groups ({Object.keys(record(record(value.merge).groups)).length})</Tab>
          <Tab value="clusters">Households ({clustersOf(value).length})</Tab>
          <Tab value="keys">Keys ({keys.length + 1})</Tab>
          <Tab value="excluded">Left out ({excluded.length})</Tab>
        </TabList>
        {tab === "columns" ? (
          <>
            <PersonBar person={person} />
            <table className={styles.table} aria-label="Columns of Customer">
              <thead><tr>
                <th scope="col" className={styles.th}>Column</th><th scope="col" className={styles.th}>Sources, best first</th><th scope="col" className={styles.th}>Wins</th>
                <th scope="col" className={mergeClasses(styles.th, styles.end)}>Filled</th>{person.explained ? <th scope="col" className={styles.th}>{person.title}</th> : null}
              </tr></thead>
              <tbody>
                {columns.map((column) => {
                  const seen = seenColumn(view, column);
                  const key = column.parts[0] ? pathOf(column.parts[0]) : column.name;
                  return (
                    <tr key={key} className={mergeClasses(styles.row, selected === column && styles.now)} onClick={() => setChosen(key)}>
                      <td className={styles.td}>
                        <button type="button" className={styles.name} aria-current={selected === column ? "true" : undefined} onClick={() => setChosen(key)}>{column.name}{column.parts.length > 1 ? ` (${column.parts.length})` : ""}</button>
                        {column.semantic ?? seen?.semantic ? <Text size={200} block className={styles.words}>{column.semantic ?? seen?.semantic}</Text> : null}
                      </td>
                      <td className={styles.td}>
                        <ol className={styles.parts}>{column.parts.map((part, at) => <li key={pathOf(part)} className={styles.part}><span className={styles.rank}>{at + 1}</span><span>{part.column} <span className={styles.from}>of {part.table}</span></span></li>)}</ol>
                      </td>
                      <td className={styles.td}>{column.parts.length > 1 ? POLICY[column.policy] : "the only one"}{column.group !== null ? <Text size={200} block className={styles.words}>with the group {column.group}</Text> : null}</td>
                      <td className={mergeClasses(styles.td, styles.end)}>{seen ? <Num value={seen.filled} /> : "–"}</td>
                      {person.explained ? <td className={styles.td}><Won column={seen?.name ?? column.name} type={seen?.type ?? ""} explained={person.explained} /></td> : null}
                    </tr>
                  );
                })}
              </tbody>
            </table>
          </>
        ) : null}
        {tab === "groups" ? <Groups value={value} columns={columns} known={mappedOnly(value, known)} canEdit={canEdit} onChange={setValue} /> : null}
        {tab === "clusters" ? <Clusters value={value} columns={columns} view={view} lists={known.map((one) => one.name)} canEdit={canEdit} onChange={setValue} /> : null}
        {tab === "keys" ? (
          <>
          <table className={styles.table} aria-label="Keys">
            <thead><tr><th scope="col" className={styles.th}>Column of Customer</th><th scope="col" className={styles.th}>Table</th></tr></thead>
            <tbody>
              {keys.map(([table, column]) => <tr key={table}><td className={styles.td}>{column}, {column}_Alternate</td><td className={styles.td}><PageLink to={to(`/tables/${encodeURIComponent(table)}`)}>{table}</PageLink></td></tr>)}
              <tr><td className={styles.td}>CustomerId</td><td className={styles.td}>made by Onefold; stays while the profile lives</td></tr>
            </tbody>
          </table>
          <Field label="Ids are made from" hint="The first of these that has a value, at most five; none: the key of the founding record. Choose what lasts. Changing it gives new profiles other ids; those that live keep theirs." style={{ maxWidth: "560px", marginTop: "16px" }}>
            <Dropdown multiselect disabled={!canEdit} placeholder="the founding record's key" selectedOptions={idFrom(value)} value={idFrom(value).join(", ")} onOptionSelect={(_, data) => setValue((old) => withIdFrom(old, data.selectedOptions.slice(0, 5)), "what ids are made from")}>
              {[...new Set([...idFrom(value), ...columns.flatMap((column) => column.parts.map(pathOf)), ...names.flatMap((name) => { const key = known.find((one) => one.name === name)?.key; return key ? [`${name}.${key}`] : []; })])].map((path) => <Option key={path} value={path}>{path}</Option>)}
            </Dropdown>
          </Field>
          </>
        ) : null}
        {tab === "excluded" ? (
          <table className={styles.table} aria-label="Columns left out">
            <thead><tr><th scope="col" className={styles.th}>Column</th><th scope="col" className={styles.th}><span className="visually-hidden">Actions</span></th></tr></thead>
            <tbody>
              {excluded.map((path) => <tr key={path}><td className={styles.td}>{path}</td><td className={styles.td}>{canEdit ? <Button size="small" appearance="subtle" icon={<ArrowUndoRegular />} onClick={() => setValue((old) => includePart(old, path), `include ${path}`)}>Include</Button> : null}</td></tr>)}
              {excluded.length === 0 ? <tr><td className={styles.td} colSpan={2}>Nothing is left out: every mapped column is on Customer.</td></tr> : null}
            </tbody>
          </table>
        ) : null}
      </section>
      <aside aria-label="The chosen column">
        {tab !== "columns" ? null : selected ? (
          <MergeForm key={selected.parts.map(pathOf).join()} column={selected} all={columns} known={mappedOnly(value, known)} canEdit={canEdit} separate={list(record(value.merge).separate).map(text)} onChange={(change, label, path) => { setValue(change, label); if (path) setChosen(path); }} />
        ) : <Text className={styles.words}>Choose a column to rename it, change which source wins, combine, separate or exclude it.</Text>}
      </aside>
    </div>
  );
}

/** Tables with the columns that are mapped: rows can be put in order by no others. */
const mappedOnly = (value: Dict, known: Known[]): Known[] =>
  known.map((table) => {
    const own = tablesOf(value).find((one) => text(one.table) === table.name);
    const mapped = own ? mappedOf(own) : null;
    return mapped ? { ...table, columns: table.columns.filter((column) => column.name in mapped && column.name !== table.key) } : table;
  });

/** A value of a person, from where it came, and the values that did not win. */
function Won({ column, type, explained }: { column: string; type: string; explained: CustomerExplained }) {
  const styles = useStyles();
  const { timeZone } = useProject();
  const origin = explained.values.find((one) => one.column === column);
  if (!origin || origin.value === null) return <Text size={200} className={styles.words}>no value</Text>;
  return (
    <>
      <span className={styles.won}>{valueText(origin.value, type, timeZone)}</span> {origin.table ? <Badge appearance="tint" size="small">{origin.table}</Badge> : null}
      {origin.others.map(([table, other], at) => <Text key={at} size={200} block><span className={styles.lost}>{valueText(other, type, timeZone)}</span> {table}</Text>)}
    </>
  );
}
