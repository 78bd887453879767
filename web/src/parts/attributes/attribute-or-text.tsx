/*
 * attribute-or-text: one attribute chosen from a list, or an expression where one attribute is not enough.
 *
 * Invariants: an expression that is no plain attribute stays as it is written.
 */
import { Button, Input, makeStyles, tokens } from "@fluentui/react-components";
import { useState } from "react";
import { AttributePicker } from "./attribute-picker";
import { columnOf, type Picked, type Scope, type UsedTables } from "./scope";

const useStyles = makeStyles({
  whole: { display: "inline-flex", gap: "4px", alignItems: "center", flexWrap: "wrap", minWidth: 0 },
  text: { fontFamily: tokens.fontFamilyMonospace, minWidth: "min(240px, 100%)" },
});

export interface AttributeOrTextProps {
  value: string;
  onChange: (value: string) => void;
  /** A picked column as the expression writes it; sees to `tables:`. */
  write: (picked: Picked) => string;
  scope: Scope;
  used: UsedTables;
  /** What it is: `ranked by`. */
  label: string;
  only?: (picked: Picked) => boolean;
  placeholder?: string;
  /** What it means that nothing is chosen; then it may be chosen again. */
  none?: string;
}

export function AttributeOrText({ value, onChange, write, scope, used, label, only, placeholder, none }: AttributeOrTextProps) {
  const styles = useStyles();
  const picked = columnOf(scope, value.replaceAll('"', ""), used);
  const [free, setFree] = useState(false);
  const text = free || (value !== "" && !picked && !scope.loading);
  const words = picked ? (picked.table.table === "Customer" || picked.table.table === "Customer_Measure" ? "" : `${picked.table.title || picked.table.alias} › `) + (picked.column.title || picked.column.name) : value || none || "Choose an attribute";
  return (
    <span className={styles.whole}>
      {text ? <Input className={styles.text} value={value} spellCheck={false} aria-label={label} placeholder={placeholder} onChange={(_, data) => onChange(data.value)} /> : <AttributePicker scope={scope} label={words} ariaLabel={`${label}: ${words}`} only={only} onPick={(one) => onChange(write(one))} />}
      {text && value !== "" && !picked ? null : <Button size="small" appearance="subtle" onClick={() => setFree(!free)} aria-label={text ? `Choose an attribute for ${label}` : `Expression for ${label}`}>{text ? "Choose" : "Expression"}</Button>}
      {none && value !== "" ? <Button size="small" appearance="subtle" onClick={() => { setFree(false); onChange(""); }} aria-label={`Clear ${label}`}>Clear</Button> : null}
    </span>
  );
}
