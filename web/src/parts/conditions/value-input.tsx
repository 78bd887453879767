/*
 * value-input: the value or values of a condition, by the type of its column and the need of its operator.
 *
 * Invariants: what is typed is kept as typed while it is no number yet; suggestions never replace what was typed by themselves.
 * Not here: which operators there are (operators.ts).
 */
import { Combobox, Input, makeStyles, Option, Select, Tag, TagGroup, tokens } from "@fluentui/react-components";
import { useEffect, useRef, useState, type KeyboardEvent } from "react";
import { useGet, useProject } from "../../api/hooks";
import type { FileView, SegmentView, Value } from "../../api/types";
import type { Picked, Scope } from "../attributes/scope";
import { useValues } from "../attributes/values";
import { Num } from "../show";
import { familyOf, months, needOf, units, weekDays, type Family } from "./operators";
import type { Node } from "./tree";

const useStyles = makeStyles({
  line: { display: "inline-flex", alignItems: "center", gap: "6px", flexWrap: "wrap", minWidth: 0 },
  number: { width: "104px" },
  short: { width: "72px" },
  text: { minWidth: "140px", width: "170px", "& input": { minWidth: 0, width: "100%" } },
  date: { width: "150px" },
  option: { display: "flex", justifyContent: "space-between", gap: "16px", width: "100%" },
  count: { color: tokens.colorNeutralForeground3 },
  words: { overflow: "hidden", textOverflow: "ellipsis", whiteSpace: "nowrap", maxWidth: "320px" },
});

export interface ValueInputProps {
  node: Node;
  picked: Picked | undefined;
  scope: Scope;
  /** `typing` says that more will follow at once. */
  onChange: (change: Partial<Node>, typing: boolean) => void;
  disabled?: boolean;
  /** What the condition is about, for labels. */
  about: string;
}

export function ValueInput({ node, picked, scope, onChange, disabled, about }: ValueInputProps) {
  const styles = useStyles();
  const family = familyOf(picked?.column.type ?? (typeof node.values?.[0] === "number" ? "number" : null));
  const values = node.values ?? [];
  const set = (index: number, value: Value, typing: boolean) => {
    const next = [...values];
    next[index] = value;
    onChange({ values: next }, typing);
  };
  const one = (index: number, label: string) => (
    <OneValue family={family} value={values[index] ?? null} onChange={(value, typing) => set(index, value, typing)} label={`${label} of ${about}`} picked={picked} scope={scope} disabled={disabled} />
  );
  switch (needOf(node.operator)) {
    case "nothing":
      return null;
    case "two":
      return (
        <span className={styles.line}>
          {one(0, "Lowest value")} and {one(1, "Highest value")}
        </span>
      );
    case "many":
      return <ManyValues family={family} values={values} onChange={(next) => onChange({ values: next }, false)} picked={picked} scope={scope} disabled={disabled} about={about} />;
    case "span":
      return (
        <span className={styles.line}>
          <NumberInput className={styles.short} value={values[0] ?? null} onChange={(value) => set(0, value, true)} label={`How many, of ${about}`} disabled={disabled} whole />
          <Select value={node.unit ?? "day"} onChange={(_, data) => onChange({ unit: data.value }, false)} aria-label={`Unit of time, of ${about}`} disabled={disabled}>
            {units.map((unit) => (
              <option key={unit} value={unit}>{values[0] === 1 ? unit : `${unit}s`}</option>
            ))}
          </Select>
        </span>
      );
    case "part":
      if (values.length > 1) return <ManyValues family="number" values={values} onChange={(next) => onChange({ values: next }, false)} picked={undefined} scope={scope} disabled={disabled} about={about} />;
      return <PartInput operator={node.operator ?? ""} value={values[0] ?? null} onChange={(value, typing) => onChange({ values: [value] }, typing)} about={about} disabled={disabled} />;
    case "list":
      return <ListInput value={String(values[0] ?? "")} onChange={(name) => onChange({ values: [name] }, false)} disabled={disabled} about={about} />;
    case "segment":
      return <SegmentInput value={String(values[0] ?? "")} onChange={(name) => onChange({ values: [name] }, false)} disabled={disabled} />;
    default:
      return one(0, "Value");
  }
}

interface OneValueProps {
  family: Family;
  value: Value;
  onChange: (value: Value, typing: boolean) => void;
  label: string;
  picked: Picked | undefined;
  scope: Scope;
  disabled?: boolean;
}

