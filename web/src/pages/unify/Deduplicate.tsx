/*
 * Deduplicate: how the doubles within one table are found, and which of them stands for the others.
 *
 * Invariants: every rule is tried on every record; groups that share a record are one.
 */
import { Accordion, AccordionHeader, AccordionItem, AccordionPanel, Button, Field, Input, makeStyles, mergeClasses, Select, Switch, Text, tokens } from "@fluentui/react-components";
import { AddRegular, ArrowDownRegular, ArrowUpRegular, CopyRegular, DeleteRegular } from "@fluentui/react-icons";
import type { Value } from "../../api/types";
import { ColumnSelect } from "../sources/fields";
import { list, record, text, type StepColumn } from "../sources/steps";
import { freeName, type Dict } from "./model";
import { NormalizeField } from "./Normalize";
import { PrecisionField } from "./Precision";
import { DedupePreview } from "./RulePreview";

const useStyles = makeStyles({
  box: { marginTop: "16px" },
  form: { display: "flex", flexDirection: "column", gap: "16px", maxWidth: "760px" },
  rule: { border: `1px solid ${tokens.colorNeutralStroke2}`, borderRadius: tokens.borderRadiusMedium, padding: "12px", display: "flex", flexDirection: "column", gap: "12px" },
  off: { opacity: 0.75 },
  condition: { borderLeft: `3px solid ${tokens.colorBrandStroke1}`, paddingLeft: "12px", display: "flex", flexDirection: "column", gap: "8px" },
  exception: { borderLeftColor: tokens.colorPaletteDarkOrangeBorderActive },
  line: { display: "flex", gap: "8px", alignItems: "flex-end", flexWrap: "wrap" },
  grow: { flex: "1 1 180px", minWidth: 0 },
  table: { width: "100%", borderCollapse: "collapse", "& th": { textAlign: "start", fontSize: tokens.fontSizeBase200, padding: "4px 8px 4px 0" }, "& td": { padding: "2px 8px 2px 0" } },
});

const KEEP: [string, string][] = [["most_filled", "the one with most values"], ["most_recent", "the newest"], ["least_recent", "the oldest"]];
const KEEP_COLUMN: [string, string][] = [["most_filled", "the first that is there"], ["most_recent", "the newest"], ["least_recent", "the oldest"]];

/** `most_filled`, or `{most_recent: {by: …}}`: its word and column. */
function keepOf(value: Value | undefined): [string, string] {
  if (value === undefined || typeof value === "string") return [text(value) || "most_filled", ""];
  const word = Object.keys(record(value))[0] ?? "most_filled";
  return [word, text(record(record(value)[word]).by)];
}
const keepValue = (word: string, by: string): Value => (word === "most_filled" ? word : { [word]: { by } });

/** A column to begin with: an e-mail, else one that is not the first, which is a key more often than not. */
const likely = (columns: StepColumn[]): string => (columns.find((column) => /mail/i.test(column.name)) ?? columns[1] ?? columns[0])?.name ?? "";

/** Columns that put rows in order. */
const ordering = (columns: StepColumn[]) => columns.filter((column) => /^(date|integer|number|decimal)/.test(column.type));

export function DeduplicateForm(props: { table: Dict; columns: StepColumn[]; lists: string[]; canEdit: boolean; onChange: (table: Dict, label: string) => void }) {
  const styles = useStyles();
  const own = record(props.table.deduplicate);
  const rules = list(own.rules).map(record);
  const put = (next: Dict, label: string) => {
    const { deduplicate: _, ...rest } = props.table;
    const clean = { ...next };
    if (list(clean.rules).length === 0) delete clean.rules;
    if (Object.keys(record(clean.columns)).length === 0) delete clean.columns;
    props.onChange(Object.keys(clean).length === 0 ? rest : { ...props.table, deduplicate: clean }, label);
  };
  const setRules = (next: Dict[], label = "deduplication rules") => put({ ...own, rules: next }, label);
  const move = (at: number, by: number) => {
    const next = [...rules];
    next.splice(at + by, 0, ...next.splice(at, 1));
    setRules(next, "order of rules");
  };
  const first = likely(props.columns);
  return (
    <Accordion collapsible className={styles.box}>
      <AccordionItem value="deduplicate">
        <AccordionHeader as="h3">Doubles within this table{rules.length > 0 ? ` (${rules.length} ${rules.length === 1 ? "rule" : "rules"})` : ""}</AccordionHeader>
        <AccordionPanel>
          <fieldset disabled={!props.canEdit} style={{ border: "none", padding: 0, margin: 0, minWidth: 0 }}>
            <div className={styles.form}>
              <Text size={200}>{rules.length === 0 ? "Records are doubles when they agree on the columns that match rules use. Give rules to find them otherwise." : "Records for which all conditions of one rule hold are the same person. Every rule is tried on every record: if one joins A and B and another B and C, all three are one."}</Text>
              {rules.map((rule, at) => (
                <Rule
                  key={at} rule={rule} at={at} columns={props.columns} lists={props.lists} table={text(props.table.table)} canEdit={props.canEdit}
                  onChange={(next, label) => setRules(rules.map((old, index) => (index === at ? next : old)), label)}
                  onRemove={() => setRules(rules.filter((_, index) => index !== at), "delete a rule")}
                  onDuplicate={() => setRules([...rules.slice(0, at + 1), { ...rule, name: freeName(rules, text(rule.name)) }, ...rules.slice(at + 1)], "duplicate a rule")}
                  onUp={at > 0 ? () => move(at, -1) : undefined}
                  onDown={at < rules.length - 1 ? () => move(at, 1) : undefined}
                />
              ))}
              <div><Button size="small" icon={<AddRegular />} onClick={() => setRules([...rules, { name: freeName(rules, `Same${rules.length + 1}`), when: [{ column: first }] }], "add a rule")}>Add a rule</Button></div>
              <Kept own={own} columns={props.columns} onChange={put} />
            </div>
          </fieldset>
        </AccordionPanel>
      </AccordionItem>
    </Accordion>
  );
}

