/*
 * Pairs: matched pairs to look at, one after another, side by side; what differs is marked by sign and colour.
 *
 * Invariants: `j` and `k` go on and back while the pairs have the focus; a search over people goes in the body of a question, never in the address.
 */
import { Button, makeStyles, mergeClasses, SearchBox, Select, Text, tokens } from "@fluentui/react-components";
import { ArrowLeftRegular, ArrowRightRegular, CheckmarkCircleRegular, ErrorCircleRegular } from "@fluentui/react-icons";
import { useEffect, useState } from "react";
import { usePost, useProject } from "../../api/hooks";
import type { FieldView, PairView, PairsView, Value } from "../../api/types";
import { ErrorView, formatNumber, Loading, PageLink, valueText } from "../../parts";
import { ExplainButton, pairOf } from "../review/Explained";
import { percent } from "../review/words";
import { useLate } from "../sources/late";

const useStyles = makeStyles({
  box: { border: `1px solid ${tokens.colorNeutralStroke2}`, borderRadius: tokens.borderRadiusMedium, padding: "12px", ":focus-visible": { outline: `2px solid ${tokens.colorStrokeFocus2}` } },
  head: { display: "flex", gap: "8px", alignItems: "center", flexWrap: "wrap", marginBottom: "8px" },
  title: { fontSize: tokens.fontSizeBase400, fontWeight: tokens.fontWeightSemibold, margin: 0, flexGrow: 1 },
  table: { width: "100%", borderCollapse: "collapse", tableLayout: "fixed" },
  th: { textAlign: "left", padding: "4px 8px", fontSize: tokens.fontSizeBase200, overflowWrap: "anywhere", verticalAlign: "top" },
  td: { padding: "4px 8px", borderTop: `1px solid ${tokens.colorNeutralStroke3}`, overflowWrap: "anywhere" },
  differs: { backgroundColor: tokens.colorPaletteYellowBackground1 },
  same: { color: tokens.colorPaletteGreenForeground1 },
  other: { color: tokens.colorPaletteDarkOrangeForeground1 },
  mark: { width: "96px", fontSize: tokens.fontSizeBase200 },
  sign: { display: "inline-flex", gap: "4px", alignItems: "center" },
  compared: { fontWeight: tokens.fontWeightSemibold },
  none: { color: tokens.colorNeutralForeground3, fontStyle: "italic" },
});

interface Line {
  a: FieldView | { column: string; value: Value; type: string } | null;
  b: FieldView | { column: string; value: Value; type: string } | null;
  compared: boolean;
  holds: boolean;
}

const same = (a: Value | undefined, b: Value | undefined) => (a ?? null) !== null && String(a ?? "").trim().toLowerCase() === String(b ?? "").trim().toLowerCase();

/** The fields of two records beside each other: what was compared first, then what means the same, then the rest. */
function linesOf(pair: PairView): Line[] {
  const lines: Line[] = pair.conditions.map((one) => ({
    a: { column: one.a_column, value: one.a, type: "text" },
    b: { column: one.b_column, value: one.b, type: "text" },
    compared: true,
    holds: one.holds,
  }));
  const compared = (side: "a_column" | "b_column", column: string) => pair.conditions.some((one) => one[side] === column);
  const left = pair.a.fields.filter((field) => !compared("a_column", field.column));
  const right = pair.b.fields.filter((field) => !compared("b_column", field.column));
  for (const field of left) {
    const at = right.findIndex((other) => (field.semantic && field.semantic !== "ID" && field.semantic === other.semantic) || field.column.toLowerCase() === other.column.toLowerCase());
    const other = at === -1 ? null : (right.splice(at, 1)[0] ?? null);
    lines.push({ a: field, b: other, compared: false, holds: other !== null && same(field.value, other.value) });
  }
  return [...lines, ...right.map((field): Line => ({ a: null, b: field, compared: false, holds: false }))];
}

const PAGE = 20;
/** What is no rule and yet joins. */
const RULES: Record<string, string> = { model: "the model", always: "always-match tables" };

