/*
 * sides: two records beside each other: which columns mean the same, where two texts differ. Pure; nothing here knows React.
 */
import type { FieldView, PairSide, RecordRef, ReviewField, Value } from "../../api/types";

const plain = (value: Value | undefined): string => String(value ?? "").trim().toLowerCase();

/** The columns of two records by meaning: what both have first, then what only one has. */
export function sideBySide(a: PairSide, b: PairSide): ReviewField[] {
  const left = [...a.fields];
  const right = [...b.fields];
  const both: ReviewField[] = [];
  const alone: ReviewField[] = [];
  const means = (field: FieldView) => (field.semantic && field.semantic !== "ID" ? field.semantic : null);
  for (const field of left) {
    const at = right.findIndex((other) => (means(field) !== null && means(field) === means(other)) || field.column.toLowerCase() === other.column.toLowerCase());
    const other = at === -1 ? null : (right.splice(at, 1)[0] ?? null);
    if (other === null) alone.push({ title: field.title, a: values(field.value), b: [], same: null });
    else {
      const known = field.value !== null && other.value !== null;
      both.push({ title: field.title, a: values(field.value), b: values(other.value), same: known ? plain(field.value) === plain(other.value) : null });
    }
  }
  return [...both, ...alone, ...right.map((field): ReviewField => ({ title: field.title, a: [], b: values(field.value), same: null }))];
}

const values = (value: Value): Value[] => (value === null ? [] : Array.isArray(value) ? value : [value]);

/** A stretch of a text: whether the other text has it too. */
export interface Stretch {
  text: string;
  same: boolean;
}

/** Longer texts are not compared letter by letter. */
const LONGEST = 120;

/** What of `one` is not in `other`, letter by letter (longest common subsequence, upper case aside). */
export function differences(one: string, other: string): Stretch[] {
  if (one.length > LONGEST || other.length > LONGEST || one === "" || other === "") return [{ text: one, same: false }];
  const [a, b] = [one.toLowerCase(), other.toLowerCase()];
  if (a.length !== one.length || b.length !== other.length) return [{ text: one, same: a === b }];
  const width = b.length + 1;
  const common = new Uint16Array((a.length + 1) * width);
  const at = (i: number, j: number) => common[i * width + j] ?? 0;
  for (let i = a.length - 1; i >= 0; i--)
    for (let j = b.length - 1; j >= 0; j--) common[i * width + j] = a[i] === b[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1));
  // Texts with little in common are other texts, not slips.
  if (at(0, 0) * 2 < Math.max(a.length, b.length)) return [{ text: one, same: false }];
  const found: Stretch[] = [];
  const put = (letter: string, same: boolean) => {
    const last = found.at(-1);
    if (last && last.same === same) last.text += letter;
    else found.push({ text: letter, same });
  };
  let [i, j] = [0, 0];
  while (i < a.length) {
    if (j < b.length && a[i] === b[j]) put(one[i++] ?? "", true), j++;
    else if (j < b.length && at(i, j + 1) > at(i + 1, j)) j++;
    else put(one[i++] ?? "", false);
  }
  return found;
}

/** A record as a key of lists. */
export const refKey = (record: RecordRef): string => `${record.table}\u0000${record.key}`;
export const sameRef = (a: RecordRef, b: RecordRef): boolean => a.table === b.table && a.key === b.key;

/** Two records, kept in the history of the browser and never in an address. */
export interface PairState {
  pair: { a: RecordRef; b: RecordRef };
}
