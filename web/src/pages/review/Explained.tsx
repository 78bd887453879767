/*
 * Explained: why two records are one person or are not: the answer, the evidence, the rules, the keys, the way they are joined.
 *
 * Reads: POST match/explain. The records go in the body of the question, never in an address.
 */
import { Button, Dialog, DialogActions, DialogBody, DialogContent, DialogSurface, DialogTitle, DialogTrigger, makeStyles, mergeClasses, Text, tokens } from "@fluentui/react-components";
import { CheckmarkCircleRegular, DismissCircleRegular, QuestionCircleRegular } from "@fluentui/react-icons";
import type { ReactElement } from "react";
import { seg } from "../../api/client";
import { usePost, useProject } from "../../api/hooks";
import type { IdentityLink, PairExplained, RecordRef, RuleExplained } from "../../api/types";
import { ErrorView, formatNumber, Loading, PageLink, Time, valueText, Words } from "../../parts";
import { Sides } from "./Sides";
import { sideBySide, type PairState } from "./sides";
import { Waterfall } from "./Waterfall";
import { percent, stateWords, whyWords, VERDICTS } from "./words";

const useStyles = makeStyles({
  surface: { maxWidth: "min(1040px, calc(100vw - 24px))" },
  box: { display: "flex", flexDirection: "column", gap: "24px" },
  answer: { display: "flex", gap: "8px", alignItems: "flex-start", fontSize: tokens.fontSizeBase400 },
  icon: { display: "inline-flex", fontSize: "24px" },
  good: { color: tokens.colorPaletteGreenForeground1 },
  bad: { color: tokens.colorPaletteRedForeground1 },
  heading: { fontSize: tokens.fontSizeBase400, fontWeight: tokens.fontWeightSemibold, margin: "0 0 8px" },
  list: { listStyle: "none", margin: 0, padding: 0, display: "flex", flexDirection: "column", gap: "8px" },
  item: { display: "flex", gap: "8px", alignItems: "flex-start" },
  sign: { display: "inline-flex", fontSize: "18px", flexShrink: 0, marginTop: "1px" },
  soft: { color: tokens.colorNeutralForeground2, fontSize: tokens.fontSizeBase200, margin: "2px 0", overflowWrap: "anywhere" },
  code: { fontFamily: tokens.fontFamilyMonospace, fontSize: tokens.fontSizeBase200, overflowWrap: "anywhere" },
  path: { margin: 0, paddingLeft: "20px", display: "flex", flexDirection: "column", gap: "4px", overflowWrap: "anywhere" },
  facts: { display: "flex", gap: "16px", flexWrap: "wrap", color: tokens.colorNeutralForeground2 },
});

/** A question about two records. */
export function usePair(pair: PairState["pair"] | null) {
  const { p } = useProject();
  return usePost<PairExplained>(pair ? p("/match/explain") : null, pair ? { table1: pair.a.table, key1: pair.a.key, table2: pair.b.table, key2: pair.b.key } : null, { keep: false, staleTime: 30_000 });
}

/** Why two records are one person or are not. */
export function Explained({ pair, sides = true }: { pair: PairState["pair"]; sides?: boolean }) {
  const styles = useStyles();
  const { to } = useProject();
  const answer = usePair(pair);
  if (answer.error) return <ErrorView problem={answer.error} retry={() => void answer.refetch()} />;
  if (!answer.data) return <Loading label="Looking at the two records" />;
  const view = answer.data;
  return (
    <div className={styles.box}>
      <section aria-label="The answer">
        <div className={styles.answer}>
          <span className={mergeClasses(styles.icon, view.same_profile ? styles.good : styles.bad)} aria-hidden>{view.same_profile ? <CheckmarkCircleRegular /> : <DismissCircleRegular />}</span>
          <span><Words text={view.summary} sentence /></span>
        </div>
        <div className={styles.facts}>
          {view.a_customer_id ? <PageLink to={to(`/customers/${seg(view.a_customer_id)}`)}>{view.same_profile ? "Their profile" : "Profile of the first"}</PageLink> : null}
          {view.b_customer_id && !view.same_profile ? <PageLink to={to(`/customers/${seg(view.b_customer_id)}`)}>Profile of the second</PageLink> : null}
          {view.state ? <span>The last run says: {stateWords(view.state)}{view.why ? `: ${whyWords(view.why)}` : ""}.</span> : null}
          {view.decision ? <span>{view.decision.by} decided <Time at={view.decision.at} relative />: {VERDICTS[view.decision.decision].toLowerCase()}{view.decision.applied ? "" : "; counts from the next run on"}.</span> : null}
        </div>
      </section>
      {view.evidence ? <section aria-label="Evidence"><h2 className={styles.heading}>What the model makes of them</h2><Waterfall evidence={view.evidence} /></section> : null}
      {view.rules.length > 0 ? <section aria-label="Rules"><h2 className={styles.heading}>What the rules say</h2><Rules rules={view.rules} /></section> : null}
      {view.never_compared !== null || view.blocking.length > 0 ? (
        <section aria-label="Whether they were compared">
          <h2 className={styles.heading}>{view.never_compared !== null ? "Why they were never compared" : "By which keys they were compared"}</h2>
          {view.never_compared !== null ? <p><Words text={view.never_compared} sentence /></p> : null}
          <ul className={styles.list}>
            {view.blocking.map((one) => (
              <li key={one.rule} className={styles.item}>
                <Sign holds={one.together} />
                <span><code className={styles.code}>{one.rule}</code> {one.together ? "puts them together" : <span className={styles.soft}><Words text={one.why_not ?? "their keys differ"} /></span>}</span>
              </li>
            ))}
          </ul>
        </section>
      ) : null}
      {view.path.length > 0 ? <section aria-label="The way"><h2 className={styles.heading}>How they are joined</h2><Path links={view.path} /></section> : null}
      {sides ? <section aria-label="The records"><h2 className={styles.heading}>The two records</h2><Sides a={view.a} b={view.b} fields={sideBySide(view.a, view.b)} marked /></section> : null}
    </div>
  );
}

