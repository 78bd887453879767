/*
 * RulePreview: what a rule would do now, beside it: records matched, pairs by likeness, pairs just above and just below the line.
 *
 * Reads: POST query over the published tables, a breath after the last change; the old answer stays greyed until the new one is there.
 */
import { Button, makeStyles, mergeClasses, ProgressBar, Text, tokens } from "@fluentui/react-components";
import { CheckmarkCircleRegular, DismissCircleRegular } from "@fluentui/react-icons";
import { useMemo, useState } from "react";
import { useGet, usePost, useProject } from "../../api/hooks";
import type { GraphView, RowsView, Value } from "../../api/types";
import { Chart, ErrorView, formatNumber, valueText } from "../../parts";
import { differences } from "../review/sides";
import { useLate } from "../sources/late";
import { list, record, text } from "../sources/steps";
import { sideColumn, type Dict, type Known } from "./model";
import { asked, countAt, countNow, questions, type RuleQuestions } from "./rule-preview";
import { precisionOf } from "./words";

const useStyles = makeStyles({
  box: { borderTop: `1px solid ${tokens.colorNeutralStroke2}`, paddingTop: "12px", marginTop: "16px", display: "flex", flexDirection: "column", gap: "12px" },
  heading: { fontSize: tokens.fontSizeBase400, fontWeight: tokens.fontWeightSemibold, margin: 0 },
  progress: { height: "2px" },
  stale: { opacity: 0.55 },
  soft: { color: tokens.colorNeutralForeground2, fontSize: tokens.fontSizeBase200 },
  bars: { display: "grid", gridTemplateColumns: "auto minmax(0, 1fr) auto", gap: "4px 12px", alignItems: "center", fontVariantNumeric: "tabular-nums", maxWidth: "640px" },
  track: { height: "12px", backgroundColor: tokens.colorNeutralBackground4, borderRadius: "2px", overflow: "hidden" },
  fill: { display: "block", height: "100%", backgroundColor: tokens.colorBrandBackground },
  rest: { backgroundColor: tokens.colorNeutralStroke1Hover },
  wrap: { overflowX: "auto" },
  table: { borderCollapse: "collapse", width: "100%", minWidth: "480px", "& th, & td": { textAlign: "start", padding: "4px 12px 4px 0", borderBottom: `1px solid ${tokens.colorNeutralStroke3}`, verticalAlign: "top", overflowWrap: "anywhere" }, "& thead th": { fontSize: tokens.fontSizeBase200, fontWeight: tokens.fontWeightRegular, color: tokens.colorNeutralForeground2 } },
  sign: { display: "inline-flex", gap: "4px", alignItems: "center", whiteSpace: "nowrap" },
  good: { color: tokens.colorPaletteGreenForeground1 },
  bad: { color: tokens.colorPaletteRedForeground1 },
  letters: { backgroundColor: "transparent", color: "inherit", fontWeight: tokens.fontWeightBold, textDecorationLine: "underline", textDecorationThickness: "2px" },
});

export interface RuleFound {
  ask: RuleQuestions | null;
  bins: Value[][] | null;
  /** How many pairs a likeness of a condition would give. */
  counts: ((condition: number, share: number) => number | null) | undefined;
  stale: boolean;
  problem: unknown;
}

/** The pairs a rule would find, by likeness. `to` null: within one table. */
export function useRuleFound(rule: Dict | null, from: Known | undefined, to: Known | null | undefined): RuleFound {
  const { p } = useProject();
  const late = useLate(rule === null ? null : asked(rule), 400);
  const ask = useMemo(() => (late === null ? null : questions(late, from, to)), [late, from, to]);
  // Likeness is counted whatever the line, so that the slider answers at once: only which conditions are near matters.
  const bins = usePost<RowsView>(ask ? p("/query") : null, ask ? { sql: ask.bins, limit: 10_000 } : null, { staleTime: 60_000 });
  const rows = ask && bins.data ? bins.data.rows : null;
  const stale = bins.isFetching || JSON.stringify(late) !== JSON.stringify(rule === null ? null : asked(rule));
  return { ask, bins: rows, stale, problem: bins.error, counts: rows && ask && rule && !bins.isPlaceholderData ? (condition, share) => countAt(rows, rule, ask.near, condition, share) : undefined };
}

