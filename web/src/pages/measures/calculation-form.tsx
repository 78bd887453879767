/*
 * calculation-form: one value of a measure: a function of an attribute by choosing, or an expression by writing.
 *
 * Invariants: what is chosen is written as an expression at once; an expression that is more than one function is never cut down to one.
 */
import { Button, Field, Input, makeStyles, Select, tokens } from "@fluentui/react-components";
import { DeleteRegular } from "@fluentui/react-icons";
import { useEffect, useState } from "react";
import { AttributePicker } from "../../parts/attributes/attribute-picker";
import { columnOf, type Picked, type Scope, type UsedTables } from "../../parts/attributes/scope";
import { familyOf } from "../../parts/conditions/operators";
import { ExpressionInput } from "./expression-input";
import { aggregateWords } from "./functions";
import { asSimple, bare, needsBy, writeSimple, type Calculation, type Simple } from "./measure-value";

const useStyles = makeStyles({
  row: { display: "flex", gap: "8px", alignItems: "flex-end", flexWrap: "wrap", padding: "8px 0" },
  wide: { flex: "1 1 320px" },
  name: { width: "160px", "& span, & input": { minWidth: 0 } },
  fn: { width: "168px", "& span, & select": { minWidth: 0 } },
  soft: { color: tokens.colorNeutralForeground3, fontSize: tokens.fontSizeBase200 },
});

export interface CalculationFormProps {
  calculation: Calculation;
  scope: Scope;
  used: UsedTables;
  /** Whether it has a name of its own: one of several. */
  named: boolean;
  onChange: (change: Partial<Calculation>, label: string) => void;
  /** A picked column as an expression writes it; sees to `tables:`. */
  write: (picked: Picked, label: string) => string;
  onDelete?: () => void;
  number: number;
}

export function CalculationForm({ calculation, scope, used, named, onChange, write, onDelete, number }: CalculationFormProps) {
  const styles = useStyles();
  const read = asSimple(calculation.value);
  const [free, setFree] = useState(calculation.value.trim() !== "" && read === null);
  const [draft, setDraft] = useState<Simple>(read ?? { fn: "count_unique", column: "", by: "" });
  useEffect(() => {
    const now = asSimple(calculation.value);
    if (now) setDraft(now);
    else if (calculation.value.trim() !== "") setFree(true);
  }, [calculation.value]);
  const about = named ? `value ${number}` : "the value";
  const choose = (change: Partial<Simple>, label: string) => {
    const next = { ...draft, ...change };
    setDraft(next);
    onChange({ value: writeSimple(next) }, label);
  };
  const pickedOf = (written: string) => (written === "" ? undefined : columnOf(scope, bare(written), used));
  const words = (written: string) => {
    const picked = pickedOf(written);
    return picked ? (picked.table.table === "Customer" ? "" : `${picked.table.title || picked.table.alias} › `) + (picked.column.title || picked.column.name) : written || "Choose an attribute";
  };
  const numeric = (picked: Picked) => !["sum", "avg"].includes(draft.fn) || familyOf(picked.column.type) === "number";
  return (
    <div className={styles.row}>
      {named ? (
        <Field label="Column" className={styles.name}>
          <Input value={calculation.name} spellCheck={false} onChange={(_, data) => onChange({ name: data.value.replace(/\W/g, "_") }, "name of a value")} />
        </Field>
      ) : null}
      {free ? (
        <Field label={`Expression of ${about}`} className={styles.wide}>
          <ExpressionInput value={calculation.value} onChange={(value) => onChange({ value }, "expression")} write={write} scope={scope} label={`Expression of ${about}`} placeholder="sum(Order.total) / count_unique(Order.id)" many />
        </Field>
      ) : (
        <>
          <Field label="Function" className={styles.fn}>
            <Select value={draft.fn} onChange={(_, data) => choose({ fn: data.value }, "function")}>
              {Object.entries(aggregateWords).map(([fn, title]) => <option key={fn} value={fn}>{title}</option>)}
            </Select>
          </Field>
          <Field label="Attribute">
            <AttributePicker scope={scope} label={words(draft.column)} ariaLabel={`Attribute of ${about}: ${words(draft.column)}`} only={numeric} onPick={(picked) => choose({ column: write(picked, "attribute") }, "attribute")} />
          </Field>
          {needsBy(draft.fn) ? (
            <Field label="in order of">
              <AttributePicker scope={scope} label={words(draft.by)} ariaLabel={`Order of ${about}: ${words(draft.by)}`} onPick={(picked) => choose({ by: write(picked, "order") }, "order")} />
            </Field>
          ) : null}
        </>
      )}
      <Button appearance="subtle" disabled={free && calculation.value.trim() !== "" && read === null} onClick={() => setFree(!free)} title={free && read === null && calculation.value.trim() !== "" ? "This expression is more than one function of an attribute" : undefined}>
        {free ? "Choose instead" : "Write an expression"}
      </Button>
      {onDelete ? <Button appearance="subtle" icon={<DeleteRegular />} aria-label={`Delete ${about}`} onClick={onDelete} /> : null}
    </div>
  );
}
