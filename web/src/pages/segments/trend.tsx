/*
 * trend: how many members over time: a line in a list, a chart on the segment's page. Each says the same in words.
 */
import { makeStyles, Select, tokens } from "@fluentui/react-components";
import { useState } from "react";
import type { PointView } from "../../api/types";
import { Chart, formatNumber, formatTime, Time } from "../../parts";

const useStyles = makeStyles({
  spark: { display: "block", color: tokens.colorBrandForeground1 },
  none: { color: tokens.colorNeutralForeground3 },
  head: { display: "flex", justifyContent: "space-between", alignItems: "center", gap: "8px" },
  heading: { fontSize: tokens.fontSizeBase400, fontWeight: tokens.fontWeightSemibold, margin: 0 },
});

/** The trend in a sentence. */
export function trendWords(points: PointView[]): string {
  if (points.length < 2) return points.length === 1 ? "one run so far" : "no run yet";
  const [first, last] = [points[0]!, points[points.length - 1]!];
  const change = last.value - first.value;
  const how = change === 0 ? "unchanged" : change > 0 ? `up ${formatNumber(change, 0)}` : `down ${formatNumber(-change, 0)}`;
  return `${how} over ${points.length} runs, from ${formatNumber(first.value, 0)} to ${formatNumber(last.value, 0)}`;
}

/** A small line of the last 20 runs. */
export function Sparkline({ points }: { points: PointView[] }) {
  const styles = useStyles();
  const shown = points.slice(-20);
  if (shown.length < 2) return <span className={styles.none}>{trendWords(shown)}</span>;
  const [width, height] = [88, 22];
  const values = shown.map((one) => one.value);
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const x = (index: number) => 2 + (index * (width - 6)) / (shown.length - 1);
  const y = (value: number) => (high === low ? height / 2 : height - 3 - ((value - low) * (height - 6)) / (high - low));
  const words = trendWords(shown);
  return (
    <svg className={styles.spark} width={width} height={height} viewBox={`0 0 ${width} ${height}`} role="img" aria-label={words}>
      <title>{words}</title>
      <polyline points={shown.map((one, index) => `${x(index).toFixed(1)},${y(one.value).toFixed(1)}`).join(" ")} fill="none" stroke="currentColor" strokeWidth="1.5" />
      <circle cx={x(shown.length - 1)} cy={y(values[values.length - 1]!)} r="2.2" fill="currentColor" />
    </svg>
  );
}

/** Days to look back; 0 for all. */
const spans = [7, 30, 180, 0];

/** The trend as a chart, over some days. */
export function TrendChart({ points, timeZone }: { points: PointView[]; timeZone: string }) {
  const styles = useStyles();
  const [chosen, setChosen] = useState<number | null>(null);
  const latest = points.length > 0 ? new Date(points[points.length - 1]!.at).getTime() : 0;
  const within = (days: number) => (days === 0 ? points : points.filter((one) => new Date(one.at).getTime() >= latest - days * 86_400_000));
  const days = chosen ?? (within(180).length > 1 ? 180 : 0);
  const shown = within(days);
  const older = points.length - shown.length;
  return (
    <section aria-label="Trend">
      <div className={styles.head}>
        <h2 className={styles.heading}>Trend</h2>
        <Select size="small" value={String(days)} onChange={(_, data) => setChosen(Number(data.value))} aria-label="Days shown">
          {spans.map((span) => <option key={span} value={span}>{span === 0 ? "all runs" : `last ${span} days`}</option>)}
        </Select>
      </div>
      {shown.length === 0 ? <p className={styles.none}>It has not run yet.</p> : shown.length === 1 ? (
        <p className={styles.none}>{older === 0 ? "One run so far, of " : "One run in this time, of "}<Time at={shown[0]!.at} />: {formatNumber(shown[0]!.value, 0)} members.{older === 0 ? " The line begins with the second." : ` ${formatNumber(older, 0)} older ${older === 1 ? "one" : "ones"}.`}</p>
      ) : (
        <Chart
          height={200}
          label={`Members: ${trendWords(shown)}`}
          table={{ columns: ["run", "members"], rows: shown.map((one) => [<Time key={one.at} at={one.at} />, formatNumber(one.value, 0)]) }}
          option={{
            grid: { left: 8, right: 16, top: 16, bottom: 8, containLabel: true },
            xAxis: { type: "category", data: shown.map((one) => formatTime(one.at, timeZone)), axisLabel: { hideOverlap: true } },
            yAxis: { type: "value", scale: true, minInterval: 1 },
            tooltip: { trigger: "axis" },
            series: [{ type: "line", name: "members", data: shown.map((one) => one.value), symbolSize: 6 }],
          }}
        />
      )}
    </section>
  );
}
