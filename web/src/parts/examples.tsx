/*
 * examples: the examples that stand beside a definition: rows that are given, and what must come of them.
 *
 * Not here: running them (`onefold test`).
 */
import { makeStyles, tokens } from "@fluentui/react-components";
import type { Value } from "../api/types";

const useStyles = makeStyles({
  list: { listStyle: "none", margin: 0, padding: 0, display: "flex", flexDirection: "column", gap: "8px" },
  heading: { fontSize: tokens.fontSizeBase400, fontWeight: tokens.fontWeightSemibold, margin: "0 0 4px" },
  soft: { color: tokens.colorNeutralForeground2, margin: "0 0 8px" },
  name: { cursor: "pointer", minHeight: "28px", lineHeight: "28px" },
  wrap: { overflowX: "auto", paddingLeft: "20px" },
  table: { borderCollapse: "collapse", fontSize: tokens.fontSizeBase200, margin: "4px 0 12px", "& caption": { textAlign: "start", fontWeight: tokens.fontWeightSemibold, padding: "4px 0" }, "& th, & td": { textAlign: "start", padding: "4px 16px 4px 0", borderBottom: `1px solid ${tokens.colorNeutralStroke3}`, fontVariantNumeric: "tabular-nums" }, "& th": { fontWeight: tokens.fontWeightRegular, color: tokens.colorNeutralForeground2 } },
});

type Json = { [key: string]: Value };
const isJson = (value: Value | undefined): value is Json => typeof value === "object" && value !== null && !Array.isArray(value);
const rowsOf = (value: Value | undefined): Json[] => (Array.isArray(value) ? value.filter(isJson) : []);

export function Examples({ tests, name }: { tests: Value | undefined; name: string }) {
  const styles = useStyles();
  const list = rowsOf(tests);
  if (list.length === 0) return null;
  return (
    <section aria-label="Examples">
      <h2 className={styles.heading}>Examples</h2>
      <p className={styles.soft}>What it must come to, on rows made for that. `onefold test {name}` holds it to {list.length === 1 ? "it" : "them"}.</p>
      <ul className={styles.list}>
        {list.map((test, index) => (
          <li key={index}>
            <details>
              <summary className={styles.name}>{typeof test.name === "string" && test.name !== "" ? test.name : `Example ${index + 1}`}</summary>
              <div className={styles.wrap}>
                {Object.entries(isJson(test.given) ? test.given : {}).map(([table, rows]) => <Rows key={table} title={`Given in ${table}`} rows={rowsOf(rows)} />)}
                <Rows title={`Expected${test.now === undefined ? "" : `, at ${String(test.now)}`}`} rows={rowsOf(test.expect)} />
              </div>
            </details>
          </li>
        ))}
      </ul>
    </section>
  );
}

function Rows({ title, rows }: { title: string; rows: Json[] }) {
  const styles = useStyles();
  const columns = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  const shown = (value: Value | undefined) => (value === undefined ? "" : value === null ? "no value" : typeof value === "object" ? JSON.stringify(value) : String(value));
  return (
    <table className={styles.table}>
      <caption>{title}{rows.length === 0 ? ": nothing" : ""}</caption>
      {rows.length === 0 ? null : (
        <>
          <thead><tr>{columns.map((column) => <th key={column} scope="col">{column}</th>)}</tr></thead>
          <tbody>{rows.map((row, index) => <tr key={index}>{columns.map((column) => <td key={column}>{shown(row[column])}</td>)}</tr>)}</tbody>
        </>
      )}
    </table>
  );
}
