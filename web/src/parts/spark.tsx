// spark: a number over time as a small line; the words beside it say the same.
import { makeStyles, tokens } from "@fluentui/react-components";
import type { PointView } from "../api/types";
import { formatNumber } from "./show";

const useStyles = makeStyles({ line: { stroke: tokens.colorBrandForeground1, fill: "none", verticalAlign: "middle" }, dot: { fill: tokens.colorBrandForeground1, stroke: "none" } });

/** A trend of a few points, oldest first. */
export function Spark({ points, width = 72, height = 20 }: { points: PointView[]; width?: number; height?: number }) {
  const styles = useStyles();
  const shown = points.slice(-24);
  const first = shown[0];
  const last = shown.at(-1);
  if (!first || !last || shown.length < 2) return <span aria-hidden>–</span>;
  const values = shown.map((point) => point.value);
  const least = Math.min(...values);
  const span = Math.max(...values) - least || 1;
  const spot = (value: number, index: number): [number, number] => [
    2 + (index * (width - 4)) / (shown.length - 1),
    values.every((one) => one === value) ? height / 2 : height - 3 - ((value - least) * (height - 6)) / span,
  ];
  const end = spot(last.value, shown.length - 1);
  return (
    <svg className={styles.line} width={width} height={height} role="img" aria-label={`from ${formatNumber(first.value)} to ${formatNumber(last.value)} over ${shown.length} runs`}>
      <polyline points={values.map((value, index) => spot(value, index).join(",")).join(" ")} strokeWidth="1.5" />
      <circle className={styles.dot} cx={end[0]} cy={end[1]} r="2" />
    </svg>
  );
}
