/*
 * RuleForm: a match rule: its tables, conditions, exceptions.
 *
 * Not here: what the rule would match (RulePreview), the words for normalizing (Normalize) and nearness (Precision).
 */
import { Button, Field, Input, makeStyles, Select, Switch, Text, tokens } from "@fluentui/react-components";
import { AddRegular, DeleteRegular } from "@fluentui/react-icons";
import { useState } from "react";
import type { Value } from "../../api/types";
import { TypeIcon } from "../../parts";
import { ColumnSelect } from "../sources/fields";
import { list, record, text } from "../sources/steps";
import { sideColumn, type Dict, type Known } from "./model";
import { NormalizeField } from "./Normalize";
import { PrecisionField } from "./Precision";

const useStyles = makeStyles({
  form: { display: "flex", flexDirection: "column", gap: "12px" },
  title: { fontSize: tokens.fontSizeBase400, fontWeight: tokens.fontWeightSemibold, margin: 0 },
  line: { display: "flex", gap: "12px", alignItems: "flex-end", flexWrap: "wrap" },
  condition: { borderLeft: `3px solid ${tokens.colorBrandStroke1}`, paddingLeft: "12px", display: "flex", flexDirection: "column", gap: "8px" },
  exception: { borderLeftColor: tokens.colorPaletteDarkOrangeBorderActive },
  grow: { flex: "1 1 180px", minWidth: 0 },
  hint: { color: tokens.colorNeutralForeground2 },
});

export function RuleForm(props: { rule: Dict; known: Known[]; tables: string[]; canEdit: boolean; counts?: (condition: number, share: number) => number | null; onChange: (rule: Dict, label: string) => void }) {
  const styles = useStyles();
  const { rule, tables } = props;
  const from = text(rule.from);
  const to = text(rule.to);
  const higher = tables.slice(0, Math.max(1, tables.indexOf(from)));
  const put = (part: Dict, label: string) => props.onChange({ ...rule, ...part }, label);
  const setList = (key: "when" | "unless", conditions: Value[]) => {
    if (key === "unless" && conditions.length === 0) {
      const { unless: _, ...rest } = rule;
      props.onChange(rest, "exceptions");
    } else put({ [key]: conditions }, key === "when" ? "conditions" : "exceptions");
  };
  const columnsOf = (table: string) => props.known.find((one) => one.name === table)?.columns ?? [];
  const blank = (): Value => ({ column: columnsOf(from)[0]?.name ?? "", equals: columnsOf(to)[0]?.name ?? "", precision: "exact" });
  const conditions = (key: "when" | "unless") => list(rule[key]).map((one, at) => (
    <ConditionForm
      key={at}
      words={key === "when" ? (at === 0 ? "Same person when" : "and") : at === 0 ? "Except when" : "and"}
      condition={record(one)}
      exception={key === "unless"}
      from={from}
      to={to}
      columnsOf={columnsOf}
      lists={props.known.map((table) => table.name)}
      canEdit={props.canEdit}
      counts={key === "when" && props.counts ? (share) => props.counts?.(at, share) ?? null : undefined}
      onChange={(next) => setList(key, list(rule[key]).map((old, index): Value => (index === at ? next : old)))}
      onRemove={key === "when" && list(rule.when).length === 1 ? undefined : () => setList(key, list(rule[key]).filter((_, index) => index !== at))}
    />
  ));
  return (
    <section aria-label={`Rule ${text(rule.name)}`}>
      <fieldset disabled={!props.canEdit} style={{ border: "none", margin: 0, padding: 0, minWidth: 0 }}>
        <div className={styles.form}>
          <h2 className={styles.title}>{text(rule.name)}</h2>
          <div className={styles.line}>
            <Field label="Name" className={styles.grow}><Input style={{ width: "100%", minWidth: 0 }} value={text(rule.name)} onChange={(_, data) => put({ name: data.value }, "name of a rule")} /></Field>
            <Field label="Records of" className={styles.grow}><Input style={{ width: "100%", minWidth: 0 }} value={from} readOnly /></Field>
            <Field label="match records of" className={styles.grow}>
              <Select style={{ minWidth: 0 }} value={to} onChange={(_, data) => put({ to: data.value }, "table of a rule")}>
                {higher.includes(to) ? null : <option value={to}>{to}</option>}
                {higher.map((name) => <option key={name} value={name}>{name}</option>)}
              </Select>
            </Field>
            <Switch label="Used" checked={rule.active !== false} onChange={(_, data) => {
              const { active: _active, ...rest } = rule;
              props.onChange(data.checked ? rest : { ...rule, active: false }, "use of a rule");
            }} />
          </div>
          {conditions("when")}
          {conditions("unless")}
          <div className={styles.line}>
            <Button size="small" icon={<AddRegular />} onClick={() => setList("when", [...list(rule.when), blank()])}>Add a condition</Button>
            <Button size="small" appearance="subtle" icon={<AddRegular />} onClick={() => setList("unless", [...list(rule.unless), blank()])}>Add an exception</Button>
          </div>
          <Text size={200} className={styles.hint}>Empty values never match. Upper and lower case differ unless normalized.</Text>
        </div>
      </fieldset>
    </section>
  );
}

