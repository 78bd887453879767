// Columns: which columns an export sends, in order; pick, move, take away.
import { Button, makeStyles, tokens } from "@fluentui/react-components";
import { ArrowDownRegular, ArrowUpRegular, DismissRegular } from "@fluentui/react-icons";
import { AttributePicker } from "../../parts/attributes/attribute-picker";
import { local, useReachable, type Picked } from "../../parts/attributes/scope";

const useStyles = makeStyles({
  list: { listStyle: "none", margin: "0 0 8px", padding: 0 },
  item: { display: "flex", alignItems: "center", gap: "4px", minHeight: "32px", borderBottom: `1px solid ${tokens.colorNeutralStroke3}` },
  name: { flex: 1, overflowWrap: "anywhere", fontFamily: tokens.fontFamilyMonospace, fontSize: tokens.fontSizeBase200 },
  quiet: { color: tokens.colorNeutralForeground2, margin: "0 0 8px" },
});

/** A column as exports name it: of Customer alone, of other tables with the table. */
export const nameOf = ({ table, column }: Picked): string => (table.table === "Customer" ? local(table, column) : `${table.table}.${local(table, column)}`);

/** The list of columns. */
export function Columns({ value, onChange, disabled }: { value: string[]; onChange: (columns: string[]) => void; disabled?: boolean }) {
  const styles = useStyles();
  const scope = useReachable();
  const move = (index: number, by: number) => {
    const next = [...value];
    const [one] = next.splice(index, 1);
    if (one !== undefined) next.splice(index + by, 0, one);
    onChange(next);
  };
  return (
    <div>
      {value.length === 0 ? <p className={styles.quiet}>All columns of Customer.</p> : null}
      <ol className={styles.list} aria-label="Columns that are sent">
        {value.map((name, index) => (
          <li key={name} className={styles.item}>
            <span className={styles.name}>{name}</span>
            <Button size="small" appearance="subtle" icon={<ArrowUpRegular />} aria-label={`Move ${name} up`} disabled={disabled || index === 0} onClick={() => move(index, -1)} />
            <Button size="small" appearance="subtle" icon={<ArrowDownRegular />} aria-label={`Move ${name} down`} disabled={disabled || index === value.length - 1} onClick={() => move(index, 1)} />
            <Button size="small" appearance="subtle" icon={<DismissRegular />} aria-label={`Leave out ${name}`} disabled={disabled} onClick={() => onChange(value.filter((one) => one !== name))} />
          </li>
        ))}
      </ol>
      <AttributePicker
        scope={scope}
        disabled={disabled}
        label={value.length === 0 ? "Choose columns" : "Add a column"}
        only={(picked) => !value.includes(nameOf(picked))}
        onPick={(picked) => onChange([...value, nameOf(picked)])}
      />
    </div>
  );
}

/** One column of Customer. */
export function CustomerColumn({ value, onChange, disabled }: { value: string | undefined; onChange: (column: string) => void; disabled?: boolean }) {
  const scope = useReachable();
  return (
    <AttributePicker
      scope={scope}
      disabled={disabled}
      label={value || "Choose a column"}
      ariaLabel={value ? `Column of Customer: ${value}` : "Choose a column of Customer"}
      only={(picked) => picked.table.table === "Customer"}
      onPick={(picked) => onChange(local(picked.table, picked.column))}
    />
  );
}
