/*
 * overlap: how many people are in exactly these segments and no other of those compared: bars and the same as a table.
 *
 * Reads: POST segments/overlap.
 */
import { makeStyles, Select, tokens } from "@fluentui/react-components";
import { useState } from "react";
import { useGet, usePost, useProject } from "../../api/hooks";
import type { OverlapView, SegmentView } from "../../api/types";
import { ErrorView, formatNumber, Loading } from "../../parts";

const useStyles = makeStyles({
  heading: { fontSize: tokens.fontSizeBase400, fontWeight: tokens.fontWeightSemibold, margin: "0 0 8px" },
  picks: { display: "flex", gap: "8px", flexWrap: "wrap", marginBottom: "8px" },
  scroll: { overflowX: "auto" },
  table: { borderCollapse: "collapse", width: "100%", "& th": { fontWeight: tokens.fontWeightSemibold, fontSize: tokens.fontSizeBase200, textAlign: "start", color: tokens.colorNeutralForeground2 }, "& td, & th": { height: "36px", padding: "0 12px 0 0", borderBottom: `1px solid ${tokens.colorNeutralStroke3}` } },
  dot: { textAlign: "center", width: "96px" },
  in: { display: "inline-block", width: "12px", height: "12px", borderRadius: "50%", backgroundColor: tokens.colorBrandBackground },
  out: { display: "inline-block", width: "12px", height: "12px", borderRadius: "50%", border: `1px solid ${tokens.colorNeutralStroke1}` },
  number: { textAlign: "end", fontVariantNumeric: "tabular-nums", whiteSpace: "nowrap" },
  bar: { height: "12px", backgroundColor: tokens.colorBrandBackground, borderRadius: "2px", minWidth: "1px" },
  track: { width: "40%", minWidth: "96px" },
  soft: { color: tokens.colorNeutralForeground3 },
  stale: { opacity: 0.55 },
});

export function Overlap({ segment }: { segment: SegmentView }) {
  const styles = useStyles();
  const project = useProject();
  const [second, setSecond] = useState("");
  const [third, setThird] = useState("");
  const all = useGet<SegmentView[]>(project.p("/segments"));
  const others = (all.data ?? []).filter((one) => one.name !== segment.name && one.members !== null);
  const names = [segment.name, second, third].filter((name, index, list) => name !== "" && list.indexOf(name) === index);
  const answer = usePost<OverlapView>(project.p("/segments/overlap"), { segments: names }, { enabled: names.length > 1, staleTime: 30_000 });
  const title = (name: string) => all.data?.find((one) => one.name === name)?.title || name;
  const pick = (value: string, set: (name: string) => void, label: string, without: string) => (
    <Select value={value} onChange={(_, data) => set(data.value)} aria-label={label}>
      <option value="">{label} …</option>
      {others.filter((one) => one.name !== without).map((one) => <option key={one.name} value={one.name}>{one.title || one.name}</option>)}
    </Select>
  );
  return (
    <section aria-label="Overlap with other segments">
      <h2 className={styles.heading}>Overlap</h2>
      {all.data && others.length === 0 ? <p className={styles.soft}>There is no other segment to compare with.</p> : (
        <div className={styles.picks}>
          {pick(second, setSecond, "Compare with", third)}
          {second !== "" && others.length > 1 ? pick(third, setThird, "and with", second) : null}
        </div>
      )}
      {answer.error && names.length > 1 ? <ErrorView problem={answer.error} retry={() => void answer.refetch()} /> : null}
      {answer.isPending && names.length > 1 ? <Loading label="Counting" /> : null}
      {answer.data && names.length > 1 ? <Sets view={answer.data} title={title} stale={answer.isPlaceholderData} /> : null}
    </section>
  );
}

function Sets({ view, title, stale }: { view: OverlapView; title: (name: string) => string; stale: boolean }) {
  const styles = useStyles();
  const most = Math.max(1, ...view.sets.map((one) => one.count));
  const sum = view.sets.reduce((total, one) => total + one.count, 0);
  return (
    <div className={`${styles.scroll} ${stale ? styles.stale : ""}`}>
      <table className={styles.table}>
        <caption className="visually-hidden">People by the segments they are in; each counts once</caption>
        <thead>
          <tr>
            {view.segments.map((name) => <th key={name} scope="col" className={styles.dot}>{title(name)}</th>)}
            <th scope="col" className={styles.number}>people</th>
            <th scope="col" className={styles.number}>share</th>
            <th scope="col" className={styles.track}><span className="visually-hidden">bar</span></th>
          </tr>
        </thead>
        <tbody>
          {view.sets.map((set) => (
            <tr key={set.within.join("/")}>
              {view.segments.map((name) => (
                <td key={name} className={styles.dot}>
                  <span className={set.within.includes(name) ? styles.in : styles.out} role="img" aria-label={set.within.includes(name) ? "in" : "not in"} />
                </td>
              ))}
              <td className={styles.number}>{formatNumber(set.count, 0)}</td>
              <td className={styles.number}>{formatNumber((100 * set.count) / Math.max(1, sum), 1)} %</td>
              <td className={styles.track}><div className={styles.bar} style={{ width: `${(100 * set.count) / most}%` }} /></td>
            </tr>
          ))}
        </tbody>
      </table>
      {view.sets.length === 0 ? <p className={styles.soft}>Nobody is in any of them.</p> : null}
    </div>
  );
}
