/*
 * rule-preview: what is asked about a rule, and how many pairs each likeness would give. Pure.
 *
 * Invariants: likeness is counted whatever the line, so that another line is answered at once.
 * Not here: what likeness is and which pairs are compared (POST preview/rule).
 */
import type { MatchRulePreview, Value } from "../../api/types";
import { list, record, text } from "../sources/steps";
import { type Dict } from "./model";
import { precisionOf } from "./words";

/** Places of the conditions that are not exact. */
export const nearOf = (rule: Dict): number[] => list(rule.when).flatMap((one, at) => (precisionOf(record(one).precision) < 1 ? [at] : []));

/** Pairs by likeness as rows: the percent of each condition that is not exact, then how many. */
export const binsOf = (preview: MatchRulePreview): Value[][] => preview.likeness.map((one) => [...one.percent, one.pairs]);

/** Pairs at or above a likeness of one condition, the others as they are. */
export function countAt(rows: Value[][], rule: Dict, near: number[], condition: number, least: number): number | null {
  if (!near.includes(condition)) return null;
  const when = list(rule.when).map(record);
  return rows.reduce((sum, row) => {
    const holds = near.every((at, place) => Number(row[place]) >= Math.round(100 * (at === condition ? least : precisionOf(when[at]?.precision))) - 1e-9);
    return holds ? sum + Number(row[near.length]) : sum;
  }, 0);
}

/** What a rule says, without its name: another name is not another question. */
export const asked = (rule: Dict): Dict => ({ when: rule.when ?? null, unless: rule.unless ?? null, from: text(rule.from), to: text(rule.to) });
