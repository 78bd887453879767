/*
 * Attributes: the columns of a table: type, meaning, how full they are, how their values are spread.
 */
import { makeStyles, SearchBox, Text, tokens } from "@fluentui/react-components";
import { useState } from "react";
import { seg } from "../../api/client";
import { useGet, useProject } from "../../api/hooks";
import type { AttributeView, BucketView, ColumnStatistics, TableLine } from "../../api/types";
import { Chart, ErrorView, formatNumber, Grid, Loading, Num, TypeIcon, valueText, type GridColumn } from "../../parts";

const useStyles = makeStyles({
  tools: { marginBottom: "12px", display: "flex", gap: "12px", alignItems: "center" },
  name: { display: "inline-flex", gap: "6px", alignItems: "center" },
  spark: { display: "block", color: tokens.colorBrandForeground1 },
  page: { display: "grid", gridTemplateColumns: "minmax(0, 1fr) 380px", gap: "24px", alignItems: "start", "@media (max-width: 1100px)": { gridTemplateColumns: "minmax(0, 1fr)" } },
  facts: { display: "grid", gridTemplateColumns: "auto 1fr", gap: "4px 16px", margin: "8px 0 16px", "& dt": { color: tokens.colorNeutralForeground2 }, "& dd": { margin: 0, fontVariantNumeric: "tabular-nums", overflowWrap: "anywhere" } },
  title: { fontSize: tokens.fontSizeBase400, fontWeight: tokens.fontWeightSemibold, margin: 0 },
  top: { width: "100%", borderCollapse: "collapse", "& td, & th": { padding: "3px 8px", textAlign: "left", borderBottom: `1px solid ${tokens.colorNeutralStroke3}`, overflowWrap: "anywhere" } },
  end: { textAlign: "right", fontVariantNumeric: "tabular-nums" },
});

interface Line {
  column: AttributeView;
  seen: ColumnStatistics | undefined;
}

export function Attributes({ line }: { line: TableLine }) {
  const styles = useStyles();
  const { p, timeZone } = useProject();
  const [search, setSearch] = useState("");
  const [chosen, setChosen] = useState<string | null>(null);
  const statistics = useGet<ColumnStatistics[]>(p(`/tables/${seg(line.name)}/statistics`), { staleTime: 300_000 });
  const lines = line.columns
    .filter((column) => `${column.name} ${column.semantic ?? ""}`.toLowerCase().includes(search.toLowerCase()))
    .map((column): Line => ({ column, seen: statistics.data?.find((one) => one.name === column.name) }));
  const columns: GridColumn<Line>[] = [
    { key: "name", title: "Attribute", sort: (one) => one.column.name, render: (one) => <span className={styles.name}><TypeIcon type={one.column.type} />{one.column.name}{one.column.key ? " (key)" : ""}</span> },
    { key: "type", title: "Type", sort: (one) => one.column.type, render: (one) => one.column.type },
    { key: "semantic", title: "Meaning", sort: (one) => one.column.semantic, render: (one) => one.column.semantic ?? "–" },
    { key: "missing", title: "Missing", align: "end", sort: (one) => one.seen?.missing, render: (one) => <Share part={one.seen?.missing} of={one.seen?.count} /> },
    { key: "distinct", title: "Different", align: "end", sort: (one) => one.seen?.distinct, render: (one) => <Num value={one.seen?.distinct} /> },
    { key: "spread", title: "Spread", render: (one) => <Spark buckets={one.seen?.numbers?.histogram.length ? one.seen.numbers.histogram : one.seen?.top ?? []} label={`Spread of ${one.column.name}`} /> },
    { key: "range", title: "From, to", optional: true, render: (one) => (one.seen && one.seen.min !== null ? `${valueText(one.seen.min, one.column.type, timeZone).slice(0, 24)}, ${valueText(one.seen.max, one.column.type, timeZone).slice(0, 24)}` : "–") },
  ];
  const one = lines.find((line) => line.column.name === chosen);
  return (
    <>
      <div className={styles.tools}>
        <SearchBox placeholder="Find an attribute" aria-label="Find an attribute" value={search} onChange={(_, data) => setSearch(data.value)} />
        {statistics.isPending ? <Text size={200} role="status">Counting values …</Text> : null}
      </div>
      {statistics.error ? <ErrorView problem={statistics.error} retry={() => void statistics.refetch()} /> : null}
      <div className={one ? styles.page : undefined}>
        <Grid label={`Attributes of ${line.name}`} columns={columns} rows={lines} rowKey={(one) => one.column.name} onOpen={(one) => setChosen(chosen === one.column.name ? null : one.column.name)} />
        {one ? <About line={one} loading={statistics.isPending} /> : null}
      </div>
    </>
  );
}

