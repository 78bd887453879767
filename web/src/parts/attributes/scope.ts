// Scope: the tables and columns that an expression of a definition may speak of, and the aliases it speaks with.
//
// Reads: GET reachable.
// Invariants
// - An alias is added only for a table that is not there without `tables:`, and never hides another one.
//
// Not here: pictures of it (`AttributePicker`, `PathPicker`).

import { useMemo } from "react";
import { useGet, useProject } from "../../api/hooks";
import type { AttributeView, BucketView, ReachableTable, Value } from "../../api/types";
import { split } from "../conditions/tree";

/** A table named in `tables:`. */
export interface UsedTable {
  table: string;
  path?: string[];
}

/** Related tables by alias, as in `tables:`. */
export type UsedTables = Record<string, UsedTable>;

/** What may be picked from. */
export interface Scope {
  /** The tables, nearest first. */
  tables: ReachableTable[];
  /** The one table whose own columns are meant; then columns carry no alias. */
  own?: string;
  /** Whether membership of segments can be asked for. */
  segments?: boolean;
  /** Values of a column known without asking the server; null when they are not known. */
  suggest?: (column: string) => BucketView[] | null;
  /** Whether it is still being read. */
  loading?: boolean;
}

/** What somebody picked. */
export interface Picked {
  table: ReachableTable;
  column: AttributeView;
}

/** The scope of a project: everything that leads to Customer. */
export function useReachable(): Scope {
  const project = useProject();
  const answer = useGet<ReachableTable[]>(project.p("/reachable"), { staleTime: 60_000 });
  return useMemo(() => ({ tables: answer.data ?? [], segments: true, loading: answer.isLoading }), [answer.data, answer.isLoading]);
}

/** The scope of one table's own columns, for filters of a table's steps. */
export function ownScope(table: string, columns: AttributeView[], suggest?: Scope["suggest"]): Scope {
  return {
    own: table,
    suggest,
    tables: [{ table, alias: "", title: table, always: true, distance: 0, paths: [], columns }],
  };
}

/** `tables:` of a definition as JSON, in one form: `Alias: Table` and `Alias: {table, path}` both. */
export function readTables(value: Value | undefined): UsedTables {
  const found: UsedTables = {};
  if (!value || typeof value !== "object" || Array.isArray(value)) return found;
  for (const [alias, entry] of Object.entries(value)) {
    if (typeof entry === "string") found[alias] = { table: entry };
    else if (entry && typeof entry === "object" && !Array.isArray(entry)) {
      const path = Array.isArray(entry.path) ? entry.path.filter((one): one is string => typeof one === "string") : undefined;
      found[alias] = { table: String(entry.table ?? ""), ...(path ? { path } : {}) };
    }
  }
  return found;
}

/** The same as JSON for a definition; nothing when there are none. An alias that did not change keeps its form. */
export function writeTables(tables: UsedTables, before?: Value): Value | undefined {
  const names = Object.keys(tables);
  if (names.length === 0) return undefined;
  const old = readTables(before);
  const out: Record<string, Value> = {};
  for (const alias of names) {
    const used = tables[alias]!;
    const same = old[alias] && old[alias].table === used.table && String(old[alias].path) === String(used.path);
    const kept = same && before && typeof before === "object" && !Array.isArray(before) ? before[alias] : undefined;
    out[alias] = kept ?? (used.path ? { table: used.table, path: used.path } : used.table);
  }
  return out;
}

/** The name under which a table is or can be spoken of, and `tables:` with it. */
export function aliasFor(table: ReachableTable, own: UsedTables, around: UsedTables): { alias: string; tables: UsedTables } {
  if (table.always) return { alias: table.alias, tables: own };
  for (const known of [own, around]) {
    const alias = Object.keys(known).find((name) => known[name]!.table === table.table);
    if (alias) return { alias, tables: own };
  }
  let alias = table.alias;
  for (let number = 2; alias in own || alias in around; number += 1) alias = `${table.alias}${number}`;
  const path = table.paths[0]?.relationships;
  return { alias, tables: { ...own, [alias]: { table: table.table, ...(path && path.length > 0 ? { path } : {}) } } };
}

/** The table behind an alias. */
export function tableOf(scope: Scope, alias: string, used: UsedTables): ReachableTable | undefined {
  if (scope.own !== undefined) return scope.tables[0];
  const name = used[alias]?.table;
  if (name !== undefined) return scope.tables.find((table) => same(table.table, name));
  return scope.tables.find((table) => table.always && same(table.alias, alias));
}

/** The column a condition names, with its table. */
export function columnOf(scope: Scope, name: string | null | undefined, used: UsedTables): Picked | undefined {
  if (!name) return undefined;
  if (scope.own !== undefined) {
    const table = scope.tables[0];
    const column = table?.columns.find((one) => one.name === name);
    return table && column ? { table, column } : undefined;
  }
  const [alias, rest] = split(name);
  const table = tableOf(scope, alias, used);
  const column = table?.columns.find((one) => local(table, one) === rest);
  return table && column ? { table, column } : undefined;
}

/** A column's name within its table. */
export function local(table: ReachableTable, column: AttributeView): string {
  const prefix = `${table.alias}.`;
  return table.alias !== "" && column.name.startsWith(prefix) ? column.name.slice(prefix.length) : column.name;
}

/** `Appointment › Customer`: a way in words. */
export function chain(tables: string[], scope: Scope): string {
  return tables.map((name) => scope.tables.find((table) => table.table === name)?.title ?? name).join(" › ");
}

/** A column as an expression writes it: quoted where it must be. */
export function written(alias: string, column: string): string {
  const plain = /^[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z_][A-Za-z0-9_]*)*$/;
  const name = plain.test(column) ? column : `"${column.replaceAll('"', '""')}"`;
  return alias === "" ? name : `${alias}.${name}`;
}

const same = (a: string, b: string) => a.toLowerCase() === b.toLowerCase();
