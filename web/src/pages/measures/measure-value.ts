/*
 * measure-value: a measure's definition as a builder shows it, and what the builder shows as the definition.
 *
 * Invariants: keys this page does not know stay untouched; a value that is no plain function of attributes stays an expression, as written.
 */
import type { Value } from "../../api/types";
import { readTables, writeTables, type Scope, type UsedTables } from "../../parts/attributes/scope";
import { mentions } from "../../parts/conditions/tree";

/** A definition as JSON. */
export type Json = { [key: string]: Value };

/** The kinds of measures, in words. */
export const kinds: Record<string, { title: string; sentence: string }> = {
  customer_attribute: { title: "Customer attribute", sentence: "one value for each person, shown on the profile" },
  customer_measure: { title: "Customer measure", sentence: "values for each person, split by dimensions; a table of its own" },
  business_measure: { title: "Business measure", sentence: "values for the business as a whole, alone or split by dimensions" },
};

/** A value that is worked out. */
export interface Calculation {
  /** Its column; empty for the measure's own value. */
  name: string;
  value: string;
}

/** What it is split by. */
export interface Dimension {
  name: string;
  value: string;
  bucket: string;
}

const isJson = (value: Value | undefined): value is Json => typeof value === "object" && value !== null && !Array.isArray(value);
const text = (value: Value | undefined): string => (value === null || value === undefined ? "" : String(value));

/** A new measure. */
export const newMeasure = (kind: string): Json => ({ title: "", kind, value: "" });

/** The calculations: one for `value:`, several for `values:`. */
export function calculations(value: Json): Calculation[] {
  if (isJson(value.values)) return Object.entries(value.values).map(([name, one]) => ({ name, value: text(one) }));
  return [{ name: "", value: text(value.value) }];
}

/** The definition with other calculations. */
export function withCalculations(value: Json, list: Calculation[]): Json {
  const { value: _one, values: _many, ...rest } = value;
  const only = list[0];
  if (list.length === 1 && only && only.name === "") return place(value, rest, "value", only.value);
  return place(value, rest, "values", Object.fromEntries(list.map((one, index) => [one.name || `value${index + 1}`, one.value])));
}

/** The definition with one key changed, standing where `value` or `values` stood. */
function place(old: Json, rest: Json, key: string, value: Value): Json {
  const out: Json = {};
  let done = false;
  for (const [name, one] of Object.entries(old)) {
    if (name === "value" || name === "values") {
      if (!done) out[key] = value;
      done = true;
    } else out[name] = rest[name] ?? one;
  }
  if (!done) out[key] = value;
  return out;
}

/** The dimensions. */
export function dimensionsOf(value: Json): Dimension[] {
  const list = Array.isArray(value.dimensions) ? value.dimensions : [];
  return list.flatMap((one): Dimension[] => {
    if (!isJson(one)) return [];
    if ("name" in one && "value" in one) return [{ name: text(one.name), value: text(one.value), bucket: text(one.bucket) }];
    return Object.entries(one).slice(0, 1).map(([name, expression]) => ({ name, value: text(expression), bucket: "" }));
  });
}

/** The definition with other dimensions. */
export function withDimensions(value: Json, list: Dimension[]): Json {
  const { dimensions: _old, ...rest } = value;
  if (list.length === 0) return rest;
  const dimensions = list.map((one): Json => ({ name: one.name, value: one.value, ...(one.bucket ? { bucket: one.bucket } : {}) }));
  return "dimensions" in value ? { ...value, dimensions } : { ...rest, dimensions };
}

/** What stands for null, by column. */
export const replacements = (value: Json): Json => (isJson(value.replace_nulls) ? value.replace_nulls : {});

/** The definition with another key, without it for undefined or an empty text. */
export function withKey(value: Json, key: string, next: Value | undefined): Json {
  const { [key]: _old, ...rest } = value;
  const empty = next === undefined || next === "" || (isJson(next) && Object.keys(next).length === 0);
  return empty ? rest : key in value ? { ...value, [key]: next } : { ...rest, [key]: next };
}

/** The related tables. */
export const tablesOf = (value: Json): UsedTables => readTables(value.tables);

/** The definition with other related tables. */
export const withTables = (value: Json, tables: UsedTables): Json => withKey(value, "tables", writeTables(tables, value.tables));

/** Every expression of a definition. */
export function expressions(value: Json): string[] {
  return [...calculations(value).map((one) => one.value), text(value.where), ...dimensionsOf(value).map((one) => one.value), ...Object.keys(replacements(value)), ...(isJson(value.replace) ? Object.keys(value.replace) : []), isJson(value.window) ? text(value.window.time) : ""];
}

/** Whether an alias is spoken of. */
export const usesAlias = (value: Json, alias: string): boolean => expressions(value).some((one) => mentions(one, alias));

/** The definition without related tables that nothing speaks of. */
export function pruned(value: Json): Json {
  const tables = tablesOf(value);
  const kept = Object.fromEntries(Object.entries(tables).filter(([alias]) => usesAlias(value, alias)));
  return Object.keys(kept).length === Object.keys(tables).length ? value : withTables(value, kept);
}

/** A value that is one aggregate of attributes. */
export interface Simple {
  fn: string;
  column: string;
  by: string;
}

const part = String.raw`(?:"(?:[^"]|"")+"|[A-Za-z_]\w*)`;
const column = `${part}(?:\\.${part})+`;
const simple = new RegExp(`^\\s*(sum|avg|min|max|count|count_unique|first|last|argmax|argmin)\\s*\\(\\s*(${column})\\s*(?:,\\s*(${column})\\s*)?\\)\\s*$`, "i");

/** An expression as one aggregate, when it is that. */
export function asSimple(expression: string): Simple | null {
  const found = simple.exec(expression);
  if (!found) return null;
  const fn = found[1]!.toLowerCase();
  const by = found[3] ?? "";
  return needsBy(fn) === (by !== "") ? { fn, column: found[2]!, by } : null;
}

/** Whether a function takes a second attribute. */
export const needsBy = (fn: string): boolean => ["first", "last", "argmax", "argmin"].includes(fn);

/** One aggregate as an expression; empty while something is missing. */
export function writeSimple({ fn, column, by }: Simple): string {
  if (column === "" || (needsBy(fn) && by === "")) return "";
  return needsBy(fn) ? `${fn}(${column}, ${by})` : `${fn}(${column})`;
}

/** A written column without its quotes, as conditions name it. */
export const bare = (written: string): string => written.replace(/"((?:[^"]|"")+)"/g, (_, inner: string) => inner.replaceAll('""', '"'));

/** The columns that a definition's values name, as `alias.column`, with their types. */
export function named(value: Json, scope: Scope): { name: string; title: string; type: string }[] {
  const tables = tablesOf(value);
  const all = calculations(value).map((one) => bare(one.value)).join(" ; ");
  const found: { name: string; title: string; type: string }[] = [];
  for (const table of scope.tables) {
    const aliases = table.always ? [table.alias] : Object.keys(tables).filter((alias) => tables[alias]!.table === table.table);
    for (const alias of aliases) {
      for (const one of table.columns) {
        const local = one.name.startsWith(`${table.alias}.`) ? one.name.slice(table.alias.length + 1) : one.name;
        const name = `${alias}.${local}`;
        const at = new RegExp(`(^|[^\\w.])${name.replace(/[^\w]/g, "\\$&")}(?![\\w.])`);
        if (at.test(all)) found.push({ name, title: one.title || local, type: one.type });
      }
    }
  }
  return found;
}
