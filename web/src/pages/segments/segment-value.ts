/*
 * segment-value: a segment's definition as rules, and rules as the definition.
 *
 * Invariants: a rule that did not change keeps the form it has in the YAML; keys this page does not know stay untouched.
 */
import type { Value } from "../../api/types";
import { readTables, writeTables, type UsedTables } from "../../parts/attributes/scope";

/** A definition as JSON. */
export type Json = { [key: string]: Value };

/** How a rule joins those before it. */
export type Join = "union" | "intersect" | "except";

/** A rule. */
export interface Rule {
  join: Join;
  where: string;
  tables: UsedTables;
  /** What it says beside its condition: `times`, `pick`, …; also what these pages do not know. */
  more: Json;
}

/** The rule that a new one begins as. */
export const emptyRule = (join: Join): Rule => ({ join, where: "", tables: {}, more: {} });

/** The condition that any row meets. */
export const ANY_ROW = "true";

/** What the joins are called. */
export const joinWords: Record<Join, { title: string; sentence: string }> = {
  union: { title: "Union", sentence: "adds those of the next rule" },
  intersect: { title: "Intersect", sentence: "keeps those of the next rule too" },
  except: { title: "Except", sentence: "takes away those of the next rule" },
};

const joins: Join[] = ["union", "intersect", "except"];
export const isJson = (value: Value | undefined): value is Json => typeof value === "object" && value !== null && !Array.isArray(value);

/** A new segment. */
export const newSegment = (where = ""): Json => ({ title: "", rules: [{ where }] });

/** The rules of a definition. */
export function rulesOf(value: Json | null | undefined): Rule[] {
  const list = Array.isArray(value?.rules) ? value.rules : [];
  return list.filter(isJson).map(readRule);
}

function readRule(raw: Json): Rule {
  const join = joins.find((name) => isJson(raw[name]));
  const body = join ? (raw[join] as Json) : raw;
  const { where, tables, union: _union, intersect: _intersect, except: _except, ...more } = body;
  return { join: join ?? "union", where: where === null || where === undefined || typeof where === "object" ? "" : String(where), tables: readTables(tables), more };
}

/** The definition with other rules. */
export function withRules(value: Json, rules: Rule[]): Json {
  const old = Array.isArray(value.rules) ? value.rules.filter(isJson) : [];
  const used = new Set<Json>();
  const raw = rules.map((rule, index) => {
    const same = [old[index], ...old].find((one) => one !== undefined && !used.has(one) && alike(readRule(one), rule) && (index > 0 || !joins.some((join) => isJson(one[join]))));
    if (same) {
      used.add(same);
      return same;
    }
    return writeRule(rule, index, old[index]);
  });
  return { ...value, rules: raw };
}

function writeRule(rule: Rule, index: number, before: Json | undefined): Json {
  const oldBody = before ? (joins.map((join) => before[join]).find(isJson) ?? before) : undefined;
  const tables = writeTables(rule.tables, oldBody?.tables);
  const body: Json = { where: rule.where === ANY_ROW ? true : rule.where, ...rule.more, ...(tables === undefined ? {} : { tables }) };
  if (index === 0) return body;
  const plain = rule.join === "union" && before !== undefined && "where" in before;
  return plain ? body : { [rule.join]: body };
}

const alike = (a: Rule, b: Rule): boolean => a.join === b.join && a.where === b.where && JSON.stringify([a.tables, a.more]) === JSON.stringify([b.tables, b.more]);

/** The definition without rules that say nothing yet, and which of the rules stay. */
export function spoken(value: Json): { value: Json; kept: number[] } {
  const rules = rulesOf(value);
  const kept = rules.map((_, index) => index).filter((index) => rules[index]!.where.trim() !== "");
  if (kept.length === rules.length) return { value, kept };
  return { value: withRules(value, kept.map((index) => rules[index]!)), kept };
}

/** Tables named for all rules. */
export const sharedTables = (value: Json | null | undefined): UsedTables => readTables(value?.tables);

/** A text of a definition. */
export const textOf = (value: Json | null | undefined, key: string): string => (typeof value?.[key] === "string" ? (value[key] as string) : "");

/** The definition with a text, without it when it is empty. */
export function withText(value: Json, key: string, text: string): Json {
  const { [key]: _old, ...rest } = value;
  return text === "" ? rest : key in value ? { ...value, [key]: text } : { ...rest, [key]: text };
}

/** The definition with a key, without it for undefined. */
export function withKey(value: Json, key: string, next: Value | undefined): Json {
  const { [key]: _old, ...rest } = value;
  return next === undefined ? rest : key in value ? { ...value, [key]: next } : { ...rest, [key]: next };
}
