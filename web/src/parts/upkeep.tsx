/*
 * upkeep: when something is worked out or changes by itself, whether it is worked out at all, and the words it is found by; the same for segments and measures.
 *
 * Invariants: a schedule keeps the form it has in the file until it is changed; a day of a week or month is always among its days.
 */
import { Checkbox, Field, Input, makeStyles, Select, Switch } from "@fluentui/react-components";
import { useEffect, useState } from "react";
import { useProject } from "../api/hooks";
import type { Value } from "../api/types";
import { formatTime } from "./show";

const useStyles = makeStyles({
  days: { display: "flex", flexWrap: "wrap", gap: "0 8px" },
  whole: { display: "flex", flexDirection: "column", gap: "8px", minWidth: 0 },
});

type Json = { [key: string]: Value };
const isJson = (value: Value | undefined): value is Json => typeof value === "object" && value !== null && !Array.isArray(value);

const WEEK: [string, string][] = [["mon", "Monday"], ["tue", "Tuesday"], ["wed", "Wednesday"], ["thu", "Thursday"], ["fri", "Friday"], ["sat", "Saturday"], ["sun", "Sunday"]];

/** How often, and on which days. */
export interface Timetable {
  every: string;
  on: string[];
}

/** A schedule as one form; with every run when it says nothing. */
export function timetableOf(value: Value | undefined): Timetable {
  if (typeof value === "string") return { every: value, on: [] };
  if (!isJson(value)) return { every: "run", on: [] };
  const on = Array.isArray(value.on) ? value.on : value.on === undefined ? [] : [value.on];
  return { every: typeof value.every === "string" ? value.every : "run", on: on.map(String) };
}

/** A timetable as a definition writes it; nothing for every run. */
export function writeTimetable({ every, on }: Timetable): Value | undefined {
  if (every === "run") return undefined;
  if (on.length === 0 || (every !== "week" && every !== "month")) return every;
  return { every, on: every === "month" ? on.map(Number) : on };
}

/** When it is worked out, in words. */
export function timetableWords(value: Value | undefined): string {
  const { every, on } = timetableOf(value);
  if (every === "never") return "by hand";
  if (every === "week") return `every week on ${(on.length > 0 ? on : ["mon"]).map((day) => WEEK.find(([short]) => short === day)?.[1] ?? day).join(", ")}`;
  if (every === "month") return `every month on day ${(on.length > 0 ? on : ["1"]).join(", ")}`;
  return "with every run";
}

/** When it is worked out. `byHand` stands for what is refreshed by hand, in the definition's own words. */
export function ScheduleField({ value, onChange, byHand }: { value: Value | undefined; onChange: (value: Value | undefined) => void; byHand?: { on: boolean; words: string; choose: () => void } }) {
  const styles = useStyles();
  const now = timetableOf(value);
  const every = byHand?.on ? "static" : now.every;
  const days = now.on.length > 0 ? now.on : ["mon"];
  const toggle = (day: string, on: boolean) => {
    const next = WEEK.map(([short]) => short).filter((short) => (short === day ? on : days.includes(short)));
    if (next.length > 0) onChange(writeTimetable({ every: "week", on: next }));
  };
  return (
    <div className={styles.whole}>
      <Field label="Worked out">
        <Select value={every} onChange={(_, data) => (data.value === "static" ? byHand?.choose() : onChange(writeTimetable({ every: data.value, on: [] })))}>
          <option value="run">with every run</option>
          <option value="week">every week</option>
          <option value="month">every month</option>
          {byHand ? <option value="static">{byHand.words}</option> : null}
          {!byHand || now.every === "never" ? <option value="never">by hand only</option> : null}
        </Select>
      </Field>
      {every === "week" ? (
        <div className={styles.days} role="group" aria-label="Days of the week">
          {WEEK.map(([short, day]) => <Checkbox key={short} label={day.slice(0, 3)} aria-label={day} checked={days.includes(short)} onChange={(_, data) => toggle(short, data.checked === true)} />)}
        </div>
      ) : null}
      {every === "month" ? <DaysOfMonth days={now.on} onChange={(on) => onChange(writeTimetable({ every: "month", on }))} /> : null}
    </div>
  );
}

function DaysOfMonth({ days, onChange }: { days: string[]; onChange: (days: string[]) => void }) {
  const said = (days.length > 0 ? days : ["1"]).join(", ");
  const [typed, setTyped] = useState(said);
  useEffect(() => setTyped(said), [said]);
  const read = typed.split(/[\s,]+/).filter((one) => one !== "");
  const bad = read.length === 0 || read.some((one) => !/^\d+$/.test(one) || Number(one) < 1 || Number(one) > 31);
  return (
    <Field label="Days of the month" hint="1 to 31; a day that a month does not have is its last" validationState={bad ? "error" : "none"} validationMessage={bad ? "Write days from 1 to 31, with commas between them." : undefined}>
      <Input value={typed} inputMode="numeric" onChange={(_, data) => setTyped(data.value)} onBlur={() => { if (!bad && read.join(", ") !== said) onChange([...new Set(read)].sort((a, b) => Number(a) - Number(b))); }} />
    </Field>
  );
}

/** Words to find it by. */
export function TagsField({ value, onChange }: { value: Value | undefined; onChange: (tags: string[]) => void }) {
  const said = tagsOf(value).join(", ");
  const [typed, setTyped] = useState(said);
  useEffect(() => setTyped((old) => (read(old).join(", ") === said ? old : said)), [said]);
  return (
    <Field label="Tags" hint="words to find it by, with commas between them">
      <Input value={typed} onChange={(_, data) => { setTyped(data.value); onChange(read(data.value)); }} placeholder="outreach, spring" />
    </Field>
  );
}

const read = (text: string): string[] => [...new Set(text.split(",").map((one) => one.trim()).filter((one) => one !== ""))];

/** The tags of a definition. */
export const tagsOf = (value: Value | undefined): string[] => (Array.isArray(value) ? value.map(String) : []);

/** Whether it is worked out at all. */
export function ActiveSwitch({ value, onChange, rest }: { value: Value | undefined; onChange: (active: boolean | undefined) => void; rest: string }) {
  const active = value !== false;
  return <Switch checked={active} label={active ? "Active" : `At rest: ${rest}`} onChange={(_, data) => onChange(data.checked ? undefined : false)} />;
}

/** When time alone next changes something; nothing where it never does. */
export function NextChange({ at }: { at: string | null | undefined }) {
  const { timeZone } = useProject();
  if (!at) return null;
  const past = Date.parse(at) <= Date.now();
  return <>{past ? "Changed by itself since " : "Changes by itself at the earliest "}<time dateTime={at} title={`${timeZone} = ${at}`}>{formatTime(at, timeZone)}</time>{past ? ", which the next run takes in" : ""}</>;
}
