/*
 * Settled: what the last run compared and what each level of nearness is worth; bars stand in the rows of their figures.
 *
 * Invariants: the table says all that the bars show.
 */
import { makeStyles, mergeClasses, Text, tokens } from "@fluentui/react-components";
import type { ComparisonView, ModelView } from "../../../api/types";
import { Empty, formatNumber, Num } from "../../../parts";
import { bits, percent } from "../../review/words";
import { testWords } from "./linkage";

const useStyles = makeStyles({
  wrap: { overflowX: "auto", marginBottom: "24px" },
  title: { fontSize: tokens.fontSizeBase400, fontWeight: tokens.fontWeightSemibold, margin: "0 0 2px" },
  soft: { color: tokens.colorNeutralForeground2, fontSize: tokens.fontSizeBase200, overflowWrap: "anywhere" },
  table: { width: "100%", minWidth: "640px", borderCollapse: "collapse", tableLayout: "fixed", fontVariantNumeric: "tabular-nums", "& th, & td": { padding: "4px 12px 4px 0", textAlign: "start", borderBottom: `1px solid ${tokens.colorNeutralStroke3}`, height: "28px", verticalAlign: "middle" }, "& th[data-n], & td[data-n]": { textAlign: "end" }, "& thead th": { fontSize: tokens.fontSizeBase200, fontWeight: tokens.fontWeightRegular, color: tokens.colorNeutralForeground2 } },
  test: { width: "26%", fontWeight: tokens.fontWeightRegular },
  end: { textAlign: "end" },
  share: { width: "15%" },
  weight: { width: "24%" },
  count: { width: "10%" },
  cell: { display: "grid", gridTemplateColumns: "76px minmax(0, 1fr)", gap: "8px", alignItems: "center" },
  track: { position: "relative", height: "10px", backgroundColor: tokens.colorNeutralBackground4, borderRadius: "2px", overflow: "hidden" },
  bar: { position: "absolute", top: 0, bottom: 0, minWidth: "1px" },
  m: { backgroundColor: tokens.colorBrandBackground },
  u: { backgroundColor: tokens.colorNeutralForeground3 },
  plus: { backgroundColor: tokens.colorPaletteGreenBackground3 },
  minus: { backgroundColor: tokens.colorPaletteRedBackground3 },
  zero: { position: "absolute", top: 0, bottom: 0, width: "1px", backgroundColor: tokens.colorNeutralForeground2 },
  intro: { maxWidth: "760px", margin: "0 0 16px" },
});

export function Settled({ view }: { view: ModelView }) {
  const styles = useStyles();
  if (!view.trained) return <Empty title="No model has run yet" text="After the first run the comparisons it chose stand here, with what each level of nearness turned out to be worth." />;
  const most = Math.max(1, ...view.comparisons.flatMap((one) => one.levels.map((level) => Math.abs(level.weight ?? 0))));
  return (
    <>
      <p className={styles.intro}>
        <Text size={200}>For each level: how often it holds for two records of one person, how often for two people, and so what it is worth. One bit doubles the odds; a level that is rare among strangers is worth much, and one below zero speaks against.</Text>
      </p>
      {view.comparisons.map((one) => <Comparison key={one.name} comparison={one} most={most} />)}
    </>
  );
}

function Comparison({ comparison, most }: { comparison: ComparisonView; most: number }) {
  const styles = useStyles();
  // Missing values say nothing; how many pairs lack one stands last.
  const missing = (test: string) => test === "missing";
  const levels = [...comparison.levels.filter((level) => !missing(level.test)), ...comparison.levels.filter((level) => missing(level.test) && (level.pairs ?? 0) > 0)];
  return (
    <section aria-label={`Comparison ${comparison.name}`}>
      <h3 className={styles.title}>{comparison.name}</h3>
      <div className={styles.soft}>{comparison.columns.length > 0 ? comparison.columns.map(([table, column]) => `${table}.${column}`).join(", ") : comparison.fields.join(", ")}</div>
      <div className={styles.wrap} tabIndex={0} role="region" aria-label={`Levels of ${comparison.name}`}>
        <table className={styles.table}>
          <thead>
            <tr>
              <th scope="col" className={styles.test}>When</th>
              <th scope="col" className={styles.share}>one person (m)</th>
              <th scope="col" className={styles.share}>two people (u)</th>
              <th scope="col" className={styles.weight}>worth, in bits</th>
              <th scope="col" className={styles.count} data-n>pairs</th>
              <th scope="col" className={styles.count} data-n>links</th>
            </tr>
          </thead>
          <tbody>
            {levels.map((level, at) => (
              <tr key={at}>
                <th scope="row" className={styles.test}>{testWords(level.test)}{level.term_frequency ? <Text size={200} block className={styles.soft}>rare values count more</Text> : null}</th>
                <td><Share value={level.m} tone={styles.m} /></td>
                <td><Share value={level.u} tone={styles.u} /></td>
                <td>
                  <span className={styles.cell}>
                    <span className={styles.end}>{bits(level.weight)}</span>
                    <span className={styles.track} aria-hidden>
                      <span className={styles.zero} style={{ left: "50%" }} />
                      {level.weight !== null ? <span className={mergeClasses(styles.bar, level.weight >= 0 ? styles.plus : styles.minus)} style={{ left: `${level.weight >= 0 ? 50 : 50 - (50 * -level.weight) / most}%`, width: `${(50 * Math.abs(level.weight)) / most}%` }} /> : null}
                    </span>
                  </span>
                </td>
                <td data-n><Num value={level.pairs} /></td>
                <td data-n><Num value={level.linked} /></td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}

function Share({ value, tone }: { value: number | null; tone: string }) {
  const styles = useStyles();
  return (
    <span className={styles.cell}>
      <span className={styles.end} title={value === null ? undefined : formatNumber(value, 8)}>{percent(value)}</span>
      <span className={styles.track} aria-hidden><span className={mergeClasses(styles.bar, tone)} style={{ left: 0, width: `${100 * (value ?? 0)}%` }} /></span>
    </span>
  );
}
