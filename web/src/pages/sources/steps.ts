// Steps: the closed list of transform steps, what each is for, how it begins and how it reads.
//
// Invariants
// - Only steps that run are here; what the language keeps for later (`fill`, `split_column`, …) is not offered.
//
// To add a step: a line in `STEPS`, a case in `sentence`, a form in `StepForm`.

import type { Value } from "../../api/types";

export interface StepColumn {
  name: string;
  type: string;
}

export interface StepKind {
  name: string;
  title: string;
  group: "Columns" | "Rows" | "Values" | "Shape";
  about: string;
  /** What a new one looks like; `column` is the one whose menu was used. */
  blank: (columns: StepColumn[], column?: string) => Value;
}

/** The types columns can have. */
export const TYPES = ["text", "integer", "number", "decimal(18,2)", "boolean", "date", "date-time", "guid", "json"];

const first = (columns: StepColumn[], column?: string) => column ?? columns[0]?.name ?? "";
const isText = (column: StepColumn) => column.type === "text" || column.type === "guid" || column.type === "any";
const firstText = (columns: StepColumn[], column?: string) => column ?? columns.find(isText)?.name ?? first(columns);

export const STEPS: StepKind[] = [
  { name: "choose_columns", title: "Choose columns", group: "Columns", about: "Keep only these columns, in this order",
    blank: (columns) => ({ choose_columns: columns.map((column) => column.name) }) },
  { name: "remove_columns", title: "Remove columns", group: "Columns", about: "Drop columns",
    blank: (columns, column) => ({ remove_columns: [first(columns, column)] }) },
  { name: "rename_columns", title: "Rename columns", group: "Columns", about: "Give columns other names",
    blank: (columns, column) => ({ rename_columns: { [first(columns, column)]: `${first(columns, column)}_new` } }) },
  { name: "reorder_columns", title: "Reorder columns", group: "Columns", about: "Put these columns first",
    blank: (columns, column) => ({ reorder_columns: [first(columns, column)] }) },
  { name: "change_type", title: "Change type", group: "Columns", about: "Another type, also with a locale or date format",
    blank: (columns, column) => ({ change_type: { [first(columns, column)]: "text" } }) },
  { name: "add_column", title: "Add column", group: "Columns", about: "A column worked out from the others",
    blank: () => ({ add_column: { name: "new_column", value: "''" } }) },
  { name: "filter_rows", title: "Filter rows", group: "Rows", about: "Keep rows for which a condition holds",
    blank: (columns, column) => ({ filter_rows: `${quoted(first(columns, column))} is not null` }) },
  { name: "keep_rows", title: "Keep first rows", group: "Rows", about: "Keep so many rows from the top",
    blank: () => ({ keep_rows: 1000 }) },
  { name: "remove_rows", title: "Remove first rows", group: "Rows", about: "Drop so many rows from the top",
    blank: () => ({ remove_rows: 1 }) },
  { name: "sort", title: "Sort", group: "Rows", about: "Put rows in order",
    blank: (columns, column) => ({ sort: [first(columns, column)] }) },
  { name: "distinct", title: "Remove duplicates", group: "Rows", about: "The first row of each different value",
    blank: (columns, column) => ({ distinct: [first(columns, column)] }) },
  { name: "replace_values", title: "Replace values", group: "Values", about: "One value in the place of another",
    blank: (columns, column) => ({ replace_values: { columns: [firstText(columns, column)], from: "", to: null } }) },
  { name: "lowercase", title: "Lower case", group: "Values", about: "Text in small letters",
    blank: (columns, column) => ({ lowercase: [firstText(columns, column)] }) },
  { name: "uppercase", title: "Upper case", group: "Values", about: "Text in capitals",
    blank: (columns, column) => ({ uppercase: [firstText(columns, column)] }) },
  { name: "trim", title: "Trim", group: "Values", about: "Text without spaces at its ends",
    blank: (columns, column) => ({ trim: [firstText(columns, column)] }) },
  { name: "expand", title: "Expand", group: "Shape", about: "A record into columns, or a list into rows",
    blank: (columns, column) => ({ expand: column ?? columns.find((c) => c.type === "json")?.name ?? first(columns) }) },
  { name: "group_by", title: "Group by", group: "Shape", about: "One row a group, with sums, counts and the like",
    blank: (columns, column) => ({ group_by: { by: [first(columns, column)], columns: { rows: "count(*)" } } }) },
  { name: "sql", title: "SQL", group: "Shape", about: "A query over the table so far, called input",
    blank: () => ({ sql: "select * from input" }) },
];

