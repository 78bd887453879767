/*
 * rules-form: what stands for a missing value in each attribute of a measure, and by which way its tables lead to Customer.
 */
import { Button, Checkbox, Input, makeStyles, tokens } from "@fluentui/react-components";
import { DeleteRegular } from "@fluentui/react-icons";
import { PathList } from "../../parts/attributes/path-picker";
import { chain, tableOf, type Scope } from "../../parts/attributes/scope";
import { familyOf } from "../../parts/conditions/operators";
import { named, tablesOf, usesAlias, withTables, type Json } from "./measure-value";

const useStyles = makeStyles({
  heading: { fontSize: tokens.fontSizeBase400, fontWeight: tokens.fontWeightSemibold, margin: "0 0 4px" },
  soft: { color: tokens.colorNeutralForeground3, margin: "0 0 8px" },
  row: { display: "flex", alignItems: "center", gap: "8px", flexWrap: "wrap", minHeight: "36px" },
  small: { width: "88px" },
  table: { fontWeight: tokens.fontWeightSemibold },
});

type Change = (change: (value: Json) => Json, label: string) => void;

/** How each related table leads to Customer. */
export function Paths({ scope, value, onChange }: { scope: Scope; value: Json; onChange: Change }) {
  const styles = useStyles();
  const tables = tablesOf(value);
  const names = Object.keys(tables);
  if (names.length === 0) return null;
  return (
    <section aria-label="Paths">
      <h2 className={styles.heading}>Paths</h2>
      {names.map((alias) => {
        const one = tables[alias]!;
        const table = tableOf(scope, alias, tables);
        const ways = table?.paths ?? [];
        const unused = !usesAlias(value, alias);
        const set = (path: string[]) => onChange((old) => withTables(old, { ...tablesOf(old), [alias]: { table: one.table, path } }), `path of ${alias}`);
        return (
          <div key={alias}>
            <div className={styles.row}>
              <span className={styles.table}>{alias}</span>
              <span className={styles.soft} style={{ margin: 0 }}>{one.table}{ways.length === 1 ? `: ${chain(ways[0]!.tables, scope)}` : ways.length === 0 && !scope.loading ? ": no way to Customer is known" : ""}</span>
              {unused ? (
                <Button size="small" appearance="subtle" icon={<DeleteRegular />} onClick={() => onChange((old) => { const { [alias]: _gone, ...rest } = tablesOf(old); return withTables(old, rest); }, `remove ${alias}`)}>
                  Not used, remove
                </Button>
              ) : null}
            </div>
            {ways.length > 1 ? <PathList ways={ways} value={one.path} scope={scope} label={`How ${alias} leads to Customer`} onChange={set} /> : null}
          </div>
        );
      })}
    </section>
  );
}

/** What stands for a missing value. */
export function Nulls({ scope, value, replaced, onChange }: { scope: Scope; value: Json; replaced: Json; onChange: (replaced: Json) => void }) {
  const styles = useStyles();
  const columns = named(value, scope).filter((one) => familyOf(one.type) === "number");
  const known = new Set(columns.map((one) => one.name));
  const all = [...columns, ...Object.keys(replaced).filter((name) => !known.has(name)).map((name) => ({ name, title: name, type: "number" }))];
  if (all.length === 0) return null;
  return (
    <section aria-label="Rules for missing values">
      <h2 className={styles.heading}>Missing values</h2>
      <p className={styles.soft}>A sum or quotient with a missing value is missing too, unless something stands for it.</p>
      {all.map((one) => {
        const now = replaced[one.name];
        const on = now !== undefined;
        const numeric = familyOf(one.type) === "number";
        return (
          <div key={one.name} className={styles.row}>
            <Checkbox
              checked={on}
              label={`In ${one.title} count a missing value as`}
              onChange={(_, data) => {
                const { [one.name]: _old, ...rest } = replaced;
                onChange(data.checked === true ? { ...replaced, [one.name]: numeric ? 0 : "" } : rest);
              }}
            />
            <Input
              className={styles.small}
              disabled={!on}
              value={on ? String(now) : ""}
              aria-label={`Stands for a missing value in ${one.title}`}
              onChange={(_, data) => onChange({ ...replaced, [one.name]: numeric && data.value.trim() !== "" && !Number.isNaN(Number(data.value)) ? Number(data.value) : data.value })}
            />
          </div>
        );
      })}
    </section>
  );
}
