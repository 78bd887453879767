/*
 * ExpressionField: a column of a table, or an expression over its columns.
 */
import { Button, Field, makeStyles } from "@fluentui/react-components";
import { useState } from "react";
import { ColumnSelect, LateInput } from "../sources/fields";
import { quoted, type StepColumn } from "../sources/steps";

const useStyles = makeStyles({
  line: { display: "flex", gap: "8px", alignItems: "flex-end" },
  other: { minHeight: "32px", flexShrink: 0 },
  grow: { flexGrow: 1, minWidth: 0 },
});

/** A column, or an expression over columns. */
export function ExpressionField(props: { label: string; required?: boolean; columns: StepColumn[]; value: string; onChange: (value: string) => void }) {
  const styles = useStyles();
  const plain = props.columns.find((column) => quoted(column.name) === props.value || column.name === props.value);
  const [expression, setExpression] = useState(props.value !== "" && !plain);
  return (
    <div className={styles.line}>
      <div className={styles.grow}>
        {expression ? (
          <Field label={props.label} required={props.required} hint="an expression over this table's columns: concat(a, ' ', b)"><LateInput value={props.value} onChange={props.onChange} /></Field>
        ) : (
          <ColumnSelect label={`${props.label}${props.required ? " *" : ""}`} optional={props.required ? "choose" : "none"} columns={props.columns} value={plain?.name ?? ""} onChange={(column) => props.onChange(column === "" ? "" : quoted(column))} />
        )}
      </div>
      <Button className={styles.other} size="small" appearance="subtle" aria-label={expression ? `Column for ${props.label}` : `Expression for ${props.label}`} onClick={() => setExpression(!expression)}>{expression ? "Column" : "Expression"}</Button>
    </div>
  );
}
