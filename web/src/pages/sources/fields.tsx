/*
 * fields: parts of the forms of steps: one column, several columns, rows of pairs.
 *
 * Invariants: order is changed by buttons; a name that is not among the columns any more stays visible and can be removed.
 */
import { Button, Checkbox, Field, Input, makeStyles, SearchBox, Select, tokens } from "@fluentui/react-components";
import { AddRegular, ArrowDownRegular, ArrowUpRegular, DismissRegular } from "@fluentui/react-icons";
import { useState, type ReactNode } from "react";
import type { StepColumn } from "./steps";

const useStyles = makeStyles({
  list: { display: "flex", flexDirection: "column", maxHeight: "260px", overflowY: "auto", border: `1px solid ${tokens.colorNeutralStroke2}`, borderRadius: tokens.borderRadiusMedium, padding: "4px" },
  row: { display: "flex", alignItems: "center", minHeight: "28px", gap: "4px" },
  grow: { flexGrow: 1, minWidth: 0, overflow: "hidden", textOverflow: "ellipsis", whiteSpace: "nowrap" },
  type: { color: tokens.colorNeutralForeground3, fontSize: tokens.fontSizeBase200 },
  tools: { display: "flex", gap: "8px", marginTop: "4px", marginBottom: "4px", alignItems: "center" },
  pair: { display: "flex", gap: "4px", alignItems: "center", marginBottom: "4px", "> *": { minWidth: 0 } },
  cell: { flex: "1 1 0", minWidth: 0 },
});

/** One column of those there are. */
export function ColumnSelect(props: { label: string; hideLabel?: boolean; columns: StepColumn[]; value: string; onChange: (column: string) => void; optional?: string }) {
  const { label, columns, value, onChange, optional } = props;
  const select = (
    <Select aria-label={props.hideLabel ? label : undefined} value={value} onChange={(_, data) => onChange(data.value)} style={{ minWidth: 0 }}>
      {optional !== undefined ? <option value="">{optional}</option> : null}
      {value !== "" && !columns.some((column) => column.name === value) ? <option value={value}>{value} (not there)</option> : null}
      {columns.map((column) => (
        <option key={column.name} value={column.name}>{column.name}</option>
      ))}
    </Select>
  );
  return props.hideLabel ? select : <Field label={label}>{select}</Field>;
}

/** Several columns, ticked; with `ordered` their order counts and is changed by buttons. */
export function ColumnsPick(props: { label: string; columns: StepColumn[]; value: string[]; onChange: (columns: string[]) => void; ordered?: boolean }) {
  const styles = useStyles();
  const [search, setSearch] = useState("");
  const { columns, value, onChange, ordered } = props;
  const names = columns.map((column) => column.name);
  const rest = names.filter((name) => !value.includes(name));
  const shown = (ordered ? [...value, ...rest] : [...names, ...value.filter((name) => !names.includes(name))]).filter((name) =>
    name.toLowerCase().includes(search.toLowerCase()),
  );
  const move = (name: string, by: number) => {
    const next = [...value];
    const at = next.indexOf(name);
    const to = at + by;
    if (to < 0 || to >= next.length) return;
    next.splice(to, 0, ...next.splice(at, 1));
    onChange(next);
  };
  return (
    <div role="group" aria-label={props.label}>
      <div className={styles.tools}>
        <SearchBox size="small" placeholder="Find a column" aria-label={`Find a column: ${props.label}`} value={search} onChange={(_, data) => setSearch(data.value)} />
        <Button size="small" appearance="subtle" onClick={() => onChange(value.length === names.length ? [] : [...value.filter((n) => names.includes(n)), ...rest])}>
          {value.length === names.length ? "None" : "All"}
        </Button>
      </div>
      <div className={styles.list}>
        {shown.map((name) => {
          const on = value.includes(name);
          return (
            <div key={name} className={styles.row}>
              <Checkbox
                className={styles.grow}
                checked={on}
                label={name}
                onChange={() => onChange(on ? value.filter((other) => other !== name) : ordered ? [...value, name] : [...value, name])}
              />
              <span className={styles.type}>{columns.find((column) => column.name === name)?.type ?? "not there"}</span>
              {ordered && on ? (
                <>
                  <Button size="small" appearance="subtle" icon={<ArrowUpRegular />} aria-label={`Move ${name} up`} disabled={value[0] === name} onClick={() => move(name, -1)} />
                  <Button size="small" appearance="subtle" icon={<ArrowDownRegular />} aria-label={`Move ${name} down`} disabled={value[value.length - 1] === name} onClick={() => move(name, 1)} />
                </>
              ) : null}
            </div>
          );
        })}
      </div>
    </div>
  );
}

/** Rows of a column and something about it, one removable row each. */
export function Pairs<T>(props: {
  label: string;
  rows: [string, T][];
  onChange: (rows: [string, T][]) => void;
  key1: (row: [string, T], set: (name: string) => void) => ReactNode;
  value: (row: [string, T], set: (value: T) => void) => ReactNode;
  blank: () => [string, T] | undefined;
  add: string;
}) {
  const styles = useStyles();
  const { rows, onChange } = props;
  const put = (at: number, row: [string, T]) => onChange(rows.map((old, index) => (index === at ? row : old)));
  return (
    <div role="group" aria-label={props.label}>
      {rows.map((row, at) => (
        <div key={at} className={styles.pair}>
          <div className={styles.cell}>{props.key1(row, (name) => put(at, [name, row[1]]))}</div>
          <div className={styles.cell}>{props.value(row, (value) => put(at, [row[0], value]))}</div>
          <Button size="small" appearance="subtle" icon={<DismissRegular />} aria-label={`Remove ${row[0]}`} onClick={() => onChange(rows.filter((_, index) => index !== at))} />
        </div>
      ))}
      <Button
        size="small"
        appearance="subtle"
        icon={<AddRegular />}
        onClick={() => {
          const row = props.blank();
          if (row) onChange([...rows, row]);
        }}
      >
        {props.add}
      </Button>
    </div>
  );
}

/** A text that is handed on when it is left or Enter is pressed, so that a name half typed is no definition. */
export function LateInput(props: { value: string; onChange: (value: string) => void; label?: string; placeholder?: string; list?: string }) {
  const [draft, setDraft] = useState<string | null>(null);
  const done = () => {
    if (draft !== null && draft !== props.value) props.onChange(draft);
    setDraft(null);
  };
  return (
    <Input
      style={{ width: "100%", minWidth: 0 }}
      aria-label={props.label}
      placeholder={props.placeholder}
      value={draft ?? props.value}
      input={props.list ? { list: props.list } : undefined}
      onChange={(_, data) => setDraft(data.value)}
      onBlur={done}
      onKeyDown={(event) => {
        if (event.key === "Enter") {
          event.preventDefault();
          done();
        }
      }}
    />
  );
}
