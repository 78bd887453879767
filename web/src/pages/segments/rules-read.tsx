/*
 * rules-read: what a segment says, to be read: each rule as a sentence, its condition as it is written, and what stands beside the rules.
 */
import { makeStyles, tokens } from "@fluentui/react-components";
import { useReachable } from "../../parts/conditions";
import { moreSentences, useSentences } from "./sentence";
import { ANY_ROW, joinWords, rulesOf, type Json } from "./segment-value";

const useStyles = makeStyles({
  rules: { listStyle: "none", margin: "8px 0", padding: 0, display: "flex", flexDirection: "column", gap: "8px" },
  join: { fontWeight: tokens.fontWeightSemibold },
  code: { fontFamily: tokens.fontFamilyMonospace, fontSize: tokens.fontSizeBase200, overflowWrap: "anywhere", whiteSpace: "pre-wrap", color: tokens.colorNeutralForeground3, display: "block" },
});

export function RulesRead({ value }: { value: Json | null | undefined }) {
  const styles = useStyles();
  const scope = useReachable();
  const sentences = useSentences(value, scope);
  return (
    <>
      <ol className={styles.rules} aria-label="Rules">
        {rulesOf(value).map((rule, index) => {
          const said = sentences[index] ?? "";
          return (
            <li key={index}>
              <span className={styles.join}>{index === 0 ? "People" : joinWords[rule.join].title}</span> {index === 0 ? "" : "people "}{said}
              {rule.where === ANY_ROW || said.endsWith(rule.where) ? null : <code className={styles.code}>{rule.where}</code>}
            </li>
          );
        })}
      </ol>
      {moreSentences(value, scope).map((one) => <p key={one} style={{ margin: "4px 0" }}>{one}</p>)}
    </>
  );
}
