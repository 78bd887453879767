/*
 * insights-similar: people like the members of a segment, how well they can be told from others, and why.
 *
 * Reads: POST segments/insights/similar.
 */
import { Button, Field, Input, Switch } from "@fluentui/react-components";
import { useState } from "react";
import { seg } from "../../api/client";
import { usePost, useProject } from "../../api/hooks";
import type { InsightChoices, SegmentView, SimilarField, SimilarView } from "../../api/types";
import { Empty, ErrorView, formatNumber, Grid, Loading, Num, PageLink } from "../../parts";
import { FieldBoxes, Note, NotLookedAt, percent, SaveSuggestion, SegmentSelect, useInsightStyles } from "./insights-parts";

interface Asked {
  segment: string;
  target: string | null;
  fields: string[];
  share: number;
  include_source: boolean;
}

export function Similar({ choices, segments, first }: { choices: InsightChoices; segments: SegmentView[]; first: string }) {
  const styles = useInsightStyles();
  const project = useProject();
  const [segment, setSegment] = useState(segments.some((one) => one.name === first) ? first : "");
  const [target, setTarget] = useState("");
  const [typed, setTyped] = useState("20");
  const [source, setSource] = useState(false);
  const [fields, setFields] = useState<string[]>([]);
  const [asked, setAsked] = useState<Asked | null>(null);
  const share = Number(typed.replace(",", ".")) / 100;
  const good = segment !== "" && segment !== target && share > 0 && share <= 1;
  const answer = usePost<SimilarView>(project.p("/segments/insights/similar"), asked, { enabled: asked !== null, staleTime: 300_000, keep: false });
  const next: Asked = { segment, target: target || null, fields, share, include_source: source };
  const changed = asked !== null && JSON.stringify(asked) !== JSON.stringify(next);
  if (segments.length === 0) return <Empty title="No segment to start from" text="Build a segment and run it; then find those who are like its members." />;
  return (
    <section aria-label="Similar customers">
      <Note>A scorecard learns what sets the members apart from others, and gives everybody else a score from 0 to 1. Fields that the segment itself is made of are left out: they would only find it again.</Note>
      <form onSubmit={(event) => { event.preventDefault(); if (good) setAsked(next); }}>
        <div className={styles.form}>
          <SegmentSelect segments={segments} value={segment} onChange={setSegment} label="Like the members of" none="Choose …" />
          <SegmentSelect segments={segments.filter((one) => one.name !== segment)} value={target} onChange={setTarget} label="Look among" none="everybody" />
          <Field label="At most, per cent" validationState={share > 0 && share <= 1 ? "none" : "error"}>
            <Input className={styles.narrow} inputMode="decimal" value={typed} onChange={(_, data) => setTyped(data.value)} />
          </Field>
          <Switch label="With the members themselves" checked={source} onChange={(_, data) => setSource(data.checked)} />
          <Button type="submit" appearance="primary" disabled={!good}>Find similar people</Button>
        </div>
        <FieldBoxes choices={choices} chosen={fields} onChange={setFields} />
      </form>
      {asked === null ? <Empty title="Who is like them?" text="Choose a segment whose members you would like to find more of." /> : null}
      {asked !== null && answer.isPending ? <Loading label="Learning what sets them apart" /> : null}
      {answer.error && asked !== null ? <ErrorView problem={answer.error} retry={() => void answer.refetch()} /> : null}
      {answer.data && asked !== null ? <Found view={answer.data} stale={changed} /> : null}
    </section>
  );
}

function Found({ view, stale }: { view: SimilarView; stale: boolean }) {
  const styles = useInsightStyles();
  const project = useProject();
  const most = Math.max(1, ...view.bands.map((one) => one.count));
  return (
    <div className={stale ? styles.stale : undefined}>
      <div role="status"><span className={styles.figure}>{formatNumber(view.found, 0)}</span> of {formatNumber(view.target, 0)} people have a score of at least {formatNumber(view.threshold, 3)}</div>
      <Note>{`Somebody of the segment scores higher than somebody else in ${percent(view.auc)} of pairs that were not learned from (50 % is chance; parts of the people scatter by ${percent(view.auc_spread)}): ${view.verdict}. Learned from ${formatNumber(view.learned_from[0], 0)} members and ${formatNumber(view.learned_from[1], 0)} others.`}</Note>
      <div className={styles.foot}><SaveSuggestion saves={view.saves} open={false} /></div>
      <h2 className={styles.heading}>Scores</h2>
      <table className={styles.table}>
        <caption className="visually-hidden">People by score</caption>
        <thead><tr><th scope="col">how similar</th><th scope="col">score</th><th scope="col" className={styles.number}>people</th><th scope="col" className={styles.track}><span className="visually-hidden">bar</span></th></tr></thead>
        <tbody>
          {view.bands.map((one) => (
            <tr key={one.band}>
              <th scope="row">{one.band}</th>
              <td>{formatNumber(one.from, 2)} to {formatNumber(one.to, 2)}</td>
              <td className={styles.number}>{formatNumber(one.count, 0)}</td>
              <td className={styles.track}><div className={styles.bar} style={{ width: `${(100 * one.count) / most}%` }} /></td>
            </tr>
          ))}
        </tbody>
      </table>
      <h2 className={styles.heading}>What counts</h2>
      <Grid<SimilarField>
        label="Fields, those that count most first"
        rows={view.fields}
        rowKey={(one) => one.field}
        columns={[
          { key: "field", title: "Field", render: (one) => one.title },
          { key: "weight", title: "Weight", align: "end", sort: (one) => one.weight, render: (one) => <Num value={one.weight} digits={2} /> },
          { key: "for", title: "Speaks for it", render: (one) => one.speaks_for.join(" · ") || "–" },
          { key: "against", title: "Speaks against it", optional: true, render: (one) => one.speaks_against.join(" · ") || "–" },
        ]}
      />
      <NotLookedAt list={view.left_out} />
      {view.people.length > 0 ? (
        <>
          <h2 className={styles.heading}>The likest</h2>
          <ul className={styles.list}>
            {view.people.map((one) => <li key={one.customer_id}><PageLink inline to={project.to(`/customers/${seg(one.customer_id)}`)}>{one.title}</PageLink> {formatNumber(one.score, 3)}</li>)}
          </ul>
        </>
      ) : null}
    </div>
  );
}
