/*
 * measured: the rows that a measure's value of a person comes from, page by page.
 *
 * Reads: GET customers/{id}/measures/{measure}, when it is opened.
 */
import { Button, makeStyles, tokens } from "@fluentui/react-components";
import { useState } from "react";
import { seg } from "../../api/client";
import { useGet, useProject } from "../../api/hooks";
import type { MeasureExplained, MeasureRow, Value } from "../../api/types";
import { ErrorView, formatNumber, Loading, PageLink, valueText } from "../../parts";

const PAGE = 20;

const useStyles = makeStyles({
  whole: { padding: "4px 0 12px", overflowX: "auto" },
  table: { borderCollapse: "collapse", fontSize: tokens.fontSizeBase200, "& th": { textAlign: "start", fontWeight: tokens.fontWeightSemibold }, "& td, & th": { padding: "4px 12px 4px 0", borderBottom: `1px solid ${tokens.colorNeutralStroke3}`, whiteSpace: "nowrap" } },
  left: { color: tokens.colorNeutralForeground3 },
  soft: { color: tokens.colorNeutralForeground2, fontSize: tokens.fontSizeBase200, margin: "0 0 8px" },
  code: { fontFamily: tokens.fontFamilyMonospace, fontSize: tokens.fontSizeBase200, overflowWrap: "anywhere" },
  pager: { display: "flex", gap: "8px", alignItems: "center", marginTop: "8px" },
});

/** The rows behind a value. */
export function Measured({ customer, measure }: { customer: string; measure: string }) {
  const styles = useStyles();
  const project = useProject();
  const [offset, setOffset] = useState(0);
  const answer = useGet<MeasureExplained>(project.p(`/customers/${seg(customer)}/measures/${seg(measure)}?offset=${offset}&limit=${PAGE}`), { staleTime: 60_000 });
  if (answer.isPending) return <Loading label="Looking at the rows" />;
  if (answer.error) return <ErrorView problem={answer.error} retry={() => void answer.refetch()} />;
  const seen = answer.data;
  const shown = (value: Value) => (value === null ? "" : typeof value === "number" ? formatNumber(value, 4) : valueText(value, "", project.timeZone));
  const held = (row: MeasureRow) => (row.kept === "true" ? "counts" : row.kept === "false" ? "does not count" : "not known");
  return (
    <div className={styles.whole}>
      <p className={styles.soft}>
        <code className={styles.code}>{seen.calculation}</code>
        {seen.filter ? <> where <code className={styles.code}>{seen.filter}</code></> : null}
      </p>
      <p className={styles.soft}>
        {formatNumber(seen.kept, 0)} of {formatNumber(seen.total, 0)} {seen.total === 1 ? "row" : "rows"} of <code className={styles.code}>{seen.table}</code> {seen.kept === 1 ? "counts" : "count"}
      </p>
      {seen.rows.length === 0 ? null : (
        <table className={styles.table}>
          <thead>
            <tr>
              <th scope="col">Key</th>
              <th scope="col">Counts</th>
              {seen.columns.map((column) => <th key={column} scope="col">{column}</th>)}
            </tr>
          </thead>
          <tbody>
            {seen.rows.map((row, at) => (
              <tr key={at} className={row.kept === "true" ? undefined : styles.left}>
                <td><code className={styles.code}>{shown(row.key)}</code></td>
                <td>{held(row)}</td>
                {row.values.map((value, n) => <td key={n}>{shown(value)}</td>)}
              </tr>
            ))}
          </tbody>
        </table>
      )}
      {seen.total > PAGE ? (
        <div className={styles.pager}>
          <Button size="small" disabled={offset === 0} onClick={() => setOffset(Math.max(0, offset - PAGE))}>Before</Button>
          <span>{formatNumber(offset + 1, 0)} to {formatNumber(Math.min(offset + PAGE, seen.total), 0)}</span>
          <Button size="small" disabled={offset + PAGE >= seen.total} onClick={() => setOffset(offset + PAGE)}>Next</Button>
        </div>
      ) : null}
    </div>
  );
}
