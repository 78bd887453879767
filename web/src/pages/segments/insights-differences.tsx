/*
 * insights-differences: by which fields the members of a segment differ from everybody or from another segment.
 *
 * Reads: POST segments/insights/differences.
 */
import { makeStyles, Switch, tokens } from "@fluentui/react-components";
import { useState } from "react";
import { usePost, useProject } from "../../api/hooks";
import type { DifferencesView, FieldDifference, SegmentView } from "../../api/types";
import { Chart, Empty, ErrorView, formatNumber, Grid, Loading, Num } from "../../parts";
import { Note, NotLookedAt, percent, SegmentSelect, useInsightStyles } from "./insights-parts";

const useStyles = makeStyles({
  two: { display: "grid", gridTemplateColumns: "minmax(0, 3fr) minmax(0, 4fr)", gap: "24px", alignItems: "start", "@media (max-width: 1000px)": { gridTemplateColumns: "minmax(0, 1fr)" } },
  chosen: { fontWeight: tokens.fontWeightSemibold },
});

export function Differences({ segments, first }: { segments: SegmentView[]; first: string }) {
  const styles = useInsightStyles();
  const project = useProject();
  const [segment, setSegment] = useState(segments.some((one) => one.name === first) ? first : "");
  const [other, setOther] = useState("");
  const answer = usePost<DifferencesView>(project.p("/segments/insights/differences"), { segment, other: other || null }, { enabled: segment !== "" && segment !== other, staleTime: 300_000 });
  if (segments.length === 0) return <Empty title="No segment to look at" text="Build a segment and run it; then see by what its members differ from others." />;
  return (
    <section aria-label="Differences">
      <Note>How differently each field is spread, from 0 (alike) to 1 (nothing in common).</Note>
      <div className={styles.form}>
        <SegmentSelect segments={segments} value={segment} onChange={setSegment} label="Segment" none="Choose …" />
        <SegmentSelect segments={segments.filter((one) => one.name !== segment)} value={other} onChange={setOther} label="Compared with" none="everybody" />
      </div>
      {segment === "" ? <Empty title="Which segment?" text="Choose one to see what sets its members apart." /> : null}
      {segment !== "" && answer.isPending ? <Loading label="Comparing" /> : null}
      {segment !== "" && answer.error ? <ErrorView problem={answer.error} retry={() => void answer.refetch()} /> : null}
      {segment !== "" && answer.data ? <Found key={`${segment}/${other}`} view={answer.data} stale={answer.isPlaceholderData} title={(name) => segments.find((one) => one.name === name)?.title || name} /> : null}
    </section>
  );
}

function Found({ view, stale, title }: { view: DifferencesView; stale: boolean; title: (name: string) => string }) {
  const styles = useStyles();
  const [says, setSays] = useState(true);
  const [chosen, setChosen] = useState<string | null>(null);
  const rows = view.fields.filter((one) => says || !one.defines);
  const field = rows.find((one) => one.field === chosen) ?? rows[0];
  const [own, others] = [title(view.segment), view.other ? title(view.other) : "everybody"];
  return (
    <>
      <Switch label="Also fields that the segments themselves are made of" checked={says} onChange={(_, data) => setSays(data.checked)} />
      <div className={styles.two}>
        <Grid<FieldDifference>
          label="Fields, those that differ most first"
          rows={rows}
          rowKey={(one) => one.field}
          stale={stale}
          onOpen={(one) => setChosen(one.field)}
          maxHeight="640px"
          empty={<Empty title="Nothing to compare" text="No field of profiles is fit to be compared." />}
          columns={[
            { key: "field", title: "Field", sort: (one) => one.title, render: (one) => <span className={one.field === field?.field ? styles.chosen : undefined}>{one.title}{one.field === field?.field ? <span className="visually-hidden"> (shown)</span> : null}</span> },
            { key: "kind", title: "Kind", optional: true, sort: (one) => String(one.measure), render: (one) => (one.measure ? "measure" : "attribute") },
            { key: "score", title: "Difference", align: "end", sort: (one) => one.score, render: (one) => <Num value={one.score} digits={3} /> },
            { key: "chance", title: "By chance", align: "end", optional: true, sort: (one) => one.chance, render: (one) => <Num value={one.chance} digits={3} /> },
          ]}
        />
        {field ? <Spread field={field} view={view} own={own} others={others} /> : null}
      </div>
      <NotLookedAt list={view.left_out} />
    </>
  );
}

function Spread({ field, view, own, others }: { field: FieldDifference; view: DifferencesView; own: string; others: string }) {
  const styles = useInsightStyles();
  const first = field.bins.map((bin) => bin.members / Math.max(1, view.members));
  const second = field.bins.map((bin) => bin.others / Math.max(1, view.others));
  const near = field.score <= 2 * field.chance;
  return (
    <section aria-label={`Values of ${field.title}`}>
      <h2 className={styles.heading} style={{ marginTop: 0 }}>{field.title}</h2>
      <Note>{near ? "Groups of this size differ about as much by chance." : `Difference ${formatNumber(field.score, 3)}; by chance ${formatNumber(field.chance, 3)} is to be expected.`}</Note>
      <Chart
        height={320}
        label={`Share of ${own} and of ${others} by ${field.title}`}
        table={{ columns: [field.title, own, others], rows: field.bins.map((bin, at) => [bin.label, `${percent(first[at]!)} (${formatNumber(bin.members, 0)})`, `${percent(second[at]!)} (${formatNumber(bin.others, 0)})`]) }}
        option={{
          grid: { left: 8, right: 16, top: 36, bottom: 8, containLabel: true },
          legend: { top: 0 },
          tooltip: { trigger: "axis" },
          xAxis: { type: "category", data: field.bins.map((bin) => bin.label), axisLabel: { rotate: 40, hideOverlap: true, width: 110, overflow: "truncate" } },
          yAxis: { type: "value", axisLabel: { formatter: "{value} %" } },
          series: [
            { type: "bar", name: own, data: first.map((share) => Math.round(1000 * share) / 10) },
            { type: "bar", name: others, data: second.map((share) => Math.round(1000 * share) / 10) },
          ],
        }}
      />
    </section>
  );
}
