/*
 * Waterfall: the evidence about a pair, bit by bit, from what is thought before looking to the sum; every bar stands in the row of its figures.
 *
 * Invariants: the table says all that the bars show; a bar's direction is in its sign and its place, not in its colour alone.
 */
import { makeStyles, mergeClasses, Text, tokens } from "@fluentui/react-components";
import type { Evidence } from "../../api/types";
import { formatNumber, Words } from "../../parts";
import { testWords } from "../unify/model/linkage";
import { bits, bitsOf, percent } from "./words";

const NARROW = "@media (max-width: 720px)";
const useStyles = makeStyles({
  wrap: { overflowX: "auto" },
  table: { width: "100%", borderCollapse: "collapse", "& th, & td": { padding: "6px 8px 6px 0", textAlign: "start", verticalAlign: "top", borderBottom: `1px solid ${tokens.colorNeutralStroke3}` }, "& th[data-n], & td[data-n]": { textAlign: "end", whiteSpace: "nowrap", fontVariantNumeric: "tabular-nums" } },
  head: { "& th": { fontSize: tokens.fontSizeBase200, fontWeight: tokens.fontWeightRegular, color: tokens.colorNeutralForeground2, borderBottom: `1px solid ${tokens.colorNeutralStroke1}` } },
  name: { fontWeight: tokens.fontWeightSemibold, maxWidth: "260px" },
  soft: { color: tokens.colorNeutralForeground2, fontSize: tokens.fontSizeBase200, overflowWrap: "anywhere", display: "block", fontWeight: tokens.fontWeightRegular },
  cell: { position: "relative", width: "38%", minWidth: "140px", [NARROW]: { width: "30%", minWidth: "88px" } },
  track: { position: "absolute", inset: "0 12px 0 12px" },
  line: { position: "absolute", top: 0, bottom: 0, width: "1px", backgroundColor: tokens.colorNeutralStroke1 },
  threshold: { width: "0", borderLeft: `2px dashed ${tokens.colorBrandStroke1}`, backgroundColor: "transparent" },
  bar: { position: "absolute", top: "7px", height: "18px", borderRadius: "2px", minWidth: "2px" },
  plus: { backgroundColor: tokens.colorPaletteGreenBackground3 },
  minus: { backgroundColor: tokens.colorPaletteRedBackground3 },
  base: { backgroundColor: tokens.colorNeutralStroke1Hover },
  sum: { backgroundColor: tokens.colorBrandBackground },
  total: { "& th, & td": { borderTop: `2px solid ${tokens.colorNeutralStroke1}`, borderBottom: "none" } },
  legend: { display: "flex", gap: "16px", flexWrap: "wrap", fontSize: tokens.fontSizeBase200, color: tokens.colorNeutralForeground2, margin: "8px 0 0" },
});

interface Row {
  name: string;
  about: string[];
  test: string;
  bits: number;
  from: number;
  kind: "base" | "step" | "sum";
}

/** The steps from the prior to the sum. */
function rowsOf(evidence: Evidence): Row[] {
  const rows: Row[] = [{ name: "Before looking", about: [], test: "any two records taken at random", bits: evidence.prior_bits, from: 0, kind: "base" }];
  let sum = evidence.prior_bits;
  const step = (name: string, about: string[], test: string, bits: number) => {
    rows.push({ name, about, test, bits, from: sum, kind: "step" });
    sum += bits;
  };
  for (const one of evidence.comparisons) {
    const missing = one.level === null;
    const values = missing ? [one.a ?? "missing", one.b ?? "missing"] : one.a === one.b ? [one.a ?? ""] : [one.a ?? "", one.b ?? ""];
    step(one.name, values, missing ? "a value is missing: it says nothing" : testWords(one.test), one.bits);
    if (Math.abs(one.tf_bits) >= 0.05) {
      const often = one.frequency ? `1 record in ${formatNumber(1 / one.frequency, 0)} has it` : "";
      step(`${one.name}, how common`, often ? [often] : [], one.tf_bits > 0 ? "a rare value says more" : "a common value says less", one.tf_bits);
    }
  }
  if (Math.abs(evidence.kin_bits) >= 0.005) step("Relatives", [], "people who share a home or a name share as much", evidence.kin_bits);
  rows.push({ name: "In all", about: [], test: `${percent(evidence.probability)} likely one person`, bits: evidence.total_bits, from: 0, kind: "sum" });
  return rows;
}

export function Waterfall({ evidence }: { evidence: Evidence }) {
  const styles = useStyles();
  const rows = rowsOf(evidence);
  const threshold = bitsOf(evidence.threshold);
  const ends = rows.flatMap((row) => [row.from, row.from + row.bits]);
  const low = Math.min(0, threshold, ...ends);
  const span = Math.max(0, threshold, ...ends) - low || 1;
  const place = (value: number) => (100 * (value - low)) / span;
  return (
    <div>
      <div className={styles.wrap} tabIndex={0} role="region" aria-label="The evidence, bit by bit">
        <table className={styles.table}>
          <caption className="visually-hidden">Evidence in bits: each bit doubles how likely it is that the two are one person.</caption>
          <thead className={styles.head}><tr><th scope="col">Compared</th><th scope="col">What holds</th><th scope="col" data-n>Bits</th><th scope="col" className={styles.cell} aria-hidden /></tr></thead>
          <tbody>
            {rows.map((row, at) => {
              const [from, to] = [Math.min(row.from, row.from + row.bits), Math.max(row.from, row.from + row.bits)];
              return (
                <tr key={at} className={row.kind === "sum" ? styles.total : undefined}>
                  <th scope="row" className={styles.name}>{row.name}{row.about.length > 0 ? <span className={styles.soft}>{row.about.join(" – ")}</span> : null}</th>
                  <td><span className={styles.soft}><Words text={row.test} /></span></td>
                  <td data-n>{bits(row.bits)}</td>
                  <td className={styles.cell} aria-hidden>
                    <div className={styles.track}>
                      <span className={styles.line} style={{ left: `${place(0)}%` }} />
                      <span className={mergeClasses(styles.line, styles.threshold)} style={{ left: `${place(threshold)}%` }} />
                      {row.bits === 0 ? null : <span className={mergeClasses(styles.bar, row.kind === "base" ? styles.base : row.kind === "sum" ? styles.sum : row.bits >= 0 ? styles.plus : styles.minus)} style={{ left: `${place(from)}%`, width: `${(100 * (to - from)) / span}%` }} />}
                    </div>
                  </td>
                </tr>
              );
            })}
          </tbody>
        </table>
      </div>
      <p className={styles.legend}>
        <span>One bit more doubles the odds; one less halves them.</span>
        <span>Dashed line: a link from {bits(threshold)} bits ({percent(evidence.threshold)}) on.</span>
        {evidence.calibrated !== null ? <Text size={200}>By what people decided about such pairs: {percent(evidence.calibrated)}.</Text> : null}
      </p>
    </div>
  );
}
