/*
 * Deduplicate: how the doubles within one table are found, and which of them stands for the others.
 */
import { Accordion, AccordionHeader, AccordionItem, AccordionPanel, Button, Field, Input, makeStyles, Select, Text, tokens } from "@fluentui/react-components";
import { AddRegular, DeleteRegular } from "@fluentui/react-icons";
import type { Value } from "../../api/types";
import { ColumnSelect } from "../sources/fields";
import { list, record, text, type StepColumn } from "../sources/steps";
import type { Dict } from "./model";
import { NormalizeField } from "./Normalize";

const useStyles = makeStyles({
  box: { marginTop: "16px" },
  form: { display: "flex", flexDirection: "column", gap: "12px", maxWidth: "640px" },
  rule: { borderLeft: `3px solid ${tokens.colorNeutralStroke1}`, paddingLeft: "12px", display: "flex", flexDirection: "column", gap: "8px" },
  line: { display: "flex", gap: "8px", alignItems: "flex-end", flexWrap: "wrap" },
});

const KEEP: [string, string][] = [["most_filled", "the one with most values"], ["most_recent", "the newest"], ["least_recent", "the oldest"]];

export function DeduplicateForm(props: { table: Dict; columns: StepColumn[]; canEdit: boolean; onChange: (table: Dict, label: string) => void }) {
  const styles = useStyles();
  const own = record(props.table.deduplicate);
  const rules = list(own.rules).map(record);
  const keep = typeof own.keep === "string" || own.keep === undefined ? "most_filled" : (Object.keys(record(own.keep))[0] ?? "most_filled");
  const by = text(record(record(own.keep)[keep]).by);
  const times = props.columns.filter((column) => /^(date|integer|number|decimal)/.test(column.type));
  const put = (next: Dict, label: string) => {
    const { deduplicate: _, ...rest } = props.table;
    const clean = { ...next };
    if (list(clean.rules).length === 0) delete clean.rules;
    props.onChange(Object.keys(clean).length === 0 ? rest : { ...props.table, deduplicate: clean }, label);
  };
  const setKeep = (word: string, column: string) => put({ ...own, keep: word === "most_filled" ? word : { [word]: { by: column } } }, "which double is kept");
  const setRules = (next: Value[]) => put({ ...own, rules: next }, "deduplication rules");
  const setRule = (at: number, rule: Dict) => setRules(rules.map((old, index) => (index === at ? rule : old)));
  return (
    <Accordion collapsible className={styles.box}>
      <AccordionItem value="deduplicate">
        <AccordionHeader as="h3">Doubles within this table{rules.length > 0 ? ` (${rules.length} ${rules.length === 1 ? "rule" : "rules"})` : ""}</AccordionHeader>
        <AccordionPanel>
          <fieldset disabled={!props.canEdit} style={{ border: "none", padding: 0, margin: 0 }}>
            <div className={styles.form}>
              <Text size={200}>{rules.length === 0 ? "Records are doubles when they agree on the columns that match rules use. Give rules to find them otherwise." : "Records that agree on all columns of one rule are the same person."}</Text>
              {rules.map((rule, at) => (
                <div key={at} className={styles.rule}>
                  <div className={styles.line}>
                    <Field label="Rule"><Input value={text(rule.name)} onChange={(_, data) => setRule(at, { ...rule, name: data.value })} /></Field>
                    <Button appearance="subtle" icon={<DeleteRegular />} aria-label={`Remove the rule ${text(rule.name)}`} onClick={() => setRules(rules.filter((_, index) => index !== at))} />
                  </div>
                  {list(rule.when).map(record).map((condition, index) => {
                    const put1 = (next: Dict) => setRule(at, { ...rule, when: list(rule.when).map((old, other): Value => (other === index ? next : old)) });
                    return (
                      <div key={index} className={styles.line}>
                        <ColumnSelect label={index === 0 ? "equal" : "and equal"} columns={props.columns} value={text(condition.column)} onChange={(column) => put1({ ...condition, column })} />
                        <NormalizeField value={condition.normalize} onChange={(normalize) => {
                          const { normalize: _, ...rest } = condition;
                          put1(normalize.length === 0 ? rest : { ...condition, normalize });
                        }} />
                        <Button appearance="subtle" icon={<DeleteRegular />} aria-label={`Remove the column ${text(condition.column)}`} disabled={list(rule.when).length === 1} onClick={() => setRule(at, { ...rule, when: list(rule.when).filter((_, other) => other !== index) })} />
                      </div>
                    );
                  })}
                  <div><Button size="small" appearance="subtle" icon={<AddRegular />} onClick={() => setRule(at, { ...rule, when: [...list(rule.when), { column: props.columns[0]?.name ?? "" }] })}>Another column</Button></div>
                </div>
              ))}
              <div><Button size="small" icon={<AddRegular />} onClick={() => setRules([...rules, { name: `Same${rules.length + 1}`, when: [{ column: props.columns[0]?.name ?? "" }] }])}>Add a rule</Button></div>
              <div className={styles.line}>
                <Field label="Which of them is kept">
                  <Select value={keep} onChange={(_, data) => setKeep(data.value, by || (times[0]?.name ?? ""))}>
                    {KEEP.map(([word, words]) => <option key={word} value={word} disabled={word !== "most_filled" && times.length === 0}>{words}</option>)}
                  </Select>
                </Field>
                {keep === "most_filled" ? null : <ColumnSelect label="by" columns={times} value={by} onChange={(column) => setKeep(keep, column)} />}
              </div>
              {own.columns !== undefined ? <Text size={200}>Single columns have choices of their own; see the YAML.</Text> : null}
            </div>
          </fieldset>
        </AccordionPanel>
      </AccordionItem>
    </Accordion>
  );
}
