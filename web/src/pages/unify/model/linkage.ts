/*
 * linkage: `match.model` as JSON, read and changed in the ways the page offers. Pure; nothing here knows React.
 *
 * Invariants
 * - What is left out is chosen or learned by the run; what is not known here stays as it was.
 * - A model that states nothing is written as one word.
 */
import type { Value } from "../../../api/types";
import { list, record, text } from "../../sources/steps";
import { matchOf, withMatch, type Dict } from "../model";

export const KIND = "fellegi_sunter";

/** What the definition says of a model: nothing (null), or what it states. */
export function modelOf(value: Dict): Dict | null {
  const model = matchOf(value).model;
  if (model === undefined || model === null) return null;
  return typeof model === "string" ? { kind: model } : record(model);
}

/** The definition with another model, or without one. */
export function withModel(value: Dict, model: Dict | null): Dict {
  if (model === null) return withMatch(value, { model: [] });
  const stated = Object.fromEntries(Object.entries(model).filter(([key, part]) => key !== "kind" && !empty(part)));
  return withMatch(value, { model: Object.keys(stated).length === 0 ? KIND : { kind: text(model.kind) || KIND, ...stated } });
}

const empty = (part: Value): boolean => part === null || part === "" || (Array.isArray(part) && part.length === 0) || (typeof part === "object" && !Array.isArray(part) && Object.keys(part).length === 0);

/** A part of the model replaced; null takes it away. */
export const withPart = (value: Dict, key: string, part: Value): Dict => withModel(value, { ...(modelOf(value) ?? {}), [key]: part });

/** Kinds of fields: word, title. */
export const KINDS: [string, string][] = [
  ["given_name", "given name"], ["middle_name", "middle name"], ["family_name", "family name"], ["full_name", "whole name"], ["name_suffix", "Jr, Sr, III"], ["birth_date", "date of birth"],
  ["category", "few different values"], ["email", "e-mail"], ["phone", "phone"], ["identifier", "number of a person"], ["address", "address"], ["street", "street"], ["house_number", "house number"],
  ["city", "town"], ["region", "region or country"], ["postal_code", "postal code"], ["email_user", "e-mail, before the @"], ["postal_area", "British postcode, its letters"], ["postal_district", "British postcode, first half"], ["postal_sector", "British postcode, first half and a digit"], ["point", "latitude, longitude"], ["number", "quantity"], ["organization", "organisation"], ["text", "other text"], ["ignored", "not compared"],
];

/** A field of the model. */
export interface ModelField {
  name: string;
  kind: string;
  columns: string[];
}

export const fieldsOf = (model: Dict | null): ModelField[] =>
  Object.entries(record(model?.fields)).map(([name, field]) => ({ name, kind: text(record(field).kind), columns: list(record(field).columns).map(text) }));

export const fieldsValue = (fields: ModelField[]): Value =>
  Object.fromEntries(fields.map((field) => [field.name, { ...(field.kind === "" ? {} : { kind: field.kind }), columns: field.columns }]));

/** Tests: word, title, what its limit is (none, a count, a share, a distance), a limit to begin with. */
export const TESTS: [string, string, "" | "count" | "share" | "distance", number][] = [
  ["exact", "equal", "", 0],
  ["jaro_winkler", "Jaro-Winkler at least", "share", 0.92],
  ["levenshtein", "letters to change at most", "count", 1],
  ["damerau", "letters to change or swap at most", "count", 1],
  ["similarity", "share of letters alike at least", "share", 0.8],
  ["jaccard", "share of letter pairs alike at least", "share", 0.8],
  ["tokens", "share of words found at least", "share", 0.8],
  ["phonetic", "sound the same", "", 0],
  ["nickname", "forms of one name", "", 0],
  ["initial", "initial or beginning of the other", "", 0],
  ["swapped", "first two fields crosswise", "", 0],
  ["day_month_swapped", "day and month crosswise", "", 0],
  ["digit_slip", "one digit differs", "", 0],
  ["two_parts_equal", "two of year, month, day equal", "", 0],
  ["within_days", "days apart at most", "count", 31],
  ["within_years", "years apart at most", "count", 1],
  ["within", "apart at most", "distance", 1],
  ["within_share", "apart at most, as a share", "share", 0.05],
  ["within_kilometres", "kilometres apart at most", "distance", 10],
  ["email_user", "equal before the @", "", 0],
  ["email_domain", "equal after the @", "", 0],
  ["suffix", "last characters equal", "count", 7],
  ["prefix", "first characters equal", "count", 3],
  ["numbers_equal", "numbers and a word equal", "", 0],
  ["shared", "equal values among several", "count", 1],
  ["else", "anything else", "", 0],
];

