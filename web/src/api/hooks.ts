/*
 * hooks: the API as React state.
 *
 * Flow: useGet/usePost cache by path and body; useSend changes something; useRefresh asks everything of the project again; useJob follows a run.
 * Invariants: the session is the one source of the CSRF token; keys begin with the path, so a prefix refreshes.
 */
import { keepPreviousData, useQuery, useQueryClient, type UseQueryResult } from "@tanstack/react-query";
import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import { useParams } from "react-router";
import { useToast } from "../parts/toast";
import { api, call, seg, setCsrf, toProblem, type ApiProblem, type Method } from "./client";
import { ended, type JobView, type SessionView } from "./jobs";
import type { ProjectEntry, Role } from "./types";

const RANK: Record<Role, number> = { viewer: 0, contributor: 1, administrator: 2, owner: 3 };

/** What a reading hook may be told. */
export interface ReadOptions {
  /** Whether to ask at all; true when absent. */
  enabled?: boolean;
  /** Milliseconds an answer counts as fresh; 15 s when absent. */
  staleTime?: number;
  /** Ask again after so many milliseconds. */
  refetchInterval?: number | false;
  /** Keep the answer to the question before until the new one is there. */
  keep?: boolean;
}

/** Read something; `null` asks nothing. */
export function useGet<T>(path: string | null, options: ReadOptions = {}): UseQueryResult<T, ApiProblem> {
  return useQuery<T, ApiProblem>({
    queryKey: [path],
    queryFn: ({ signal }) => api.get<T>(path ?? "", { signal }),
    enabled: path !== null && options.enabled !== false,
    staleTime: options.staleTime,
    refetchInterval: options.refetchInterval,
    placeholderData: options.keep ? keepPreviousData : undefined,
  });
}

/** A question with a body that changes nothing; keeps the answer before until the new one is there. */
export function usePost<T>(path: string | null, body: unknown, options: ReadOptions = {}): UseQueryResult<T, ApiProblem> {
  return useQuery<T, ApiProblem>({
    queryKey: [path, body],
    queryFn: ({ signal }) => api.post<T>(path ?? "", body, { signal }),
    enabled: path !== null && options.enabled !== false,
    staleTime: options.staleTime,
    refetchInterval: options.refetchInterval,
    placeholderData: options.keep === false ? undefined : keepPreviousData,
  });
}

/** Change something. A problem is shown as a toast and thrown, so that what follows does not happen. */
export function useSend(): <T = unknown>(method: Exclude<Method, "GET">, path: string, body?: unknown) => Promise<T> {
  const toast = useToast();
  return useCallback(
    async <T,>(method: Exclude<Method, "GET">, path: string, body?: unknown): Promise<T> => {
      try {
        return await call<T>(method, path, body);
      } catch (error) {
        const problem = toProblem(error);
        toast.problem(problem);
        throw problem;
      }
    },
    [toast],
  );
}

/** Who is signed in. */
export function useSession(): UseQueryResult<SessionView, ApiProblem> {
  const session = useGet<SessionView>("/api/session", { staleTime: 60_000 });
  useEffect(() => {
    if (session.data) setCsrf(session.data.csrf);
  }, [session.data]);
  if (session.data) setCsrf(session.data.csrf);
  return session;
}

/** Take a session that was just begun. */
export function useEnter(): (view: SessionView) => void {
  const queries = useQueryClient();
  return useCallback(
    (view: SessionView) => {
      setCsrf(view.csrf);
      queries.setQueryData(["/api/session"], view);
    },
    [queries],
  );
}

/** The project of the page. */
export interface Project {
  name: string;
  title: string;
  timeZone: string;
  /** A path of the API: `p('/segments')` -> `/api/projects/<name>/segments`. */
  p: (path: string) => string;
  /** A page: `to('/segments')` -> `/p/<name>/segments`. */
  to: (path: string) => string;
  role: Role;
  /** Whether the reader may do what this role may. */
  can: (role: Role) => boolean;
}

/** The project of the page; its name comes from the address. */
export function useProject(): Project {
  const { project } = useParams();
  const projects = useGet<ProjectEntry[]>("/api/projects", { staleTime: 60_000 });
  const session = useSession();
  const name = project ?? "";
  const entry = projects.data?.find((one) => one.name === name);
  const role = session.data?.user?.role ?? "viewer";
  return useMemo(
    () => ({
      name,
      title: entry?.title || name,
      timeZone: entry?.time_zone ?? "UTC",
      p: (path: string) => `/api/projects/${seg(name)}${path}`,
      to: (path: string) => `/p/${seg(name)}${path}`,
      role,
      can: (least: Role) => RANK[role] >= RANK[least],
    }),
    [name, entry?.title, entry?.time_zone, role],
  );
}

/** Ask everything of the project again: after a save, at the end of a run. */
export function useRefresh(): () => Promise<void> {
  const queries = useQueryClient();
  const { p } = useProject();
  const prefix = p("");
  return useCallback(
    () =>
      queries.invalidateQueries({
        predicate: ({ queryKey }) => typeof queryKey[0] === "string" && queryKey[0].startsWith(prefix),
      }),
    [queries, prefix],
  );
}

/** A job as it goes. */
export interface Followed {
  job: JobView | null;
  problem: ApiProblem | null;
  /** Whether news arrive by themselves. */
  live: boolean;
}

/** Follow a job by server-sent events; the browser reconnects, the server sends the present state first. Without events it is asked for. */
export function useJob(id: string | null): Followed {
  const { p } = useProject();
  const refresh = useRefresh();
  const [heard, setHeard] = useState<JobView | null>(null);
  const [live, setLive] = useState(false);
  const over = heard !== null && ended(heard);
  const asked = useGet<JobView>(id ? p(`/jobs/${seg(id)}`) : null, {
    staleTime: 0,
    refetchInterval: live || over ? false : 3000,
  });
  const path = id ? p(`/jobs/${seg(id)}/events`) : null;
  useEffect(() => {
    setHeard(null);
    setLive(false);
    if (!path) return;
    const events = new EventSource(path);
    events.addEventListener("open", () => setLive(true));
    events.addEventListener("error", () => setLive(false));
    events.addEventListener("job", (event) => {
      const next = JSON.parse((event as MessageEvent<string>).data) as JobView;
      setHeard(next);
      if (ended(next)) {
        events.close();
        setLive(false);
      }
    });
    return () => events.close();
  }, [path]);
  const answer = asked.data && asked.data.id === id ? asked.data : null;
  const job = live || over ? (heard ?? answer) : answer && (ended(answer) || !heard || answer.progress >= heard.progress) ? answer : heard;
  // At its end everything of the project is asked for again.
  const going = useRef<string | null>(null);
  useEffect(() => {
    if (!job) return;
    if (!ended(job)) going.current = job.id;
    else if (going.current === job.id) {
      going.current = null;
      void refresh();
    }
  }, [job, refresh]);
  return { job, problem: job ? null : asked.error, live };
}
