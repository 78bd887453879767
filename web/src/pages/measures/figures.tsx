/*
 * figures: what a measure comes to: a number, how values are spread, or values by dimension.
 */
import { makeStyles, tokens } from "@fluentui/react-components";
import type { ColumnView, NumberStatistics, RowsView, Value } from "../../api/types";
import { seg } from "../../api/client";
import { useProject } from "../../api/hooks";
import { Chart, formatNumber, formatTime, PageLink, valueText } from "../../parts";
import { familyOf } from "../../parts/conditions/operators";

const useStyles = makeStyles({
  facts: { display: "grid", gridTemplateColumns: "repeat(3, minmax(0, 1fr))", gap: "8px", margin: "0 0 12px" },
  fact: { display: "flex", flexDirection: "column" },
  label: { color: tokens.colorNeutralForeground3, fontSize: tokens.fontSizeBase200 },
  value: { fontVariantNumeric: "tabular-nums", fontWeight: tokens.fontWeightSemibold },
  scroll: { overflowX: "auto" },
  table: { borderCollapse: "collapse", width: "100%", "& th": { textAlign: "start", fontSize: tokens.fontSizeBase200, color: tokens.colorNeutralForeground2, fontWeight: tokens.fontWeightSemibold }, "& td, & th": { height: "32px", padding: "0 12px 0 0", borderBottom: `1px solid ${tokens.colorNeutralStroke3}`, whiteSpace: "nowrap" } },
});

/** Numbers in few words and their spread. */
export function Spread({ numbers, title, height }: { numbers: NumberStatistics; title: string; height?: number }) {
  const styles = useStyles();
  const facts: [string, number][] = [["values", numbers.count], ["missing", numbers.missing], ["smallest", numbers.min], ["median", numbers.median], ["mean", numbers.mean], ["largest", numbers.max]];
  const from = numbers.histogram.map((one) => range(one.value, one.to));
  return (
    <>
      <div className={styles.facts}>
        {facts.map(([label, value]) => (
          <span key={label} className={styles.fact}>
            <span className={styles.label}>{label}</span>
            <span className={styles.value}>{formatNumber(value, 2)}</span>
          </span>
        ))}
      </div>
      {numbers.histogram.length > 1 ? (
        <Chart
          height={height ?? 200}
          label={`How ${title} is spread over ${formatNumber(numbers.count, 0)} values`}
          table={{ columns: ["from", "values"], rows: numbers.histogram.map((one, index) => [from[index], formatNumber(one.count, 0)]) }}
          option={{
            grid: { left: 8, right: 8, top: 16, bottom: 8, containLabel: true },
            xAxis: { type: "category", data: from, axisLabel: { hideOverlap: true } },
            yAxis: { type: "value" },
            tooltip: { trigger: "axis" },
            series: [{ type: "bar", name: "values", data: numbers.histogram.map((one) => one.count), barCategoryGap: "8%" }],
          }}
        />
      ) : null}
    </>
  );
}

const range = (from: Value, to: Value | undefined): string => (typeof from === "number" && typeof to === "number" ? `${formatNumber(from, 1)} to ${formatNumber(to, 1)}` : String(from));

const right = { textAlign: "end", fontVariantNumeric: "tabular-nums" } as const;
const isNumber = (column: ColumnView) => familyOf(column.type) === "number";
const systemColumns = new Set(["CustomerId", "profile_no"]);

