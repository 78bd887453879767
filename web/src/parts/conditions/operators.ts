// Operators: which comparisons a type allows, what they are called, and what they need.
//
// Invariants
// - The names are those of `Condition.operator` in the API; a name that is not here is shown as it is and never lost.
//
// To add an operator: one line in `operators`, and its name in `byFamily`.

/** What the types of columns come down to here. */
export type Family = "text" | "number" | "boolean" | "date" | "time" | "other";

/** What an operator needs after it. */
export type Need = "nothing" | "one" | "two" | "many" | "span" | "segment" | "part" | "list";

/** An operator and its words. */
export interface Operator {
  /** The words between column and value. */
  words: string;
  /** What follows. */
  need: Need;
  /** Whether ignoring case means anything. */
  text?: boolean;
}

/** All operators, by name. */
export const operators: Record<string, Operator> = {
  eq: { words: "is", need: "one", text: true },
  ne: { words: "is not", need: "one", text: true },
  in: { words: "is any of", need: "many" },
  not_in: { words: "is none of", need: "many" },
  contains: { words: "contains", need: "one", text: true },
  not_contains: { words: "does not contain", need: "one", text: true },
  starts_with: { words: "begins with", need: "one", text: true },
  not_starts_with: { words: "does not begin with", need: "one", text: true },
  ends_with: { words: "ends with", need: "one", text: true },
  not_ends_with: { words: "does not end with", need: "one", text: true },
  gt: { words: "is greater than", need: "one" },
  ge: { words: "is at least", need: "one" },
  lt: { words: "is less than", need: "one" },
  le: { words: "is at most", need: "one" },
  between: { words: "is between", need: "two" },
  not_between: { words: "is not between", need: "two" },
  within_last: { words: "is within the last", need: "span" },
  not_within_last: { words: "is not within the last", need: "span" },
  within_next: { words: "is within the next", need: "span" },
  year_to_date: { words: "is in this year up to now", need: "nothing" },
  day_of_month: { words: "is on day of the month", need: "part" },
  month_of: { words: "is in the month", need: "part" },
  year_of: { words: "is in the year", need: "part" },
  day_of_week: { words: "is on a", need: "part" },
  is_true: { words: "is true", need: "nothing" },
  is_false: { words: "is false", need: "nothing" },
  is_null: { words: "has no value", need: "nothing" },
  is_not_null: { words: "has a value", need: "nothing" },
  in_segment: { words: "is in the segment", need: "segment" },
  in_list: { words: "is in the list", need: "list" },
  not_in_list: { words: "is not in the list", need: "list" },
  not_in_segment: { words: "is not in the segment", need: "segment" },
};

const byFamily: Record<Family, string[]> = {
  text: ["eq", "ne", "in", "not_in", "contains", "not_contains", "starts_with", "not_starts_with", "ends_with", "not_ends_with", "in_list", "not_in_list", "is_null", "is_not_null"],
  number: ["gt", "ge", "lt", "le", "eq", "ne", "between", "not_between", "in", "not_in", "in_list", "not_in_list", "is_null", "is_not_null"],
  boolean: ["is_true", "is_false", "is_null", "is_not_null"],
  date: ["within_last", "not_within_last", "within_next", "year_to_date", "eq", "ne", "lt", "le", "gt", "ge", "between", "not_between", "month_of", "year_of", "day_of_month", "day_of_week", "is_null", "is_not_null"],
  time: ["within_last", "not_within_last", "within_next", "year_to_date", "lt", "le", "gt", "ge", "between", "not_between", "month_of", "year_of", "day_of_month", "day_of_week", "eq", "ne", "is_null", "is_not_null"],
  other: ["is_null", "is_not_null", "eq", "ne"],
};

const dateWords: Record<string, string> = {
  eq: "is on",
  ne: "is not on",
  lt: "is before",
  le: "is on or before",
  gt: "is after",
  ge: "is on or after",
};
const timeWords: Record<string, string> = { ...dateWords, eq: "is exactly", ne: "is not exactly", le: "is not after", ge: "is not before" };

/** The family of a type of the definitions: `decimal(10,2)` is a number. */
export function familyOf(type: string | null | undefined): Family {
  const word = (type ?? "").toLowerCase();
  if (word.startsWith("decimal") || word === "integer" || word === "number") return "number";
  if (word === "text" || word === "guid") return "text";
  if (word === "boolean") return "boolean";
  if (word === "date") return "date";
  if (word === "date-time" || word === "datetime" || word === "instant") return "time";
  if (word === "" || word === "any") return "text";
  return "other";
}

/** The operators of a type, in the order people look for them; `now` is kept though it does not fit. */
export function operatorsFor(type: string | null | undefined, now?: string | null): string[] {
  const list = byFamily[familyOf(type)];
  return now && !list.includes(now) && !now.endsWith("in_segment") ? [...list, now] : list;
}

/** The words of an operator for a type. */
export function words(operator: string, type: string | null | undefined): string {
  const family = familyOf(type);
  if (family === "date" && dateWords[operator]) return dateWords[operator];
  if (family === "time" && timeWords[operator]) return timeWords[operator];
  if (family === "number" && operator === "eq") return "equals";
  if (family === "number" && operator === "ne") return "does not equal";
  return operators[operator]?.words ?? operator;
}

/** What an operator needs. */
export function needOf(operator: string | null | undefined): Need {
  return operators[operator ?? ""]?.need ?? "one";
}

/** The operator a new condition on a type begins with. */
export function firstOperator(type: string | null | undefined): string {
  return operatorsFor(type)[0] ?? "eq";
}

/** Days of the week, Monday is 1. */
export const weekDays = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];

/** Months, January is 1. */
export const months = ["January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"];

/** Units of a span of time. */
export const units = ["day", "week", "month", "year"];
