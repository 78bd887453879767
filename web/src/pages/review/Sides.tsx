/*
 * Sides: two records side by side by meaning; where they differ is marked only when it is asked for.
 *
 * Invariants: a mark is a sign and a word, not a colour alone.
 */
import { makeStyles, mergeClasses, Text, tokens } from "@fluentui/react-components";
import { CheckmarkCircleRegular, ErrorCircleRegular } from "@fluentui/react-icons";
import type { PairSide, ReviewField, Value } from "../../api/types";
import { valueText } from "../../parts";
import { differences } from "./sides";

const NARROW = "@media (max-width: 560px)";
const useStyles = makeStyles({
  table: { width: "100%", borderCollapse: "collapse", tableLayout: "fixed" },
  th: { textAlign: "start", padding: "8px", fontWeight: tokens.fontWeightSemibold, overflowWrap: "anywhere", verticalAlign: "bottom", borderBottom: `1px solid ${tokens.colorNeutralStroke1}` },
  key: { color: tokens.colorNeutralForeground3, fontWeight: tokens.fontWeightRegular, display: "block", fontSize: tokens.fontSizeBase200 },
  title: { width: "132px", textAlign: "start", fontWeight: tokens.fontWeightRegular, color: tokens.colorNeutralForeground2, padding: "8px 8px 8px 0", overflowWrap: "anywhere", verticalAlign: "top", borderBottom: `1px solid ${tokens.colorNeutralStroke3}`, [NARROW]: { width: "76px", fontSize: tokens.fontSizeBase200 } },
  td: { padding: "8px", overflowWrap: "anywhere", verticalAlign: "top", borderBottom: `1px solid ${tokens.colorNeutralStroke3}`, height: "20px" },
  large: { fontSize: tokens.fontSizeBase400 },
  differs: { backgroundColor: tokens.colorPaletteYellowBackground1 },
  mark: { width: "84px", fontSize: tokens.fontSizeBase200, [NARROW]: { width: "40px" } },
  sign: { display: "inline-flex", gap: "4px", alignItems: "center" },
  word: { [NARROW]: { position: "absolute", width: "1px", height: "1px", overflow: "hidden", clipPath: "inset(50%)" } },
  same: { color: tokens.colorPaletteGreenForeground1 },
  other: { color: tokens.colorPaletteDarkOrangeForeground1 },
  letters: { backgroundColor: "transparent", color: "inherit", fontWeight: tokens.fontWeightBold, textDecorationLine: "underline", textDecorationThickness: "2px" },
  none: { color: tokens.colorNeutralForeground3 },
});

/** Two records side by side. */
export function Sides({ a, b, fields, marked, large }: { a: PairSide; b: PairSide; fields: ReviewField[]; marked: boolean; large?: boolean }) {
  const styles = useStyles();
  return (
    <table className={styles.table} aria-label="The two records">
      <thead>
        <tr>
          <th scope="col" className={styles.title}><span className="visually-hidden">Field</span></th>
          {[a, b].map((side, at) => <th key={at} scope="col" className={styles.th}>{side.table}<span className={styles.key}>{side.key}</span></th>)}
          {marked ? <th scope="col" className={mergeClasses(styles.th, styles.mark)}><span className="visually-hidden">Same or not</span></th> : null}
        </tr>
      </thead>
      <tbody>
        {fields.map((field, at) => {
          const differs = marked && field.same === false;
          return (
            <tr key={at}>
              <th scope="row" className={styles.title}>{field.title}</th>
              <td className={mergeClasses(styles.td, large && styles.large, differs && styles.differs)}><Values values={field.a} others={differs ? field.b : null} /></td>
              <td className={mergeClasses(styles.td, large && styles.large, differs && styles.differs)}><Values values={field.b} others={differs ? field.a : null} /></td>
              {marked ? (
                <td className={mergeClasses(styles.td, styles.mark)}>
                  {field.same === true ? <span className={mergeClasses(styles.sign, styles.same)}><CheckmarkCircleRegular aria-hidden /><span className={styles.word}>same</span></span> : null}
                  {field.same === false ? <span className={mergeClasses(styles.sign, styles.other)}><ErrorCircleRegular aria-hidden /><span className={styles.word}>differs</span></span> : null}
                </td>
              ) : null}
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}

/** The values of a field in one record; the letters that the other lacks stand out. */
function Values({ values, others }: { values: Value[]; others: Value[] | null }) {
  const styles = useStyles();
  const shown = values.filter((value) => value !== null && value !== "");
  if (shown.length === 0) return <Text className={styles.none} size={200}>empty</Text>;
  const other = others?.length === 1 ? valueText(others[0]) : null;
  return shown.map((value, at) => {
    const text = valueText(value);
    return (
      <div key={at}>
        {other === null || other === "" ? text : differences(text, other).map((stretch, index) => (stretch.same ? <span key={index}>{stretch.text}</span> : <mark key={index} className={styles.letters}>{stretch.text}</mark>))}
      </div>
    );
  });
}
