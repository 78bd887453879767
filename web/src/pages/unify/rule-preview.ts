/*
 * rule-preview: what one rule would find in the published tables, as questions in SQL: pairs by likeness, records matched, pairs near the line.
 *
 * Invariants
 * - Likeness is that of the product: letters of the longer value minus letters to change, as a share of the longer value.
 * - A rule without an exact condition compares all with all: of large tables a sample then, chosen by key, and said so.
 * Not here: alias and bypass lists (said, too), rules before this one, what is decided (a run does all of it).
 */
import type { Value } from "../../api/types";
import { list, record, text } from "../sources/steps";
import { sideColumn, type Dict, type Known } from "./model";
import { normalArgument, normalWord, precisionOf } from "./words";

/** What a preview asks and what it must say. */
export interface RuleQuestions {
  /** Rows: bins of likeness (0 to 100) of each near condition, then pairs. */
  bins: string;
  /** One row: records matched, records. */
  matched: string;
  /** Rows: key, key, then for each condition both values and the likeness. */
  sample: string;
  /** Places of the near conditions among all. */
  near: number[];
  /** Whether only some records are looked at. */
  sampled: boolean;
  /** Whether lists of aliases or values to pass by are left out. */
  lists: boolean;
}

const id = (name: string): string => `"${name.replaceAll('"', '""')}"`;
const quote = (word: string): string => `'${word.replaceAll("'", "''")}'`;

/** More comparisons than this are a sample. */
const MOST = 4_000_000;
const LARGE = 20_000;

/** A column after normalizing; null when nothing is left. */
function compared(column: string, type: string, normalize: Value[]): string {
  let sql = `cast(${id(column)} as varchar)`;
  if (type === "guid") sql = `lower(${sql})`;
  for (const step of normalize) {
    const word = normalWord(step);
    if (word === "phone") sql = `normalize_phone(${sql}, ${quote(normalArgument(step))})`;
    else if (word !== "alias" && word !== "bypass" && /^[a-z]+$/.test(word)) sql = `normalize_${word}(${sql})`;
  }
  return `nullif(${sql}, '')`;
}

const score = (a: string, b: string): string => `(case when ${a} = ${b} then 1.0 else 1.0 - levenshtein(${a}, ${b}) / cast(greatest(length(${a}), length(${b})) as double) end)`;

