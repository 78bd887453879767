/*
 * RulePreview: what a rule would do now, beside it: records matched, pairs by likeness, pairs just above and just below the line.
 *
 * Reads: POST preview/rule over the published tables, a breath after the last change; the old answer stays greyed until the new one is there.
 */
import { Button, makeStyles, mergeClasses, ProgressBar, Text, tokens } from "@fluentui/react-components";
import { CheckmarkCircleRegular, DismissCircleRegular } from "@fluentui/react-icons";
import { useMemo, useState } from "react";
import { useGet, usePost, useProject } from "../../api/hooks";
import type { GraphView, MatchRulePreview, Value } from "../../api/types";
import { Chart, Diagnostics, ErrorView, formatNumber, valueText } from "../../parts";
import { differences } from "../review/sides";
import { useLate } from "../sources/late";
import { list, record, text } from "../sources/steps";
import { sideColumn, type Dict, type Known } from "./model";
import { asked, binsOf, countAt, nearOf } from "./rule-preview";
import { precisionOf } from "./words";

const useStyles = makeStyles({
  box: { borderTop: `1px solid ${tokens.colorNeutralStroke2}`, paddingTop: "12px", marginTop: "16px", display: "flex", flexDirection: "column", gap: "12px" },
  heading: { fontSize: tokens.fontSizeBase400, fontWeight: tokens.fontWeightSemibold, margin: 0 },
  whole: { display: "flex", flexDirection: "column", gap: "12px" },
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
  /** What the rule does; of the rule before while the new answer is not there. */
  preview: MatchRulePreview | undefined;
  /** Places of the conditions that are not exact. */
  near: number[];
  bins: Value[][] | null;
  /** How many pairs a likeness of a condition would give. */
  counts: ((condition: number, share: number) => number | null) | undefined;
  stale: boolean;
  problem: unknown;
  again: () => void;
}

/** What a rule would find. `to` null: within one table. */
export function useRuleFound(rule: Dict | null, from: Known | undefined, to: Known | null | undefined): RuleFound {
  const { p, can } = useProject();
  const late = useLate(rule === null ? null : asked(rule), 400);
  const ready = late !== null && from !== undefined && from.rows !== null && (to === null || (to !== undefined && to.rows !== null)) && list(late.when).length > 0;
  const body = useMemo(() => (ready && from ? { from: from.name, to: to?.name ?? null, rule: { when: late.when ?? [], ...(late.unless ? { unless: late.unless } : {}) }, sample: 12 } : null), [ready, late, from, to]);
  const answer = usePost<MatchRulePreview>(body && can("contributor") ? p("/preview/rule") : null, body, { staleTime: 60_000 });
  const preview = body ? answer.data : undefined;
  const broken = preview?.diagnostics.some((one) => one.severity === "error") ?? false;
  const near = useMemo(() => (rule === null ? [] : nearOf(rule)), [rule]);
  const bins = useMemo(() => (preview && !broken ? binsOf(preview) : null), [preview, broken]);
  const stale = answer.isFetching || JSON.stringify(late) !== JSON.stringify(rule === null ? null : asked(rule));
  // Another line is counted from the answer before; other conditions are another question.
  const same = bins !== null && (bins.length === 0 || bins[0]!.length === near.length + 1);
  return { preview, near, bins: same ? bins : null, stale, problem: answer.error, again: () => void answer.refetch(), counts: same && bins && rule ? (condition, share) => countAt(bins, rule, near, condition, share) : undefined };
}

/** What the rule would do, beside it. */
export function RulePreview({ rule, found, from }: { rule: Dict; found: RuleFound; from: Known | undefined }) {
  const styles = useStyles();
  const { preview, bins, near, stale } = found;
  if (from?.rows === null) return <p className={styles.soft}>After its tables were read, what this rule would match is shown here.</p>;
  if (!preview && !found.problem && !stale) return null;
  const when = list(rule.when).map(record);
  const errors = preview?.diagnostics.filter((one) => one.severity === "error") ?? [];
  const share = preview && preview.records > 0 ? (100 * preview.matched) / preview.records : 0;
  return (
    <section className={styles.box} aria-label="What the rule would match">
      <h3 className={styles.heading}>What it would match now</h3>
      <div className={styles.progress}>{stale ? <ProgressBar aria-label="Counting" /> : null}</div>
      {found.problem ? <ErrorView problem={found.problem} retry={found.again} /> : null}
      {preview && preview.diagnostics.length > 0 ? <Diagnostics list={preview.diagnostics} /> : null}
      {preview && errors.length === 0 ? (
        <div className={mergeClasses(styles.whole, stale && styles.stale)} aria-busy={stale || undefined}>
          {preview.records > 0 ? (
            <div className={styles.bars}>
              <span>matched</span><span className={styles.track} aria-hidden><span className={styles.fill} style={{ width: `${share}%` }} /></span><span>{formatNumber(preview.matched)} ({formatNumber(share, 1)} %)</span>
              <span>unmatched</span><span className={styles.track} aria-hidden><span className={mergeClasses(styles.fill, styles.rest)} style={{ width: `${100 - share}%` }} /></span><span>{formatNumber(preview.records - preview.matched)} ({formatNumber(100 - share, 1)} %)</span>
            </div>
          ) : null}
          <p className={styles.soft} role="status">
            {formatNumber(preview.pairs)} {preview.pairs === 1 ? "pair" : "pairs"} by this rule alone{preview.excepted > 0 ? `; its exceptions keep ${formatNumber(preview.excepted)} more apart` : ""}.
            {" "}{formatNumber(preview.compared)} {preview.compared === 1 ? "pair was" : "pairs were"} compared{preview.compared < preview.blocked ? ` of ${formatNumber(preview.blocked)}, so that the counts are of a sample` : ""}.
          </p>
          {preview.conditions.length > 1 ? (
            <table className={styles.table}>
              <caption className="visually-hidden">What each condition does by itself</caption>
              <thead><tr><th scope="col">Condition</th><th scope="col">At least</th><th scope="col">Pairs that meet it</th></tr></thead>
              <tbody>
                {preview.conditions.map((one, at) => (
                  <tr key={at}><td>{one.column}{one.equals && one.equals !== one.column ? ` – ${one.equals}` : ""}</td><td>{one.at_least >= 1 ? "equal" : `${formatNumber(100 * one.at_least, 0)} % alike`}</td><td>{formatNumber(one.pairs)}</td></tr>
                ))}
              </tbody>
            </table>
          ) : null}
          {preview.largest_value.length > 0 && preview.largest_block > 1000 ? <p className={styles.soft}>{formatNumber(preview.largest_block)} pairs share {preview.largest_value.join(", ")}: if that is no real value, pass it by under normalizing.</p> : null}
          {bins && near.length > 0 ? near.map((at) => <Likeness key={at} rows={bins} rule={rule} near={near} at={at} />) : null}
          {preview.examples.length > 0 ? (
            <div className={styles.wrap} tabIndex={0} role="region" aria-label="Pairs near the line">
              <table className={styles.table}>
                <caption className="visually-hidden">Pairs near the line</caption>
                <thead><tr><th scope="col">{near.length > 0 ? "nearest to the line" : "some pairs"}</th>{preview.conditions.map((condition, at) => <th key={at} scope="col">{condition.column || sideColumn(when[at]?.column)}</th>)}</tr></thead>
                <tbody>
                  {preview.examples.map((pair, at) => (
                    <tr key={at}>
                      <td title={`${pair.a} and ${pair.b}`}><span className={mergeClasses(styles.sign, pair.matches ? styles.good : styles.bad)}>{pair.matches ? <CheckmarkCircleRegular aria-hidden /> : <DismissCircleRegular aria-hidden />}{pair.matches ? "a match" : "no match"}</span></td>
                      {pair.values.map((value, index) => <td key={index}><Both a={value.a} b={value.b} score={(preview.conditions[index]?.at_least ?? 1) < 1 ? value.score : null} /></td>)}
                    </tr>
                  ))}
                </tbody>
              </table>
            </div>
          ) : null}
        </div>
      ) : null}
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
