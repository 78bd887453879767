// Picture: many records become one profile.
import { makeStyles, tokens } from "@fluentui/react-components";

const useStyles = makeStyles({
  line: { stroke: tokens.colorNeutralStroke1, fill: tokens.colorNeutralBackground1 },
  word: { stroke: tokens.colorNeutralStroke1, strokeLinecap: "round" },
  way: { stroke: tokens.colorBrandForeground1, fill: "none" },
  one: { stroke: tokens.colorBrandForeground1, fill: tokens.colorBrandBackground2 },
});

/** A small picture of what the product does. */
export function FoldPicture() {
  const styles = useStyles();
  return (
    <svg width="280" height="112" viewBox="0 0 280 112" aria-hidden>
      {[0, 38, 76].map((y) => (
        <g key={y}>
          <rect className={styles.line} x="1" y={y + 1} width="92" height="30" rx="4" />
          <path className={styles.word} d={`M12 ${y + 11}h44M12 ${y + 21}h${60 - y / 3}`} strokeWidth="3" />
          <path className={styles.way} d={`M94 ${y + 16}C140 ${y + 16} 140 54 176 54`} strokeWidth="2" />
        </g>
      ))}
      <rect className={styles.one} x="177" y="26" width="100" height="56" rx="6" strokeWidth="2" />
      <circle className={styles.way} cx="198" cy="48" r="8" strokeWidth="2" />
      <path className={styles.word} d="M216 44h46M216 54h34M190 68h70" strokeWidth="3" />
    </svg>
  );
}
