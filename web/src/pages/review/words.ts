/*
 * words: probabilities, bits and outcomes as people read them.
 */
import type { Verdict } from "../../api/types";
import { formatNumber } from "../../parts";

/** A probability: `95 %`, and near the ends as many places as tell it from them. */
export function percent(share: number | null | undefined): string {
  if (share === null || share === undefined) return "–";
  const hundred = 100 * share;
  if (share > 0 && hundred < 0.0001) return "< 0.0001 %";
  if (share > 0 && hundred < 1) return `${hundred.toLocaleString(undefined, { maximumSignificantDigits: 2 })} %`;
  if (share > 0.99999 && share < 1) return "over 99.999 %";
  const digits = hundred > 99 ? 3 : hundred > 90 || hundred < 10 ? 1 : 0;
  return `${formatNumber(hundred, digits)} %`;
}

/** Bits with their sign: `+3.2`, `−12`. */
export function bits(value: number | null | undefined): string {
  if (value === null || value === undefined) return "–";
  const size = Math.abs(value);
  const text = size.toFixed(size < 99.95 ? 1 : 0);
  return Number(text) === 0 ? "0" : `${value < 0 ? "−" : "+"}${text}`;
}

/** The bits of a probability; kept within what can be drawn. */
export function bitsOf(probability: number): number {
  const kept = Math.min(1 - 1e-9, Math.max(1e-9, probability));
  return Math.log2(kept / (1 - kept));
}

/** The probability of bits. */
export const probabilityOf = (weight: number): number => 1 / (1 + 2 ** -weight);

export const VERDICTS: Record<Verdict, string> = { same: "Same person", different: "Different people", unsure: "Unsure" };

const STATES: Record<string, string> = { link: "a link", cut: "kept apart, though the evidence is enough", uncertain: "uncertain: not linked" };
export const stateWords = (state: string): string => STATES[state] ?? state;

/** Why a link does not stand, by the word that `MatchPair` has for it. */
const REASONS: Record<string, string> = {
  apart: "they, or two records that would come together by them, are certainly two people",
  unique: "they would bring together two records of a table that holds every person once",
  evidence: "what is known of the records around them speaks against it",
  alike: "one of them fits two people equally well, relatives say, and is with neither",
  not_best: "one of them has a better link, and only the best one may stand",
  model: "by the model",
  always: "they are in a table of pairs that always match",
  never: "they are in a table of pairs that never match",
};
export const whyWords = (why: string): string => REASONS[why] ?? why;

/** What a warning is about, for people. */
export const WARNINGS: Record<string, string> = {
  bridge: "Weak bridges",
  oversized: "Large clusters",
  conflicting_id: "Conflicting ids",
  generic_value: "Values that many share",
  cut_block: "Blocks that were cut",
  correlated: "Comparisons that say the same",
  untrained: "Levels that could not be learned",
};