function Sign({ holds }: { holds: boolean | null }) {
  const styles = useStyles();
  const word = holds === null ? "not known" : holds ? "holds" : "does not hold";
  return <span className={mergeClasses(styles.sign, holds === true && styles.good, holds === false && styles.bad)} role="img" aria-label={word}>{holds === null ? <QuestionCircleRegular /> : holds ? <CheckmarkCircleRegular /> : <DismissCircleRegular />}</span>;
}

function Rules({ rules }: { rules: RuleExplained[] }) {
  const styles = useStyles();
  return (
    <ul className={styles.list}>
      {rules.map((rule) => (
        <li key={`${rule.kind} ${rule.rule}`} className={styles.item}>
          <Sign holds={rule.holds} />
          <div>
            <strong>{rule.rule}</strong>{rule.kind === "deduplicate" ? " (doubles within the table)" : ""}{rule.joined ? ": joined them" : ""}
            {[...rule.conditions.map((one) => ({ one, exception: false })), ...rule.exceptions.map((one) => ({ one, exception: true }))].map(({ one, exception }, at) => (
              <p key={at} className={styles.soft}>
                {exception ? "except when " : ""}{one.a_column} {valueText(one.a) === "" ? "(empty)" : `“${valueText(one.a)}”`} and {one.b_column} {valueText(one.b) === "" ? "(empty)" : `“${valueText(one.b)}”`}
                {one.a_compared !== null && one.b_compared !== null && (one.a_compared !== valueText(one.a) || one.b_compared !== valueText(one.b)) ? `, compared as “${one.a_compared}” and “${one.b_compared}”` : ""}
                : {one.holds ? "near enough" : "not near enough"}{one.score !== null ? `, ${formatNumber(100 * one.score, 1)} % alike` : ""}{one.precision !== "exact" ? `, asked for ${one.precision}` : ""}
              </p>
            ))}
            {rule.why_not ? <p className={styles.soft}><Words text={rule.why_not} sentence /></p> : null}
          </div>
        </li>
      ))}
    </ul>
  );
}

const LINKS: Record<string, string> = { rule: "rule", model: "the model", deduplication: "doubles", source: "said by the source", always: "always-match table", decision: "decision" };

/** What joins two records, in words. */
export function linkWords(link: IdentityLink): string {
  const strength = link.probability !== null ? `, ${percent(link.probability)}` : "";
  const kind = LINKS[link.kind] ?? link.kind;
  // What a link of the model carries is the rule that had the two compared.
  if (link.kind === "model") return `${kind}${strength}`;
  return link.rule === "" || link.rule === link.kind ? `${kind}${strength}` : `${kind} ${link.rule}${strength}`;
}

/** Links one after another, from record to record. */
export function Path({ links }: { links: IdentityLink[] }) {
  const styles = useStyles();
  return (
    <ol className={styles.path}>
      {links.map((link, at) => (
        <li key={at}>
          {link.a.table} <code className={styles.code}>{link.a.key}</code> and {link.b.table} <code className={styles.code}>{link.b.key}</code>
          <span className={styles.soft}> by {linkWords(link)}{link.bridge ? "; without this link they fall apart" : ""}</span>
        </li>
      ))}
    </ol>
  );
}

/** A button that opens the explanation of a pair over the page; the same has a page of its own. */
export function ExplainButton({ pair, label = "Explain", button, sides, open, onOpenChange }: { pair: PairState["pair"]; label?: string; button?: ReactElement; sides?: boolean; open?: boolean; onOpenChange?: (open: boolean) => void }) {
  const styles = useStyles();
  const { to } = useProject();
  return (
    <Dialog open={open} onOpenChange={(_, data) => onOpenChange?.(data.open)}>
      <DialogTrigger disableButtonEnhancement>{button ?? <Button size="small">{label}</Button>}</DialogTrigger>
      <DialogSurface className={styles.surface}>
        <DialogBody>
          <DialogTitle>Why one person, or not</DialogTitle>
          <DialogContent tabIndex={0}><Explained pair={pair} sides={sides} /></DialogContent>
          <DialogActions position="start"><PageLink to={to("/review/pair")} state={{ pair } satisfies PairState}><Text>As a page</Text></PageLink></DialogActions>
          <DialogActions>
            <DialogTrigger disableButtonEnhancement><Button appearance="primary">Close</Button></DialogTrigger>
          </DialogActions>
        </DialogBody>
      </DialogSurface>
    </Dialog>
  );
}

/** Two records of a list or link as a pair to explain. */
export const pairOf = (a: RecordRef, b: RecordRef): PairState["pair"] => ({ a: { table: a.table, key: a.key }, b: { table: b.table, key: b.key } });
