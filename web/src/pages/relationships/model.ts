/*
 * model: relationships.yaml as JSON, and the graph as the page shows it: what is saved, with the draft over it. Pure.
 *
 * Invariants: user relationships are those of the draft; system and inherited ones are the server's.
 */
import type { GraphEdge, GraphTable, GraphView, Value } from "../../api/types";
import { record, text } from "../sources/steps";

export type Dict = { [key: string]: Value };

export interface Ends {
  fromTable: string;
  fromColumn: string;
  toTable: string;
  toColumn: string;
  cardinality: "many_to_one" | "one_to_one";
}

/** `<Table>.<column>`: everything after the first dot is the column. */
export function endOf(path: string): [string, string] {
  const dot = path.indexOf(".");
  return dot === -1 ? [path, ""] : [path.slice(0, dot), path.slice(dot + 1)];
}

export function endsOf(value: Value | undefined): Ends {
  const parts = record(value);
  const [fromTable, fromColumn] = endOf(text(parts.from));
  const [toTable, toColumn] = endOf(text(parts.to));
  return { fromTable, fromColumn, toTable, toColumn, cardinality: parts.cardinality === "one_to_one" ? "one_to_one" : "many_to_one" };
}

export const written = (ends: Ends): Value => ({ from: `${ends.fromTable}.${ends.fromColumn}`, to: `${ends.toTable}.${ends.toColumn}`, cardinality: ends.cardinality });

/** The relationships with one put in the place of another, added, or taken away. */
export function withRelationship(value: Dict, old: string | null, name: string, ends: Ends | null): Dict {
  const entries = Object.entries(value).flatMap(([key, one]): [string, Value][] => (key !== old ? [[key, one]] : ends ? [[name, { ...record(one), ...record(written(ends)) }]] : []));
  if (ends && (old === null || !(old in value))) entries.push([name, written(ends)]);
  return Object.fromEntries(entries);
}

/** All relationships as they would be: those of the draft, and the server's own. */
export function edgesOf(view: GraphView, draft: Dict): (GraphEdge & { draft: boolean })[] {
  const user = Object.entries(draft).map(([name, value]) => {
    const ends = endsOf(value);
    const saved = view.edges.find((edge) => edge.kind === "user" && edge.name === name);
    const same = saved !== undefined && saved.from_table === ends.fromTable && saved.from_column === ends.fromColumn && saved.to_table === ends.toTable && saved.to_column === ends.toColumn && saved.cardinality === ends.cardinality;
    return { name, kind: "user", from_table: ends.fromTable, from_column: ends.fromColumn, to_table: ends.toTable, to_column: ends.toColumn, cardinality: ends.cardinality, warning: same ? saved.warning : null, draft: !same };
  });
  return [...user, ...view.edges.filter((edge) => edge.kind !== "user").map((edge) => ({ ...edge, draft: false }))];
}

/** What the reader wants to see. */
export interface Filter {
  tables: string[];
  edges: string[];
  search: string;
}

export function filtered(view: GraphView, edges: (GraphEdge & { draft: boolean })[], filter: Filter): { tables: GraphTable[]; edges: (GraphEdge & { draft: boolean })[] } {
  const tables = view.tables.filter((table) => filter.tables.includes(table.kind));
  const there = new Set(tables.map((table) => table.name));
  return { tables, edges: edges.filter((edge) => filter.edges.includes(edge.kind) && there.has(edge.from_table) && there.has(edge.to_table)) };
}

/** Tables and relationships on the ways of a table to Customer. */
export function lightOf(table: GraphTable | undefined, edges: GraphEdge[]): { tables: Set<string>; edges: Set<string> } | null {
  if (!table) return null;
  const tables = new Set<string>([table.name]);
  const lit = new Set<string>();
  for (const path of table.paths) {
    path.tables.forEach((name) => tables.add(name));
    path.relationships.forEach((name) => lit.add(name));
    path.tables.slice(1).forEach((name, at) => {
      const before = path.tables[at];
      const last = at === path.tables.length - 2;
      // The last hop from a unified table to Customer has no name of its own in the definitions.
      if (last) edges.filter((edge) => edge.kind !== "user" && ((edge.from_table === before && edge.to_table === name) || (edge.from_table === name && edge.to_table === before))).forEach((edge) => lit.add(edge.name));
    });
  }
  return { tables, edges: lit };
}

export const matches = (table: GraphTable, search: string): boolean =>
  search.trim() !== "" && `${table.name} ${table.title} ${table.columns.map((column) => column.name).join(" ")}`.toLowerCase().includes(search.trim().toLowerCase());

export const KIND: Record<string, string> = { user: "yours", system: "system", inherited: "inherited" };
export const CARDINALITY: Record<string, string> = { many_to_one: "many to one", one_to_one: "one to one" };
export const marks = (cardinality: string): [string, string] => (cardinality === "one_to_one" ? ["1", "1"] : ["*", "1"]);