/** A rule over the columns of one table; without `onDuplicate` it is tried always and in no order. */
export function Rule(props: {
  rule: Dict; at: number; columns: StepColumn[]; lists: string[]; table?: string; canEdit: boolean;
  /** Whether it has a name. */
  named?: boolean;
  /** What stands before its first column. */
  words?: string;
  onChange: (rule: Dict, label: string) => void; onRemove?: () => void; onDuplicate?: () => void; onUp?: () => void; onDown?: () => void;
}) {
  const styles = useStyles();
  const { rule, columns } = props;
  const name = text(rule.name) || `rule ${props.at + 1}`;
  const setList = (key: "when" | "unless", conditions: Value[]) => {
    const { unless: _, ...rest } = rule;
    if (key === "unless" && conditions.length === 0) props.onChange(rest, "exceptions");
    else props.onChange({ ...rule, [key]: conditions }, key === "when" ? "conditions" : "exceptions");
  };
  const blank = (): Value => ({ column: likely(columns) });
  const conditions = (key: "when" | "unless") => list(rule[key]).map(record).map((condition, index) => {
    const put = (next: Dict) => setList(key, list(rule[key]).map((old, other): Value => (other === index ? next : old)));
    const type = columns.find((column) => column.name === text(condition.column))?.type ?? "any";
    const isText = ["text", "guid", "any"].includes(type);
    return (
      <div key={`${key} ${index}`} className={mergeClasses(styles.condition, key === "unless" && styles.exception)}>
        <div className={styles.line}>
          <span className={styles.grow}>
            <ColumnSelect label={key === "when" ? (index === 0 ? (props.words ?? "Same person when they agree on") : "and on") : index === 0 ? "Except when" : "and when"} columns={columns} value={text(condition.column)} onChange={(column) => put({ ...condition, column })} />
          </span>
          <span className={styles.grow}>
            <NormalizeField tables={props.lists} value={condition.normalize} onChange={(normalize) => {
              const { normalize: _, ...rest } = condition;
              put(normalize.length === 0 ? rest : { ...condition, normalize });
            }} />
          </span>
          {key === "unless" ? (
            <Select aria-label={`When the exception on ${text(condition.column)} holds`} value={condition.differs === true ? "differ" : "agree"} onChange={(_, data) => {
              const { differs: _differs, ...rest } = condition;
              put(data.value === "differ" ? { ...rest, differs: true } : rest);
            }}>
              <option value="agree">agree</option>
              <option value="differ">are there and differ</option>
            </Select>
          ) : null}
          <Button appearance="subtle" icon={<DeleteRegular />} aria-label={`Remove the condition on ${text(condition.column)} from ${name}`} disabled={key === "when" && list(rule.when).length === 1} onClick={() => setList(key, list(rule[key]).filter((_, other) => other !== index))} />
        </div>
        {isText ? (
          <PrecisionField value={condition.precision} disabled={!props.canEdit} onChange={(precision) => {
            const { precision: _, ...rest } = condition;
            put(precision === "exact" ? rest : { ...condition, precision });
          }} />
        ) : null}
      </div>
    );
  });
  return (
    <section className={mergeClasses(styles.rule, rule.active === false && styles.off)} aria-label={`Rule ${name}`}>
      {props.named === false ? null : (
        <div className={styles.line}>
          <Field label="Rule" className={styles.grow}><Input value={text(rule.name)} onChange={(_, data) => props.onChange({ ...rule, name: data.value }, "name of a rule")} /></Field>
          {props.onDuplicate ? (
            <>
              <Switch label="Used" checked={rule.active !== false} onChange={(_, data) => {
                const { active: _active, ...rest } = rule;
                props.onChange(data.checked ? rest : { ...rule, active: false }, "use of a rule");
              }} />
              <Button size="small" appearance="subtle" icon={<ArrowUpRegular />} aria-label={`Move ${name} up`} disabled={!props.onUp} onClick={props.onUp} />
              <Button size="small" appearance="subtle" icon={<ArrowDownRegular />} aria-label={`Move ${name} down`} disabled={!props.onDown} onClick={props.onDown} />
              <Button size="small" appearance="subtle" icon={<CopyRegular />} onClick={props.onDuplicate}>Duplicate</Button>
            </>
          ) : null}
          {props.onRemove ? <Button size="small" appearance="subtle" icon={<DeleteRegular />} aria-label={`Delete ${name}`} onClick={props.onRemove}>Delete</Button> : null}
        </div>
      )}
      {conditions("when")}
      {conditions("unless")}
      <div className={styles.line}>
        <Button size="small" icon={<AddRegular />} onClick={() => setList("when", [...list(rule.when), blank()])}>Add a condition</Button>
        <Button size="small" appearance="subtle" icon={<AddRegular />} onClick={() => setList("unless", [...list(rule.unless), blank()])}>Add an exception</Button>
      </div>
      {props.table === undefined ? null : <DedupePreview table={props.table} rule={rule} />}
    </section>
  );
}