function ConditionForm(props: { words: string; condition: Dict; exception: boolean; from: string; to: string; columnsOf: (table: string) => Known["columns"]; lists: string[]; canEdit: boolean; counts?: (share: number) => number | null; onChange: (condition: Dict) => void; onRemove?: () => void }) {
  const styles = useStyles();
  const { condition } = props;
  const [own, setOwn] = useState(typeof condition.column === "object" || typeof condition.equals === "object");
  const typeOf = (key: "column" | "equals", table: string) => props.columnsOf(table).find((column) => column.name === sideColumn(condition[key]))?.type ?? "any";
  const isText = [typeOf("column", props.from), typeOf("equals", props.to)].every((type) => ["text", "guid", "any"].includes(type));
  const side = (key: "column" | "equals", table: string, label: string) => {
    const value = condition[key];
    const parts = record(value);
    const columns = props.columnsOf(table);
    const type = columns.find((column) => column.name === sideColumn(value))?.type ?? "any";
    return (
      <div className={styles.grow}>
        <div className={styles.line}>
          <span style={{ flexGrow: 1, minWidth: 0 }}><ColumnSelect label={label} columns={columns} value={sideColumn(value)} onChange={(column) => props.onChange({ ...condition, [key]: typeof value === "object" && value !== null ? { ...parts, column } : column })} /></span>
          <TypeIcon type={type} />
        </div>
        {own ? (
          <NormalizeField label={`Normalize ${label}`} tables={props.lists} value={parts.normalize ?? condition.normalize} onChange={(normalize) => props.onChange({ ...condition, [key]: { column: sideColumn(value), normalize } })} />
        ) : null}
      </div>
    );
  };
  return (
    <div className={`${styles.condition} ${props.exception ? styles.exception : ""}`}>
      <div className={styles.line}>
        <Text weight="semibold">{props.words}</Text>
        {props.exception ? (
          <Select size="small" aria-label="The exception holds when the values" value={condition.differs === true ? "differ" : "agree"} onChange={(_, data) => {
            const { differs: _differs, ...rest } = condition;
            props.onChange(data.value === "differ" ? { ...rest, differs: true } : rest);
          }}>
            <option value="agree">these agree</option>
            <option value="differ">both are there and differ</option>
          </Select>
        ) : null}
        <span style={{ flexGrow: 1 }} />
        {props.onRemove ? <Button size="small" appearance="subtle" icon={<DeleteRegular />} onClick={props.onRemove}>Remove</Button> : null}
      </div>
      <div className={styles.line} style={{ alignItems: "flex-start" }}>
        {side("column", props.from, `column of ${props.from}`)}
        {side("equals", props.to, `column of ${props.to}`)}
      </div>
      <div className={styles.line}>
        {own ? null : (
          <NormalizeField label="Normalize both" tables={props.lists} value={condition.normalize} onChange={(normalize) => {
            const { normalize: _, ...rest } = condition;
            props.onChange(normalize.length === 0 ? rest : { ...condition, normalize });
          }} />
        )}
        <Switch label="each side its own" checked={own} onChange={(_, data) => {
          setOwn(data.checked);
          if (!data.checked) props.onChange({ ...condition, column: sideColumn(condition.column), equals: sideColumn(condition.equals) });
        }} />
      </div>
      <PrecisionField value={condition.precision} disabled={!props.canEdit} locked={!isText && (condition.precision === undefined || condition.precision === "exact")} counts={props.counts} onChange={(precision) => props.onChange({ ...condition, precision })} />
    </div>
  );
}
