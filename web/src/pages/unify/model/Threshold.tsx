/*
 * Threshold: from which probability two records are linked; how many pairs of the last run each threshold would link.
 *
 * Reads: the published table MatchPair, counted by evidence. It holds pairs from `review` on, so no fewer can be foreseen.
 * Invariants: a figure is said to be of the last run; the run may be told to choose again.
 */
import { Button, Field, Input, makeStyles, Slider, Text, tokens } from "@fluentui/react-components";
import { useMemo } from "react";
import { usePost, useProject } from "../../../api/hooks";
import type { ModelView, RowsView, Value } from "../../../api/types";
import { Chart, formatNumber } from "../../../parts";
import { bits, bitsOf, percent, probabilityOf } from "../../review/words";
import type { Dict } from "../model";

const useStyles = makeStyles({
  grid: { display: "grid", gridTemplateColumns: "repeat(auto-fit, minmax(min(360px, 100%), 1fr))", gap: "16px 48px", alignItems: "start", maxWidth: "1200px" },
  form: { display: "flex", flexDirection: "column", gap: "12px" },
  slider: { width: "100%" },
  line: { display: "flex", gap: "16px", alignItems: "flex-end", flexWrap: "wrap" },
  figure: { fontSize: tokens.fontSizeHero700, lineHeight: tokens.lineHeightHero700, fontWeight: tokens.fontWeightSemibold, fontVariantNumeric: "tabular-nums" },
  soft: { color: tokens.colorNeutralForeground2, fontSize: tokens.fontSizeBase200, margin: 0 },
});

/** Half bits are fine enough to see the shape, and few enough to read. */
const STEP = 0.5;
const SQL = `select floor("Weight" / ${STEP}) as at, "State" as state, count(*) as pairs from "MatchPair" where "Weight" is not null group by 1, 2`;

interface Bin {
  from: number;
  link: number;
  uncertain: number;
  cut: number;
}

/** Pairs of the last run by evidence. */
function useBins(enabled: boolean): Bin[] | null {
  const { p } = useProject();
  const rows = usePost<RowsView>(enabled ? p("/query") : null, { sql: SQL }, { staleTime: 60_000 });
  return useMemo(() => {
    if (!rows.data) return null;
    const bins = new Map<number, Bin>();
    for (const [at, state, pairs] of rows.data.rows) {
      const from = Math.max(-20, Math.min(60, Number(at) * STEP));
      const bin = bins.get(from) ?? { from, link: 0, uncertain: 0, cut: 0 };
      if (state === "link" || state === "uncertain" || state === "cut") bin[state] += Number(pairs);
      bins.set(from, bin);
    }
    return [...bins.values()].sort((a, b) => a.from - b.from);
  }, [rows.data]);
}

/** Pairs that would be links from a threshold on; what the clustering cut stays cut. */
const linksFrom = (bins: Bin[], threshold: number): number => bins.reduce((sum, bin) => (bin.from + STEP / 2 >= bitsOf(threshold) ? sum + bin.link + bin.uncertain : sum), 0);

