/*
 * steps: the steps of a job or run in one form, and which follows which.
 */
import type { JobStep } from "../../api/jobs";
import type { PlanView, StepView } from "../../api/types";

/** A step as pages show it. */
export interface Step {
  name: string;
  stage: string;
  /** A state as in `State`. */
  state: string;
  rowsIn: number | null;
  rowsOut: number | null;
  seconds: number | null;
  warnings: number;
  /** Why it ran, why not, or why it failed. */
  words: string | null;
}

/** A step of a run. */
export const ofRun = (step: StepView): Step => ({
  name: step.name,
  stage: step.stage,
  state: step.state === "done" && step.warnings > 0 ? "warning" : step.state,
  rowsIn: step.rows_in,
  rowsOut: step.state === "done" ? step.rows_out : null,
  seconds: step.state === "done" || step.state === "failed" ? step.seconds : null,
  warnings: step.warnings,
  words: step.cause || null,
});

/** A step of a job. */
export const ofJob = (step: JobStep): Step => ({
  name: step.name,
  stage: step.stage,
  state: step.state,
  rowsIn: step.rows_in,
  rowsOut: step.rows_out ?? (step.state === "running" && step.rows > 0 ? step.rows : null),
  seconds: step.seconds,
  warnings: 0,
  words: step.error,
});

/** A step's name without its stage: `ingest.read Shop_orders` -> `read Shop_orders`. */
export function shortName(step: Pick<Step, "name" | "stage">): string {
  return step.name.startsWith(`${step.stage}.`) ? step.name.slice(step.stage.length + 1) : step.name;
}

/** Which of the shown steps follow which, by the tables they read; steps that are not shown are passed through. */
export function follows(shown: string[], plan: PlanView): [string, string][] {
  const visible = new Set(shown);
  const maker = new Map<string, string>();
  const reads = new Map<string, string[]>();
  for (const step of plan.steps) {
    reads.set(step.name, step.reads);
    for (const table of step.writes) maker.set(table.toLowerCase(), step.name);
  }
  const before = (name: string, seen: Set<string>): string[] =>
    (reads.get(name) ?? []).flatMap((table) => {
      const from = maker.get(table.toLowerCase());
      if (from === undefined || from === name || seen.has(from)) return [];
      seen.add(from);
      return visible.has(from) ? [from] : before(from, seen);
    });
  return shown.flatMap((name) => [...new Set(before(name, new Set([name])))].map((from): [string, string] => [from, name]));
}
