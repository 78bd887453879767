/*
 * model: unify.yaml as JSON, read and changed in the ways the page offers. Pure; nothing here knows React.
 *
 * Invariants
 * - Every change gives a new value and leaves what it does not know as it was.
 * - `mergeOf` says what columns Customer would have, by the same rules as the product: one column for each known meaning, in table order.
 */
import type { UnifyView, Value } from "../../api/types";
import { list, record, text } from "../sources/steps";

export type Dict = { [key: string]: Value };

/** A table that may take part: its columns, whether its rows are people is for the user to say. */
export interface Known {
  name: string;
  key: string | null;
  rows: number | null;
  columns: { name: string; type: string; suggested: string | null; sample: Value[] }[];
}

export const tablesOf = (value: Dict): Dict[] => list(value.tables).map(record);
export const tableNames = (value: Dict): string[] => tablesOf(value).map((table) => text(table.table));
export const rulesOf = (value: Dict): Dict[] => (Array.isArray(value.match) ? value.match : list(record(value.match).rules)).map(record);

/** Whether records of a table that match nothing become profiles. */
export const includesAll = (table: Dict, index: number): boolean => (typeof table.include_all === "boolean" ? table.include_all : index === 0);

/** The columns of a table and what they mean; null where that is left to their names. */
export function mappedOf(table: Dict): Record<string, string> | null {
  const columns = record(table.columns);
  if (Object.keys(columns).length === 0) return null;
  return Object.fromEntries(Object.entries(columns).map(([column, type]) => [column, text(type)]));
}

export function withTable(value: Dict, index: number, change: (table: Dict) => Dict): Dict {
  return { ...value, tables: tablesOf(value).map((table, at) => (at === index ? change(table) : table)) };
}

export function withRules(value: Dict, rules: Dict[]): Dict {
  const model = record(value.match).model;
  if (rules.length === 0 && model === undefined) {
    const { match: _, ...rest } = value;
    return rest;
  }
  return { ...value, match: Array.isArray(value.match) || value.match === undefined ? rules : { ...record(value.match), rules } };
}

/** A rule the other way round: the lower table is always `from`. */
function turned(rule: Dict): Dict {
  const sides = (conditions: Value | undefined) => list(conditions).map((one): Value => {
    const { column, equals, ...rest } = record(one);
    return { column: equals ?? null, equals: column ?? null, ...rest };
  });
  return { ...rule, from: rule.to ?? null, to: rule.from ?? null, when: sides(rule.when), ...(rule.unless === undefined ? {} : { unless: sides(rule.unless) }) };
}

/** Rules lead from lower to higher tables, whatever order the tables have. */
function ordered(value: Dict): Dict {
  const names = tableNames(value);
  const rules = rulesOf(value).map((rule) => {
    const [from, to] = [names.indexOf(text(rule.from)), names.indexOf(text(rule.to))];
    return from !== -1 && to !== -1 && from < to ? turned(rule) : rule;
  });
  return rules.length === 0 ? value : withRules(value, rules);
}

export function moveTable(value: Dict, index: number, by: number): Dict {
  const tables = tablesOf(value).map((table, at): Dict => ({ ...table, include_all: includesAll(table, at) }));
  tables.splice(index + by, 0, ...tables.splice(index, 1));
  return ordered({ ...value, tables });
}

/** The tables that take part; those that go take their rules and merge entries along. */
export function chooseTables(value: Dict, names: string[]): Dict {
  const old = tablesOf(value);
  const kept = old.filter((table) => names.includes(text(table.table)));
  const added = names.filter((name) => !old.some((table) => text(table.table) === name)).map((name, at): Dict => ({ table: name, include_all: kept.length === 0 && at === 0 }));
  const stays = (path: Value) => names.some((name) => text(path).startsWith(`${name}.`));
  const next: Dict = { ...value, tables: [...kept, ...added] };
  const rules = rulesOf(value).filter((rule) => names.includes(text(rule.from)) && names.includes(text(rule.to)));
  const merge = record(value.merge);
  const columns = Object.entries(record(merge.columns)).flatMap(([name, column]): [string, Value][] => {
    const from = list(record(column).from).filter(stays);
    return from.length === 0 ? [] : [[name, { ...record(column), from }]];
  });
  return withMerge(withRules(next, rules), {
    columns: Object.fromEntries(columns),
    exclude: list(merge.exclude).filter(stays),
    rename: Object.fromEntries(Object.entries(record(merge.rename)).filter(([path]) => stays(path))),
  });
}

