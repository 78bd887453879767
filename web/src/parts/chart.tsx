/*
 * chart: a chart with the same figures as a table beside it.
 *
 * Invariants: the library is loaded only when a chart is shown; no chart without a label and a table.
 */
import { Link, makeStyles, tokens } from "@fluentui/react-components";
import type { EChartsCoreOption } from "echarts/core";
import { lazy, Suspense, useState, type ReactNode } from "react";
import { Loading } from "./states";

/** The figures of a chart as a table. */
export interface ChartTable {
  columns: string[];
  rows: ReactNode[][];
}

/** What a chart shows. */
export interface ChartProps {
  /** As ECharts wants it; colours, fonts and tooltips are filled in. */
  option: EChartsCoreOption;
  /** What it shows, in a sentence. */
  label: string;
  table: ChartTable;
  /** Pixels; 240 when absent. */
  height?: number;
  /** A click on a point or bar: its series and index. */
  onPick?: (series: number, index: number) => void;
}

const Canvas = lazy(() => import("./chart-canvas"));

const useStyles = makeStyles({
  figure: { margin: 0 },
  foot: { display: "flex", gap: "12px", fontSize: tokens.fontSizeBase200, color: tokens.colorNeutralForeground2, justifyContent: "space-between", "& button": { minHeight: "24px" } },
  table: { borderCollapse: "collapse", marginTop: "8px", width: "100%", fontVariantNumeric: "tabular-nums", "& th, & td": { textAlign: "start", padding: "4px 8px", borderBottom: `1px solid ${tokens.colorNeutralStroke3}` } },
  scroll: { maxHeight: "320px", overflow: "auto" },
});

/** A chart with its table. */
export function Chart({ option, label, table, height = 240, onPick }: ChartProps) {
  const styles = useStyles();
  const [open, setOpen] = useState(false);
  return (
    <figure className={styles.figure}>
      <div role="img" aria-label={label}>
        <Suspense fallback={<div style={{ height }}><Loading label="Loading the chart" /></div>}>
          <Canvas option={option} height={height} onPick={onPick} />
        </Suspense>
      </div>
      <figcaption className={styles.foot}>
        <span>{label}</span>
        <Link as="button" aria-expanded={open} onClick={() => setOpen(!open)}>{open ? "Hide the table" : "Show as a table"}</Link>
      </figcaption>
      {open ? (
        <div className={styles.scroll} tabIndex={0} role="region" aria-label={label}>
          <table className={styles.table}>
            <thead>
              <tr>{table.columns.map((title) => <th key={title} scope="col">{title}</th>)}</tr>
            </thead>
            <tbody>
              {table.rows.map((row, index) => (
                <tr key={index}>{row.map((cell, at) => <td key={at}>{cell}</td>)}</tr>
              ))}
            </tbody>
          </table>
        </div>
      ) : null}
    </figure>
  );
}
