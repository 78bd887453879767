/*
 * rows-form: how many rows of a person must meet a rule, which one it is about, and what must come before or after it.
 *
 * Flow: choices -> the rule's keys `times`, `pick`, `among`, `order_by`, `after`, `before`; the sentence says what they mean together.
 */
import { Button, makeStyles, Menu, MenuItem, MenuList, MenuPopover, MenuTrigger, Select, SpinButton, tokens } from "@fluentui/react-components";
import { AddRegular, DeleteRegular } from "@fluentui/react-icons";
import { useMemo } from "react";
import { AttributeOrText } from "../../parts/attributes/attribute-or-text";
import { aliasFor, local, tableOf, written, type Picked } from "../../parts/attributes/scope";
import { ConditionBuilder, type Scope, type UsedTables } from "../../parts/conditions";
import { aboutRows, besideOf, bounded, counted, countOf, countWords, distances, isRows, orderOf, rowsOf, timesOf, unknownKeys, withBeside, type Count } from "./rows-value";
import { useSentence } from "./sentence";
import { ANY_ROW, type Rule } from "./segment-value";

const useStyles = makeStyles({
  whole: { borderTop: `1px solid ${tokens.colorNeutralStroke3}`, marginTop: "12px", paddingTop: "8px", display: "flex", flexDirection: "column", gap: "8px" },
  line: { display: "flex", gap: "8px", alignItems: "center", flexWrap: "wrap", minHeight: "32px" },
  number: { width: "88px", "& input": { minWidth: 0 } },
  soft: { color: tokens.colorNeutralForeground2 },
  said: { margin: 0, fontSize: tokens.fontSizeBase200, color: tokens.colorNeutralForeground2, overflowWrap: "anywhere" },
  beside: { borderLeft: `2px solid ${tokens.colorNeutralStroke1}`, paddingLeft: "12px", display: "flex", flexDirection: "column", gap: "4px" },
  title: { fontWeight: tokens.fontWeightSemibold, fontSize: tokens.fontSizeBase300, margin: 0 },
  end: { marginLeft: "auto" },
});

export interface RowsFormProps {
  rule: Rule;
  title: string;
  scope: Scope;
  around: UsedTables;
  onChange: (change: Partial<Rule>, label: string) => void;
}

