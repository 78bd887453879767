// Jobs and sessions: what the server itself adds to the views of types.ts.
import type { DiagnosticView, Role, RunAsk, RunView } from "./types";

/** Who is signed in, and how one may. */
export interface SessionView {
  /** Nobody when signed out. */
  user: { name: string; title: string; role: Role } | null;
  /** What changes must carry. */
  csrf: string | null;
  /** The provider to sign in with, when there is one. */
  openid: { title: string } | null;
  /** Whether nobody has an account yet. */
  setup: boolean;
  /** The version of Onefold. */
  version: string;
}

export type JobState = "queued" | "running" | "completed" | "failed" | "canceled";

/** A step of a job. */
export interface JobStep {
  name: string;
  stage: string;
  state: "waiting" | "running" | "done" | "failed";
  /** Rows so far. */
  rows: number;
  rows_in: number | null;
  rows_out: number | null;
  seconds: number | null;
  /** When it began. */
  started: string | null;
  error: string | null;
}

/** Why a job failed. */
export interface JobProblem {
  title: string;
  detail: string | null;
  hint: string | null;
  /** What is wrong with the definitions, when that is why. */
  diagnostics: DiagnosticView[];
}

/** A run asked for here, from waiting to its end. */
export interface JobView {
  id: string;
  project: string;
  by: string;
  ask: RunAsk;
  state: JobState;
  created: string;
  started: string | null;
  ended: string | null;
  steps: JobStep[];
  /** The export that is being sent. */
  sending: string | null;
  run: RunView | null;
  problem: JobProblem | null;
  /** 0 to 1. */
  progress: number;
}

/** Whether a job will change no more. */
export const ended = (job: Pick<JobView, "state">): boolean =>
  job.state === "completed" || job.state === "failed" || job.state === "canceled";