function OneValue({ family, value, onChange, label, picked, scope, disabled }: OneValueProps) {
  const styles = useStyles();
  if (family === "number") return <NumberInput className={styles.number} value={value} onChange={(next) => onChange(next, true)} label={label} disabled={disabled} />;
  if (family === "date" || family === "time") {
    const text = String(value ?? "");
    const day = text === "" || /^\d{4}-\d{2}-\d{2}$/.test(text);
    return day ? (
      <Input type="date" className={styles.date} value={text} onChange={(_, data) => onChange(data.value, true)} aria-label={label} disabled={disabled} />
    ) : (
      <Input className={styles.text} value={text} onChange={(_, data) => onChange(data.value, true)} aria-label={label} disabled={disabled} />
    );
  }
  return <TextInput value={String(value ?? "")} onChange={onChange} label={label} picked={picked} scope={scope} disabled={disabled} />;
}

/** A number that may be half typed. */
function NumberInput({ value, onChange, label, disabled, className, whole }: { value: Value; onChange: (value: Value) => void; label: string; disabled?: boolean; className?: string; whole?: boolean }) {
  const [typed, setTyped] = useState(value === null ? "" : String(value));
  useEffect(() => {
    setTyped((now) => (value !== null && Number(now.replace(",", ".")) === Number(value) && now !== "" ? now : value === null ? "" : String(value)));
  }, [value]);
  const parsed = Number(typed.replace(",", "."));
  const bad = typed !== "" && (Number.isNaN(parsed) || (whole === true && !Number.isInteger(parsed)));
  return (
    <Input
      className={className}
      inputMode="decimal"
      value={typed}
      aria-label={label}
      aria-invalid={bad || undefined}
      disabled={disabled}
      onChange={(_, data) => {
        setTyped(data.value);
        const next = Number(data.value.replace(",", "."));
        if (data.value.trim() === "") onChange(null);
        else if (!Number.isNaN(next) && (!whole || Number.isInteger(next))) onChange(next);
      }}
    />
  );
}

/** Whether arrows were used since the last letter: only then does Enter take an option instead of what was typed. */
function useArrows() {
  const used = useRef(false);
  const watch = (event: KeyboardEvent) => {
    if (event.key === "ArrowDown" || event.key === "ArrowUp") used.current = true;
    else if (event.key !== "Enter") used.current = false;
  };
  /** Whether an option was taken on purpose: by the mouse, or by Enter after arrows. */
  const meant = (event: { type: string }) => event.type !== "keydown" || used.current;
  return { watch, meant };
}

function TextInput({ value, onChange, label, picked, scope, disabled }: Omit<OneValueProps, "family" | "value"> & { value: string }) {
  const styles = useStyles();
  const [open, setOpen] = useState(false);
  const [typed, setTyped] = useState(false);
  const { values } = useValues(scope, picked, typed ? value : "", 30, open);
  const arrows = useArrows();
  return (
    <Combobox
      className={styles.text}
      freeform
      aria-label={label}
      disabled={disabled}
      value={value}
      selectedOptions={value ? [value] : []}
      open={open && values.length > 0}
      onOpenChange={(_, data) => {
        setOpen(data.open);
        setTyped(false);
      }}
      onChange={(event) => {
        setTyped(true);
        setOpen(true);
        onChange(event.target.value, true);
      }}
      onKeyDown={arrows.watch}
      onOptionSelect={(event, data) => {
        if (data.optionValue !== undefined && (value === "" || arrows.meant(event))) onChange(data.optionValue, false);
      }}
    >
      {values.filter((bucket) => bucket.value !== null).map((bucket) => (
        <Option key={String(bucket.value)} value={String(bucket.value)} text={String(bucket.value)}>
          <span className={styles.option}>
            <span className={styles.words}>{String(bucket.value)}</span>
            <span className={styles.count}><Num value={bucket.count} /></span>
          </span>
        </Option>
      ))}
    </Combobox>
  );
}