export function RowsForm({ rule, title, scope, around, onChange }: RowsFormProps) {
  const styles = useStyles();
  const alias = rowsOf(rule, scope, around);
  const used = useMemo(() => ({ ...around, ...rule.tables }), [around, rule.tables]);
  const own = useMemo<Scope>(() => ({ ...scope, segments: false, tables: scope.tables.filter((table) => alias !== null && table === tableOf(scope, alias, used)) }), [scope, alias, used]);
  const sentence = useSentence(rule, scope, around);
  const order = orderOf(alias, scope, used);
  const unknown = unknownKeys(rule);
  if (alias === null && !aboutRows(rule)) return <CountRows scope={scope} around={around} rule={rule} title={title} onChange={onChange} />;
  const count = countOf(rule);
  const { least, most } = timesOf(rule);
  const table = alias === null ? undefined : tableOf(scope, alias, used);
  const picks = count === "first" || count === "last";
  const [after, before] = [besideOf(rule, "after"), besideOf(rule, "before")];
  const ordered = picks || after !== null || before !== null;
  const write = (picked: Picked) => written(alias ?? "", local(picked.table, picked.column));
  const bound = (key: "at_least" | "at_most", value: number | null, words: string, from: number) => (
    <SpinButton className={styles.number} value={value ?? from} min={from} max={1_000_000} aria-label={`${words} so many rows, ${title}`} onChange={(_, data) => {
      const next = data.value ?? Number(data.displayValue);
      if (Number.isInteger(next) && next >= from) onChange(bounded(rule, key, next), `${words} ${next}`);
    }} />
  );
  const taken = (where: string, tables: UsedTables, change: Partial<Rule>, label: string) => onChange({ tables: { ...rule.tables, ...tables }, ...change }, label);
  return (
    <div className={styles.whole} role="group" aria-label={`Rows of ${title}`}>
      <div className={styles.line}>
        <span className={styles.soft}>People who have</span>
        <Select value={count} aria-label={`How many rows, ${title}`} onChange={(_, data) => onChange(counted(rule, data.value as Count, order), countWords[data.value as Count])}>
          {(Object.keys(countWords) as Count[]).map((one) => <option key={one} value={one}>{countWords[one]}</option>)}
        </Select>
        {count === "least" || count === "exactly" ? bound("at_least", least, count === "exactly" ? "Exactly" : "At least", 1) : null}
        {count === "most" ? bound("at_most", most, "At most", 0) : null}
        {count === "range" ? <>{bound("at_least", least, "From", 1)}<span>to</span>{bound("at_most", most, "To", 1)}</> : null}
        <span className={styles.soft}>of {table?.title ?? alias ?? "a table"}</span>
      </div>
      {ordered ? (
        <div className={styles.line}>
          <span className={styles.soft}>in the order of</span>
          <AttributeOrText label={`Order of rows, ${title}`} value={typeof rule.more.order_by === "string" ? rule.more.order_by : ""} scope={own} used={used} write={write} onChange={(next) => onChange({ more: { ...rule.more, order_by: next } }, "order of rows")} />
        </div>
      ) : null}
      {picks ? (
        <div className={styles.beside}>
          <p className={styles.title}>The {count} of which rows? <span className={styles.said}>Of all of them, unless a condition stands here.</span></p>
          <ConditionBuilder
            label={`${title}, chosen among`}
            text={typeof rule.more.among === "string" ? rule.more.among : ""}
            around={used}
            scope={own}
            empty="Of all rows."
            onChange={(where, tables, label) => {
              const { among: _among, ...rest } = rule.more;
              taken(where, tables, { more: where === "" ? rest : { ...rule.more, among: where } }, label);
            }}
          />
        </div>
      ) : null}
      {(["after", "before"] as const).map((key) => {
        const one = key === "after" ? after : before;
        if (one === null) return null;
        const words = key === "after" ? "after another row" : "before another row";
        const name = key === "after" ? "the row before it" : "the row after it";
        return (
          <div key={key} className={styles.beside} role="group" aria-label={`${title}: ${words}`}>
            <div className={styles.line}>
              <p className={styles.title}>… {words}</p>
              <Select value={one.count === null ? "ever" : "within"} aria-label={`How far away ${name} is, ${title}`} onChange={(_, data) => onChange(withBeside(rule, key, { count: data.value === "ever" ? null : 30 }, order), "distance")}>
                <option value="ever">however far away</option>
                <option value="within">at most</option>
              </Select>
              {one.count === null ? null : (
                <>
                  <SpinButton className={styles.number} min={1} max={100_000} value={one.count} aria-label={`Distance of ${name}, ${title}`} onChange={(_, data) => {
                    const next = data.value ?? Number(data.displayValue);
                    if (Number.isInteger(next) && next >= 1) onChange(withBeside(rule, key, { count: next }, order), "distance");
                  }} />
                  <Select value={one.unit} aria-label={`Unit of the distance of ${name}, ${title}`} onChange={(_, data) => onChange(withBeside(rule, key, { unit: data.value }, order), "distance")}>
                    {distances.map((unit) => <option key={unit} value={unit}>{unit}{one.count === 1 ? "" : "s"}</option>)}
                  </Select>
                  <span className={styles.soft}>away</span>
                </>
              )}
              <Button className={styles.end} size="small" appearance="subtle" icon={<DeleteRegular />} aria-label={`Remove ${name}, ${title}`} onClick={() => onChange(withBeside(rule, key, null, order), `remove ${name}`)} />
            </div>
            <ConditionBuilder label={`${title}, ${name}`} text={one.where === ANY_ROW ? "" : one.where} empty="Any row." around={used} scope={own} onChange={(where, tables, label) => taken(where, tables, withBeside(rule, key, { where }, order), label)} />
          </div>
        );
      })}
      <div className={styles.line}>
        {after === null ? <Button size="small" appearance="subtle" icon={<AddRegular />} onClick={() => onChange(withBeside(rule, "after", {}, order), "after another row")}>After another row</Button> : null}
        {before === null ? <Button size="small" appearance="subtle" icon={<AddRegular />} onClick={() => onChange(withBeside(rule, "before", {}, order), "before another row")}>Before another row</Button> : null}
      </div>
      <p className={styles.said} data-testid="rule-sentence">People {sentence}</p>
      {unknown.length > 0 ? <p className={styles.said}>The file also says {unknown.map((key) => `\`${key}\``).join(", ")} here; it stays as it is.</p> : null}
    </div>
  );
}

/** Begin to count rows of a table, without a condition on them. */
function CountRows({ scope, around, rule, title, onChange }: RowsFormProps) {
  // Segments and tables of measures have one row a person: there is nothing to count.
  const tables = scope.tables.filter((table) => isRows(table.table) && table.distance > 0 && (!table.always || /^(UnifiedActivity$|Activity_)/.test(table.table)));
  if (tables.length === 0 || rule.where.trim() !== "") return null;
  return (
    <div>
      <Menu>
        <MenuTrigger disableButtonEnhancement>
          <Button size="small" appearance="subtle" icon={<AddRegular />} aria-label={`Count rows of a table, ${title}`}>Count rows of a table</Button>
        </MenuTrigger>
        <MenuPopover>
          <MenuList>
            {tables.map((table) => (
              <MenuItem key={table.table} onClick={() => {
                const { alias, tables: named } = aliasFor(table, rule.tables, around);
                // A table that is there by itself has no place in `tables:`; that its key is there says which rows are meant.
                const key = table.columns.find((one) => one.key) ?? table.columns.find((one) => /id$/i.test(one.name)) ?? table.columns[0];
                const where = table.always && key ? `${written(alias, local(table, key))} is not null` : ANY_ROW;
                onChange({ where, tables: named, more: { ...rule.more, times: { at_least: 1 } } }, `count rows of ${table.title}`);
              }}>{table.title}</MenuItem>
            ))}
          </MenuList>
        </MenuPopover>
      </Menu>
    </div>
  );
}

