/*
 * insights-overlap: how many people are in exactly which segments: a picture for two or three, bars for any number, and by the values of a field.
 *
 * Reads: POST segments/insights/overlap.
 */
import { Checkbox, makeStyles, tokens } from "@fluentui/react-components";
import { useState } from "react";
import { usePost, useProject } from "../../api/hooks";
import type { InsightChoices, SegmentOverlapView, SegmentView } from "../../api/types";
import { Empty, ErrorView, formatNumber, Loading } from "../../parts";
import { FieldSelect, Note, percent, useInsightStyles } from "./insights-parts";

const useStyles = makeStyles({
  picks: { display: "flex", flexWrap: "wrap", gap: "0 16px", maxHeight: "160px", overflowY: "auto", marginBottom: "12px" },
  two: { display: "grid", gridTemplateColumns: "300px minmax(0, 1fr)", gap: "24px", alignItems: "start", "@media (max-width: 900px)": { gridTemplateColumns: "minmax(0, 1fr)" } },
  dot: { textAlign: "center !important" as "center", width: "96px" },
  in: { display: "inline-block", width: "12px", height: "12px", borderRadius: "50%", backgroundColor: tokens.colorBrandBackground },
  out: { display: "inline-block", width: "12px", height: "12px", borderRadius: "50%", border: `1px solid ${tokens.colorNeutralStroke1}` },
  circle: { fill: tokens.colorBrandBackground, fillOpacity: 0.22, stroke: tokens.colorBrandStroke1, strokeWidth: "1.5px" },
  count: { fill: tokens.colorNeutralForeground1, fontSize: tokens.fontSizeBase300, fontWeight: tokens.fontWeightSemibold, textAnchor: "middle" },
  name: { fill: tokens.colorNeutralForeground2, fontSize: tokens.fontSizeBase200, textAnchor: "middle" },
});

/** The most segments that are laid over each other. */
const MOST = 8;

export function OverlapTab({ choices, segments }: { choices: InsightChoices; segments: SegmentView[] }) {
  const styles = useStyles();
  const shared = useInsightStyles();
  const project = useProject();
  const [names, setNames] = useState<string[]>(segments.slice(0, segments.length === 2 ? 2 : 0).map((one) => one.name));
  const [field, setField] = useState("");
  const answer = usePost<SegmentOverlapView>(project.p("/segments/insights/overlap"), { segments: names, field: field || null }, { enabled: names.length > 1, staleTime: 60_000 });
  if (segments.length < 2) return <Empty title="Nothing to lay over each other" text="At least two segments that have run are needed." />;
  return (
    <section aria-label="Overlap">
      <Note>{`Choose two to ${MOST} segments. Each person counts once, in the combination they are in.`}</Note>
      <div className={styles.picks} role="group" aria-label="Segments to lay over each other">
        {segments.map((one) => (
          <Checkbox key={one.name} label={one.title || one.name} checked={names.includes(one.name)} disabled={!names.includes(one.name) && names.length >= MOST} onChange={(_, data) => setNames(data.checked ? [...names, one.name] : names.filter((own) => own !== one.name))} />
        ))}
      </div>
      <div className={shared.form}>
        <FieldSelect choices={choices} value={field} onChange={setField} label="By the values of" none="nothing" />
      </div>
      {names.length < 2 ? <Empty title="Choose two" text="Tick at least two segments to see whom they share." /> : null}
      {names.length > 1 && answer.isPending ? <Loading label="Counting" /> : null}
      {names.length > 1 && answer.error ? <ErrorView problem={answer.error} retry={() => void answer.refetch()} /> : null}
      {names.length > 1 && answer.data ? (
        <div className={answer.isPlaceholderData ? shared.stale : undefined}>
          <Note>{`${formatNumber(answer.data.common, 0)} people are in all of them, ${formatNumber(answer.data.any, 0)} in any.`}</Note>
          <div className={answer.data.segments.length <= 3 ? styles.two : undefined}>
            <Venn view={answer.data} />
            <Sets view={answer.data} />
          </div>
          {answer.data.values.length > 0 ? <ByValue view={answer.data} title={choices.fields.find((one) => one.field === field)?.title ?? field} /> : null}
        </div>
      ) : null}
    </section>
  );
}