/** Values by dimension as a chart; nothing when there is no dimension or nothing to count. */
export function ByDimension({ rows, dimensions, title, timeZone, height }: { rows: RowsView; dimensions: string[]; title: string; timeZone: string; height?: number }) {
  const at = (name: string) => rows.columns.findIndex((one) => one.name === name);
  const split = dimensions.filter((name) => at(name) >= 0);
  const values = rows.columns.filter((one) => isNumber(one) && !split.includes(one.name) && !systemColumns.has(one.name));
  const first = split[0];
  const value = values[0];
  // Three and more dimensions are a table, not a line.
  if (first === undefined || value === undefined || rows.rows.length === 0 || split.length > 2) return null;
  const x = at(first);
  const type = rows.columns[x]!.type;
  const family = familyOf(type);
  const dated = family === "date" || family === "time";
  const days = dated ? rows.rows.map((row) => String(row[x] ?? "").slice(0, 10)).filter((day) => day !== "") : [];
  const years = days.every((day) => day.endsWith("-01-01"));
  const months = days.every((day) => day.endsWith("-01"));
  const dayWord = (day: string): string => {
    const text = formatTime(day, timeZone);
    return days.length > 1 && years ? day.slice(0, 4) : months ? text.replace(/^\d+ /, "") : text;
  };
  const word = (one: Value): string => (one === null ? "no value" : dated ? dayWord(String(one).slice(0, 10)) : valueText(one, type, timeZone));
  const sorted = [...rows.rows].sort((a, b) => (dated || family === "number" ? compare(a[x] ?? null, b[x] ?? null) : 0));
  const keys = [...new Set(sorted.map((row) => word(row[x] ?? null)))];
  const second = split[1];
  const groups = second === undefined ? [null] : [...new Set(sorted.map((row) => String(row[at(second)] ?? "no value")))].slice(0, 12);
  const series = groups.flatMap((group) =>
    (second === undefined ? values.slice(0, 4) : [value]).map((column) => {
      const sums = new Map<string, number>();
      for (const row of sorted) {
        if (group !== null && String(row[at(second!)] ?? "no value") !== group) continue;
        const cell = row[at(column.name)];
        if (typeof cell === "number") sums.set(word(row[x] ?? null), cell);
      }
      return { type: dated ? "line" : "bar", name: group ?? column.name, data: keys.map((key) => sums.get(key) ?? null) };
    }),
  );
  return (
    <Chart
      height={height ?? 240}
      label={`${title} by ${first}${second ? ` and ${second}` : ""}`}
      table={{ columns: [first, ...series.map((one) => one.name)], rows: keys.map((key, index) => [key, ...series.map((one) => (one.data[index] === null ? "" : formatNumber(one.data[index]!, 2)))]) }}
      option={{
        grid: { left: 8, right: 16, top: series.length > 1 ? 32 : 16, bottom: 8, containLabel: true },
        legend: series.length > 1 ? { top: 0, type: "scroll" } : undefined,
        xAxis: { type: "category", data: keys, axisLabel: { hideOverlap: true } },
        yAxis: { type: "value" },
        tooltip: { trigger: "axis" },
        series,
      }}
    />
  );
}

function compare(a: Value, b: Value): number {
  if (a === b) return 0;
  if (a === null) return 1;
  if (b === null) return -1;
  return typeof a === "number" && typeof b === "number" ? a - b : String(a) < String(b) ? -1 : 1;
}

/** Some rows, people as links to their profiles. */
export function SampleRows({ rows, most = 10 }: { rows: RowsView; most?: number }) {
  const styles = useStyles();
  const project = useProject();
  const id = rows.columns.findIndex((one) => one.name === "CustomerId");
  // Where their names come along, people are shown by name.
  const titled = id >= 0 ? rows.columns.findIndex((one) => one.name === "Customer") : -1;
  const shown = rows.columns.map((column, index) => ({ column, index })).filter(({ column, index }) => column.name !== "profile_no" && (titled < 0 || index !== id));
  const person = titled >= 0 ? titled : id;
  return (
    <div className={styles.scroll} tabIndex={0} role="region" aria-label="Some rows">
      <table className={styles.table}>
        <thead>
          <tr>{shown.map(({ column, index }) => <th key={column.name} scope="col" style={isNumber(column) ? right : undefined}>{index === person ? "person" : column.name}</th>)}</tr>
        </thead>
        <tbody>
          {rows.rows.slice(0, most).map((row, at) => (
            <tr key={at}>
              {shown.map(({ column, index }) => (
                <td key={column.name} style={isNumber(column) ? right : undefined}>
                  {index === person ? <PageLink to={project.to(`/customers/${seg(String(row[id]))}`)}>{String(row[person] || String(row[id]).slice(0, 8))}</PageLink> : typeof row[index] === "number" ? formatNumber(row[index], 2) : valueText(row[index] ?? null, column.type, project.timeZone)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
