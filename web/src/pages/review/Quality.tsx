/*
 * Quality: how good the matching is, by what people decided about a random sample: precision and recall with intervals, calibration, a threshold.
 *
 * Invariants: no figure without its interval and the number of decisions behind it; a suggested threshold is taken only by a person.
 */
import { Button, makeStyles, Text, tokens } from "@fluentui/react-components";
import { useMemo } from "react";
import { useNavigate } from "react-router";
import { useGet, useProject } from "../../api/hooks";
import type { EstimateView, QualityView } from "../../api/types";
import { Chart, Empty, ErrorView, formatNumber, Loading, PageLink, Words } from "../../parts";
import { percent } from "./words";

const useStyles = makeStyles({
  grid: { display: "grid", gridTemplateColumns: "repeat(auto-fit, minmax(min(340px, 100%), 1fr))", gap: "32px 48px", maxWidth: "1200px" },
  heading: { fontSize: tokens.fontSizeBase400, fontWeight: tokens.fontWeightSemibold, margin: "0 0 8px" },
  figure: { fontSize: tokens.fontSizeHero700, lineHeight: tokens.lineHeightHero700, fontWeight: tokens.fontWeightSemibold, fontVariantNumeric: "tabular-nums" },
  soft: { color: tokens.colorNeutralForeground2, margin: "2px 0", fontSize: tokens.fontSizeBase200 },
  pair: { display: "grid", gridTemplateColumns: "repeat(auto-fit, minmax(150px, 1fr))", gap: "24px" },
  track: { position: "relative", height: "12px", margin: "6px 0", backgroundColor: tokens.colorNeutralBackground5, borderRadius: "6px" },
  range: { position: "absolute", top: "3px", bottom: "3px", backgroundColor: tokens.colorBrandBackground2Pressed, minWidth: "3px", borderRadius: "3px" },
  point: { position: "absolute", top: "-2px", bottom: "-2px", width: "3px", marginLeft: "-1px", backgroundColor: tokens.colorBrandForeground1 },
  scale: { display: "flex", justifyContent: "space-between", fontSize: tokens.fontSizeBase100, color: tokens.colorNeutralForeground3 },
  table: { borderCollapse: "collapse", width: "100%", fontVariantNumeric: "tabular-nums", "& th, & td": { textAlign: "start", padding: "4px 8px 4px 0", borderBottom: `1px solid ${tokens.colorNeutralStroke3}` }, "& th[data-n], & td[data-n]": { textAlign: "end" } },
  remarks: { margin: "16px 0 0", paddingLeft: "20px", color: tokens.colorNeutralForeground2 },
});

/** What the page of the model does with a threshold that was chosen here. */
export interface ThresholdState {
  threshold: number;
}

export function Quality() {
  const styles = useStyles();
  const { p, to } = useProject();
  const answer = useGet<QualityView>(p("/match/quality"), { staleTime: 0 });
  if (answer.isPending) return <Loading label="Estimating" />;
  if (answer.error) return <ErrorView problem={answer.error} retry={() => void answer.refetch()} />;
  const view = answer.data;
  const sample = <PageLink to={to("/review")}>Decide about the random sample</PageLink>;
  if (view.labels === 0)
    return <Empty title="Nothing to estimate from yet" text={<>Decide about pairs of the random sample; precision and recall are estimated from them, each with its interval. {view.remarks.map((remark, at) => <span key={at}><Words text={remark} sentence /> </span>)}</>} action={sample} />;
  return (
    <>
      <div className={styles.grid}>
        <section aria-label="Precision and recall">
          <h2 className={styles.heading}>Precision and recall</h2>
          <div className={styles.pair}>
            <Estimate title="Precision" about="of the links are right" value={view.precision} />
            <Estimate title="Recall" about="of the true pairs that were compared are links" value={view.recall} />
          </div>
          <p className={styles.soft}>
            From {formatNumber(view.sampled)} decisions of the random sample ({formatNumber(view.labels)} in all); 95 % intervals.
            {view.missing !== null && view.missing > 0 ? ` About ${formatNumber(view.missing)} more make the interval ${formatNumber(100 * view.width, 1)} points wide.` : ""}
            {view.found !== null ? ` Blocking itself finds ${percent(view.found)} of the true pairs, by the model.` : ""}
          </p>
          {sample}
        </section>
        <section aria-label="Threshold">
          <h2 className={styles.heading}>Threshold</h2>
          <Suggested view={view} />
        </section>
        <section aria-label="Calibration">
          <h2 className={styles.heading}>Is 90 % really 90 %?</h2>
          <Calibration view={view} />
        </section>
        {view.strata.length > 0 ? (
          <section aria-label="The random sample">
            <h2 className={styles.heading}>The random sample</h2>
            <table className={styles.table}>
              <thead><tr><th scope="col">Pairs</th><th scope="col" data-n>there are</th><th scope="col" data-n>decided</th><th scope="col" data-n>one person</th></tr></thead>
              <tbody>{view.strata.map((one) => <tr key={one.name}><td>{one.name}</td><td data-n>{formatNumber(one.pairs)}</td><td data-n>{formatNumber(one.sampled)}</td><td data-n>{formatNumber(one.same)}</td></tr>)}</tbody>
            </table>
          </section>
        ) : null}
      </div>
      {view.remarks.length > 0 ? <ul className={styles.remarks}>{view.remarks.map((remark, at) => <li key={at}><Words text={remark} sentence /></li>)}</ul> : null}
    </>
  );
}