/** What the rule would do, beside it. */
export function RulePreview({ rule, found, from }: { rule: Dict; found: RuleFound; from: Known | undefined }) {
  const styles = useStyles();
  const { p } = useProject();
  const { ask, bins } = found;
  const matched = usePost<RowsView>(ask ? p("/query") : null, ask ? { sql: ask.matched } : null, { staleTime: 60_000 });
  const sample = usePost<RowsView>(ask ? p("/query") : null, ask ? { sql: ask.sample } : null, { staleTime: 60_000 });
  if (!ask) return from?.rows === null ? <p className={styles.soft}>After its tables were read, what this rule would match is shown here.</p> : null;
  const problem = found.problem ?? matched.error ?? sample.error;
  const [done, all] = (matched.data?.rows[0] ?? []).map(Number);
  const when = list(rule.when).map(record);
  const stale = found.stale || matched.isFetching || sample.isFetching;
  return (
    <section className={styles.box} aria-label="What the rule would match">
      <h3 className={styles.heading}>What it would match now</h3>
      <div className={styles.progress}>{stale ? <ProgressBar aria-label="Counting" /> : null}</div>
      {problem ? <ErrorView problem={problem} retry={() => { void matched.refetch(); void sample.refetch(); }} /> : null}
      <div className={mergeClasses(stale && styles.stale)} aria-busy={stale || undefined}>
        {done !== undefined && all !== undefined && all > 0 ? (
          <div className={styles.bars}>
            <span>matched</span><span className={styles.track} aria-hidden><span className={styles.fill} style={{ width: `${(100 * done) / all}%` }} /></span><span>{formatNumber(done)} ({formatNumber((100 * done) / all, 1)} %)</span>
            <span>unmatched</span><span className={styles.track} aria-hidden><span className={mergeClasses(styles.fill, styles.rest)} style={{ width: `${(100 * (all - done)) / all}%` }} /></span><span>{formatNumber(all - done)} ({formatNumber((100 * (all - done)) / all, 1)} %)</span>
          </div>
        ) : null}
        <p className={styles.soft} role="status">
          {bins ? `${formatNumber(countNow(bins, rule, ask.near))} pairs by this rule alone.` : ""}
          {ask.sampled ? " It has no exact condition, so all would be compared with all: only a sample of the records is looked at. An exact condition makes it fast." : ""}
          {ask.lists ? " Alias and bypass lists are left out here." : ""}
        </p>
        {bins && ask.near.length > 0 ? ask.near.map((at) => <Likeness key={at} rows={bins} rule={rule} near={ask.near} at={at} />) : null}
        {sample.data && sample.data.rows.length > 0 ? (
          <div className={styles.wrap} tabIndex={0} role="region" aria-label="Pairs near the line">
            <table className={styles.table}>
              <caption className="visually-hidden">Pairs near the line</caption>
              <thead><tr><th scope="col">{ask.near.length > 0 ? "nearest to the line" : "some pairs"}</th>{when.map((condition, at) => <th key={at} scope="col">{sideColumn(condition.column)}</th>)}</tr></thead>
              <tbody>
                {sample.data.rows.map((row, at) => {
                  const least = when.every((condition, index) => Number(row[2 + index * 3 + 2]) >= precisionOf(condition.precision) - 1e-9);
                  return (
                    <tr key={at}>
                      <td><span className={mergeClasses(styles.sign, least ? styles.good : styles.bad)}>{least ? <CheckmarkCircleRegular aria-hidden /> : <DismissCircleRegular aria-hidden />}{least ? "a match" : "no match"}</span></td>
                      {when.map((_, index) => <td key={index}><Both a={row[2 + index * 3]} b={row[3 + index * 3]} score={ask.near.includes(index) ? Number(row[4 + index * 3]) : null} /></td>)}
                    </tr>
                  );
                })}
              </tbody>
            </table>
          </div>
        ) : null}
      </div>
    </section>
  );
}