/** The questions of a rule between two tables, or within one (`to` null). */
export function questions(rule: Dict, from: Known | undefined, to: Known | null | undefined): RuleQuestions | null {
  if (!from?.key || (to !== null && !to?.key)) return null;
  const other = to ?? from;
  const when = list(rule.when).map(record);
  const unless = list(rule.unless).map(record);
  if (when.length === 0) return null;
  const lists = [...when, ...unless].some((one) => [one, record(one.column), record(one.equals)].some((side) => list(record(side).normalize).some((step) => ["alias", "bypass"].includes(normalWord(step)))));
  const sideOf = (table: Known, condition: Dict, key: "column" | "equals") => {
    const value = to === null ? condition.column : condition[key];
    const column = sideColumn(value);
    const known = table.columns.find((one) => one.name === column);
    return known ? { column, sql: compared(column, known.type, list(record(value).normalize ?? condition.normalize)) } : null;
  };
  const sides = [...when, ...unless].map((condition) => ({ a: sideOf(from, condition, "column"), b: sideOf(other, condition, "equals") }));
  if (sides.some((side) => side.a === null || side.b === null)) return null;
  const share = (condition: Dict) => precisionOf(condition.precision);
  const near = when.flatMap((condition, at) => (share(condition) < 1 ? [at] : []));
  const exact = when.flatMap((condition, at) => (share(condition) >= 1 ? [at] : []));
  const [rows, others] = [from.rows ?? 0, other.rows ?? 0];
  const all = exact.length > 0 || rows * others <= MOST;
  const fewer = all ? null : Math.min(others, LARGE);
  const some = (limit: number | null) => (limit === null ? "" : ` order by md5(k) limit ${limit}`);
  const table = (known: Known, key: "a" | "b", limit: number | null) => {
    const columns = sides.flatMap((side, at) => [`${side[key]?.sql} as v${at}`, `cast(${id(side[key]?.column ?? "")} as varchar) as r${at}`]);
    return `select * from (select cast(${id(known.key ?? "")} as varchar) as k, ${columns.join(", ")} from ${id(known.name)})${some(limit)}`;
  };
  const holds = (at: number, least: number) => (least >= 1 ? `a.v${at} = b.v${at}` : `${score(`a.v${at}`, `b.v${at}`)} >= ${least}`);
  const conditions = [
    ...(to === null ? ["a.k < b.k"] : []),
    ...exact.map((at) => `a.v${at} = b.v${at}`),
    ...near.flatMap((at) => [`a.v${at} is not null`, `b.v${at} is not null`]),
  ];
  const exceptions = unless.map((condition, index) => {
    const at = when.length + index;
    return condition.differs === true ? `(a.v${at} is not null and b.v${at} is not null and not ${holds(at, share(condition))})` : holds(at, share(condition));
  });
  const except = exceptions.length === 0 ? "" : ` and not coalesce(${exceptions.join(" and ")}, false)`;
  const scores = near.map((at) => `${score(`a.v${at}`, `b.v${at}`)} as s${at}`);
  const shown = when.flatMap((_, at) => [`a.r${at} as x${at}`, `b.r${at} as y${at}`]);
  const head = `with a as (${table(from, "a", fewer === null ? null : Math.max(50, Math.floor(MOST / Math.max(1, fewer))))}), b as (${table(other, "b", fewer)}), pairs as (select a.k as ak, b.k as bk, ${[...shown, ...scores].join(", ")} from a join b on ${conditions.join(" and ")} where true${except})`;
  const line = near.length === 0 ? "true" : near.map((at) => `s${at} >= ${share(when[at] ?? {})}`).join(" and ");
  const some2 = near.map((at) => `s${at} >= 0.2`).join(" and ") || "true";
  const bin = near.map((at) => `floor(s${at} * 100) as b${at}`);
  const margin = near.map((at) => `s${at} - ${share(when[at] ?? {})}`);
  const nearest = margin.length === 0 ? "ak, bk" : `abs(${margin.length === 1 ? margin[0] : `least(${margin.join(", ")})`}), ak, bk`;
  const places = near.map((_, index) => String(index + 1)).join(", ");
  return {
    bins: `${head} select ${[...bin, "count(*) as pairs"].join(", ")} from pairs where ${some2}${near.length === 0 ? "" : ` group by ${places} order by pairs desc`}`,
    matched: `${head} select (select count(distinct k) from (select ak as k from pairs where ${line}${to === null ? ` union all select bk as k from pairs where ${line}` : ""})) as matched, (select count(*) from a) as records`,
    sample: `${head} select ${["ak", "bk", ...when.flatMap((_, at) => [`x${at}`, `y${at}`, near.includes(at) ? `s${at}` : "1.0"])].map((part, at) => `${part} as c${at}`).join(", ")} from pairs where ${some2} order by ${nearest} limit 12`,
    near,
    sampled: !all,
    lists,
  };
}

/** Pairs at or above a likeness of one condition, the others as they are. */
export function countAt(rows: Value[][], rule: Dict, near: number[], condition: number, least: number): number | null {
  if (!near.includes(condition)) return null;
  const when = list(rule.when).map(record);
  return rows.reduce((sum, row) => {
    const holds = near.every((at, place) => Number(row[place]) >= Math.round(100 * (at === condition ? least : precisionOf(when[at]?.precision))) - 1e-9);
    return holds ? sum + Number(row[near.length]) : sum;
  }, 0);
}

/** Pairs as the rule is. */
export function countNow(rows: Value[][], rule: Dict, near: number[]): number {
  const [first] = near;
  if (first === undefined) return Number(rows[0]?.[0] ?? 0);
  return countAt(rows, rule, near, first, precisionOf(record(list(rule.when)[first]).precision)) ?? 0;
}

/** What a rule says, without its name: another name is not another question. */
export const asked = (rule: Dict): Dict => ({ when: rule.when ?? null, unless: rule.unless ?? null, from: text(rule.from), to: text(rule.to) });
