// Picture: a segment goes out, and every row is accounted for.
import { makeStyles, tokens } from "@fluentui/react-components";

const useStyles = makeStyles({
  line: { stroke: tokens.colorNeutralStroke1, fill: tokens.colorNeutralBackground1 },
  word: { stroke: tokens.colorNeutralStroke1, strokeLinecap: "round" },
  way: { stroke: tokens.colorBrandForeground1, fill: "none" },
  text: { fill: tokens.colorNeutralForeground2, fontSize: "11px" },
});

/** A small picture of an export. */
export function SendPicture() {
  const styles = useStyles();
  return (
    <svg width="300" height="96" viewBox="0 0 300 96" aria-hidden>
      <rect className={styles.line} x="1" y="18" width="104" height="60" rx="4" />
      <path className={styles.word} d="M14 34h60M14 48h74M14 62h48" strokeWidth="3" />
      <path className={styles.way} d="M114 48h66m-10 -8l10 8l-10 8" strokeWidth="2" />
      <rect className={styles.line} x="192" y="6" width="106" height="84" rx="4" />
      <text className={styles.text} x="204" y="30">9,000 sent</text>
      <text className={styles.text} x="204" y="52">150 without key</text>
      <text className={styles.text} x="204" y="74">7 unknown</text>
    </svg>
  );
}
