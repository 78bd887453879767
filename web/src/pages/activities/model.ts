/*
 * model: an activity's definition as JSON, what a table suggests for it, and what is missing. Pure.
 */
import { ACTIVITY_TYPES, type ActivityType } from "../../api/activity-types";
import type { GraphTable, Value } from "../../api/types";
import { isName } from "../sources/kinds";
import { list, quoted, text } from "../sources/steps";

export type Dict = { [key: string]: Value };

/** Types people know, those with fields of their own first; any other word is the user's own. */
export const TYPES = [...ACTIVITY_TYPES.map((one) => one.name), "Purchase", "Review", "Support", "Visit"];

const isTime = (type: string) => /^date/.test(type);
export const hasTime = (table: GraphTable): boolean => table.columns.some((column) => isTime(column.type));

/** The first name that fits the best of some words, and none of others. */
function best(names: string[], words: RegExp[], never: RegExp): string | undefined {
  for (const word of words) {
    const found = names.find((name) => word.test(name) && !never.test(name));
    if (found) return found;
  }
  return undefined;
}

/** An activity over a table: key and time as the table has them; what happened as its names suggest. */
export function startWith(value: Dict, table: GraphTable): Dict {
  const kept: Dict = {};
  for (const key of ["title", "type", "icon", "timeline"]) if (value[key] !== undefined) kept[key] = value[key] as Value;
  const times = table.columns.filter((column) => isTime(column.type));
  const time = best(times.map((column) => column.name), [/start|ordered|purchased|visited|happened/i, /time|date/i, /created/i, /./], /updated|modified|birth/i);
  const event = best(table.columns.filter((column) => !isTime(column.type)).map((column) => column.name), [/type.*display|event.*name/i, /type|event/i, /title|product|subject/i, /status/i], /id$|^id\b/i);
  const only = table.paths.length === 1 ? table.paths[0] : undefined;
  return {
    ...kept,
    table: table.name,
    key: table.key ?? "",
    ...(only && only.relationships.length > 0 ? { path: only.relationships } : {}),
    type: text(value.type) || "",
    event: event ? quoted(event) : "",
    time: time ? quoted(time) : "",
  };
}

/** Why each step is not done; null when it is. In the order of the wizard. */
export function blockedBy(value: Dict, name: string, isNew: boolean, taken: string[], table: GraphTable | undefined): (string | null)[] {
  const data = isNew && !isName(name) ? "Give it a name of letters, digits and _, beginning with a letter." : isNew && taken.some((one) => one.toLowerCase() === name.toLowerCase()) ? "There is an activity of this name." : text(value.table) === "" ? "Choose a table." : text(value.key) === "" ? "Choose the key." : null;
  const ways = table?.paths.length ?? 0;
  const path = pathsOf(value);
  const relation = ways === 0 && path.length === 0 ? "Nothing leads from this table to Customer yet: add a relationship." : ways > 1 && path.length === 0 ? "Choose a way." : null;
  const fields = text(value.event) === "" ? "Choose what happened." : text(value.time) === "" ? "Choose when it happened." : null;
  const type = text(value.type) === "" ? "Choose a type." : null;
  return [data, relation, fields, type, null];
}

/** The definition with a key set, or taken away when it is empty. */
export function withKey(value: Dict, key: string, next: Value): Dict {
  if (next === "" || next === null || (Array.isArray(next) && next.length === 0)) {
    const { [key]: _, ...rest } = value;
    return rest;
  }
  return { ...value, [key]: next };
}

/** The ways to Customer that are chosen: those of `paths`, or the one of `path`. */
export function pathsOf(value: Dict): string[][] {
  const several = list(value.paths).map((one) => list(one).map(text));
  if (several.length > 0) return several;
  const one = list(value.path).map(text);
  return one.length > 0 ? [one] : [];
}

/** The definition with other ways: one is `path`, several are `paths`. */
export function withPaths(value: Dict, paths: string[][]): Dict {
  const one = withKey(value, "paths", "");
  if (paths.length > 1) return withKey(withKey(value, "path", ""), "paths", paths);
  return withKey(one, "path", paths[0] ?? "");
}

/** Columns that look like the fields of a type that are not filled in yet. */
export function suggested(kind: ActivityType | undefined, fields: Dict, columns: { name: string }[]): Record<string, string> {
  const found: Record<string, string> = {};
  for (const field of kind?.fields ?? []) {
    if (field.name in fields) continue;
    const words = field.name.replace(/_/g, "").toLowerCase();
    const parts = (name: string) => name.toLowerCase().replace(/[^a-z0-9.]/g, "").split(".");
    const column = columns.find((one) => parts(one.name).join("") === words) ?? columns.find((one) => new RegExp(`^${words}.*display$`).test(parts(one.name).join("")));
    if (column) found[field.name] = quoted(column.name);
  }
  return found;
}
