/*
 * examples: the examples that stand beside a definition: rows that are given, and what must come of them; and whether it does.
 *
 * Reads: POST preview/tests, once somebody asks; answers stand in the order of the examples.
 */
import { Button, makeStyles, Spinner, tokens } from "@fluentui/react-components";
import { useState } from "react";
import { usePost, useProject } from "../api/hooks";
import type { TestView, Value } from "../api/types";
import { ErrorView } from "./states";

const useStyles = makeStyles({
  list: { listStyle: "none", margin: 0, padding: 0, display: "flex", flexDirection: "column", gap: "8px" },
  heading: { fontSize: tokens.fontSizeBase400, fontWeight: tokens.fontWeightSemibold, margin: "0 0 4px" },
  soft: { color: tokens.colorNeutralForeground2, margin: "0 0 8px" },
  line: { display: "flex", flexWrap: "wrap", alignItems: "center", gap: "12px", margin: "0 0 8px" },
  differs: { margin: "0 0 8px", paddingLeft: "36px", fontFamily: tokens.fontFamilyMonospace, fontSize: tokens.fontSizeBase200 },
  name: { cursor: "pointer", minHeight: "28px", lineHeight: "28px" },
  wrap: { overflowX: "auto", paddingLeft: "20px" },
  table: { borderCollapse: "collapse", fontSize: tokens.fontSizeBase200, margin: "4px 0 12px", "& caption": { textAlign: "start", fontWeight: tokens.fontWeightSemibold, padding: "4px 0" }, "& th, & td": { textAlign: "start", padding: "4px 16px 4px 0", borderBottom: `1px solid ${tokens.colorNeutralStroke3}`, fontVariantNumeric: "tabular-nums" }, "& th": { fontWeight: tokens.fontWeightRegular, color: tokens.colorNeutralForeground2 } },
});

type Json = { [key: string]: Value };
const isJson = (value: Value | undefined): value is Json => typeof value === "object" && value !== null && !Array.isArray(value);
const rowsOf = (value: Value | undefined): Json[] => (Array.isArray(value) ? value.filter(isJson) : []);

/** The examples of a saved definition, `measures/NoShow` say. */
export function Examples({ tests, of }: { tests: Value | undefined; of: string }) {
  const styles = useStyles();
  const { p, can } = useProject();
  const [asked, setAsked] = useState(0);
  const list = rowsOf(tests);
  const body = { names: [of] };
  const answer = usePost<TestView[]>(asked > 0 ? p("/preview/tests") : null, body, { staleTime: 0, keep: false });
  if (list.length === 0) return null;
  const came = answer.isFetching ? [] : (answer.data ?? []);
  const wrong = came.filter((one) => !one.ok).length;
  const again = () => (asked > 0 ? void answer.refetch() : setAsked(1));
  return (
    <section aria-label="Examples">
      <h2 className={styles.heading}>Examples</h2>
      <p className={styles.soft}>What it must come to, on rows made for that. `onefold test {of}` holds it to {list.length === 1 ? "it" : "them"}, and so does the button; nothing of the project is touched.</p>
      {can("contributor") ? (
        <div className={styles.line}>
          <Button disabledFocusable={answer.isFetching} icon={answer.isFetching ? <Spinner size="tiny" /> : undefined} onClick={again}>{list.length === 1 ? "Try the example" : "Try the examples"}</Button>
          <span role="status">{answer.isFetching ? "Trying…" : came.length === 0 ? "" : wrong === 0 ? (came.length === 1 ? "As expected." : `All ${came.length} as expected.`) : `${wrong} of ${came.length} ${wrong === 1 ? "differs" : "differ"}.`}</span>
        </div>
      ) : null}
      {answer.error && !answer.isFetching ? <ErrorView problem={answer.error} retry={again} /> : null}
      <ul className={styles.list}>
        {list.map((test, index) => (
          <li key={index}>
            <details>
              <summary className={styles.name}>{typeof test.name === "string" && test.name !== "" ? test.name : `Example ${index + 1}`}{came[index] ? (came[index].ok ? ": as expected" : ": differs") : ""}</summary>
              <div className={styles.wrap}>
                {Object.entries(isJson(test.given) ? test.given : {}).map(([table, rows]) => <Rows key={table} title={`Given in ${table}`} rows={rowsOf(rows)} />)}
                <Rows title={`Expected${test.now === undefined ? "" : `, at ${String(test.now)}`}`} rows={rowsOf(test.expect)} />
              </div>
            </details>
            {came[index] && !came[index].ok ? <ul className={styles.differs}>{came[index].differences.map((line, place) => <li key={place}>{line}</li>)}</ul> : null}
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
