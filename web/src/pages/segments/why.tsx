/*
 * why: why somebody is in a segment or is not: its rules, their conditions, whether they hold, and the values they saw.
 *
 * Reads: GET customers/{id}/segments/{segment}, as of the published run.
 */
import { makeStyles, tokens } from "@fluentui/react-components";
import { CheckmarkCircleRegular, DismissCircleRegular, QuestionCircleRegular } from "@fluentui/react-icons";
import { seg } from "../../api/client";
import { useGet, useProject } from "../../api/hooks";
import type { RuleSeen, SegmentExplained, Truth } from "../../api/types";
import { ErrorView, formatNumber, Loading, Time, valueText } from "../../parts";

const useStyles = makeStyles({
  whole: { display: "flex", flexDirection: "column", gap: "8px", padding: "8px 0" },
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
    </div>
  );
}

const joins: Record<string, string> = { union: "or also", intersect: "and also", except: "but not" };

function Rule({ rule, index }: { rule: RuleSeen; index: number }) {
  const styles = useStyles();
  const project = useProject();
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
                {part.values.map(([column, value]) => `${column} is ${value === null ? "without a value" : typeof value === "number" ? formatNumber(value, 4) : valueText(value, "", project.timeZone)}`).join(" · ")}
              </div>
            ) : null}
          </li>
        ))}
      </ul>
    </li>
  );
}
