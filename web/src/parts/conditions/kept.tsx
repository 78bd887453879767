/*
 * kept: how many a condition keeps and drops by itself.
 */
import { makeStyles, tokens } from "@fluentui/react-components";
import { formatNumber } from "../show";
import type { CountsByKey } from "./counts";

const useStyles = makeStyles({
  kept: { fontVariantNumeric: "tabular-nums", whiteSpace: "nowrap", textAlign: "right", fontSize: tokens.fontSizeBase200, lineHeight: "16px", display: "inline-flex", flexDirection: "column" },
  dropped: { color: tokens.colorNeutralForeground3 },
  stale: { opacity: 0.45 },
});

export function Kept({ counts, of }: { counts: CountsByKey | undefined; of: number }) {
  const styles = useStyles();
  const keeps = counts?.keeps.get(of);
  if (!counts || keeps === undefined) return null;
  const dropped = counts.of - keeps;
  return (
    <span className={`${styles.kept} ${counts.stale ? styles.stale : ""}`} title={`By itself it keeps ${formatNumber(keeps, 0)} and drops ${formatNumber(dropped, 0)} of ${formatNumber(counts.of, 0)}`}>
      {formatNumber(keeps, 0)}
      <span className={styles.dropped}>−{formatNumber(dropped, 0)}</span>
    </span>
  );
}
