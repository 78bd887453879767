/*
 * why: why somebody is in a segment or is not: its rules, their conditions, whether they hold, the values they saw, and the
 * smallest change that would bring them in.
 *
 * Reads: GET customers/{id}/segments/{segment}, as of the published run.
 */
import { makeStyles, tokens } from "@fluentui/react-components";
import { CheckmarkCircleRegular, DismissCircleRegular, QuestionCircleRegular } from "@fluentui/react-icons";
import { seg } from "../../api/client";
import { useGet, useProject } from "../../api/hooks";
import type { ChangeSeen, LimitSeen, RuleSeen, SegmentExplained, Truth, Value } from "../../api/types";
import { ErrorView, formatNumber, Loading, Time, valueText } from "../../parts";

const useStyles = makeStyles({
  whole: { display: "flex", flexDirection: "column", gap: "8px", padding: "8px 0" },
  note: { margin: 0, color: tokens.colorNeutralForeground2, fontSize: tokens.fontSizeBase200 },
  said: { margin: 0, fontWeight: tokens.fontWeightSemibold },
  rules: { listStyle: "none", margin: 0, padding: 0, display: "flex", flexDirection: "column", gap: "8px" },
  rule: { borderLeft: `2px solid ${tokens.colorNeutralStroke1}`, paddingLeft: "12px" },
  parts: { listStyle: "none", margin: 0, padding: 0 },
  part: { padding: "2px 0" },
  line: { display: "flex", gap: "6px", alignItems: "baseline", flexWrap: "wrap" },
  code: { fontFamily: tokens.fontFamilyMonospace, fontSize: tokens.fontSizeBase200, overflowWrap: "anywhere" },
  values: { color: tokens.colorNeutralForeground2, fontSize: tokens.fontSizeBase200 },
  truth: { display: "inline-flex", alignItems: "center", gap: "4px", flexShrink: 0, fontSize: tokens.fontSizeBase200 },
  yes: { color: tokens.colorPaletteGreenForeground1 },
  no: { color: tokens.colorPaletteRedForeground1 },
  unknown: { color: tokens.colorNeutralForeground3 },
});

/** Whether something holds, by icon and word. */
export function Holds({ truth }: { truth: Truth }) {
  const styles = useStyles();
  const [Icon, word, tone] = truth === "true" ? [CheckmarkCircleRegular, "holds", styles.yes] : truth === "false" ? [DismissCircleRegular, "does not hold", styles.no] : [QuestionCircleRegular, "not known", styles.unknown];
  return (
    <span className={`${styles.truth} ${tone}`}>
      <Icon aria-hidden /> {word}
    </span>
  );
}

/** Why a profile is in a segment or is not. */
export function Why({ customer, segment, name }: { customer: string; segment: string; name?: string }) {
  const styles = useStyles();
  const project = useProject();
  const answer = useGet<SegmentExplained>(project.p(`/customers/${seg(customer)}/segments/${seg(segment)}`), { staleTime: 60_000 });
  if (answer.isPending) return <Loading label="Looking at the rules" />;
  if (answer.error) return <ErrorView problem={answer.error} retry={() => void answer.refetch()} />;
  const seen = answer.data;
  return (
    <div className={styles.whole}>
      <p className={styles.said}>
        {name ?? "This person"} is {seen.member ? "in" : "not in"} the segment
        {seen.member && seen.since ? <> since <Time at={seen.since} /></> : null}
      </p>
      <ol className={styles.rules}>
        {seen.rules.map((rule, index) => <Rule key={index} rule={rule} index={index} />)}
      </ol>
      {seen.limit ? <Limit limit={seen.limit} /> : null}
      {seen.holdout ? (
        <p className={styles.note}>
          {seen.holdout.held_out ? "Held out at random" : "Not held out"}: {formatNumber(seen.holdout.share * 100, 2)} % of people are, by the name {seen.holdout.name}
        </p>
      ) : null}
      {seen.nearest ? (
        <section aria-label="What would bring them in">
          <p className={styles.said}>What would bring {name ?? "this person"} in</p>
          <ul className={styles.parts}>
            {seen.nearest.map((change, at) => <Change key={at} change={change} />)}
          </ul>
        </section>
      ) : null}
    </div>
  );
}

/** A value as people read it. */
function useShown(): (value: Value) => string {
  const project = useProject();
  return (value) => (value === null ? "without a value" : typeof value === "number" ? formatNumber(value, 4) : valueText(value, "", project.timeZone));
}

/** Where somebody stands among those whom the rules find. */
function Limit({ limit }: { limit: LimitSeen }) {
  const styles = useStyles();
  const shown = useShown();
  return (
    <p className={styles.note}>
      {limit.rank === null ? "Not ranked" : `Rank ${formatNumber(limit.rank, 0)} of ${formatNumber(limit.of, 0)}`}
      {limit.per ? ` where ${limit.per[0]} is ${shown(limit.per[1])}` : ""}; the first {formatNumber(limit.limit, 0)} by <code className={styles.code}>{limit.by}</code> are in. The value is {shown(limit.value)}
      {limit.last === null ? "" : `, the last one in has ${shown(limit.last)}`}.
    </p>
  );
}

/** One thing that must change. */
function Change({ change }: { change: ChangeSeen }) {
  const styles = useStyles();
  const shown = useShown();
  return (
    <li className={styles.part}>
      <div className={styles.line}>
        <code className={styles.code}>{change.condition}</code>
      </div>
      <div className={styles.values}>
        {change.rule > 0 ? `Rule ${change.rule}: ` : ""}
        {change.values.map(([column, value]) => `${column} is ${shown(value)}`).join(" · ")}
        {change.values.length > 0 ? ", " : ""}
        {change.needs}
        {change.distance === null || change.distance === undefined ? "" : ` (${formatNumber(change.distance, 4)} away)`}
      </div>
    </li>
  );
}

const joins: Record<string, string> = { union: "or also", intersect: "and also", except: "but not" };

function Rule({ rule, index }: { rule: RuleSeen; index: number }) {
  const styles = useStyles();
  const shown = useShown();
  const single = rule.parts.length <= 1;
  return (
    <li className={styles.rule}>
      <div className={styles.line}>
        <span>{index === 0 ? "Rule 1" : `${joins[rule.operator] ?? rule.operator}: rule ${index + 1}`}</span>
        <Holds truth={rule.truth} />
      </div>
      <ul className={styles.parts}>
        {rule.parts.map((part, at) => (
          <li key={at} className={styles.part} style={{ paddingLeft: single ? 0 : part.depth * 16 }}>
            <div className={styles.line}>
              <code className={styles.code}>{part.condition}</code>
              {single ? null : <Holds truth={part.truth} />}
            </div>
            {part.values.length > 0 ? (
              <div className={styles.values}>
                {part.values.map(([column, value]) => `${column} is ${shown(value)}`).join(" · ")}
              </div>
            ) : null}
          </li>
        ))}
      </ul>
    </li>
  );
}
