/*
 * words: normalizers and precisions as people read them. Pure.
 */
import type { Value } from "../../api/types";
import { formatNumber } from "../../parts/show";
import { record, text } from "../sources/steps";

/** Word, title, what it does. */
export const NORMAL_WORDS: [string, string, string][] = [
  ["lowercase", "small letters", "Ana = ANA"],
  ["whitespace", "no spaces", "New York = NewYork"],
  ["trim", "no spaces at the ends", "' Ana ' = Ana"],
  ["symbols", "no symbols", "O'Neil = ONeil"],
  ["digits", "digits only", "AB-12 3 = 123"],
  ["numerals", "numerals", "Ⅷ, ❽ = 8"],
  ["ascii", "Unicode to ASCII", "José = Jose"],
  ["name", "names and titles", "Debby = Deborah"],
  ["address", "addresses", "Street = st"],
  ["organization", "organizations", "Contoso Ltd = Contoso"],
  ["phone", "phone numbers", "+1 (425) 555-0100 = 14255550100"],
  ["alias", "alias list", "its value stands for its canonical"],
  ["bypass", "bypass list", "values of a table that never match"],
];

/** The word of an entry: `trim` of "trim", `phone` of {phone: US}. */
export const normalWord = (entry: Value): string => (typeof entry === "string" ? entry : (Object.keys(record(entry))[0] ?? ""));
/** What stands behind the word: a country, a table. */
export const normalArgument = (entry: Value): string => (typeof entry === "string" ? "" : text(Object.values(record(entry))[0]));
/** An entry in words. */
export function normalTitle(entry: Value): string {
  const word = normalWord(entry);
  const title = NORMAL_WORDS.find(([known]) => known === word)?.[1] ?? word;
  const argument = normalArgument(entry);
  return argument === "" ? title : `${title} (${argument})`;
}

/** Word, title, likeness. */
export const PRECISIONS: [string, string, number][] = [["low", "Low", 0.3], ["medium", "Medium", 0.6], ["high", "High", 0.8], ["exact", "Exact", 1]];

/** A precision as a share; exact when nothing is said. */
export function precisionOf(value: Value | undefined): number {
  if (typeof value === "number") return value;
  const word = text(value);
  return PRECISIONS.find(([known]) => known === word)?.[2] ?? (Number(word) || 1);
}

/** A precision in words. */
export function precisionWords(value: Value | undefined): string {
  const share = precisionOf(value);
  return share >= 1 ? "exactly" : `at least ${formatNumber(100 * share, 1)} % alike`;
}