export function Pairs({ rules, wanted, title = "Matched pairs" }: { rules: string[]; wanted: string | null; title?: string }) {
  const styles = useStyles();
  const { p, to } = useProject();
  const [rule, setRule] = useState<string>("");
  const [search, setSearch] = useState("");
  const [index, setIndex] = useState(0);
  useEffect(() => {
    if (wanted && rules.includes(wanted)) {
      setRule(wanted);
      setIndex(0);
    }
    // Only another rule of the list at the left chooses anew.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [wanted]);
  const late = useLate(search, 250);
  const offset = Math.floor(index / PAGE) * PAGE;
  const pairs = usePost<PairsView>(p("/unify/pairs"), { rule: rule === "" ? null : rule, search: late, offset, limit: PAGE });
  const total = pairs.data?.total ?? 0;
  const pair = pairs.isPlaceholderData ? undefined : pairs.data?.pairs[index - offset];
  const go = (by: number) => setIndex((old) => Math.max(0, Math.min(Math.max(0, total - 1), old + by)));
  return (
    <section
      className={styles.box}
      aria-label="Matched pairs"
      tabIndex={0}
      onKeyDown={(event) => {
        const target = event.target as HTMLElement;
        if (target.closest("input,select,textarea") || event.ctrlKey || event.metaKey || event.altKey) return;
        if (event.key === "j" || event.key === "k") {
          event.preventDefault();
          event.stopPropagation();
          go(event.key === "j" ? 1 : -1);
        }
      }}
    >
      <div className={styles.head}>
        <h2 className={styles.title}>{title}</h2>
        <Select aria-label="Pairs of" value={rule} onChange={(_, data) => { setRule(data.value); setIndex(0); }}>
          <option value="">all rules</option>
          {rules.map((name) => <option key={name} value={name}>{RULES[name] ?? name}</option>)}
        </Select>
        <SearchBox placeholder="Find a record" aria-label="Find a record" value={search} style={{ width: "160px" }} onChange={(_, data) => { setSearch(data.value); setIndex(0); }} />
        <Button appearance="subtle" icon={<ArrowLeftRegular />} aria-label="The pair before (k)" disabled={index === 0} onClick={() => go(-1)} />
        <Text role="status" style={{ fontVariantNumeric: "tabular-nums" }}>{total === 0 ? "0" : `${formatNumber(index + 1)} of ${formatNumber(total)}`}</Text>
        <Button appearance="subtle" icon={<ArrowRightRegular />} aria-label="The next pair (j)" disabled={index >= total - 1} onClick={() => go(1)} />
      </div>
      {pairs.error ? <ErrorView problem={pairs.error} retry={() => void pairs.refetch()} /> : null}
      {pair ? (
        <>
          <table className={styles.table}>
            <thead>
              <tr>
                <th scope="col" className={styles.th}>{pair.a.table}<br /><Text size={200}>{pair.a.key}</Text></th>
                <th scope="col" className={mergeClasses(styles.th, styles.mark)}>by {RULES[pair.rule] ?? pair.rule}{pair.score !== null ? `, ${percent(pair.score)}` : ""}</th>
                <th scope="col" className={styles.th}>{pair.b.table}<br /><Text size={200}>{pair.b.key}</Text></th>
              </tr>
            </thead>
            <tbody>
              {linesOf(pair).map((line, at) => {
                const both = line.a !== null && line.b !== null;
                const differs = both && !line.holds && line.a?.value !== null && line.b?.value !== null;
                const cell = (side: Line["a"]) => (
                  <td className={mergeClasses(styles.td, differs && styles.differs)}>
                    {side ? <><Text size={200} block>{side.column}</Text><span className={line.compared ? styles.compared : undefined}>{side.value === null ? <span className={styles.none}>empty</span> : valueText(side.value, side.type)}</span></> : null}
                  </td>
                );
                return (
                  <tr key={at}>
                    {cell(line.a)}
                    <td className={mergeClasses(styles.td, styles.mark)}>
                      {!both ? null : line.holds ? (
                        <span className={mergeClasses(styles.sign, styles.same)}><CheckmarkCircleRegular aria-hidden />{line.compared ? "compared, same" : "same"}</span>
                      ) : differs ? (
                        <span className={mergeClasses(styles.sign, styles.other)}><ErrorCircleRegular aria-hidden />differs</span>
                      ) : null}
                    </td>
                    {cell(line.b)}
                  </tr>
                );
              })}
            </tbody>
          </table>
          <div className={styles.head} style={{ marginTop: "8px", marginBottom: 0 }}>
            <Text size={200} style={{ flexGrow: 1 }}>j next, k before</Text>
            <ExplainButton pair={pairOf(pair.a, pair.b)} sides={false} />
            {pair.customer_id ? <PageLink to={to(`/customers/${encodeURIComponent(pair.customer_id)}`)}>The profile they are part of</PageLink> : null}
          </div>
        </>
      ) : pairs.isPending || pairs.isPlaceholderData ? <Loading label="Looking for pairs" /> : pairs.error ? null : <Text>No pair {late ? "holds that text" : "was matched in the last run"}.</Text>}
    </section>
  );
}