function Share({ part, of }: { part: number | undefined; of: number | undefined }) {
  if (part === undefined || of === undefined) return <Num value={null} />;
  return <span title={`${formatNumber(part)} of ${formatNumber(of)}`}>{of === 0 ? "0 %" : part > 0 && part / of < 0.001 ? "<0.1 %" : `${formatNumber((100 * part) / of, 1)} %`}</span>;
}

/** A few bars. */
function Spark({ buckets, label }: { buckets: BucketView[]; label: string }) {
  const styles = useStyles();
  if (buckets.length === 0) return <>–</>;
  const shown = buckets.slice(0, 20);
  const top = Math.max(1, ...shown.map((bucket) => bucket.count));
  return (
    <svg className={styles.spark} width={104} height={24} viewBox="0 0 104 24" role="img" aria-label={label}>
      {shown.map((bucket, at) => {
        const width = 104 / Math.max(shown.length, 10);
        const height = Math.max(1, (22 * bucket.count) / top);
        return <rect key={at} x={at * width} y={24 - height} width={Math.max(1, width - 1)} height={height} fill="currentColor" />;
      })}
    </svg>
  );
}

function About({ line, loading }: { line: Line; loading: boolean }) {
  const styles = useStyles();
  const { timeZone } = useProject();
  const { column, seen } = line;
  if (!seen) return loading ? <Loading label="Counting values" /> : <Text>Nothing is known of its values.</Text>;
  const show = (value: BucketView["value"]) => (value === null ? "no value" : valueText(value, column.type, timeZone));
  const histogram = seen.numbers?.histogram ?? [];
  const facts: [string, string][] = [
    ["Rows", formatNumber(seen.count)],
    ["Missing", formatNumber(seen.missing)],
    ["Different values", `about ${formatNumber(seen.distinct)}`],
    ...(seen.min === null ? [] : ([["Smallest", show(seen.min)], ["Largest", show(seen.max)]] as [string, string][])),
    ...(seen.numbers ? ([["Mean", formatNumber(seen.numbers.mean)], ["Median", formatNumber(seen.numbers.median)]] as [string, string][]) : []),
  ];
  return (
    <section aria-label={`About ${column.name}`}>
      <h2 className={styles.title}>{column.name}</h2>
      <dl className={styles.facts}>{facts.map(([word, value]) => [<dt key={word}>{word}</dt>, <dd key={`${word} value`}>{value}</dd>])}</dl>
      {histogram.length > 0 ? (
        <Chart
          label={`Values of ${column.name}`}
          height={180}
          option={{ grid: { left: 48, right: 8, top: 8, bottom: 24 }, xAxis: { type: "category", data: histogram.map((bucket) => show(bucket.value)) }, yAxis: { type: "value" }, series: [{ type: "bar", data: histogram.map((bucket) => bucket.count), barCategoryGap: "4%" }], tooltip: { trigger: "axis" } }}
          table={{ columns: ["From", "to", "Rows"], rows: histogram.map((bucket) => [show(bucket.value), show(bucket.to), formatNumber(bucket.count)]) }}
        />
      ) : null}
      {seen.top.length > 0 ? (
        <table className={styles.top} aria-label="Commonest values">
          <thead><tr><th scope="col">Commonest values</th><th scope="col" className={styles.end}>Rows</th><th scope="col" className={styles.end}>Share</th></tr></thead>
          <tbody>
            {seen.top.map((bucket, at) => <tr key={at}><td>{show(bucket.value)}</td><td className={styles.end}>{formatNumber(bucket.count)}</td><td className={styles.end}>{seen.count === 0 ? "" : `${formatNumber((100 * bucket.count) / seen.count, 1)} %`}</td></tr>)}
          </tbody>
        </table>
      ) : null}
    </section>
  );
}
