/*
 * Counts: what became of every row, from source to export, in lines that add up.
 */
import { makeStyles, tokens } from "@fluentui/react-components";
import type { RunView, SentView, SourceLine } from "../../api/types";
import { seg } from "../../api/client";
import { useProject } from "../../api/hooks";
import { PageLink } from "../../parts/link";
import { formatNumber, Num, State } from "../../parts/show";
import { Words } from "../../parts/states";

const useStyles = makeStyles({
  section: { marginBottom: "24px" },
  title: { fontSize: tokens.fontSizeBase400, fontWeight: tokens.fontWeightSemibold, margin: "0 0 8px" },
  list: { listStyle: "none", margin: 0, padding: 0, display: "flex", flexDirection: "column", gap: "6px" },
  item: { display: "flex", flexWrap: "wrap", columnGap: "12px", fontVariantNumeric: "tabular-nums", overflowWrap: "anywhere" },
  wrong: { color: tokens.colorPaletteRedForeground1 },
  quiet: { color: tokens.colorNeutralForeground2 },
});

/** One term of a sum: a number that opens, and its word. */
function Term({ value, word, to }: { value: number; word: string; to?: string | null }) {
  return <span>{to && value > 0 ? <PageLink to={to} inline>{formatNumber(value)} {word}</PageLink> : `${formatNumber(value)} ${word}`}</span>;
}

function Source({ line }: { line: SourceLine }) {
  const styles = useStyles();
  const { to } = useProject();
  const parts = line.kept + line.corrupt + line.repeated + (line.left_out ?? 0);
  const adds = line.left_out === null || parts === line.read;
  const table = to(`/tables/${seg(line.table)}`);
  return (
    <li className={styles.item}>
      <PageLink to={table}>{line.table}</PageLink>
      <span>
        {formatNumber(line.read)} read {line.left_out === null ? ":" : adds ? "=" : "≠"} <Term value={line.kept} word="kept" to={table} />
        {" + "}<Term value={line.corrupt} word="corrupt" to={to(`/tables/${seg(`${line.table}_Corrupt`)}`)} />
        {line.repeated > 0 ? <>{" + "}<Term value={line.repeated} word="with a key that was there already" /></> : null}
        {line.left_out !== null && line.left_out > 0 ? <>{" + "}<Term value={line.left_out} word="left out by steps" to={to(`/sources`)} /></> : null}
      </span>
      {line.left_out === null ? <span className={styles.quiet}>its steps change what a row is, so rows are not one to one</span> : null}
      {adds ? null : <strong className={styles.wrong}>does not add up: {formatNumber(line.read - parts)} rows are missing; please report this</strong>}
    </li>
  );
}

/** A line of an export that adds up. */
export function SentLine({ sent }: { sent: SentView }) {
  const styles = useStyles();
  const parts = sent.sent + sent.without_key + sent.unknown;
  const counted = sent.state !== "failed";
  return (
    <li className={styles.item}>
      <State state={sent.state} word={sent.state === "unchanged" ? "Unchanged since the last delivery" : undefined} />
      <span>{sent.item}</span>
      {counted ? (
        <span>
          {formatNumber(sent.offered)} offered {parts === sent.offered ? "=" : "≠"} {formatNumber(sent.sent)} sent + {formatNumber(sent.without_key)} without key + {formatNumber(sent.unknown)} unknown to the receiver
        </span>
      ) : null}
      {sent.detail ? <span className={styles.quiet}><Words text={sent.detail} /></span> : null}
      {sent.place ? <span className={styles.quiet}>{/^https:\/\//.test(sent.place) ? "at " : "in "}<code>{sent.place}</code></span> : null}
    </li>
  );
}

/** All counts of a run. */
export function Counts({ run }: { run: RunView }) {
  const styles = useStyles();
  const { to } = useProject();
  const { unify } = run;
  return (
    <>
      {run.sources.length > 0 ? (
        <section className={styles.section}>
          <h2 className={styles.title}>Rows of sources</h2>
          <ul className={styles.list}>{run.sources.map((line) => <Source key={line.table} line={line} />)}</ul>
        </section>
      ) : null}
      {unify ? (
        <section className={styles.section}>
          <h2 className={styles.title}>Profiles</h2>
          <p className={styles.item}>
            {formatNumber(unify.unique_source_records)} unique source records → {formatNumber(unify.matched_and_non_matched)} matched and non-matched → {formatNumber(unify.matched_only)} matched only,
            <PageLink to={to("/customers")} inline>{formatNumber(unify.profiles)} profiles</PageLink>
          </p>
        </section>
      ) : null}
      {run.segments.length > 0 ? (
        <section className={styles.section}>
          <h2 className={styles.title}>Segments</h2>
          <ul className={styles.list}>
            {run.segments.map((one) => {
              const change = one.before === null ? null : one.members - one.before;
              return (
                <li key={one.segment} className={styles.item}>
                  <PageLink to={to(`/segments/${seg(one.segment)}`)}>{one.segment}</PageLink>
                  <span><Num value={one.members} /> members</span>
                  <span className={styles.quiet}>{change === null ? "new" : change === 0 ? "as before" : `${change > 0 ? "+" : "−"}${formatNumber(Math.abs(change))} since the run before`}</span>
                </li>
              );
            })}
          </ul>
        </section>
      ) : null}
      {run.exports.length > 0 ? (
        <section className={styles.section}>
          <h2 className={styles.title}>Exports</h2>
          {[...new Set(run.exports.map((sent) => sent.export))].map((name) => (
            <div key={name}>
              <PageLink to={to(`/exports/${seg(name)}`)}>{name}</PageLink>
              <ul className={styles.list}>{run.exports.filter((sent) => sent.export === name).map((sent) => <SentLine key={sent.item} sent={sent} />)}</ul>
            </div>
          ))}
        </section>
      ) : null}
    </>
  );
}