export function Threshold({ model, view, canEdit, onChange }: { model: Dict; view: ModelView; canEdit: boolean; onChange: (key: "threshold" | "review", value: Value) => void }) {
  const styles = useStyles();
  const bins = useBins(view.trained);
  const stated = typeof model.threshold === "number" ? model.threshold : null;
  const now = stated ?? view.threshold ?? 0.95;
  const review = typeof model.review === "number" ? model.review : (view.review ?? null);
  const least = Math.floor(bitsOf(review ?? 0.1));
  const expected = bins && (view.review === null || now >= view.review - 1e-9) ? linksFrom(bins, now) : null;
  const before = bins && view.threshold !== null ? linksFrom(bins, view.threshold) : null;
  const set = (key: "threshold" | "review", typed: string) => {
    const share = Number(typed.replace("%", "").trim()) / 100;
    if (Number.isFinite(share) && share > 0 && share < 1) onChange(key, share);
  };
  return (
    <div className={styles.grid}>
      <section className={styles.form} aria-label="Threshold">
        <div>
          <div className={styles.figure}>{percent(now)}</div>
          <p className={styles.soft}>{stated === null ? "chosen by the run" : "stated in the definition"}; that is {bits(bitsOf(now))} bits of evidence in all. From here on two records are linked, unless something keeps them apart.</p>
        </div>
        <Field label="Threshold">
          <Slider className={styles.slider} min={least / STEP} max={30 / STEP} disabled={!canEdit} value={Math.max(least, Math.min(30, bitsOf(now))) / STEP} aria-valuetext={`${percent(now)}${expected === null ? "" : `, ${formatNumber(expected)} links`}`} onChange={(_, data) => onChange("threshold", Number(probabilityOf(data.value * STEP).toPrecision(10)))} />
        </Field>
        <p className={styles.soft} role="status">
          {expected !== null ? <>Of the pairs of the last run <strong>{formatNumber(expected)}</strong> would be links{before !== null && before !== expected ? `, ${formatNumber(Math.abs(expected - before))} ${expected > before ? "more" : "fewer"} than then` : ", as many as then"}. Which records end up in one profile the next run tells.</> : view.trained ? "The last run kept no pairs with less evidence than it asked for review; how many more links that would give, the next run tells." : "After the first run the number of links stands here."}
        </p>
        <div className={styles.line}>
          <Field label="Threshold in per cent"><Input key={`t${now}`} disabled={!canEdit} defaultValue={String(Number((100 * now).toPrecision(8)))} inputMode="decimal" contentAfter="%" style={{ width: "140px" }} onBlur={(event) => { if (Number(event.target.value) !== Number((100 * now).toPrecision(8))) set("threshold", event.target.value); }} /></Field>
          <Field label="Review from"><Input key={`r${review}`} disabled={!canEdit} defaultValue={review === null ? "" : String(Number((100 * review).toPrecision(6)))} inputMode="decimal" placeholder="chosen" contentAfter="%" style={{ width: "140px" }} onBlur={(event) => { if (event.target.value === "") onChange("review", null); else if (review === null || Number(event.target.value) !== Number((100 * review).toPrecision(6))) set("review", event.target.value); }} /></Field>
          {stated !== null ? <Button disabled={!canEdit} onClick={() => onChange("threshold", null)}>Let the run choose</Button> : null}
        </div>
      </section>
      {bins && bins.length > 0 ? <Histogram bins={bins} now={now} /> : <Text size={200}>{view.trained ? "The last run kept no pairs to count." : null}</Text>}
    </div>
  );
}

function Histogram({ bins, now }: { bins: Bin[]; now: number }) {
  const option = useMemo(() => {
    // The line is always within the picture.
    const at = Math.floor(bitsOf(now) / STEP) * STEP;
    const low = Math.min(at, bins[0]?.from ?? 0);
    const high = Math.max(at, bins.at(-1)?.from ?? 0);
    const all = Array.from({ length: Math.round((high - low) / STEP) + 1 }, (_, index) => low + index * STEP);
    const of = (key: "link" | "uncertain" | "cut") => all.map((from) => bins.find((bin) => bin.from === from)?.[key] ?? 0);
    const line = Math.max(0, Math.min(all.length - 1, Math.round((bitsOf(now) - low) / STEP)));
    return {
      legend: { top: 0 },
      grid: { left: 12, right: 16, top: 36, bottom: 32, outerBoundsMode: "same" },
      tooltip: { trigger: "axis" },
      xAxis: { type: "category", data: all.map((from) => bits(from)), name: "bits of evidence", nameLocation: "middle", nameGap: 26 },
      yAxis: { type: "value", minInterval: 1 },
      series: [
        { name: "uncertain", type: "bar", stack: "pairs", barCategoryGap: "8%", data: of("uncertain"), color: "#b35900", markLine: { symbol: "none", silent: true, label: { formatter: "threshold" }, lineStyle: { type: "dashed", width: 2 }, data: [{ xAxis: line }] } },
        { name: "kept apart", type: "bar", stack: "pairs", data: of("cut"), color: "#a2191f" },
        { name: "links", type: "bar", stack: "pairs", data: of("link"), color: "#0f65b0" },
      ],
    };
  }, [bins, now]);
  return (
    <Chart
      option={option}
      label="Pairs of the last run by their evidence"
      height={280}
      table={{ columns: ["from bits", "probability", "links", "uncertain", "kept apart", "links from here on"], rows: bins.map((bin) => [bits(bin.from), percent(probabilityOf(bin.from)), formatNumber(bin.link), formatNumber(bin.uncertain), formatNumber(bin.cut), formatNumber(linksFrom(bins, probabilityOf(bin.from)))]) }}
    />
  );
}
