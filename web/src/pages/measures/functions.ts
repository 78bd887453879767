/*
 * functions: what an expression of a measure may use, in words. The whole list is in docs/reference/expressions.md.
 *
 * To add one: a line here; the language decides whether it is known.
 */

/** A function with what it gives. */
export interface Fn {
  name: string;
  gives: string;
  /** What is put into the text; the cursor goes to `|`. */
  insert: string;
}

/** Functions over many rows. */
export const aggregates: Fn[] = [
  { name: "count", gives: "number of values", insert: "count(|)" },
  { name: "count_unique", gives: "number of different values", insert: "count_unique(|)" },
  { name: "sum", gives: "sum", insert: "sum(|)" },
  { name: "avg", gives: "mean", insert: "avg(|)" },
  { name: "min", gives: "smallest value", insert: "min(|)" },
  { name: "max", gives: "largest value", insert: "max(|)" },
  { name: "first", gives: "value where another is smallest", insert: "first(|, )" },
  { name: "last", gives: "value where another is largest", insert: "last(|, )" },
  { name: "argmax", gives: "value where another is largest", insert: "argmax(|, )" },
  { name: "argmin", gives: "value where another is smallest", insert: "argmin(|, )" },
];

/** What the aggregates are called in the builder. */
export const aggregateWords: Record<string, string> = {
  count: "Count",
  count_unique: "Count unique",
  sum: "Sum",
  avg: "Average",
  min: "Minimum",
  max: "Maximum",
  first: "First",
  last: "Last",
  argmax: "Value at the maximum",
  argmin: "Value at the minimum",
};

/** Functions over one row. */
export const functions: Fn[] = [
  { name: "days_between", gives: "days from the first to the second", insert: "days_between(|, now())" },
  { name: "now", gives: "the instant of the run", insert: "now()" },
  { name: "today", gives: "the day of the run", insert: "today()" },
  { name: "date_trunc", gives: "start of the year, month, week, day", insert: "date_trunc('month', |)" },
  { name: "date_part", gives: "year, month, day, hour as a number", insert: "date_part('year', |)" },
  { name: "coalesce", gives: "the first that has a value", insert: "coalesce(|, 0)" },
  { name: "nullif", gives: "no value where both are equal", insert: "nullif(|, 0)" },
  { name: "round", gives: "rounded, to so many decimals", insert: "round(|, 2)" },
  { name: "abs", gives: "without its sign", insert: "abs(|)" },
  { name: "lower", gives: "text in lower case", insert: "lower(|)" },
  { name: "concat", gives: "texts one after the other", insert: "concat(|, ' ', )" },
  { name: "length", gives: "number of characters", insert: "length(|)" },
];
