/*
 * quick-start: a first rule from the values of one attribute: the commonest ones with how many rows have them, or a line through the numbers.
 */
import { Button, Input, makeStyles, tokens } from "@fluentui/react-components";
import { useState } from "react";
import { seg, toProblem } from "../../api/client";
import { useGet, useProject } from "../../api/hooks";
import type { ColumnStatistics, Value } from "../../api/types";
import { formatNumber, useToast } from "../../parts";
import { AttributePicker } from "../../parts/attributes/attribute-picker";
import { aliasFor, local, type Picked, type Scope, type UsedTables } from "../../parts/attributes/scope";
import { useValues } from "../../parts/attributes/values";
import { familyOf } from "../../parts/conditions/operators";
import { translate } from "../../parts/conditions/translate";

const useStyles = makeStyles({
  box: { display: "flex", flexDirection: "column", gap: "12px", alignItems: "flex-start", padding: "12px", border: `1px dashed ${tokens.colorNeutralStroke1}`, borderRadius: tokens.borderRadiusMedium, marginBottom: "16px" },
  heading: { fontSize: tokens.fontSizeBase300, fontWeight: tokens.fontWeightSemibold, margin: 0 },
  values: { display: "flex", flexWrap: "wrap", gap: "8px" },
  line: { display: "flex", alignItems: "center", gap: "8px", flexWrap: "wrap" },
  soft: { color: tokens.colorNeutralForeground3 },
  count: { color: tokens.colorNeutralForeground3, marginLeft: "8px", fontWeight: tokens.fontWeightRegular },
  number: { width: "120px" },
});

export interface QuickStartProps {
  scope: Scope;
  around: UsedTables;
  onRule: (where: string, tables: UsedTables, title: string) => void;
}

export function QuickStart({ scope, around, onRule }: QuickStartProps) {
  const styles = useStyles();
  const project = useProject();
  const toast = useToast();
  const [picked, setPicked] = useState<Picked>();
  const take = async (operator: string, values: Value[], words: string, unit?: string) => {
    if (!picked) return;
    const { alias, tables } = aliasFor(picked.table, {}, around);
    const column = `${alias}.${local(picked.table, picked.column)}`;
    const names = Object.fromEntries(Object.entries({ ...around, ...tables }).map(([key, one]) => [key, one.table]));
    try {
      const view = await translate(project.p("/conditions"), { tree: { op: "is", column, operator, values, unit }, tables: names });
      onRule(view.text, tables, `${picked.column.title || picked.column.name} ${words}`);
    } catch (error) {
      toast.problem(toProblem(error));
    }
  };
  const title = picked ? picked.column.title || picked.column.name : "";
  return (
    <section className={styles.box} aria-label="From one attribute">
      <h2 className={styles.heading}>From one attribute</h2>
      <AttributePicker scope={scope} label={title || "Choose an attribute"} onPick={setPicked} />
      {picked ? (
        familyOf(picked.column.type) === "number" ? <Numbers key={picked.column.name} picked={picked} onTake={take} /> : <Values key={picked.column.name} picked={picked} scope={scope} onTake={take} />
      ) : <span className={styles.soft}>Then choose a value and see how many have it. The rule can be changed afterwards.</span>}
    </section>
  );
}

type Take = (operator: string, values: Value[], words: string, unit?: string) => Promise<void>;

function Values({ picked, scope, onTake }: { picked: Picked; scope: Scope; onTake: Take }) {
  const styles = useStyles();
  const { values, loading } = useValues(scope, picked, "", 10);
  const family = familyOf(picked.column.type);
  if (family === "date" || family === "time") {
    return (
      <div className={styles.values}>
        {([["7", "day"], ["30", "day"], ["6", "month"], ["1", "year"]] as const).map(([number, unit]) => (
          <Button key={number + unit} onClick={() => void onTake("within_last", [Number(number)], `within the last ${number} ${unit}s`, unit)}>
            within the last {number} {number === "1" ? unit : `${unit}s`}
          </Button>
        ))}
        <Button onClick={() => void onTake("is_null", [], "missing")}>no value</Button>
      </div>
    );
  }
  if (values.length === 0) return <span className={styles.soft}>{loading ? "Counting …" : "Its values cannot be listed. Build the rule below instead."}</span>;
  return (
    <div className={styles.values}>
      {values.map((bucket) => (
        <Button key={String(bucket.value)} onClick={() => void (bucket.value === null ? onTake("is_null", [], "missing") : typeof bucket.value === "boolean" ? onTake(bucket.value ? "is_true" : "is_false", [], String(bucket.value)) : onTake("eq", [bucket.value], String(bucket.value)))}>
          {bucket.value === null ? "no value" : String(bucket.value)}
          <span className={styles.count}>{formatNumber(bucket.count, 0)}</span>
        </Button>
      ))}
    </div>
  );
}

function Numbers({ picked, onTake }: { picked: Picked; onTake: Take }) {
  const styles = useStyles();
  const project = useProject();
  const answer = useGet<ColumnStatistics[]>(project.p(`/tables/${seg(picked.table.table)}/statistics`), { staleTime: 300_000 });
  const [typed, setTyped] = useState("");
  const numbers = answer.data?.find((one) => one.name === local(picked.table, picked.column))?.numbers ?? null;
  const value = Number(typed.replace(",", "."));
  const good = typed.trim() !== "" && !Number.isNaN(value);
  return (
    <>
      {numbers ? (
        <span className={styles.soft}>
          From {formatNumber(numbers.min)} to {formatNumber(numbers.max)}, half have at least {formatNumber(numbers.median)}, the mean is {formatNumber(numbers.mean)}; {formatNumber(numbers.missing, 0)} have no value.
        </span>
      ) : null}
      <div className={styles.line}>
        <Input className={styles.number} inputMode="decimal" value={typed} onChange={(_, data) => setTyped(data.value)} aria-label="Value" placeholder={numbers ? formatNumber(numbers.median) : "value"} />
        <Button disabled={!good} onClick={() => void onTake("ge", [value], `at least ${typed}`)}>at least</Button>
        <Button disabled={!good} onClick={() => void onTake("gt", [value], `above ${typed}`)}>greater than</Button>
        <Button disabled={!good} onClick={() => void onTake("lt", [value], `below ${typed}`)}>less than</Button>
      </div>
    </>
  );
}