function Estimate({ title, about, value }: { title: string; about: string; value: EstimateView | null }) {
  const styles = useStyles();
  if (!value) return <div><div className={styles.soft}>{title}</div><div className={styles.figure}>–</div><p className={styles.soft}>not enough decisions</p></div>;
  // Near 100 % the last part of the scale is shown alone, so that the interval can be seen.
  const from = [0.9, 0.5].find((start) => value.low >= start) ?? 0;
  const place = (share: number) => `${(100 * (share - from)) / (1 - from)}%`;
  return (
    <div>
      <div className={styles.soft}>{title}</div>
      <div className={styles.figure}>{percent(value.value)}</div>
      <div className={styles.track} aria-hidden>
        <span className={styles.range} style={{ left: place(value.low), width: `${(100 * (value.high - value.low)) / (1 - from)}%` }} />
        <span className={styles.point} style={{ left: place(value.value) }} />
      </div>
      <div className={styles.scale} aria-hidden><span>{percent(from)}</span><span>100 %</span></div>
      <p className={styles.soft}>{about}: {percent(value.low)} to {percent(value.high)}</p>
    </div>
  );
}

function Suggested({ view }: { view: QualityView }) {
  const styles = useStyles();
  const { to, can } = useProject();
  const navigate = useNavigate();
  const { suggested, threshold } = view;
  if (!suggested)
    return <p className={styles.soft}>{threshold !== null ? `A pair is a link from ${percent(threshold)} on. ` : ""}Decisions suggest no other yet.</p>;
  const same = threshold !== null && Math.abs(threshold - suggested.threshold) < 0.0005;
  return (
    <>
      <div className={styles.figure}>{percent(suggested.threshold)}</div>
      <p className={styles.soft}>
        {same ? "That is the threshold now. " : threshold !== null ? `Now ${percent(threshold)}. ` : ""}
        Expected there: precision {percent(suggested.precision)}, recall {percent(suggested.recall)}
        {suggested.more_links === 0 ? ", as many links as now." : `, ${formatNumber(Math.abs(suggested.more_links))} ${suggested.more_links > 0 ? "more" : "fewer"} links.`}
      </p>
      {can("contributor") && !same ? <Button onClick={() => void navigate(to("/unify?tab=model"), { state: { threshold: Number(suggested.threshold.toPrecision(6)) } satisfies ThresholdState })}>Apply to the draft</Button> : null}
      {view.calibrated ? <Text size={200} block className={styles.soft}>Learned from decisions: the evidence counts {formatNumber(view.calibrated.slope, 2)} times what the model says; the loss a decision falls from {formatNumber(view.calibrated.loss_before, 3)} to {formatNumber(view.calibrated.loss_after, 3)} bits.</Text> : null}
    </>
  );
}

function Calibration({ view }: { view: QualityView }) {
  const styles = useStyles();
  const bins = view.calibration.filter((bin) => bin.pairs > 0);
  const option = useMemo(() => ({
    xAxis: { type: "value", min: 0, max: 100, name: "the model says, %", nameLocation: "middle", nameGap: 24 },
    yAxis: { type: "value", min: 0, max: 100, name: "people say, %" },
    grid: { left: 12, right: 20, top: 32, bottom: 32, outerBoundsMode: "same" },
    tooltip: { trigger: "item" },
    series: [
      { name: "as it should be", type: "line", data: [[0, 0], [100, 100]], symbol: "none", lineStyle: { type: "dashed", width: 1 }, silent: true },
      ...bins.map((bin) => ({ name: "interval", type: "line", data: [[100 * bin.predicted, 100 * bin.decided.low], [100 * bin.predicted, 100 * bin.decided.high]], symbol: "none", lineStyle: { width: 2, opacity: 0.5 }, color: "#888888", silent: true })),
      { name: "people", type: "scatter", data: bins.map((bin) => [100 * bin.predicted, 100 * bin.decided.value]), symbolSize: 10, color: "#b35900" },
    ],
  }), [bins]);
  if (bins.length === 0) return <p className={styles.soft}>It takes some decisions to see.</p>;
  return (
    <Chart
      option={option}
      label="What people decided against what the model said, with 95 % intervals"
      height={260}
      table={{ columns: ["the model says", "pairs decided", "one person", "interval"], rows: bins.map((bin) => [`${percent(bin.from)} to ${percent(bin.to)}`, formatNumber(bin.pairs), percent(bin.decided.value), `${percent(bin.decided.low)} to ${percent(bin.decided.high)}`]) }}
    />
  );
}
