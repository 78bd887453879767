/*
 * live-pane: what a segment's draft does now: how many, who, and what changes against the published one.
 *
 * Invariants: the old answer stays, greyed, until the new one is there; the new count is read out.
 */
import { Button, makeStyles, ProgressBar, tokens } from "@fluentui/react-components";
import { ArrowClockwiseRegular } from "@fluentui/react-icons";
import { useEffect, useRef, useState, } from "react";
import { seg, type ApiProblem } from "../../api/client";
import { useProject } from "../../api/hooks";
import type { CustomerHit, SegmentPreview } from "../../api/types";
import { Diagnostics, duration, ErrorView, formatNumber, PageLink, valueText } from "../../parts";
import { PersonPicker } from "./person-picker";
import { Why } from "./why";

const useStyles = makeStyles({
  pane: { position: "sticky", top: "16px", display: "flex", flexDirection: "column", gap: "16px", borderLeft: `1px solid ${tokens.colorNeutralStroke2}`, paddingLeft: "20px", maxHeight: "calc(100vh - 96px)", overflowY: "auto", "@media (max-width: 1000px)": { position: "static", borderLeft: "none", paddingLeft: 0, maxHeight: "none" } },
  line: { display: "flex", alignItems: "baseline", gap: "8px", flexWrap: "wrap" },
  figure: { fontSize: tokens.fontSizeHero800, lineHeight: tokens.lineHeightHero800, fontWeight: tokens.fontWeightSemibold, fontVariantNumeric: "tabular-nums" },
  soft: { color: tokens.colorNeutralForeground3 },
  track: { height: "8px", borderRadius: "4px", backgroundColor: tokens.colorNeutralBackground5, overflow: "hidden", margin: "4px 0" },
  bar: { height: "100%", backgroundColor: tokens.colorBrandBackground },
  stale: { opacity: 0.5 },
  heading: { fontSize: tokens.fontSizeBase300, fontWeight: tokens.fontWeightSemibold, margin: "12px 0 4px" },
  list: { listStyle: "none", margin: 0, padding: 0 },
  hit: { padding: "6px 0", borderBottom: `1px solid ${tokens.colorNeutralStroke3}` },
  fields: { color: tokens.colorNeutralForeground2, fontSize: tokens.fontSizeBase200, overflowWrap: "anywhere" },
  progress: { height: "2px" },
  gap: { minHeight: "2px" },
});

export interface LivePaneProps {
  preview: SegmentPreview | undefined;
  stale: boolean;
  fetching: boolean;
  problem: ApiProblem | null;
  onAnother: () => void;
  /** Whether any rule says something. */
  asks: boolean;
  /** The published segment, to say why somebody is in or out. */
  published: string | null;
}

export function LivePane({ preview, stale, fetching, problem, onAnother, asks, published }: LivePaneProps) {
  const styles = useStyles();
  const errors = preview?.diagnostics.filter((one) => one.severity === "error") ?? [];
  const counted = preview !== undefined && errors.length === 0 && asks;
  return (
    <aside className={styles.pane} aria-label="What it does now">
      <div className={styles.gap}>{fetching && asks ? <ProgressBar className={styles.progress} aria-label="Counting" /> : null}</div>
      <Announce text={counted && !stale ? `${formatNumber(preview.count, 0)} people of ${formatNumber(preview.of, 0)}` : ""} />
      {!asks ? <p className={styles.soft}>Add a condition and see at once who meets it.</p> : null}
      {problem && asks ? <ErrorView problem={problem} /> : null}
      {errors.length > 0 && asks ? <div className={stale ? styles.stale : undefined}><p>It cannot be counted yet:</p><Diagnostics list={errors} /></div> : null}
      {counted ? (
        <div className={stale ? styles.stale : undefined} aria-busy={stale || undefined}>
          <Figure preview={preview} />
          <Apart preview={preview} />
          <Changes preview={preview} published={published} />
          <Sample hits={preview.sample} count={preview.count} onAnother={onAnother} />
        </div>
      ) : null}
      {published ? <WhyPublished segment={published} /> : null}
    </aside>
  );
}

