/*
 * kinds: the connectors, what each needs, and the parts of a source's definition.
 *
 * To add a connector: a line in `KINDS`.
 */
import type { ProbedTable, Value } from "../../api/types";
import { list, record, text } from "./steps";

export type KindName = "fhir" | "dataverse" | "csv" | "parquet";

export interface SourceKind {
  name: KindName;
  title: string;
  about: string;
  /** Whether it can be read from a server. */
  url: boolean;
  /** What its folder holds. */
  files: string;
  /** File endings to upload. */
  accept: string;
  /** An example of its address. */
  example: string;
  /** What a table is called there. */
  table: string;
}

export const KINDS: SourceKind[] = [
  { name: "fhir", title: "FHIR", about: "Patients, appointments and other resources of a FHIR R4 server, or its bulk files", url: true,
    files: "Bulk files: .ndjson, .ndjson.gz, or Bundles as .json", accept: ".ndjson,.gz,.json", example: "https://fhir.example.org/r4", table: "Resource" },
  { name: "dataverse", title: "Dataverse", about: "Tables of a Dynamics 365 or Power Platform environment, or saved pages of its Web API", url: true,
    files: "Pages of the Web API: .json, .json.gz", accept: ".json,.gz", example: "https://contoso.crm.dynamics.com", table: "Entity set" },
  { name: "csv", title: "CSV files", about: "Files with a head line; one file or pattern is one table", url: false,
    files: "CSV files: .csv, .csv.gz", accept: ".csv,.gz", example: "", table: "File" },
  { name: "parquet", title: "Parquet files", about: "Columnar files, typed; one file or pattern is one table", url: false,
    files: "Parquet files: .parquet", accept: ".parquet", example: "", table: "File" },
];

export const kindOf = (name: string): SourceKind => KINDS.find((kind) => kind.name === name) ?? (KINDS[2] as SourceKind);

/** Whether a name may be the name of a definition or table. */
export const isName = (name: string): boolean => /^[A-Za-z][A-Za-z0-9_]*$/.test(name);

/** A name that may be one. */
export function nameFrom(words: string): string {
  const name = words.replace(/[^A-Za-z0-9_]+/g, "_").replace(/^_+|_+$/g, "");
  return name === "" ? "" : /^[A-Za-z]/.test(name) ? name : `t_${name}`;
}

/** A table somebody may pick: what the source offers, and what becomes of it here. */
export interface Picked {
  probed: ProbedTable;
  on: boolean;
  name: string;
  value: { [key: string]: Value };
}

export function pickedOf(probed: ProbedTable, on: boolean): Picked {
  const value = { ...record(probed.value) };
  if (text(value.key) === "" && probed.key) value.key = probed.key;
  return { probed, on, name: probed.suggested || nameFrom(probed.name), value };
}

/** The columns of a flat FHIR view; null when the view is more than one list of columns. */
export function viewColumns(table: { [key: string]: Value }): { name: string; path: string; type: string }[] | null {
  const view = record(table.view);
  const select = list(view.select);
  const only = record(select[0]);
  if (select.length > 1 || Object.keys(only).some((key) => key !== "column")) return null;
  return list(only.column).map((column) => ({ name: text(record(column).name), path: text(record(column).path), type: text(record(column).type) }));
}

/** A table whose flat view has these columns; what else a column says stays. */
export function withViewColumns(table: { [key: string]: Value }, columns: { name: string; path: string; type: string }[]): { [key: string]: Value } {
  const view = record(table.view);
  const old = list(record(list(view.select)[0]).column).map(record);
  const column = columns.map(({ name, path, type }): Value => {
    const { type: _, ...kept } = old.find((one) => text(one.name) === name) ?? {};
    return { ...kept, name, path, ...(type === "" ? {} : { type }) };
  });
  return { ...table, view: { ...view, select: [{ column }] } };
}

/** The names of a table's columns before its steps, as far as its definition says. */
export function columnNames(table: { [key: string]: Value }, probed?: ProbedTable): string[] {
  const flat = table.view === undefined ? null : viewColumns(table);
  if (flat) return flat.map((column) => column.name);
  if (probed) return probed.columns.map((column) => column.name);
  return Object.keys(record(table.columns));
}