/** A column name as expressions have it. */
export function quoted(column: string): string {
  return /^[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z_][A-Za-z0-9_]*)*$/.test(column) ? column : `"${column.replace(/"/g, '""')}"`;
}

/** The step's name. */
export function nameOf(step: Value): string {
  if (typeof step === "string") return step;
  if (step !== null && typeof step === "object" && !Array.isArray(step)) return Object.keys(step)[0] ?? "";
  return "";
}

/** What stands behind the step's name. */
export function argumentOf(step: Value): Value {
  if (step !== null && typeof step === "object" && !Array.isArray(step)) return Object.values(step)[0] ?? null;
  return null;
}

/** What a step is called. */
export function titleOf(step: Value): string {
  const name = nameOf(step);
  return STEPS.find((kind) => kind.name === name)?.title ?? name;
}

export const record = (value: Value | undefined): { [key: string]: Value } =>
  value !== null && typeof value === "object" && !Array.isArray(value) ? value : {};
export const list = (value: Value | undefined): Value[] => (Array.isArray(value) ? value : []);
export const text = (value: Value | undefined): string =>
  typeof value === "string" ? value : value === null || value === undefined ? "" : typeof value === "object" ? "" : String(value);

const named = (value: Value | undefined) => list(value).map(text).join(", ");

/** A step as a sentence, for a step the server has not spoken of yet. */
export function sentence(step: Value): string {
  const argument = argumentOf(step);
  switch (nameOf(step)) {
    case "choose_columns": return `keep the columns ${named(argument)}`;
    case "remove_columns": return `drop ${named(argument)}`;
    case "rename_columns": return `rename ${Object.entries(record(argument)).map(([from, to]) => `${from} to ${text(to)}`).join(", ")}`;
    case "reorder_columns": return `put ${named(argument)} first`;
    case "filter_rows": return `keep rows where ${text(argument)}`;
    case "keep_rows": return `keep the first ${text(argument)} rows`;
    case "remove_rows": return `drop the first ${text(argument)} rows`;
    case "sort": return `sort by ${list(argument).map((item) => (typeof item === "string" ? item : Object.entries(record(item)).map(([column, order]) => `${column} ${text(order)}`).join(" "))).join(", ")}`;
    case "distinct": return argument === null || list(argument).length === 0 ? "keep the first of equal rows" : `keep the first row of each ${named(argument)}`;
    case "change_type": {
      const parts = record(argument);
      const columns = typeof parts.columns === "object" ? record(parts.columns) : parts;
      return `make ${Object.entries(columns).map(([column, type]) => `${column} ${text(type)}`).join(", ")}`;
    }
    case "replace_values": {
      const parts = record(argument);
      const word = (value: Value | undefined) => (value === null || value === undefined ? "nothing" : `“${text(value)}”`);
      return `put ${word(parts.to)} for ${word(parts.from)}${parts.columns ? ` in ${named(parts.columns)}` : ""}`;
    }
    case "lowercase": return `small letters in ${named(argument)}`;
    case "uppercase": return `capitals in ${named(argument)}`;
    case "trim": return `no spaces at the ends of ${named(argument)}`;
    case "expand": {
      const parts = record(argument);
      return typeof argument === "string" ? `one row an element of ${argument}` : `expand ${text(parts.column)} to ${Object.keys(record(parts.fields)).join(", ")}`;
    }
    case "add_column": return `add ${text(record(argument).name)} = ${text(record(argument).value)}`;
    case "group_by": return `one row for each ${named(record(argument).by)}`;
    case "sql": return text(argument);
    default: return nameOf(step);
  }
}
