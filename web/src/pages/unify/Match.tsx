/*
 * Match: tables in order, under each its rules with the share each matched; a rule opens at the right, with the pairs it made.
 *
 * Invariants: a rule leads from a lower table to a higher one; rules of a table are tried in order.
 */
import { Badge, Button, makeStyles, mergeClasses, Switch, Text, tokens } from "@fluentui/react-components";
import { AddRegular, ArrowDownRegular, ArrowUpRegular, CopyRegular, DeleteRegular, WarningRegular } from "@fluentui/react-icons";
import { useState } from "react";
import { Empty, formatNumber, Num, useConfirm } from "../../parts";
import { text } from "../sources/steps";
import { CustomMatch } from "./Custom";
import { freeName, includesAll, pairTables, ruleSentence, rulesOf, tablesOf, withRules, withTable, type Dict, type Known } from "./model";
import { modelOf } from "./model/linkage";
import { Pairs } from "./Pairs";
import { RuleForm } from "./RuleForm";
import { RulePreview, useRuleFound } from "./RulePreview";
import type { UnifyTabProps } from "./Unify";

const useStyles = makeStyles({
  page: { display: "grid", gridTemplateColumns: "minmax(320px, 5fr) minmax(0, 7fr)", gap: "24px", "@media (max-width: 1000px)": { gridTemplateColumns: "minmax(0, 1fr)" } },
  list: { listStyle: "none", margin: 0, padding: 0, display: "flex", flexDirection: "column", gap: "12px" },
  table: { border: `1px solid ${tokens.colorNeutralStroke2}`, borderRadius: tokens.borderRadiusMedium, padding: "8px 12px" },
  head: { display: "flex", gap: "8px", alignItems: "center", flexWrap: "wrap" },
  title: { fontSize: tokens.fontSizeBase300, fontWeight: tokens.fontWeightSemibold, margin: 0, flexGrow: 1, overflowWrap: "anywhere" },
  figures: { fontSize: tokens.fontSizeBase200, color: tokens.colorNeutralForeground2, fontVariantNumeric: "tabular-nums" },
  rules: { listStyle: "none", margin: "4px 0", padding: 0 },
  rule: { borderTop: `1px solid ${tokens.colorNeutralStroke3}`, padding: "6px 4px" },
  now: { backgroundColor: tokens.colorNeutralBackground1Selected },
  sentence: { appearance: "none", border: "none", backgroundColor: "transparent", font: "inherit", color: "inherit", textAlign: "left", cursor: "pointer", width: "100%", padding: "2px", display: "grid", gridTemplateColumns: "minmax(0, 1fr) auto", gap: "8px", ":focus-visible": { outline: `2px solid ${tokens.colorStrokeFocus2}` } },
  percent: { fontVariantNumeric: "tabular-nums", textAlign: "right" },
  name: { fontWeight: tokens.fontWeightSemibold, display: "block" },
  words: { color: tokens.colorNeutralForeground2, overflowWrap: "anywhere" },
  bar: { height: "4px", backgroundColor: tokens.colorNeutralBackground5, borderRadius: "2px", overflow: "hidden", marginTop: "4px" },
  fill: { display: "block", height: "4px", backgroundColor: tokens.colorBrandBackground },
  needs: { color: tokens.colorPaletteDarkOrangeForeground1, display: "inline-flex", gap: "4px", alignItems: "center" },
  tools: { display: "flex", gap: "2px" },
  right: { display: "flex", flexDirection: "column", gap: "24px", minWidth: 0 },
});

