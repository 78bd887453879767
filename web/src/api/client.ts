/*
 * client: questions to the HTTP API and its problems.
 *
 * Reads: nothing but what is asked. Writes: the CSRF token of the session, kept in memory.
 * Invariants: every problem is an ApiProblem; a 401 is told to whoever listens with `onSignedOut`.
 * Not here: caching and state (hooks.ts).
 */
import { isAway } from "./presence";
import type { DiagnosticView } from "./types";

/** What an error answer says (RFC 9457). */
export interface ProblemBody {
  title: string;
  status?: number;
  detail?: string | null;
  hint?: string | null;
  diagnostics?: DiagnosticView[];
  etag?: string | null;
  request?: string | null;
}

/** An answer that is a problem, or no answer at all (status 0). */
export class ApiProblem extends Error {
  readonly status: number;
  readonly title: string;
  readonly detail: string | null;
  readonly hint: string | null;
  readonly diagnostics: DiagnosticView[];
  readonly etag: string | null;
  readonly request: string | null;
  constructor(body: ProblemBody) {
    super(body.detail ?? body.title);
    this.name = "ApiProblem";
    this.status = body.status ?? 0;
    this.title = body.title;
    this.detail = body.detail ?? null;
    this.hint = body.hint ?? null;
    this.diagnostics = body.diagnostics ?? [];
    this.etag = body.etag ?? null;
    this.request = body.request ?? null;
  }
}

/** Anything thrown, as a problem. */
export function toProblem(error: unknown): ApiProblem {
  if (error instanceof ApiProblem) return error;
  return new ApiProblem({
    title: "Something went wrong in this page",
    detail: error instanceof Error ? error.message : String(error),
    hint: "Load the page again. If it happens again, report what you did.",
  });
}

/** What may be said about a question. */
export interface CallOptions {
  signal?: AbortSignal;
  headers?: Record<string, string>;
}

export type Method = "GET" | "POST" | "PUT" | "PATCH" | "DELETE";

let csrf: string | null = null;
const signedOut = new Set<() => void>();

/** Remember the token that changes must carry. */
export function setCsrf(token: string | null): void {
  csrf = token;
}

/** Call `listener` when the session has ended; gives back how to stop. */
export function onSignedOut(listener: () => void): () => void {
  signedOut.add(listener);
  return () => signedOut.delete(listener);
}

/** Ask the API. `path` begins with `/api`. A Blob or text body goes as it is, anything else as JSON. */
export async function call<T>(method: Method, path: string, body?: unknown, options: CallOptions = {}): Promise<T> {
  const headers: Record<string, string> = { accept: "application/json", ...options.headers };
  const raw = body instanceof Blob || body instanceof ArrayBuffer;
  if (body !== undefined && !raw) headers["content-type"] = "application/json";
  if (method !== "GET" && csrf) headers["x-csrf-token"] = csrf;
  if (isAway()) headers["x-background"] = "1";
  let answer: Response;
  try {
    answer = await fetch(path, {
      method,
      headers,
      body: body === undefined ? undefined : raw ? (body as BodyInit) : JSON.stringify(body),
      signal: options.signal,
      credentials: "same-origin",
    });
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    throw new ApiProblem({
      title: "The server does not answer",
      detail: "No connection to Onefold could be made.",
      hint: "Check that `onefold serve` is running and that you are on the network, then try again.",
    });
  }
  if (answer.ok) {
    if (answer.status === 204) return undefined as T;
    const text = await answer.text();
    return (text === "" ? undefined : JSON.parse(text)) as T;
  }
  throw await problemOf(answer, path);
}

async function problemOf(answer: Response, path: string): Promise<ApiProblem> {
  const request = answer.headers.get("x-request-id");
  const text = await answer.text().catch(() => "");
  let body: ProblemBody;
  try {
    body = JSON.parse(text) as ProblemBody;
  } catch {
    body = { title: answer.statusText || `Answer ${answer.status}`, detail: text.slice(0, 300) || null };
  }
  if (answer.status === 401 && path !== "/api/session") signedOut.forEach((listener) => listener());
  return new ApiProblem({ ...body, title: body.title ?? answer.statusText, status: answer.status, request: body.request ?? request });
}

/** The API by method. */
export const api = {
  get: <T>(path: string, options?: CallOptions) => call<T>("GET", path, undefined, options),
  post: <T>(path: string, body?: unknown, options?: CallOptions) => call<T>("POST", path, body, options),
  put: <T>(path: string, body?: unknown, options?: CallOptions) => call<T>("PUT", path, body, options),
  patch: <T>(path: string, body?: unknown, options?: CallOptions) => call<T>("PATCH", path, body, options),
  del: <T>(path: string, options?: CallOptions) => call<T>("DELETE", path, undefined, options),
};

/** A name as a path segment. */
export const seg = (name: string): string => encodeURIComponent(name);
