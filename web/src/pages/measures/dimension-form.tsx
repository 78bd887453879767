/*
 * dimension-form: what a measure is split by, in order; dates as days, weeks, months, quarters or years.
 */
import { Button, Input, makeStyles, Select, tokens } from "@fluentui/react-components";
import { AddRegular, ArrowDownRegular, ArrowUpRegular, DeleteRegular } from "@fluentui/react-icons";
import { AttributePicker } from "../../parts/attributes/attribute-picker";
import { columnOf, local, type Picked, type Scope, type UsedTables } from "../../parts/attributes/scope";
import { familyOf } from "../../parts/conditions/operators";
import { bare, type Dimension } from "./measure-value";

const useStyles = makeStyles({
  list: { listStyle: "none", margin: 0, padding: 0, display: "flex", flexDirection: "column", gap: "8px" },
  row: { display: "flex", gap: "8px", alignItems: "center", flexWrap: "wrap" },
  name: { width: "160px" },
  value: { flex: "1 1 200px", fontFamily: tokens.fontFamilyMonospace },
  add: { marginTop: "8px" },
});

const buckets: [string, string][] = [["", "as it is"], ["day", "by day"], ["week", "by week"], ["month", "by month"], ["quarter", "by quarter"], ["year", "by year"]];

export interface DimensionFormProps {
  dimensions: Dimension[];
  scope: Scope;
  used: UsedTables;
  write: (picked: Picked, label: string) => string;
  onChange: (dimensions: Dimension[], label: string) => void;
}

export function DimensionForm({ dimensions, scope, used, write, onChange }: DimensionFormProps) {
  const styles = useStyles();
  const set = (index: number, change: Partial<Dimension>, label: string) => onChange(dimensions.map((one, at) => (at === index ? { ...one, ...change } : one)), label);
  const swap = (index: number, by: number) => {
    const next = [...dimensions];
    [next[index], next[index + by]] = [next[index + by]!, next[index]!];
    onChange(next, "order of dimensions");
  };
  const add = (picked: Picked) => {
    const base = local(picked.table, picked.column).split(".").pop()!.replace(/\W/g, "_");
    let name = /^[A-Za-z]/.test(base) ? base : `by_${base}`;
    for (let number = 2; dimensions.some((one) => one.name === name); number += 1) name = `${base}${number}`;
    const family = familyOf(picked.column.type);
    onChange([...dimensions, { name, value: write(picked, "add a dimension"), bucket: family === "date" || family === "time" ? "month" : "" }], "add a dimension");
  };
  return (
    <>
      <ol className={styles.list} aria-label="Dimensions">
        {dimensions.map((one, index) => {
          const picked = columnOf(scope, bare(one.value), used);
          const family = picked ? familyOf(picked.column.type) : "other";
          const dated = family === "date" || family === "time" || !picked;
          const about = `dimension ${one.name || index + 1}`;
          return (
            <li key={index} className={styles.row}>
              <Input className={styles.name} value={one.name} aria-label={`Column of ${about}`} onChange={(_, data) => set(index, { name: data.value.replace(/\W/g, "_") }, "name of a dimension")} />
              <Input className={styles.value} value={one.value} spellCheck={false} aria-label={`Expression of ${about}`} onChange={(_, data) => set(index, { value: data.value }, "expression of a dimension")} />
              {dated ? (
                <Select value={one.bucket} aria-label={`How coarse ${about} is`} onChange={(_, data) => set(index, { bucket: data.value }, "how coarse")}>
                  {buckets.map(([bucket, words]) => <option key={bucket} value={bucket}>{words}</option>)}
                </Select>
              ) : null}
              <span>
                <Button size="small" appearance="subtle" icon={<ArrowUpRegular />} disabled={index === 0} aria-label={`Move ${about} up`} onClick={() => swap(index, -1)} />
                <Button size="small" appearance="subtle" icon={<ArrowDownRegular />} disabled={index === dimensions.length - 1} aria-label={`Move ${about} down`} onClick={() => swap(index, 1)} />
                <Button size="small" appearance="subtle" icon={<DeleteRegular />} aria-label={`Delete ${about}`} onClick={() => onChange(dimensions.filter((_, at) => at !== index), "delete a dimension")} />
              </span>
            </li>
          );
        })}
      </ol>
      <div className={styles.add}>
        <AttributePicker scope={scope} label="Dimension" onPick={add} trigger={<Button size="small" appearance="subtle" icon={<AddRegular />}>Dimension</Button>} />
      </div>
    </>
  );
}
