/*
 * rows-value: what a rule asks of the rows of a person together: how many, which one, what came before or after. Pure.
 *
 * Invariants: a change keeps what it does not speak of; what would be refused (`order_by` without an order, `among` without `pick`) goes with what it belonged to.
 */
import type { Value } from "../../api/types";
import { columnOf, local, tableOf, written, type Scope, type UsedTables } from "../../parts/attributes/scope";
import { mentions } from "../../parts/conditions/tree";
import { familyOf } from "../../parts/conditions/operators";
import { ANY_ROW, isJson, type Json, type Rule } from "./segment-value";

/** How many rows, or which one. */
export type Count = "any" | "least" | "most" | "range" | "exactly" | "never" | "first" | "last";

/** The ways to count, as people choose them. */
export const countWords: Record<Count, string> = {
  any: "at least one such row",
  least: "at least so many such rows",
  most: "at most so many such rows",
  range: "from … to … such rows",
  exactly: "exactly so many such rows",
  never: "no such row",
  first: "the first row is such a row",
  last: "the last row is such a row",
};

/** A row that must stand beside. */
export interface Beside {
  where: string;
  count: number | null;
  unit: string;
}

/** Units of a distance in time. */
export const distances = ["hour", "day", "week", "month", "year"];

const ROW_KEYS = ["times", "pick", "among", "order_by", "after", "before"];
const number = (value: Value | undefined): number | null => (typeof value === "number" ? value : null);
const words = (value: Value | undefined): string => (value === null || value === undefined || typeof value === "object" ? "" : String(value));

/** Whether a rule looks at the rows of a person together. */
export const aboutRows = (rule: Rule): boolean => ROW_KEYS.some((key) => key in rule.more);

/** What of a rule these pages do not know. */
export const unknownKeys = (rule: Rule): string[] => Object.keys(rule.more).filter((key) => !ROW_KEYS.includes(key));

/** The bounds of `times`; null where there is none. */
export function timesOf({ more }: Rule): { least: number | null; most: number | null } {
  const times = isJson(more.times) ? more.times : {};
  return { least: number(times.at_least), most: number(times.at_most) };
}

/** How a rule counts. */
export function countOf(rule: Rule): Count {
  if (rule.more.pick === "first" || rule.more.pick === "last") return rule.more.pick;
  if (!("times" in rule.more)) return "any";
  const { least, most } = timesOf(rule);
  if (most === 0 && !least) return "never";
  if (least !== null && least > 0 && least === most) return "exactly";
  if (least !== null && most !== null) return "range";
  return most !== null ? "most" : "least";
}

/** What another way to count changes; `order` is what rows are ordered by when nothing says. */
export function counted(rule: Rule, count: Count, order: string): Partial<Rule> {
  const { times: _times, pick: _pick, among, ...rest } = rule.more;
  const { least, most } = timesOf(rule);
  const now = Math.max(least ?? most ?? 2, 1);
  const picks = count === "first" || count === "last";
  const more: Json = { ...rest };
  if (count === "least") more.times = { at_least: now };
  else if (count === "most") more.times = { at_most: now };
  else if (count === "exactly") more.times = { at_least: now, at_most: now };
  else if (count === "range") more.times = { at_least: now, at_most: Math.max(most ?? now + 2, now) };
  else if (count === "never") more.times = { at_most: 0 };
  else if (picks) {
    more.pick = count;
    if (among !== undefined) more.among = among;
  }
  return settled(rule, more, order);
}

/** What other bounds change. */
export function bounded(rule: Rule, key: "at_least" | "at_most", next: number): Partial<Rule> {
  const times = isJson(rule.more.times) ? rule.more.times : {};
  const exactly = countOf(rule) === "exactly";
  return { more: { ...rule.more, times: exactly ? { at_least: next, at_most: next } : { ...times, [key]: next } } };
}

/** The row that must come before (`after`) or follow (`before`); null when none must. */
export function besideOf(rule: Rule, key: "after" | "before"): Beside | null {
  const raw = rule.more[key];
  if (!isJson(raw)) return null;
  const within = isJson(raw.within) ? raw.within : null;
  return { where: words(raw.where), count: within ? number(within.count) : null, unit: within ? words(within.unit) || "day" : "day" };
}