/** Which of the doubles stands for the others, and which single columns are chosen otherwise. */
function Kept({ own, columns, onChange }: { own: Dict; columns: StepColumn[]; onChange: (own: Dict, label: string) => void }) {
  const styles = useStyles();
  const times = ordering(columns);
  const [keep, by] = keepOf(own.keep);
  const single = Object.entries(record(own.columns));
  const setSingle = (next: [string, Value][]) => onChange({ ...own, columns: Object.fromEntries(next) }, "value of a column");
  const free = columns.filter((column) => !single.some(([name]) => name === column.name));
  const pick = (value: string, column: string, words: [string, string][], label: string, set: (word: string, by: string) => void) => (
    <>
      <Select aria-label={label} value={value} onChange={(_, data) => set(data.value, column || (times[0]?.name ?? ""))}>
        {words.map(([word, said]) => <option key={word} value={word} disabled={word !== "most_filled" && times.length === 0}>{said}</option>)}
      </Select>
      {value === "most_filled" ? null : <ColumnSelect label={`${label} by`} hideLabel columns={times} value={column} onChange={(next) => set(value, next)} />}
    </>
  );
  return (
    <div>
      <table className={styles.table} aria-label="Which double is kept">
        <thead><tr><th scope="col">Of doubles keep</th><th scope="col">which value</th><th scope="col"><span className="visually-hidden">Actions</span></th></tr></thead>
        <tbody>
          <tr>
            <td>the record</td>
            <td><span className={styles.line}>{pick(keep, by, KEEP, "Which record is kept", (word, column) => onChange({ ...own, keep: keepValue(word, column) }, "which double is kept"))}</span></td>
            <td />
          </tr>
          {single.map(([name, value], at) => {
            const [word, column] = keepOf(value);
            return (
              <tr key={name}>
                <td>{name}</td>
                <td><span className={styles.line}>{pick(word, column, KEEP_COLUMN, `Which ${name} is kept`, (next, nextBy) => setSingle(single.map((old, index) => (index === at ? [name, keepValue(next, nextBy)] : old))))}</span></td>
                <td><Button size="small" appearance="subtle" icon={<DeleteRegular />} aria-label={`Keep ${name} of the record`} onClick={() => setSingle(single.filter((_, index) => index !== at))} /></td>
              </tr>
            );
          })}
        </tbody>
      </table>
      {free.length > 0 ? (
        <Select aria-label="Choose the value of a single column otherwise" value="" style={{ maxWidth: "320px", marginTop: "4px" }} onChange={(_, data) => { if (data.value) setSingle([...single, [data.value, "most_filled"]]); }}>
          <option value="">choose a single column otherwise …</option>
          {free.map((column) => <option key={column.name} value={column.name}>{column.name}</option>)}
        </Select>
      ) : null}
    </div>
  );
}