/** `merge:` with parts replaced; empty parts go. */
export function withMerge(value: Dict, parts: { columns?: Dict; exclude?: Value[]; rename?: Dict }): Dict {
  const merge: Dict = { ...record(value.merge) };
  for (const [key, part] of Object.entries(parts)) {
    if (part === undefined) continue;
    const empty = Array.isArray(part) ? part.length === 0 : Object.keys(part).length === 0;
    if (empty) delete merge[key];
    else merge[key] = part;
  }
  if (Object.keys(merge).length === 0) {
    const { merge: _, ...rest } = value;
    return rest;
  }
  return { ...value, merge };
}

/** The name of a new rule that no other has. */
export function freeName(rules: Dict[], wish: string): string {
  const taken = new Set(rules.map((rule) => text(rule.name)));
  if (!taken.has(wish)) return wish;
  let count = 2;
  while (taken.has(`${wish}${count}`)) count += 1;
  return `${wish}${count}`;
}

/** A side of a condition: its column. */
export const sideColumn = (side: Value | undefined): string => (typeof side === "string" ? side : text(record(side).column));

/** A rule in words. */
export function ruleSentence(rule: Dict): string {
  const word = (one: Value) => {
    const condition = record(one);
    const normal = list(condition.normalize).map(text);
    const precision = condition.precision === undefined || condition.precision === "exact" ? "exactly" : `at least ${text(condition.precision)}`;
    return `${sideColumn(condition.column)} equals ${sideColumn(condition.equals)}, ${precision}${normal.length > 0 ? ` after ${normal.join(", ")}` : ""}`;
  };
  const when = list(rule.when).map(word).join(" and ");
  const unless = list(rule.unless).map(word).join(" and ");
  return unless === "" ? when : `${when}, unless ${unless}`;
}

/** A column Customer would have. */
export interface Merged {
  name: string;
  parts: { table: string; column: string }[];
  policy: "importance" | "most_recent" | "least_recent";
  by: string[];
  semantic: string | null;
  /** Whether `merge.columns` names it. */
  stated: boolean;
}

export const pathOf = (part: { table: string; column: string }): string => `${part.table}.${part.column}`;

export function partOf(path: string, tables: string[]): { table: string; column: string } {
  const table = tables.find((name) => path.startsWith(`${name}.`));
  const dot = path.indexOf(".");
  return table ? { table, column: path.slice(table.length + 1) } : { table: path.slice(0, dot), column: path.slice(dot + 1) };
}

function policyOf(value: Value | undefined): Pick<Merged, "policy" | "by"> {
  const parts = record(value);
  for (const policy of ["most_recent", "least_recent"] as const) {
    if (parts[policy] !== undefined) return { policy, by: list(record(parts[policy]).by).map(text) };
  }
  return { policy: "importance", by: [] };
}

