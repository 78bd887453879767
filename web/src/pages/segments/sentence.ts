/*
 * sentence: a segment's rules as people read them: `at least 3 rows of Appointment where Status is noshow`.
 *
 * Not here: conditions in words (parts/conditions/say.ts), the forms (rows-form.tsx, more-form.tsx).
 */
import { tableOf, type Scope, type UsedTables } from "../../parts/attributes/scope";
import { formatNumber } from "../../parts";
import { useSaid } from "../../parts/conditions/say";
import { besideOf, countOf, rowsOf, shortOf, textsOf, timesOf, type Beside } from "./rows-value";
import { ANY_ROW, isJson, rulesOf, sharedTables, textOf, type Json, type Rule } from "./segment-value";

type Say = (text: string) => string;

/** A rule without its operator, as it follows `People`. */
export function ruleSentence(rule: Rule, scope: Scope, around: UsedTables, say: Say): string {
  const used = { ...around, ...rule.tables };
  const alias = rowsOf(rule, scope, around);
  const any = rule.where === ANY_ROW || rule.where.trim() === "";
  if (alias === null) return any ? "of any kind" : `for whom ${say(rule.where)}`;
  const table = tableOf(scope, alias, used)?.title ?? alias;
  const where = any ? "" : ` where ${say(rule.where)}`;
  const { least, most } = timesOf(rule);
  const rows = (number: number | null) => `${formatNumber(number ?? 0, 0)} ${number === 1 ? "row" : "rows"} of ${table}`;
  const count = countOf(rule);
  const order = typeof rule.more.order_by === "string" ? shortOf(rule.more.order_by, scope, used) : "";
  const among = typeof rule.more.among === "string" && rule.more.among !== "" ? `, of those where ${say(rule.more.among)},` : "";
  const base =
    count === "first" || count === "last"
      ? `whose ${count} row of ${table}${order ? ` by ${order}` : ""}${among} is one${where}`
      : count === "least"
        ? `with at least ${rows(least)}${where}`
        : count === "most"
          ? `with at most ${rows(most)}${where}`
          : count === "exactly"
            ? `with exactly ${rows(most)}${where}`
            : count === "range"
              ? `with from ${formatNumber(least ?? 0, 0)} to ${rows(most)}${where}`
              : count === "never"
                ? `with no row of ${table}${where}`
                : `with a row of ${table}${where}`;
  const beside = (key: "after" | "before", verb: [string, string]) => {
    const one = besideOf(rule, key);
    return one ? `, ${besideWords(one, verb, say)}` : "";
  };
  return `${base}${beside("after", ["coming", "after one"])}${beside("before", ["followed", "by one"])}`;
}

function besideWords(one: Beside, [verb, of]: [string, string], say: Say): string {
  const within = one.count === null ? "" : `within ${formatNumber(one.count, 0)} ${one.unit}${one.count === 1 ? "" : "s"}`;
  const where = one.where === "" || one.where === ANY_ROW ? "" : `where ${say(one.where)}`;
  return [verb, within, of, where].filter((part) => part !== "").join(" ");
}

/** The sentence of each rule. */
export function useSentences(value: Json | null | undefined, scope: Scope): string[] {
  const around = sharedTables(value);
  const rules = rulesOf(value);
  const used = Object.assign({}, around, ...rules.map((rule) => rule.tables)) as UsedTables;
  const say = useSaid(rules.flatMap((rule) => [rule.where, typeof rule.more.among === "string" ? rule.more.among : "", besideOf(rule, "after")?.where ?? "", besideOf(rule, "before")?.where ?? ""]), used, scope);
  return rules.map((rule) => ruleSentence(rule, scope, around, say));
}

/** The sentence of one rule that is being edited. */
export function useSentence(rule: Rule, scope: Scope, around: UsedTables): string {
  const say = useSaid(textsOf(rule).slice(0, 2).concat(besideOf(rule, "after")?.where ?? "", besideOf(rule, "before")?.where ?? ""), { ...around, ...rule.tables }, scope);
  return ruleSentence(rule, scope, around, say);
}

/** What a segment says beside its rules, a sentence each. */
export function moreSentences(value: Json | null | undefined, scope: Scope): string[] {
  if (!value) return [];
  const out: string[] = [];
  const { limit, holdout, expect, columns } = value;
  if (isJson(limit)) {
    const per = typeof limit.per === "string" ? ` of each ${shortOf(limit.per, scope, {})}` : "";
    out.push(`The ${formatNumber(Number(limit.count), 0)} with the ${limit.order === "asc" ? "smallest" : "largest"} ${shortOf(String(limit.by ?? ""), scope, {})}${per}`);
  }
  const share = typeof holdout === "number" ? holdout : isJson(holdout) ? Number(holdout.share) : null;
  if (share !== null) {
    const name = isJson(holdout) && typeof holdout.name === "string" ? `, as ${holdout.name}` : "";
    out.push(`${formatNumber(share * 100)} % are held out at random${name}`);
  }
  if (isJson(expect)) out.push(`Expected: ${expectWords(expect)}`);
  if (isJson(columns) && Object.keys(columns).length > 0) out.push(`Columns beside those of Customer: ${Object.keys(columns).join(", ")}`);
  return out;
}

/** How many members there should be, in words. */
export function expectWords(expect: Json): string {
  const parts: string[] = [];
  if (typeof expect.min === "number") parts.push(`at least ${formatNumber(expect.min, 0)}`);
  if (typeof expect.max === "number") parts.push(`at most ${formatNumber(expect.max, 0)}`);
  const members = parts.length > 0 ? `${parts.join(", ")} members` : "";
  const change = typeof expect.max_change === "number" ? `a change of at most ${formatNumber(expect.max_change * 100)} %` : "";
  return [members, change].filter((part) => part !== "").join("; ");
}

/** Whether a number of members is as expected; what is wrong else. */
export function unexpected(expect: Json, count: number): string | null {
  if (typeof expect.min === "number" && count < expect.min) return `fewer than the ${formatNumber(expect.min, 0)} expected`;
  if (typeof expect.max === "number" && count > expect.max) return `more than the ${formatNumber(expect.max, 0)} expected`;
  return null;
}

/** The examples that stand beside a definition. */
export const examplesOf = (value: Json | null | undefined): number => (Array.isArray(value?.tests) ? value.tests.length : 0);

/** What a segment is called in words. */
export const titleOf = (value: Json | null | undefined, name: string): string => textOf(value, "title") || name;
