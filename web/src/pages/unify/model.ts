/*
 * model: unify.yaml as JSON, read and changed in the ways the page offers. Pure; nothing here knows React.
 *
 * Invariants
 * - Every change gives a new value and leaves what it does not know as it was.
 * - `mergeOf` says what columns Customer would have, by the same rules as the product: one column for each known meaning, in table order.
 */
import type { UnifyView, Value } from "../../api/types";
import { list, record, text } from "../sources/steps";
import { normalTitle, precisionWords } from "./words";

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

/** `match:` as a mapping, whatever it is. */
export const matchOf = (value: Dict): Dict => (Array.isArray(value.match) ? { rules: value.match } : record(value.match));

/** `match:` with parts replaced; empty parts go, and rules alone are a list again. */
export function withMatch(value: Dict, parts: { rules?: Dict[]; always?: Value; never?: Value; model?: Value }): Dict {
  const { rules, always, never, model, ...others } = { ...matchOf(value), ...parts };
  const has = (part: Value | undefined) => part !== undefined && part !== null && !(Array.isArray(part) && part.length === 0);
  const more: Dict = { ...others, ...(has(always) ? { always: always ?? null } : {}), ...(has(never) ? { never: never ?? null } : {}), ...(has(model) ? { model: model ?? null } : {}) };
  const { match: _, ...rest } = value;
  if (Object.keys(more).length === 0) return has(rules) ? { ...value, match: rules ?? null } : rest;
  return { ...value, match: { ...(has(rules) ? { rules: rules ?? null } : {}), ...more } };
}

export const withRules = (value: Dict, rules: Dict[]): Dict => withMatch(value, { rules });

/** Tables of pairs that always or never match. */
export const pairTables = (value: Dict, which: "always" | "never"): string[] => {
  const part = matchOf(value)[which];
  return (Array.isArray(part) ? part : part === undefined || part === null ? [] : [part]).map(text);
};

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
    groups: groupsWithout(merge, Object.values(record(merge.groups)).flatMap((group) => Object.values(record(record(group).columns)).flatMap((from) => list(from).map(text))).filter((path) => !stays(path))),
    separate: list(merge.separate).filter(stays),
    exclude: list(merge.exclude).filter(stays),
    rename: Object.fromEntries(Object.entries(record(merge.rename)).filter(([path]) => stays(path))),
  });
}

/** `merge:` with parts replaced; empty parts go. */
export function withMerge(value: Dict, parts: { columns?: Dict; groups?: Dict; separate?: Value[]; exclude?: Value[]; rename?: Dict }): Dict {
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
    const normal = list(condition.normalize).map(normalTitle);
    const precision = precisionWords(condition.precision);
    const verb = condition.differs === true ? "differs from" : precision === "exactly" ? "equals" : "is like";
    return `${sideColumn(condition.column)} ${verb} ${sideColumn(condition.equals)}, ${precision}${normal.length > 0 ? ` after ${normal.join(", ")}` : ""}`;
  };
  const when = list(rule.when).map(word).join(" and ");
  const unless = list(rule.unless).map(word).join(" and ");
  return unless === "" ? when : `${when}, unless ${unless}`;
}