/** The columns of Customer that come from sources, by the rules of the product. */
export function mergeOf(value: Dict, known: Known[], semanticTypes: string[]): { columns: Merged[]; excluded: string[] } {
  const names = tableNames(value);
  const merge = record(value.merge);
  const excluded = list(merge.exclude).map(text);
  const used = new Set(excluded);
  const stated: Merged[] = Object.entries(record(merge.columns)).map(([name, column]) => {
    const parts = list(record(column).from).map((path) => partOf(text(path), names));
    parts.forEach((part) => used.add(pathOf(part)));
    return { name, parts, ...policyOf(record(column).policy), semantic: null, stated: true };
  });
  const all: Merged[] = [];
  const place = new Map<string, number>();
  for (const [at, table] of tablesOf(value).entries()) {
    const name = text(table.table);
    const of = known.find((one) => one.name === name);
    const mapped = mappedOf(table) ?? Object.fromEntries((of?.columns ?? []).map((column) => [column.name, column.suggested ?? ""]));
    let index = 0;
    for (const [column, semantic] of Object.entries(mapped)) {
      index += 1;
      place.set(`${name}.${column}`, at * 10000 + index);
      if (used.has(`${name}.${column}`) || column === of?.key) continue;
      const together = semantic !== "ID" && semanticTypes.includes(semantic) ? all.find((one) => one.semantic === semantic && one.parts.every((part) => part.table !== name)) : undefined;
      if (together) together.parts.push({ table: name, column });
      else all.push({ name: column, parts: [{ table: name, column }], policy: "importance", by: [], semantic: semantic === "" ? null : semantic, stated: false });
    }
  }
  const rename = record(merge.rename);
  const keys = new Set(known.filter((one) => names.includes(one.name)).map((one) => one.key));
  const columns = [...stated, ...all].sort((a, b) => (place.get(a.parts[0] ? pathOf(a.parts[0]) : "") ?? 0) - (place.get(b.parts[0] ? pathOf(b.parts[0]) : "") ?? 0));
  const count = new Map<string, number>();
  columns.forEach((one) => count.set(one.name, (count.get(one.name) ?? 0) + 1));
  for (const one of columns) {
    const renamed = one.parts.map((part) => rename[pathOf(part)]).find((name) => name !== undefined);
    const first = one.parts[0];
    if (renamed !== undefined) one.name = text(renamed);
    else if (!one.stated && first && ((count.get(one.name) ?? 0) > 1 || keys.has(one.name))) one.name = `${first.table}_${first.column}`;
  }
  return { columns, excluded };
}

/** A merged column as `merge.columns` has it. */
export function stateColumn(value: Dict, name: string, column: Pick<Merged, "parts" | "policy" | "by">): Dict {
  const merge = record(value.merge);
  const paths = column.parts.map(pathOf);
  const others = Object.entries(record(merge.columns)).flatMap(([other, one]): [string, Value][] => {
    if (other === name) return [];
    const from = list(record(one).from).filter((path) => !paths.includes(text(path)));
    return from.length === 0 ? [] : [[other, { ...record(one), from }]];
  });
  const policy: Value = column.policy === "importance" ? "importance" : { [column.policy]: { by: column.by } };
  return withMerge(value, {
    columns: { ...Object.fromEntries(others), [name]: { from: paths, policy } },
    exclude: list(merge.exclude).filter((path) => !paths.includes(text(path))),
    rename: Object.fromEntries(Object.entries(record(merge.rename)).filter(([path]) => !paths.includes(path))),
  });
}

/** A merged column under another name. */
export function renameColumn(value: Dict, column: Merged, name: string): Dict {
  const merge = record(value.merge);
  if (column.stated) {
    const columns = Object.fromEntries(Object.entries(record(merge.columns)).map(([old, one]) => [old === column.name ? name : old, one]));
    return withMerge(value, { columns });
  }
  const first = column.parts[0];
  if (!first) return value;
  const rename = { ...record(merge.rename) };
  for (const part of column.parts) delete rename[pathOf(part)];
  if (name !== first.column) rename[pathOf(first)] = name;
  return withMerge(value, { rename });
}

/** Customer without a column, or without one of its parts. */
export function excludeParts(value: Dict, paths: string[]): Dict {
  const merge = record(value.merge);
  const columns = Object.entries(record(merge.columns)).flatMap(([name, one]): [string, Value][] => {
    const from = list(record(one).from).filter((path) => !paths.includes(text(path)));
    return from.length === 0 ? [] : [[name, { ...record(one), from }]];
  });
  return withMerge(value, {
    columns: Object.fromEntries(columns),
    exclude: [...new Set([...list(merge.exclude).map(text), ...paths])],
    rename: Object.fromEntries(Object.entries(record(merge.rename)).filter(([path]) => !paths.includes(path))),
  });
}

/** Customer with a column that was left out. */
export const includePart = (value: Dict, path: string): Dict => withMerge(value, { exclude: list(record(value.merge).exclude).filter((one) => text(one) !== path) });

/** The server's figures of a merged column, when its parts are the same. */
export const seenColumn = (view: UnifyView | undefined, column: Merged) =>
  view?.columns.find((one) => one.from.length === column.parts.length && one.from.every(([table, name]) => column.parts.some((part) => part.table === table && part.column === name)));