/** What another such row changes; null takes it away. */
export function withBeside(rule: Rule, key: "after" | "before", next: Partial<Beside> | null, order: string): Partial<Rule> {
  const { [key]: raw, ...rest } = rule.more;
  if (next === null) return settled(rule, rest, order);
  const old = isJson(raw) ? raw : {};
  const now = { ...(besideOf(rule, key) ?? { where: "", count: null, unit: "day" }), ...next };
  const { within: _within, ...kept } = old;
  const where: Value = now.where === "" || now.where === ANY_ROW ? true : now.where;
  return settled(rule, { ...rule.more, [key]: { ...kept, where, ...(now.count === null ? {} : { within: { count: now.count, unit: now.unit } }) } }, order);
}

/** A rule's parts with an order where one is asked for and without one where none is. */
function settled(rule: Rule, more: Json, order: string): Partial<Rule> {
  const ordered = "pick" in more || "after" in more || "before" in more;
  const next = { ...more };
  if (!ordered) delete next.order_by;
  else if (words(next.order_by) === "" && order !== "") next.order_by = order;
  // A condition that any row meets only says something while rows are counted.
  const any = rule.where === ANY_ROW && !ROW_KEYS.some((key) => key in next);
  return any ? { more: next, where: "" } : rule.where === "" ? { more: next, where: ANY_ROW } : { more: next };
}

/** Every text of a rule in which aliases may stand. */
export const textsOf = (rule: Rule): string[] => [rule.where, words(rule.more.among), words(rule.more.order_by), besideOf(rule, "after")?.where ?? "", besideOf(rule, "before")?.where ?? ""];

/** The alias of the rows a rule is about; none when it is about the person alone. */
export function rowsOf(rule: Rule, scope: Scope, around: UsedTables): string | null {
  const all: UsedTables = { ...around, ...rule.tables };
  const names = [...Object.keys(all), ...scope.tables.filter((table) => table.always && isRows(table.table)).map((table) => table.alias)];
  const said = names.find((alias) => isRows(tableOf(scope, alias, all)?.table ?? "") && textsOf(rule).some((text) => mentions(text, alias)));
  if (said) return said;
  const own = Object.keys(rule.tables);
  if (own.length > 0) return own[0]!;
  return aboutRows(rule) ? (Object.keys(around)[0] ?? null) : null;
}

/** Whether a table has rows beside the person's own. */
export const isRows = (table: string): boolean => table !== "" && table !== "Customer" && table !== "Customer_Measure";

/** What rows of a table are put in order by, unless somebody says otherwise: its time. */
export function orderOf(alias: string | null, scope: Scope, used: UsedTables): string {
  const table = alias === null ? undefined : tableOf(scope, alias, used);
  if (!table || alias === null) return "";
  const times = table.columns.filter((one) => ["date", "time"].includes(familyOf(one.type)));
  const best = [/^activitytime$/i, /start|begin|ordered|happened|visited/i, /time|date/i].map((name) => times.find((one) => name.test(local(table, one)) && !/updated|modified|created|birth/i.test(one.name))).find((one) => one !== undefined) ?? times[0];
  return best ? written(alias, local(table, best)) : "";
}

/** A column as people read it: `start` of `Appointment.start`. */
export function shortOf(text: string, scope: Scope, used: UsedTables): string {
  const found = columnOf(scope, text.replaceAll('"', ""), used);
  return found ? found.column.title || local(found.table, found.column) : text;
}

/** The tables that a rule still speaks of: those given, and those of before that another of its parts names. */
export function keptTables(rule: Rule, next: UsedTables, rows: string | null): UsedTables {
  const others = textsOf({ ...rule, where: "" });
  const kept = Object.fromEntries(Object.entries(rule.tables).filter(([alias]) => alias in next || others.some((text) => mentions(text, alias)) || (alias === rows && aboutRows(rule))));
  return { ...kept, ...next };
}
