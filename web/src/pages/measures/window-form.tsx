/*
 * window-form: the stretch of time that counts, as a sentence.
 *
 * Invariants: a window that this form cannot show stays as it is in the file and is said.
 */
import { Field, Input, makeStyles, Select, SpinButton, Switch, tokens } from "@fluentui/react-components";
import type { Value } from "../../api/types";
import { AttributeOrText } from "../../parts/attributes/attribute-or-text";
import type { Picked, Scope, UsedTables } from "../../parts/attributes/scope";
import { familyOf } from "../../parts/conditions/operators";
import type { Json } from "./measure-value";

const useStyles = makeStyles({
  line: { display: "flex", gap: "8px", alignItems: "center", flexWrap: "wrap", minHeight: "36px" },
  number: { width: "88px", "& input": { minWidth: 0 } },
  date: { width: "150px" },
  said: { margin: "4px 0 0", color: tokens.colorNeutralForeground2, fontSize: tokens.fontSizeBase200 },
});

const UNITS = ["day", "week", "month", "quarter", "year"];
const KINDS: [string, string][] = [["", "all time"], ["last", "the last …"], ["next", "the next …"], ["this", "the present …, whole"], ["to_date", "the present … up to now"], ["between", "from a day to a day"]];

const isJson = (value: Value | undefined): value is Json => typeof value === "object" && value !== null && !Array.isArray(value);
const words = (value: Value | undefined): string => (value === undefined || value === null ? "" : String(value));

/** Which of the forms a window has. */
export function windowKind(value: Value | undefined): string {
  if (!isJson(value)) return "";
  return ["last", "next", "this", "to_date"].find((key) => key in value) ?? ("from" in value || "to" in value ? "between" : "");
}

/** A window in words. */
export function windowWords(value: Value | undefined): string {
  if (!isJson(value)) return "all time";
  const kind = windowKind(value);
  const count = Number(value[kind] ?? 0);
  const unit = words(value.unit) || "day";
  const units = `${unit}${count === 1 ? "" : "s"}`;
  const time = value.time === undefined ? "" : `, by ${words(value.time)}`;
  if (kind === "last") return `${value.calendar === true ? (count === 1 ? `the whole ${unit} before the present one` : `the ${count} whole ${units} before the present one`) : count === 1 ? `the last ${unit} up to the run` : `the last ${count} ${units} up to the run`}${time}`;
  if (kind === "next") return `${value.calendar === true ? (count === 1 ? `the whole ${unit} after the present one` : `the ${count} whole ${units} after the present one`) : count === 1 ? `the next ${unit} from the run on` : `the next ${count} ${units} from the run on`}${time}`;
  if (kind === "this") return `the present ${words(value.this)}, from its beginning to its end${time}`;
  if (kind === "to_date") return `the present ${words(value.to_date)} up to the run${time}`;
  if (kind === "between") return `${value.from === undefined ? "" : `from ${words(value.from)} on`}${value.from !== undefined && value.to !== undefined ? ", " : ""}${value.to === undefined ? "" : `before ${words(value.to)}`}${time}`;
  return "all time";
}

export interface WindowFormProps {
  value: Value | undefined;
  onChange: (value: Json | undefined, label: string) => void;
  scope: Scope;
  used: UsedTables;
  write: (picked: Picked, label: string) => string;
  /** Whether what lies in it is settled: the time of the activity. */
  timed?: boolean;
}

export function WindowForm({ value, onChange, scope, used, write, timed }: WindowFormProps) {
  const styles = useStyles();
  const now = isJson(value) ? value : {};
  const kind = windowKind(value);
  const keep: Json = now.time === undefined ? {} : { time: now.time };
  const choose = (next: string) => {
    const unit = words(now.unit) || words(now.this) || words(now.to_date) || (next === "last" || next === "next" ? "day" : "year");
    if (next === "") onChange(undefined, "all time");
    else if (next === "last" || next === "next") onChange({ [next]: Number(now.last ?? now.next ?? (unit === "day" ? 365 : 1)), unit, ...(now.calendar === true ? { calendar: true } : {}), ...keep }, "window");
    else if (next === "this" || next === "to_date") onChange({ [next]: unit, ...keep }, "window");
    else onChange({ from: `${new Date().getUTCFullYear()}-01-01`, ...keep }, "window");
  };
  const put = (change: Json, label: string) => onChange({ ...now, ...change }, label);
  const without = (key: string, label: string) => onChange(Object.fromEntries(Object.entries(now).filter(([name]) => name !== key)), label);
  const unit = (key: "unit" | "this" | "to_date") => (
    <Select value={words(now[key]) || "day"} aria-label="Unit of the window" onChange={(_, data) => put({ [key]: data.value }, "unit of the window")}>
      {UNITS.map((one) => <option key={one} value={one}>{key === "unit" && Number(now[kind]) !== 1 ? `${one}s` : one}</option>)}
    </Select>
  );
  const day = (key: "from" | "to", label: string) => {
    const shown = words(now[key]);
    const instant = shown !== "" && !/^\d{4}-\d{2}-\d{2}$/.test(shown);
    return <Input className={styles.date} type={instant ? "text" : "date"} value={shown} aria-label={label} onChange={(_, data) => (data.value === "" ? (now[key === "from" ? "to" : "from"] === undefined ? onChange(undefined, "all time") : without(key, label)) : put({ [key]: data.value }, label))} />;
  };
  return (
    <>
      <div className={styles.line}>
        <Select value={kind} aria-label="Window" onChange={(_, data) => choose(data.value)}>
          {KINDS.map(([key, title]) => <option key={key} value={key}>{title}</option>)}
        </Select>
        {kind === "last" || kind === "next" ? (
          <>
            <SpinButton className={styles.number} min={1} max={100_000} value={Number(now[kind]) || 1} aria-label="How many of them" onChange={(_, data) => {
              const next = data.value ?? Number(data.displayValue);
              if (Number.isInteger(next) && next >= 1) put({ [kind]: next }, "length of the window");
            }} />
            {unit("unit")}
            <Switch label="whole ones, by the calendar" checked={now.calendar === true} onChange={(_, data) => (data.checked ? put({ calendar: true }, "by the calendar") : without("calendar", "by the calendar"))} />
          </>
        ) : null}
        {kind === "this" ? unit("this") : null}
        {kind === "to_date" ? unit("to_date") : null}
        {kind === "between" ? <>{day("from", "From the day")}<span>to before</span>{day("to", "Before the day")}</> : null}
      </div>
      {kind === "" ? null : (
        <>
          {timed ? null : <Field label="What lies in it">
            <AttributeOrText label="What lies in the window" value={words(now.time)} scope={scope} used={used} none="the time of the activity" placeholder="Orders.ordered_at" only={(picked) => ["date", "time"].includes(familyOf(picked.column.type))} write={(picked) => write(picked, "time of the window")} onChange={(time) => (time === "" ? without("time", "time of the window") : put({ time }, "time of the window"))} />
          </Field>}
          <p className={styles.said} data-testid="window-words">Counts {windowWords(value)}{now.time === undefined ? ", by the time of the activity" : ""}. Days and months are those of the project's time zone.</p>
        </>
      )}
    </>
  );
}