/** Circles for two or three segments; the figures say how many, the circles are not drawn to scale. */
function Venn({ view }: { view: SegmentOverlapView }) {
  const styles = useStyles();
  const names = view.segments.map((one) => one.name);
  if (names.length > 3) return null;
  const count = (...own: number[]) => {
    const wanted = own.map((at) => names[at]).sort().join("/");
    return formatNumber(view.sets.find((set) => [...set.within].sort().join("/") === wanted)?.count ?? 0, 0);
  };
  const three = names.length === 3;
  const circles: [number, number][] = three ? [[110, 100], [190, 100], [150, 165]] : [[110, 110], [190, 110]];
  const figures: [number, number, string][] = three
    ? [[85, 90, count(0)], [215, 90, count(1)], [150, 205, count(2)], [150, 82, count(0, 1)], [112, 145, count(0, 2)], [188, 145, count(1, 2)], [150, 124, count(0, 1, 2)]]
    : [[80, 115, count(0)], [220, 115, count(1)], [150, 115, count(0, 1)]];
  const labels: [number, number][] = three ? [[85, 22], [215, 22], [150, 248]] : [[85, 32], [215, 32]];
  return (
    <svg viewBox="0 0 300 256" width="100%" role="img" aria-label={`Circles of ${view.segments.map((one) => one.title).join(", ")}; the same figures stand in the table`}>
      {circles.map(([x, y], at) => <circle key={at} cx={x} cy={y} r="66" className={styles.circle} />)}
      {labels.map(([x, y], at) => <text key={at} x={x} y={y} className={styles.name}>{short(view.segments[at]!.title)}</text>)}
      {figures.map(([x, y, words], at) => <text key={at} x={x} y={y} className={styles.count}>{words}</text>)}
    </svg>
  );
}

const short = (title: string) => (title.length > 22 ? `${title.slice(0, 21)}…` : title);

function Sets({ view }: { view: SegmentOverlapView }) {
  const styles = useStyles();
  const shared = useInsightStyles();
  const most = Math.max(1, ...view.sets.map((one) => one.count));
  return (
    <div className={shared.scroll} tabIndex={0} role="region" aria-label="Combinations">
      <table className={shared.table}>
        <caption className="visually-hidden">People by the segments they are in; each counts once</caption>
        <thead>
          <tr>
            {view.segments.map((one) => <th key={one.name} scope="col" className={styles.dot} title={`${formatNumber(one.members, 0)} members`}>{one.title}</th>)}
            <th scope="col" className={shared.number}>people</th>
            <th scope="col" className={shared.number}>share</th>
            <th scope="col" className={shared.track}><span className="visually-hidden">bar</span></th>
          </tr>
        </thead>
        <tbody>
          {view.sets.map((set) => (
            <tr key={set.within.join("/")}>
              {view.segments.map((one) => (
                <td key={one.name} className={styles.dot}>
                  <span className={set.within.includes(one.name) ? styles.in : styles.out} role="img" aria-label={set.within.includes(one.name) ? "in" : "not in"} />
                </td>
              ))}
              <td className={shared.number}>{formatNumber(set.count, 0)}</td>
              <td className={shared.number}>{percent(set.count / Math.max(1, view.any))}</td>
              <td className={shared.track}><div className={shared.bar} style={{ width: `${(100 * set.count) / most}%` }} /></td>
            </tr>
          ))}
        </tbody>
      </table>
      {view.sets.length === 0 ? <Note>Nobody is in any of them.</Note> : null}
    </div>
  );
}

function ByValue({ view, title }: { view: SegmentOverlapView; title: string }) {
  const shared = useInsightStyles();
  const names = (within: string[]) => within.map((name) => view.segments.find((one) => one.name === name)?.title ?? name).join(" and ");
  return (
    <>
      <h2 className={shared.heading}>By {title}</h2>
      <div className={shared.scroll} tabIndex={0} role="region" aria-label={`Combinations by ${title}`}>
        <table className={shared.table}>
          <caption className="visually-hidden">People of each combination by {title}</caption>
          <thead>
            <tr>
              <th scope="col">{title}</th>
              {view.sets.map((set) => <th key={set.within.join("/")} scope="col" className={shared.number}>{set.within.length === view.segments.length ? "all of them" : `only ${names(set.within)}`}</th>)}
            </tr>
          </thead>
          <tbody>
            {view.values.map((value) => (
              <tr key={value.label}>
                <th scope="row">{value.label}</th>
                {value.counts.map((count, at) => <td key={at} className={shared.number}>{formatNumber(count, 0)}</td>)}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </>
  );
}
