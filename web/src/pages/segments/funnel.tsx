/*
 * funnel: what each rule of a segment finds, adds and drops, and how many there would be without each condition.
 *
 * Reads: GET segments/{name}/funnel of what is saved; of a draft, POST preview/segment with `without`.
 * Invariants: the steps add up: what is left after the last one is the number of members.
 */
import { makeStyles, mergeClasses, tokens } from "@fluentui/react-components";
import { seg } from "../../api/client";
import { useGet, usePost, useProject } from "../../api/hooks";
import type { RulePreview, SegmentPreview } from "../../api/types";
import { Diagnostics, ErrorView, formatNumber, Loading } from "../../parts";
import type { Json } from "./segment-value";

const useStyles = makeStyles({
  wrap: { overflowX: "auto" },
  table: { borderCollapse: "collapse", width: "100%", fontVariantNumeric: "tabular-nums", "& th, & td": { padding: "6px 12px 6px 0", textAlign: "start", verticalAlign: "top", borderBottom: `1px solid ${tokens.colorNeutralStroke3}` }, "& thead th": { fontSize: tokens.fontSizeBase200, fontWeight: tokens.fontWeightRegular, color: tokens.colorNeutralForeground2 } },
  number: { textAlign: "end !important" as "end", whiteSpace: "nowrap" },
  step: { fontWeight: tokens.fontWeightRegular, minWidth: "200px" },
  name: { fontWeight: tokens.fontWeightSemibold },
  part: { paddingLeft: "16px !important", color: tokens.colorNeutralForeground2, fontSize: tokens.fontSizeBase200, fontWeight: tokens.fontWeightRegular, overflowWrap: "anywhere" },
  code: { fontFamily: tokens.fontFamilyMonospace, fontSize: tokens.fontSizeBase200, overflowWrap: "anywhere" },
  track: { height: "6px", borderRadius: "3px", backgroundColor: tokens.colorNeutralBackground5, overflow: "hidden", marginTop: "4px", minWidth: "80px" },
  bar: { display: "block", height: "100%", backgroundColor: tokens.colorBrandBackground },
  soft: { color: tokens.colorNeutralForeground3 },
  stale: { opacity: 0.55 },
  last: { fontWeight: tokens.fontWeightSemibold },
});

/** The funnel of a saved segment. */
export function Funnel({ segment, sentences }: { segment: string; sentences: string[] }) {
  const project = useProject();
  const answer = useGet<SegmentPreview>(project.p(`/segments/${seg(segment)}/funnel`), { staleTime: 30_000 });
  if (answer.isPending) return <Loading label="Counting what each rule keeps" />;
  if (answer.error) return <ErrorView problem={answer.error} retry={() => void answer.refetch()} />;
  return <Steps preview={answer.data} sentences={sentences} />;
}

/** The funnel of a draft. */
export function DraftFunnel({ name, value, sentences, stale }: { name: string; value: Json; sentences: string[]; stale: boolean }) {
  const project = useProject();
  const answer = usePost<SegmentPreview>(project.p("/preview/segment"), { name, value, sample: 1, without: true }, { staleTime: 60_000 });
  if (answer.isPending) return <Loading label="Counting what each rule keeps" />;
  if (answer.error) return <ErrorView problem={answer.error} retry={() => void answer.refetch()} />;
  return <Steps preview={answer.data} sentences={sentences} stale={stale || answer.isPlaceholderData} />;
}

const joins: Record<string, string> = { union: "Union", intersect: "Intersect", except: "Except" };

function Steps({ preview, sentences, stale }: { preview: SegmentPreview; sentences: string[]; stale?: boolean }) {
  const styles = useStyles();
  const errors = preview.diagnostics.filter((one) => one.severity === "error");
  if (errors.length > 0) return <Diagnostics list={errors} />;
  const last = preview.rules.at(-1)?.cumulative ?? 0;
  const beyond = preview.beyond_limit;
  const held = preview.held_out;
  const row = (name: string, change: number, left: number) => (
    <tr>
      <th scope="row" className={styles.step}><span className={styles.name}>{name}</span></th>
      <td />
      <td className={styles.number}>{changed(change)}</td>
      <td className={styles.number}>{formatNumber(left, 0)}</td>
    </tr>
  );
  return (
    <div className={mergeClasses(styles.wrap, stale && styles.stale)} tabIndex={0} role="region" aria-label="Steps of the funnel" aria-busy={stale || undefined}>
      <table className={styles.table}>
        <caption className="visually-hidden">What each rule keeps and drops</caption>
        <thead>
          <tr>
            <th scope="col">Step</th>
            <th scope="col" className={styles.number} title="Those whom it finds by itself">Finds</th>
            <th scope="col" className={styles.number} title="Those whom it adds to or takes from the steps before">Adds or drops</th>
            <th scope="col" className={styles.number}>Left</th>
          </tr>
        </thead>
        <tbody>
          <tr><th scope="row" className={styles.step}>All customers</th><td /><td /><td className={styles.number}>{formatNumber(preview.of, 0)}</td></tr>
          {preview.rules.map((rule, index) => {
            // The first rule is held against everybody, the others against those before them.
            const before = index === 0 ? preview.of : (preview.rules[index - 1]?.cumulative ?? 0);
            return <Step key={index} rule={rule} index={index} before={before} of={preview.of} members={preview.count} sentence={sentences[index]} plain={beyond === null && held === null} />;
          })}
          {beyond !== null ? row("Limit", -beyond, last - beyond) : null}
          {held !== null ? row("Held out", -held, preview.count) : null}
          <tr className={styles.last}><th scope="row" className={styles.name}>Members</th><td /><td /><td className={styles.number} data-testid="funnel-members">{formatNumber(preview.count, 0)}</td></tr>
        </tbody>
      </table>
    </div>
  );
}

function Step({ rule, index, before, of, members, sentence, plain }: { rule: RulePreview; index: number; before: number; of: number; members: number; sentence: string | undefined; plain: boolean }) {
  const styles = useStyles();
  // A rule of one condition says all there is to say by itself.
  const parts = rule.parts.filter((part) => part.path.length > 0);
  return (
    <>
      <tr>
        <th scope="row" className={styles.step}>
          <span className={styles.name}>{index === 0 ? "Rule 1" : `${joins[rule.operator] ?? rule.operator}: rule ${index + 1}`}</span>
          {sentence ? <div>People {sentence}</div> : null}
          <div className={styles.track} aria-hidden><span className={styles.bar} style={{ width: `${of > 0 ? (100 * rule.cumulative) / of : 0}%` }} /></div>
        </th>
        <td className={styles.number}>{formatNumber(rule.count, 0)}</td>
        <td className={styles.number}>{changed(rule.cumulative - before)}</td>
        <td className={styles.number}>{formatNumber(rule.cumulative, 0)}</td>
      </tr>
      {parts.map((part) => (
        <tr key={part.path.join(".")}>
          <th scope="row" className={styles.part}><code className={styles.code} style={{ paddingLeft: `${Math.max(0, part.path.length - 1) * 16}px` }}>{part.condition}</code></th>
          <td className={styles.number}>{formatNumber(part.keeps, 0)}</td>
          <td className={mergeClasses(styles.number, styles.soft)} colSpan={2}>{part.without === null ? "" : part.without === members && plain ? "no change without it" : `${formatNumber(part.without, 0)} without it`}</td>
        </tr>
      ))}
    </>
  );
}

const changed = (by: number): string => (by === 0 ? "0" : `${by > 0 ? "+" : "−"}${formatNumber(Math.abs(by), 0)}`);