/** A test's word: `exact`, `jaro_winkler`, `all`. */
export const testWord = (test: Value | undefined): string => (typeof test === "string" ? test : (Object.keys(record(test))[0] ?? ""));

/** A test in words. */
export function testTitle(test: Value | undefined): string {
  const word = testWord(test);
  const known = TESTS.find(([one]) => one === word);
  const inner = typeof test === "string" ? undefined : record(test)[word];
  if (word === "of") return `${text(record(inner).field)}: ${testTitle(record(inner).test)}`;
  if (word === "all") return list(inner).map(testTitle).join(" and ");
  if (word === "any") return list(inner).map(testTitle).join(" or ");
  if (word === "crosswise") return `${list(inner).map(text).join(" and ")} crosswise`;
  return known ? (known[2] === "" ? known[1] : `${known[1]} ${text(inner)}`) : word;
}

/** A test that the server wrote as text (`jaro_winkler 0.92`, `phonetic or damerau 1`), in words. */
export function testWords(text: string): string {
  return text
    .split(/( or | and )/)
    .map((part) => {
      const [word = "", ...limit] = part.trim().split(" ");
      const known = TESTS.find(([one]) => one === word);
      if (/^(or|and)$/.test(word)) return part;
      if (word === "missing" && limit.length === 0) return "a value is missing";
      return known && (known[2] === "") === (limit.length === 0) ? [known[1], ...limit].join(" ") : part;
    })
    .join("");
}

/** Whether a test is one that the form can change. */
export const isPlain = (test: Value | undefined): boolean => TESTS.some(([word]) => word === testWord(test));

/** A test by its word, with its limit. */
export function makeTest(word: string, limit?: number): Value {
  const known = TESTS.find(([one]) => one === word);
  return !known || known[2] === "" ? word : { [word]: limit ?? known[3] };
}

/** What of a value goes into a key: word, title. */
export const FORMS: [string, string][] = [
  ["", "all of it"], ["prefix3", "first 3 characters"], ["prefix5", "first 5 characters"], ["suffix4", "last 4 characters"], ["suffix7", "last 7 characters"], ["phonetic", "its sound"], ["nickname", "first form of the name"],
  ["sorted_words", "words in order of the alphabet"], ["first_word", "first word"], ["last_word", "last word"], ["year", "year"], ["year_month", "year and month"], ["month_day", "month and day"], ["year_day", "year and day"], ["email_user", "before the @"], ["crosswise", "all of it, crosswise with the others of this form"],
];

/** A part of a key: field and form. Names of fields may have points; a form is known by its word. */
export function partOf(path: string): [string, string] {
  const dot = path.lastIndexOf(".");
  const form = dot === -1 ? "" : path.slice(dot + 1);
  const known = FORMS.some(([word]) => word === form && word !== "") || /^(prefix|suffix)\d+$/.test(form);
  return dot !== -1 && known ? [path.slice(0, dot), form] : [path, ""];
}
export const pathOfPart = (field: string, form: string): string => (form === "" ? field : `${field}.${form}`);

/** The text of a model as it can stand in unify.yaml, in a document of its own. */
export const asDocument = (yaml: string): string => `tables: []\nmatch:\n  model:\n${yaml.split("\n").map((line) => (line === "" ? "" : `    ${line}`)).join("\n")}\n`;
