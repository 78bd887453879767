// YAML: one value as one line of YAML, for the formula line. Reading a line back is the server's business (see `readLine`).
//
// Invariants
// - What `line` writes, YAML 1.2 reads back as the same value.

import type { Value } from "../../api/types";

const PLAIN = /^[A-Za-z_][A-Za-z0-9_.%() /=<>+*-]*$/;
const WORDS = new Set(["true", "false", "null", "yes", "no", "on", "off", "~", ""]);

function scalar(text: string, inFlow: boolean): string {
  const plain =
    !WORDS.has(text.toLowerCase()) &&
    text.trim() === text &&
    (PLAIN.test(text) || (!inFlow && /^[A-Za-z_(][^#:\n]*$/.test(text)));
  return plain ? text : JSON.stringify(text);
}

/** A value as one line; texts are quoted only where they must be. */
export function flow(value: Value, inFlow = true): string {
  if (value === null) return "null";
  if (typeof value === "string") return scalar(value, inFlow);
  if (typeof value !== "object") return String(value);
  if (Array.isArray(value)) return `[${value.map((item) => flow(item)).join(", ")}]`;
  return `{${Object.entries(value)
    .map(([key, item]) => `${scalar(key, true)}: ${flow(item)}`)
    .join(", ")}}`;
}

/** A step as one line: `filter_rows: a = 1`. */
export function stepLine(step: Value): string {
  if (typeof step === "string") return step;
  if (step === null || typeof step !== "object" || Array.isArray(step)) return flow(step);
  const entries = Object.entries(step);
  if (entries.length !== 1) return flow(step);
  const [name, argument] = entries[0] as [string, Value];
  return `${name}: ${flow(argument, false)}`;
}

/** The text of a small definition in which a step stands alone, to have the server read it. */
export function around(line: string): string {
  const indented = line
    .split("\n")
    .map((part, at) => (at === 0 ? part : `        ${part}`))
    .join("\n");
  return `kind: csv\nfrom: {folder: .}\ntables:\n  t:\n    key: k\n    steps:\n      - ${indented}\n`;
}

/** The step in what the server read of `around`. */
export function stepIn(value: Value): Value | undefined {
  const at = (from: Value | undefined, key: string): Value | undefined =>
    from !== null && typeof from === "object" && !Array.isArray(from) ? from[key] : undefined;
  const steps = at(at(at(value, "tables"), "t"), "steps");
  return Array.isArray(steps) && steps.length === 1 ? steps[0] : undefined;
}