/** A column Customer would have. */
export interface Merged {
  name: string;
  parts: { table: string; column: string }[];
  policy: "importance" | "most_frequent" | "most_recent" | "least_recent";
  by: string[];
  /** The group it takes its values together with. */
  group: string | null;
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

export function policyOf(value: Value | undefined): Pick<Merged, "policy" | "by"> {
  if (value === "most_frequent") return { policy: value, by: [] };
  const parts = record(value);
  for (const policy of ["most_recent", "least_recent"] as const) {
    if (parts[policy] !== undefined) return { policy, by: list(record(parts[policy]).by).map(text) };
  }
  return { policy: "importance", by: [] };
}

/** A policy as the definition has it. */
export const policyValue = ({ policy, by }: Pick<Merged, "policy" | "by">): Value => (policy === "importance" || policy === "most_frequent" ? policy : { [policy]: { by } });

/** The columns of Customer that come from sources, by the rules of the product. */
export function mergeOf(value: Dict, known: Known[], semanticTypes: string[]): { columns: Merged[]; excluded: string[] } {
  const names = tableNames(value);
  const merge = record(value.merge);
  const excluded = list(merge.exclude).map(text);
  const used = new Set(excluded);
  const stated: Merged[] = Object.entries(record(merge.columns)).map(([name, column]) => {
    const parts = list(record(column).from).map((path) => partOf(text(path), names));
    parts.forEach((part) => used.add(pathOf(part)));
    return { name, parts, ...policyOf(record(column).policy), group: null, semantic: null, stated: true };
  });
  for (const [group, one] of Object.entries(record(merge.groups))) {
    for (const [name, from] of Object.entries(record(record(one).columns))) {
      const parts = list(from).map((path) => partOf(text(path), names));
      parts.forEach((part) => used.add(pathOf(part)));
      stated.push({ name, parts, ...policyOf(record(one).policy), group, semantic: null, stated: true });
    }
  }
  const separate = list(merge.separate).map(text);
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
      const alone = separate.includes(`${name}.${column}`);
      const together = !alone && semantic !== "ID" && semanticTypes.includes(semantic) ? all.find((one) => one.semantic === semantic && one.parts.every((part) => part.table !== name && !separate.includes(pathOf(part)))) : undefined;
      if (together) together.parts.push({ table: name, column });
      else all.push({ name: column, parts: [{ table: name, column }], policy: "importance", by: [], group: null, semantic: semantic === "" ? null : semantic, stated: false });
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
  return withMerge(value, {
    columns: { ...Object.fromEntries(others), [name]: { from: paths, policy: policyValue(column) } },
    groups: groupsWithout(merge, paths),
    separate: list(merge.separate).filter((path) => !paths.includes(text(path))),
    exclude: list(merge.exclude).filter((path) => !paths.includes(text(path))),
    rename: Object.fromEntries(Object.entries(record(merge.rename)).filter(([path]) => !paths.includes(path))),
  });
}

/** `merge.groups` without some parts; columns and groups that would be empty go. */
function groupsWithout(merge: Dict, paths: string[]): Dict {
  const groups = Object.entries(record(merge.groups)).flatMap(([name, one]): [string, Value][] => {
    const columns = Object.entries(record(record(one).columns)).flatMap(([column, from]): [string, Value][] => {
      const left = list(from).filter((path) => !paths.includes(text(path)));
      return left.length === 0 ? [] : [[column, left]];
    });
    return columns.length === 0 ? [] : [[name, { ...record(one), columns: Object.fromEntries(columns) }]];
  });
  return Object.fromEntries(groups);
}

/** A part that stays a column of its own. */
export function separatePart(value: Dict, path: string): Dict {
  const merge = record(value.merge);
  const columns = Object.entries(record(merge.columns)).flatMap(([name, one]): [string, Value][] => {
    const from = list(record(one).from).filter((other) => text(other) !== path);
    return from.length === 0 ? [] : [[name, { ...record(one), from }]];
  });
  return withMerge(value, { columns: Object.fromEntries(columns), groups: groupsWithout(merge, [path]), separate: [...new Set([...list(merge.separate).map(text), path])] });
}

/** A part that combines by its meaning again. */
export const combinePart = (value: Dict, path: string): Dict => withMerge(value, { separate: list(record(value.merge).separate).filter((one) => text(one) !== path) });

/** Columns that take their values from one record together. */
export function groupColumns(value: Dict, name: string, columns: Merged[], policy: Pick<Merged, "policy" | "by">): Dict {
  const paths = columns.flatMap((column) => column.parts.map(pathOf));
  const merge = record(value.merge);
  const without = excludeParts(value, paths);
  const { [name]: _, ...others } = groupsWithout(merge, paths);
  return withMerge(without, {
    exclude: list(merge.exclude).filter((path) => !paths.includes(text(path))),
    separate: list(merge.separate).filter((path) => !paths.includes(text(path))),
    groups: { ...others, [name]: { columns: Object.fromEntries(columns.map((column) => [column.name, column.parts.map(pathOf)])), policy: policyValue(policy) } },
  });
}

/** Columns of a group that stand for themselves again. */
export function ungroup(value: Dict, name: string): Dict {
  const { [name]: _, ...others } = record(record(value.merge).groups);
  return withMerge(value, { groups: others });
}

/** A merged column under another name. */
export function renameColumn(value: Dict, column: Merged, name: string): Dict {
  const merge = record(value.merge);
  if (column.group !== null) {
    const own = record(record(merge.groups)[column.group]);
    const columns = Object.fromEntries(Object.entries(record(own.columns)).map(([old, from]) => [old === column.name ? name : old, from]));
    return withMerge(value, { groups: { ...record(merge.groups), [column.group]: { ...own, columns } } });
  }
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
    groups: groupsWithout(merge, paths),
    separate: list(merge.separate).filter((path) => !paths.includes(text(path))),
    exclude: [...new Set([...list(merge.exclude).map(text), ...paths])],
    rename: Object.fromEntries(Object.entries(record(merge.rename)).filter(([path]) => !paths.includes(path))),
  });
}

/** Customer with a column that was left out. */
export const includePart = (value: Dict, path: string): Dict => withMerge(value, { exclude: list(record(value.merge).exclude).filter((one) => text(one) !== path) });

/** A cluster of profiles as the definition has it: rules over columns of Customer. */
export const clustersOf = (value: Dict): [string, Dict[]][] =>
  Object.entries(record(value.clusters)).map(([name, one]) => [name, record(one).rules === undefined ? [{ when: list(record(one).when) }] : list(record(one).rules).map(record)]);

/** The definition with other clusters; one rule is written as `when`. */
export function withClusters(value: Dict, clusters: [string, Dict[]][]): Dict {
  const { clusters: _, ...rest } = value;
  if (clusters.length === 0) return rest;
  const one = (name: string, rules: Dict[]): Value => {
    const [only] = rules;
    const plain = rules.length === 1 && only && Object.keys(only).every((key) => key === "when" || (key === "name" && text(only.name) === name));
    return plain ? { when: list(only.when) } : { rules: rules.map((rule, at) => ({ name: text(rule.name) || (at === 0 ? name : `${name}${at + 1}`), ...rule })) };
  };
  return { ...value, clusters: Object.fromEntries(clusters.map(([name, rules]) => [name, one(name, rules)])) };
}

/** What ids of profiles are made from; empty: the founding record's key. */
export const idFrom = (value: Dict): string[] => list(record(value.customer_id).from).map(text);
export function withIdFrom(value: Dict, from: string[]): Dict {
  const { customer_id: _, ...rest } = value;
  return from.length === 0 ? rest : { ...value, customer_id: { from } };
}

/** The server's figures of a merged column, when its parts are the same. */
export const seenColumn = (view: UnifyView | undefined, column: Merged) =>
  view?.columns.find((one) => one.from.length === column.parts.length && one.from.every(([table, name]) => column.parts.some((part) => part.table === table && part.column === name)));
