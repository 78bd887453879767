// diff-view: what changed in a text, line by line; signs and words say it, colour only helps.
import { makeStyles, mergeClasses, tokens } from "@fluentui/react-components";
import type { DiffLine } from "../api/types";

const useStyles = makeStyles({
  box: { fontFamily: tokens.fontFamilyMonospace, fontSize: tokens.fontSizeBase200, lineHeight: "20px", border: `1px solid ${tokens.colorNeutralStroke2}`, borderRadius: tokens.borderRadiusMedium, overflow: "auto", maxHeight: "360px", margin: 0, padding: 0, listStyle: "none" },
  line: { display: "grid", gridTemplateColumns: "48px 20px 1fr", whiteSpace: "pre", paddingRight: "12px", width: "max-content", minWidth: "100%" },
  number: { color: tokens.colorNeutralForeground3, textAlign: "end", paddingRight: "8px", userSelect: "none" },
  added: { backgroundColor: tokens.colorPaletteGreenBackground1 },
  removed: { backgroundColor: tokens.colorPaletteRedBackground1 },
  none: { color: tokens.colorNeutralForeground2 },
});

/** The lines of a comparison. */
export function DiffView({ lines, label = "Changes" }: { lines: DiffLine[]; label?: string }) {
  const styles = useStyles();
  if (!lines.some((line) => line.sign !== " ")) return <p className={styles.none}>Nothing changed.</p>;
  return (
    <ol className={styles.box} aria-label={label} tabIndex={0}>
      {lines.map((line, index) => (
        <li key={index} className={mergeClasses(styles.line, line.sign === "+" && styles.added, line.sign === "-" && styles.removed)}>
          <span className={styles.number}>{line.line ?? ""}</span>
          <span>
            <span aria-hidden>{line.sign}</span>
            <span className="visually-hidden">{line.sign === "+" ? "added" : line.sign === "-" ? "removed" : ""}</span>
          </span>
          <span>{line.text || " "}</span>
        </li>
      ))}
    </ol>
  );
}