export function MatchTab(props: UnifyTabProps) {
  const styles = useStyles();
  const { definition, view, known, canEdit } = props;
  const confirm = useConfirm();
  const { value, setValue } = definition;
  const tables = tablesOf(value);
  const names = tables.map((table) => text(table.table));
  const rules = rulesOf(value);
  const [chosen, setChosen] = useState<number | null>(null);
  const selected = chosen !== null && chosen < rules.length ? chosen : rules.length > 0 ? 0 : null;
  const rule = selected === null ? undefined : rules[selected];
  if (names.length === 0) return <Empty title="No tables yet" text="Choose the tables with people in them on the tab Map first." />;
  const hasModel = modelOf(value) !== null;
  const put = (next: Dict[], label: string) => setValue((old) => withRules(old, next), label);
  const add = (from: string) => {
    const to = names[names.indexOf(from) - 1] ?? names[0] ?? "";
    const columns = (table: string) => known.find((one) => one.name === table)?.columns ?? [];
    // Columns that mean the same are what a rule most likely compares; an e-mail before all others.
    const both = columns(from).flatMap((one) => columns(to).filter((other) => one.suggested !== null && one.suggested !== "ID" && one.suggested === other.suggested).map((other) => [one, other] as const));
    const [one, other] = both.find(([column]) => /Email/.test(column.suggested ?? "")) ?? both[0] ?? [columns(from)[0], columns(to)[0]];
    const blank: Dict = { name: freeName(rules, "Rule1"), from, to, when: [{ column: one?.name ?? "", equals: other?.name ?? "", precision: "exact" }] };
    const last = rules.map((one) => text(one.from)).lastIndexOf(from);
    const at = last === -1 ? rules.length : last + 1;
    put([...rules.slice(0, at), blank, ...rules.slice(at)], "add a rule");
    setChosen(at);
  };
  const swap = (at: number, other: number) => {
    const next = [...rules];
    const [a, b] = [next[at], next[other]];
    if (!a || !b) return;
    next[at] = b;
    next[other] = a;
    put(next, "order of rules");
    setChosen(other);
  };
  return (
    <div className={styles.page}>
      <div>
      <ol className={styles.list} aria-label="Tables and their rules">
        {names.map((name, index) => {
          const seen = view?.tables.find((one) => one.table === name);
          const own = rules.map((one, at) => ({ rule: one, at })).filter((one) => text(one.rule.from) === name);
          return (
            <li key={name} className={styles.table}>
              <div className={styles.head}>
                <h2 className={styles.title}>{index + 1}. {name}</h2>
                {index === 0 ? <Badge appearance="outline">primary</Badge> : null}
                <Switch label="Include all" disabled={!canEdit} checked={includesAll(tables[index] ?? {}, index)} onChange={(_, data) => setValue((old) => withTable(old, index, (table) => ({ ...table, include_all: data.checked })), "include all")} />
              </div>
              <div className={styles.figures}>
                {seen?.source_records === null || seen === undefined ? "not unified yet" : (
                  <>
                    <Num value={seen.source_records} /> source records, <Num value={seen.unique_records} /> unique
                    {index > 0 && seen.matched !== null ? <>, <Num value={seen.matched} /> matched{seen.unique_records ? ` (${formatNumber((100 * seen.matched) / seen.unique_records, 1)} %)` : ""}</> : null}
                  </>
                )}
              </div>
              {index > 0 ? (
                <>
                  <ol className={styles.rules}>
                    {own.map(({ rule: one, at }, place) => {
                      const ran = view?.rules.find((other) => other.name === text(one.name) && other.from === name);
                      const share = ran?.matched !== null && ran?.matched !== undefined && ran.of ? (100 * ran.matched) / ran.of : null;
                      const before = own[place - 1];
                      const after = own[place + 1];
                      return (
                        <li key={`${text(one.name)} ${at}`} className={mergeClasses(styles.rule, at === selected && styles.now)}>
                          <button type="button" className={styles.sentence} aria-current={at === selected ? "true" : undefined} onClick={() => setChosen(at)}>
                            <span><span className={styles.name}>{text(one.name)}{one.active === false ? " (not used)" : ""}</span><span className={styles.words}>{ruleSentence(one)}</span></span>
                            <span className={styles.percent}>{share === null ? "not run yet" : <>{formatNumber(share, 1)} %<br /><Text size={200}>{formatNumber(ran?.matched ?? 0)} matched</Text></>}</span>
                          </button>
                          {share !== null ? <div className={styles.bar} aria-hidden><span className={styles.fill} style={{ width: `${Math.min(100, share)}%` }} /></div> : null}
                          {at === selected && canEdit ? (
                            <div className={styles.tools}>
                              <Button size="small" appearance="subtle" icon={<ArrowUpRegular />} aria-label={`Try ${text(one.name)} earlier`} disabled={!before} onClick={() => before && swap(at, before.at)} />
                              <Button size="small" appearance="subtle" icon={<ArrowDownRegular />} aria-label={`Try ${text(one.name)} later`} disabled={!after} onClick={() => after && swap(at, after.at)} />
                              <Button size="small" appearance="subtle" icon={<CopyRegular />} onClick={() => { put([...rules.slice(0, at + 1), { ...one, name: freeName(rules, text(one.name)) }, ...rules.slice(at + 1)], "duplicate a rule"); setChosen(at + 1); }}>Duplicate</Button>
                              <Button size="small" appearance="subtle" icon={<DeleteRegular />} onClick={() => void (async () => {
                                if (await confirm({ title: `Delete the rule ${text(one.name)}?`, text: ran?.matched ? `It matched ${formatNumber(ran.matched)} records in the last run; they would stand alone or match by other rules.` : "It has not run yet.", action: "Delete" })) {
                                  put(rules.filter((_, other) => other !== at), "delete a rule");
                                  setChosen(null);
                                }
                              })()}>Delete</Button>
                            </div>
                          ) : null}
                        </li>
                      );
                    })}
                  </ol>
                  {own.every((one) => one.rule.active === false) && !hasModel ? <div className={styles.needs}><WarningRegular aria-hidden /> Needs a rule: without one it cannot take part.</div> : null}
                  {canEdit ? <Button size="small" icon={<AddRegular />} onClick={() => add(name)}>Add a rule</Button> : null}
                </>
              ) : null}
            </li>
          );
        })}
      </ol>
      <CustomMatch value={value} known={known} canEdit={canEdit} onChange={setValue} />
      </div>
      <div className={styles.right}>
        {rule && selected !== null ? (
          <RuleWithPreview key={selected} rule={rule} known={known} tables={names} canEdit={canEdit} onChange={(next, label) => put(rules.map((old, at) => (at === selected ? next : old)), label)} />
        ) : names.length > 1 ? <Empty title={hasModel ? "No rules: the model matches alone" : "No rules yet"} text="A rule says when a record of a lower table is the same person as one of a higher table, for example when their e-mail addresses are equal." action={canEdit ? <Button appearance="primary" icon={<AddRegular />} onClick={() => add(names[1] ?? "")}>Add a rule</Button> : undefined} /> : <Text>One table needs no match rules; its doubles are found on the tab Map.</Text>}
        {view?.figures && (names.length > 1 || hasModel) ? <Pairs rules={[...view.rules.map((one) => one.name), ...(hasModel ? ["model"] : []), ...(pairTables(value, "always").length > 0 ? ["always"] : [])]} wanted={rule ? text(rule.name) : null} /> : null}
      </div>
    </div>
  );
}

/** A rule, and what it would do now. */
function RuleWithPreview(props: { rule: Dict; known: Known[]; tables: string[]; canEdit: boolean; onChange: (rule: Dict, label: string) => void }) {
  const of = (key: "from" | "to") => props.known.find((table) => table.name === text(props.rule[key]));
  const found = useRuleFound(props.rule, of("from"), of("to"));
  return (
    <div>
      <RuleForm {...props} counts={found.counts} />
      <RulePreview rule={props.rule} found={found} from={of("from")} />
    </div>
  );
}