/** Two values over each other; the letters that differ stand out. */
function Both({ a, b, score }: { a: Value | undefined; b: Value | undefined; score: number | null }) {
  const styles = useStyles();
  const [one, other] = [valueText(a), valueText(b)];
  const marked = (value: string, against: string) => differences(value, against).map((stretch, at) => (stretch.same ? <span key={at}>{stretch.text}</span> : <mark key={at} className={styles.letters}>{stretch.text}</mark>));
  if (one === other) return <>{one}</>;
  return <>{marked(one, other)}<br />{marked(other, one)}{score !== null ? <Text size={200} block className={styles.soft}>{formatNumber(100 * score, 0)} % alike</Text> : null}</>;
}

/** Pairs by how alike a column is: what each precision would give. */
function Likeness({ rows, rule, near, at }: { rows: Value[][]; rule: Dict; near: number[]; at: number }) {
  const condition = record(list(rule.when)[at]);
  const line = Math.round(100 * precisionOf(condition.precision));
  const steps = useMemo(() => {
    const place = near.indexOf(at);
    const others = list(rule.when).map(record);
    return Array.from({ length: 17 }, (_, index) => 20 + 5 * index).map((from) => ({
      from,
      pairs: rows.filter((row) => Number(row[place]) >= from && Number(row[place]) < from + (from === 100 ? 1 : 5) && near.every((other, index) => other === at || Number(row[index]) >= Math.round(100 * precisionOf(others[other]?.precision)))).reduce((sum, row) => sum + Number(row[near.length]), 0),
    }));
  }, [rows, rule, near, at]);
  const option = useMemo(() => ({
    grid: { left: 12, right: 16, top: 24, bottom: 8, outerBoundsMode: "same" },
    tooltip: { trigger: "axis" },
    xAxis: { type: "category", data: steps.map((step) => `${step.from}`), name: "%" },
    yAxis: { type: "value", minInterval: 1 },
    series: [{ name: "pairs", type: "bar", barCategoryGap: "8%", data: steps.map((step) => ({ value: step.pairs, itemStyle: { opacity: step.from >= line ? 1 : 0.4 } })), markLine: { symbol: "none", silent: true, label: { formatter: `${line} %` }, lineStyle: { type: "dashed", width: 2 }, data: [{ xAxis: Math.max(0, steps.findIndex((step) => step.from + 4 >= line)) }] } }],
  }), [steps, line]);
  return <Chart option={option} height={160} label={`Pairs by how alike ${sideColumn(condition.column)} is, other conditions as they are`} table={{ columns: ["from", "pairs", "pairs from here on"], rows: steps.map((step) => [`${step.from} %`, formatNumber(step.pairs), formatNumber(countAt(rows, rule, near, at, step.from / 100) ?? 0)]) }} />;
}

/** The preview of a rule within one table, when it is asked for. */
export function DedupePreview({ table, rule }: { table: string; rule: Dict }) {
  const [open, setOpen] = useState(false);
  return (
    <div>
      <Button size="small" aria-expanded={open} onClick={() => setOpen(!open)}>{open ? "Hide the preview" : "Preview"}</Button>
      {open ? <OpenDedupe table={table} rule={rule} /> : null}
    </div>
  );
}

function OpenDedupe({ table, rule }: { table: string; rule: Dict }) {
  const { p } = useProject();
  const graph = useGet<GraphView>(p("/graph"), { staleTime: 60_000 });
  const known = useMemo<Known | undefined>(() => {
    const found = graph.data?.tables.find((one) => one.name === table);
    return found ? { name: found.name, key: found.key, rows: found.rows, columns: found.columns.map((column) => ({ name: column.name, type: column.type, suggested: null, sample: [] })) } : undefined;
  }, [graph.data, table]);
  const found = useRuleFound(rule, known, null);
  return text(table) === "" ? null : <RulePreview rule={rule} found={found} from={known} />;
}
