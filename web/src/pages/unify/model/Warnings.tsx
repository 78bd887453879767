/*
 * Warnings: what the last run asks people to look at, by kind, each with the records and profiles it is about.
 */
import { Button, makeStyles, Text, tokens } from "@fluentui/react-components";
import { WarningRegular } from "@fluentui/react-icons";
import { seg } from "../../../api/client";
import { useProject } from "../../../api/hooks";
import type { MatchWarningView } from "../../../api/types";
import { formatNumber, PageLink, Words } from "../../../parts";
import { ExplainButton, pairOf } from "../../review/Explained";
import { WARNINGS } from "../../review/words";

const useStyles = makeStyles({
  group: { marginBottom: "20px" },
  heading: { fontSize: tokens.fontSizeBase400, fontWeight: tokens.fontWeightSemibold, margin: "0 0 4px", display: "flex", gap: "8px", alignItems: "center" },
  icon: { color: tokens.colorPaletteDarkOrangeForeground1, display: "inline-flex" },
  list: { listStyle: "none", margin: 0, padding: 0 },
  row: { display: "flex", gap: "4px 16px", flexWrap: "wrap", alignItems: "center", padding: "6px 0", borderBottom: `1px solid ${tokens.colorNeutralStroke3}` },
  words: { flex: "1 1 320px", minWidth: 0, overflowWrap: "anywhere" },
  code: { fontFamily: tokens.fontFamilyMonospace, fontSize: tokens.fontSizeBase200, overflowWrap: "anywhere" },
  soft: { color: tokens.colorNeutralForeground2, fontSize: tokens.fontSizeBase200 },
});

/** Warnings under headings, in the order of what most needs a look. */
export function Warnings({ warnings, counts }: { warnings: MatchWarningView[]; counts: [string, number][] }) {
  const styles = useStyles();
  const kinds = [...Object.keys(WARNINGS), ...warnings.map((one) => one.kind)].filter((kind, at, all) => all.indexOf(kind) === at && warnings.some((one) => one.kind === kind));
  if (warnings.length === 0) return <p className={styles.soft}>Nothing to look at: no bridges, no large clusters, no conflicting ids, no values that too many share.</p>;
  return kinds.map((kind) => {
    const own = warnings.filter((one) => one.kind === kind);
    const all = counts.find(([known]) => known === kind)?.[1] ?? own.length;
    return (
      <section key={kind} className={styles.group} aria-label={WARNINGS[kind] ?? kind}>
        <h3 className={styles.heading}><span className={styles.icon} aria-hidden><WarningRegular /></span>{WARNINGS[kind] ?? kind} ({formatNumber(all)})</h3>
        <ul className={styles.list}>{own.map((one, at) => <Warning key={at} warning={one} />)}</ul>
        {all > own.length ? <Text size={200} className={styles.soft}>The first {formatNumber(own.length)} are shown; the table MatchWarning has them all.</Text> : null}
      </section>
    );
  });
}

/** One warning with its links. */
export function Warning({ warning }: { warning: MatchWarningView }) {
  const styles = useStyles();
  const { to } = useProject();
  const [a, b] = warning.records;
  return (
    <li className={styles.row}>
      <span className={styles.words}>
        <Words text={warning.detail} sentence />
        {warning.records.length > 0 ? <span className={styles.soft}> {warning.records.slice(0, 4).map((one, at) => <span key={at}>{at > 0 ? ", " : ""}<PageLink to={to(`/tables/${seg(one.table)}?tab=data`)} state={{ search: one.key }}>{one.table}</PageLink> <code className={styles.code}>{one.key}</code></span>)}</span> : null}
      </span>
      {warning.customer_ids.slice(0, 3).map((id, at) => <PageLink key={id} to={to(`/customers/${seg(id)}?tab=identity`)}>{warning.customer_ids.length > 1 ? `Profile ${at + 1}` : "Profile"}</PageLink>)}
      {a && b ? <ExplainButton pair={pairOf(a, b)} button={<Button size="small" appearance="subtle">Explain the pair</Button>} /> : null}
    </li>
  );
}