function Figure({ preview }: { preview: SegmentPreview }) {
  const styles = useStyles();
  const share = preview.of > 0 ? (100 * preview.count) / preview.of : 0;
  return (
    <div>
      <div className={styles.line}>
        <span className={styles.figure} data-testid="live-count">{formatNumber(preview.count, 0)}</span>
        <span>{preview.count === 1 ? "person" : "people"}</span>
        <span className={styles.soft}>{formatNumber(share, 1)} %</span>
      </div>
      <div className={styles.track} aria-hidden><div className={styles.bar} style={{ width: `${share}%` }} /></div>
      <div className={styles.soft}>of {formatNumber(preview.of, 0)}, counted in {duration(preview.seconds)}</div>
    </div>
  );
}

/** Those whom the rules find and who are no members all the same. */
function Apart({ preview }: { preview: SegmentPreview }) {
  const styles = useStyles();
  const parts = [
    preview.beyond_limit === null ? "" : `${formatNumber(preview.beyond_limit, 0)} beyond the limit`,
    preview.held_out === null ? "" : `${formatNumber(preview.held_out, 0)} held out`,
  ].filter((part) => part !== "");
  return parts.length === 0 ? null : <div className={styles.soft}>{parts.join(", ")}</div>;
}

function Changes({ preview, published }: { preview: SegmentPreview; published: string | null }) {
  const styles = useStyles();
  if (!published) return null;
  return (
    <p>
      {preview.entered === 0 && preview.left === 0 ? <span className={styles.soft}>Nobody enters or leaves against the last run.</span> : (
        <>Against the last run {formatNumber(preview.entered, 0)} {preview.entered === 1 ? "enters" : "enter"} and {formatNumber(preview.left, 0)} {preview.left === 1 ? "leaves" : "leave"}.</>
      )}
    </p>
  );
}

function Sample({ hits, count, onAnother }: { hits: CustomerHit[]; count: number; onAnother: () => void }) {
  const styles = useStyles();
  const project = useProject();
  if (hits.length === 0) return null;
  return (
    <div>
      <h2 className={styles.heading}>For example</h2>
      <ul className={styles.list}>
        {hits.map((hit) => (
          <li key={hit.customer_id} className={styles.hit}>
            <PageLink to={project.to(`/customers/${seg(hit.customer_id)}`)}>{hit.title}</PageLink>
            <div className={styles.fields}>
              {hit.fields.slice(0, 4).map((field) => `${field.title} ${field.value === null ? "without a value" : typeof field.value === "number" ? formatNumber(field.value, 2) : valueText(field.value, field.type, project.timeZone)}`).join(" · ")}
            </div>
          </li>
        ))}
      </ul>
      {count > hits.length ? <Button size="small" appearance="subtle" icon={<ArrowClockwiseRegular />} onClick={onAnother}>Another sample</Button> : null}
    </div>
  );
}

function WhyPublished({ segment }: { segment: string }) {
  const styles = useStyles();
  const [person, setPerson] = useState<CustomerHit | null>(null);
  return (
    <section aria-label="Why is somebody in or out">
      <h2 className={styles.heading}>Why is … in or out?</h2>
      <PersonPicker label="Person" onPick={setPerson} />
      {person ? (
        <>
          <Why customer={person.customer_id} segment={segment} name={person.title} />
          <p className={styles.soft}>As of the last run, not of this draft.</p>
        </>
      ) : null}
    </section>
  );
}

/** Says a text aloud when it has changed and rests for a moment. */
export function Announce({ text }: { text: string }) {
  const [said, setSaid] = useState("");
  const last = useRef("");
  useEffect(() => {
    if (text === "" || text === last.current) return;
    const timer = setTimeout(() => {
      last.current = text;
      setSaid(text);
    }, 400);
    return () => clearTimeout(timer);
  }, [text]);
  return <div className="visually-hidden" role="status" aria-live="polite">{said}</div>;
}