function ManyValues({ family, values, onChange, picked, scope, disabled, about }: { family: Family; values: Value[]; onChange: (values: Value[]) => void; picked: Picked | undefined; scope: Scope; disabled?: boolean; about: string }) {
  const styles = useStyles();
  const [typed, setTyped] = useState("");
  const [open, setOpen] = useState(false);
  const found = useValues(scope, picked, typed, 50, open);
  const arrows = useArrows();
  const add = (text: string) => {
    const clean = text.trim();
    if (clean === "") return;
    const number = Number(clean.replace(",", "."));
    if (family === "number" && Number.isNaN(number)) return;
    const value: Value = family === "number" ? number : clean;
    if (!values.some((one) => String(one) === String(value))) onChange([...values, value]);
    setTyped("");
  };
  const offered = found.values.filter((bucket) => bucket.value !== null && !values.some((one) => String(one) === String(bucket.value)));
  return (
    <span className={styles.line}>
      {values.length > 0 ? (
        <TagGroup
          aria-label={`Values of ${about}`}
          onDismiss={(_, data) => onChange(values.filter((one) => String(one) !== data.value))}
        >
          {values.map((one) => (
            <Tag key={String(one)} value={String(one)} size="small" dismissible={!disabled} dismissIcon={{ "aria-label": `remove ${String(one)}` }}>
              {String(one)}
            </Tag>
          ))}
        </TagGroup>
      ) : null}
      {disabled ? null : (
        <Combobox
          className={styles.text}
          freeform
          aria-label={`Add a value to ${about}`}
          placeholder={values.length === 0 ? "Choose or type values" : "Another value"}
          value={typed}
          selectedOptions={[]}
          open={open && offered.length > 0}
          onOpenChange={(_, data) => setOpen(data.open)}
          onChange={(event) => {
            setTyped(event.target.value);
            setOpen(true);
          }}
          onKeyDown={(event) => {
            arrows.watch(event);
            if (event.key === "Enter" && typed.trim() !== "" && (!open || offered.length === 0)) {
              event.preventDefault();
              add(typed);
            } else if (event.key === "Backspace" && typed === "" && values.length > 0) onChange(values.slice(0, -1));
          }}
          onBlur={() => add(typed)}
          onOptionSelect={(event, data) => add(typed === "" || arrows.meant(event) ? (data.optionValue ?? "") : typed)}
        >
          {offered.map((bucket) => (
            <Option key={String(bucket.value)} value={String(bucket.value)} text={String(bucket.value)}>
              <span className={styles.option}>
                <span className={styles.words}>{String(bucket.value)}</span>
                <span className={styles.count}><Num value={bucket.count} /></span>
              </span>
            </Option>
          ))}
        </Combobox>
      )}
    </span>
  );
}

function PartInput({ operator, value, onChange, about, disabled }: { operator: string; value: Value; onChange: (value: Value, typing: boolean) => void; about: string; disabled?: boolean }) {
  const styles = useStyles();
  const names = operator === "day_of_week" ? weekDays : operator === "month_of" ? months : null;
  if (!names) return <NumberInput className={styles.short} value={value} onChange={(next) => onChange(next, true)} label={`Number, of ${about}`} disabled={disabled} whole />;
  return (
    <Select value={String(value ?? "")} onChange={(_, data) => onChange(Number(data.value), false)} aria-label={`${operator === "month_of" ? "Month" : "Day"} of ${about}`} disabled={disabled}>
      {value === null ? <option value="">choose</option> : null}
      {names.map((name, index) => (
        <option key={name} value={String(index + 1)}>{name}</option>
      ))}
    </Select>
  );
}

function SegmentInput({ value, onChange, disabled }: { value: string; onChange: (name: string) => void; disabled?: boolean }) {
  const project = useProject();
  const segments = useGet<SegmentView[]>(project.p("/segments"));
  const list = segments.data ?? [];
  return (
    <Select value={value} onChange={(_, data) => onChange(data.value)} aria-label="Segment" disabled={disabled}>
      {value === "" || !list.some((one) => one.name === value) ? <option value={value}>{value || "choose a segment"}</option> : null}
      {list.map((one) => (
        <option key={one.name} value={one.name}>{one.title || one.name}</option>
      ))}
    </Select>
  );
}

/** A list of values: a file in the folder `lists`. */
function ListInput({ value, onChange, disabled, about }: { value: string; onChange: (name: string) => void; disabled?: boolean; about: string }) {
  const styles = useStyles();
  const project = useProject();
  const answer = useGet<FileView[]>(project.p("/files?folder=lists"), { staleTime: 30_000 });
  const names = (answer.data ?? []).filter((one) => !one.folder && /\.(txt|csv)$/.test(one.path)).map((one) => one.path.replace(/^lists\//, "").replace(/\.(txt|csv)$/, ""));
  const gone = value !== "" && !names.includes(value);
  if (!answer.isPending && names.length === 0 && value === "") return <span className={styles.count}>There are no lists yet: a list is a file in the folder `lists`, a value a line.</span>;
  return (
    <Select value={value} onChange={(_, data) => onChange(data.value)} aria-label={`List of ${about}`} disabled={disabled}>
      <option value="">choose a list</option>
      {gone ? <option value={value}>{value}</option> : null}
      {names.map((name) => <option key={name} value={name}>{name}</option>)}
    </Select>
  );
}
