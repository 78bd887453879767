/*
 * definition: one definition while it is edited: by value (builders) and by text (YAML), with drafts, undo and the way to save.
 *
 * Flow: GET -> edit -> (300 ms) POST draft, which gives text, value, diagnostics and differences -> PUT with the hash it began from.
 * Writes: the draft in sessionStorage, so that a reload loses nothing.
 * Invariants: the last editor wins (value or text), the other follows; an answer to an older draft is thrown away; undo takes both back together.
 * Not here: dialogs (save-dialog.tsx), tabs (definition-tabs.tsx).
 */
import { useQueryClient } from "@tanstack/react-query";
import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import { api, ApiProblem, seg, toProblem } from "../api/client";
import { useGet, useProject, useRefresh } from "../api/hooks";
import type { DefinitionView, DiagnosticView, DiffLine, DraftAsk, DraftView, Kind, SaveAsk, Value } from "../api/types";

/** What a save may be told. */
export interface SaveOptions {
  /** Save though it holds errors. */
  anyway?: boolean;
  /** Write over what somebody else saved meanwhile. */
  overwrite?: boolean;
}

/** A definition while it is edited. `T` is its JSON, as in the YAML. */
export interface Definition<T> {
  kind: Kind;
  name: string;
  /** The name of a new one. */
  setName: (name: string) => void;
  value: T;
  /** Change it by value; `label` says what, for undo. A function gets the newest value. */
  setValue: (next: T | ((value: T) => T), label?: string) => void;
  yaml: string;
  /** Change it by text. */
  setYaml: (text: string) => void;
  /** What is to be said about it. */
  diagnostics: DiagnosticView[];
  /** Errors it would bring about in other files. */
  elsewhere: DiagnosticView[];
  /** How it differs from what is saved. */
  diff: DiffLine[];
  /** Whether it differs from what is saved. */
  dirty: boolean;
  /** Whether the answers above are of an older draft. */
  drafting: boolean;
  undo: () => void;
  redo: () => void;
  canUndo: boolean;
  canRedo: boolean;
  /** What undo takes back: `add condition`. */
  undoLabel: string | null;
  redoLabel: string | null;
  /** What is saved; none for a new one. */
  saved: DefinitionView | null;
  /** Saves; the saved definition, or null when it was not: see `problem`, `conflict`. */
  save: (options?: SaveOptions) => Promise<DefinitionView | null>;
  saving: boolean;
  /** Back to what is saved. */
  discard: () => void;
  etag: string | null;
  isNew: boolean;
  loading: boolean;
  /** Why it could not be loaded, drafted or saved. */
  problem: ApiProblem | null;
  /** What somebody else saved meanwhile. */
  conflict: DefinitionView | null;
  /** Go on from a conflict: with mine (saves over theirs), with theirs (drops mine), or not at all. */
  resolve: (choice: "mine" | "theirs" | "later") => Promise<DefinitionView | null>;
  /** Whether the text cannot be read; `value` is then what could be read last. */
  unread: boolean;
  /** Whether a draft of before was taken up again. */
  restored: boolean;
  /** Ask again for what could not be loaded. */
  retry: () => void;
}

type Mode = "value" | "yaml";
interface Snapshot<T> {
  value: T;
  yaml: string;
  mode: Mode;
  name: string;
  /** The last text written by hand that could be read: values are written into it, so that its comments stay. */
  own?: string;
}
interface Past<T> extends Snapshot<T> {
  label: string;
  at: number;
}
interface Kept<T> extends Snapshot<T> {
  etag: string | null;
  /** What a new one began with: a draft that began with something else is not taken up. */
  from?: T;
}

const DRAFT_AFTER = 300;
const UNDO_MOST = 200;
/** Edits of one label within this time are one step of undo. */
const TOGETHER = 900;

const same = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);

/** Whether the keyboard is in something that undoes by itself. */
function inText(target: EventTarget | null): boolean {
  const element = target instanceof HTMLElement ? target : null;
  return element !== null && (element.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(element.tagName));
}

function readKept<T>(key: string): Kept<T> | null {
  try {
    return JSON.parse(sessionStorage.getItem(key) ?? "null") as Kept<T> | null;
  } catch {
    return null;
  }
}

/** Where the draft of a definition is kept. */
const keptAt = (project: string, kind: Kind, name: string | null): string => `onefold.draft.${project}.${kind}.${name ?? "*new"}`;

/** Forget the draft of a new definition, for one that begins with something else. */
export const forgetNew = (project: string, kind: Kind): void => sessionStorage.removeItem(keptAt(project, kind, null));

/**
 * Edit a definition. `name` null is a new one that has no name yet (or `suggested` for one); `initial` is what a new one begins with.
 */
export function useDefinition<T>(kind: Kind, name: string | null, initial: T, suggested = ""): Definition<T> {
  const { p, name: project } = useProject();
  const queries = useQueryClient();
  const refresh = useRefresh();
  const isNew = name === null;
  const path = isNew ? null : p(`/definitions/${kind}/${seg(name)}`);
  const loaded = useGet<DefinitionView>(path, { staleTime: 0 });
  const key = keptAt(project, kind, name);

  const first = useRef(initial);
  first.current = initial;
  const asked = useRef(0);
  const answered = useRef("");
  const [now, setNow] = useState<Snapshot<T>>({ value: initial, yaml: "", mode: "value", name: name ?? suggested });
  const [saved, setSaved] = useState<DefinitionView | null>(null);
  const [etag, setEtag] = useState<string | null>(null);
  const [ready, setReady] = useState(false);
  const [restored, setRestored] = useState(false);
  const [changed, setChanged] = useState(false);
  const [draft, setDraft] = useState<DraftView | null>(null);
  const [drafting, setDrafting] = useState(false);
  const [saving, setSaving] = useState(false);
  const [problem, setProblem] = useState<ApiProblem | null>(null);
  const [conflict, setConflict] = useState<DefinitionView | null>(null);
  const [past, setPast] = useState<Past<T>[]>([]);
  const [future, setFuture] = useState<Past<T>[]>([]);
  const nowRef = useRef(now);
  nowRef.current = now;

  /** Begin from what is saved, or from a draft that was kept. */
  const begin = useCallback(
    (view: DefinitionView | null, useKept: boolean) => {
      const read = useKept ? readKept<T>(key) : null;
      const kept = read && (view !== null || same(read.from, first.current)) ? read : null;
      const none = view === null || view.yaml === "";
      const start: Snapshot<T> = {
        value: none || view.value === null ? first.current : (view.value as T),
        yaml: view?.yaml ?? "",
        mode: none ? "value" : view.value === null ? "yaml" : "value",
        name: view?.object.name ?? kept?.name ?? suggested,
      };
      if (!useKept) sessionStorage.removeItem(key);
      setSaved(view);
      setEtag(kept ? kept.etag : view && !none ? view.object.etag : null);
      const next = kept ? { value: kept.value, yaml: kept.yaml, mode: kept.mode, own: kept.own, name: start.name } : start;
      nowRef.current = next;
      setNow(next);
      setRestored(kept !== null);
      setChanged(kept !== null);
      asked.current += 1;
      answered.current = "";
      setDraft(null);
      setDrafting(false);
      setPast([]);
      setFuture([]);
      setProblem(null);
      setConflict(null);
      setReady(true);
    },
    [key, suggested],
  );

  // A new definition, or another one on the same page.
  const begun = useRef<string | null>(null);
  useEffect(() => {
    if (begun.current === key) {
      // Asked again in the background: take what is new only where nothing would be lost.
      if (loaded.data && !changed && loaded.data.object.etag !== saved?.object.etag) begin(loaded.data, false);
      return;
    }
    if (isNew) {
      begun.current = key;
      begin(null, true);
    } else if (loaded.data && !loaded.isFetching) {
      begun.current = key;
      begin(loaded.data, true);
    } else if (ready) setReady(false);
  }, [key, isNew, loaded.data, loaded.isFetching, begin, changed, saved, ready]);

  // Ask what the draft means, a breath after the last change.
  useEffect(() => {
    if (!ready || (!changed && !isNew)) return;
    const { value, yaml, mode, name: own } = now;
    const ask: DraftAsk = mode === "value" ? { value: value as Value, yaml: now.own ?? null, etag } : { yaml, etag };
    const mark = JSON.stringify([key, ask, own]);
    const mine = ++asked.current;
    if (answered.current === mark) {
      // Back at what was answered last, by undo or by the answer itself.
      setDrafting(false);
      return;
    }
    setDrafting(true);
    const stop = new AbortController();
    const timer = setTimeout(async () => {
      try {
        const view = await api.post<DraftView>(p(`/definitions/${kind}/${seg(own || "Untitled")}/draft`), ask, { signal: stop.signal });
        if (mine !== asked.current) return;
        answered.current = mark;
        setDraft(view);
        setProblem(null);
        setDrafting(false);
        const next: Snapshot<T> =
          mode === "value"
            ? { ...nowRef.current, yaml: view.yaml }
            : view.value === null
              ? nowRef.current
              : { ...nowRef.current, value: view.value as T, own: yaml };
        nowRef.current = next;
        if (mode === "yaml") answered.current = JSON.stringify([key, { yaml, etag }, own]);
        setNow(next);
      } catch (error) {
        if (mine !== asked.current || (error instanceof DOMException && error.name === "AbortError")) return;
        setProblem(toProblem(error));
        setDrafting(false);
      }
    }, DRAFT_AFTER);
    return () => {
      clearTimeout(timer);
      stop.abort();
    };
  }, [now, ready, changed, isNew, etag, key, kind, p]);

  // Keep the draft, so that a reload loses nothing.
  useEffect(() => {
    if (!ready) return;
    if (changed) {
      const kept: Kept<T> = { ...now, etag, ...(isNew ? { from: first.current } : {}) };
      try {
        sessionStorage.setItem(key, JSON.stringify(kept));
      } catch {
        // Full or forbidden: the guard below still asks before leaving.
      }
    }
  }, [ready, changed, now, etag, key, isNew]);

  const dirty = changed && (isNew || draft === null || drafting || draft.yaml !== (saved?.yaml ?? ""));
  useEffect(() => {
    if (!dirty) return;
    const guard = (event: BeforeUnloadEvent) => event.preventDefault();
    addEventListener("beforeunload", guard);
    return () => removeEventListener("beforeunload", guard);
  }, [dirty]);

  const change = useCallback((next: Snapshot<T>, label: string) => {
    const before = nowRef.current;
    const at = Date.now();
    setPast((list) => {
      const last = list.at(-1);
      if (last && last.label === label && at - last.at < TOGETHER) return [...list.slice(0, -1), { ...last, at }];
      return [...list, { ...before, label, at }].slice(-UNDO_MOST);
    });
    setFuture([]);
    nowRef.current = next;
    setNow(next);
    setChanged(true);
  }, []);

  const setValue = useCallback(
    (next: T | ((value: T) => T), label = "change") => {
      const before = nowRef.current;
      const value = typeof next === "function" ? (next as (value: T) => T)(before.value) : next;
      if (same(value, before.value)) return;
      change({ ...before, value, mode: "value" }, label);
    },
    [change],
  );
  const setYaml = useCallback(
    (text: string) => {
      if (text === nowRef.current.yaml) return;
      change({ ...nowRef.current, yaml: text, mode: "yaml" }, "edit text");
    },
    [change],
  );
  const setName = useCallback((own: string) => {
    nowRef.current = { ...nowRef.current, name: own };
    setNow(nowRef.current);
  }, []);

  const step = useCallback((from: Past<T>[], setFrom: (list: Past<T>[]) => void, setTo: (change: (list: Past<T>[]) => Past<T>[]) => void) => {
    const last = from.at(-1);
    if (!last) return;
    const before = nowRef.current;
    setFrom(from.slice(0, -1));
    setTo((list) => [...list, { ...before, label: last.label, at: 0 }]);
    const next: Snapshot<T> = { value: last.value, yaml: last.yaml, mode: last.mode, own: last.own, name: before.name };
    nowRef.current = next;
    setNow(next);
    setChanged(true);
  }, []);
  const undo = useCallback(() => step(past, setPast, setFuture), [past, step]);
  const redo = useCallback(() => step(future, setFuture, setPast), [future, step]);
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (!(event.ctrlKey || event.metaKey) || event.altKey || inText(event.target)) return;
      const letter = event.key.toLowerCase();
      if (letter === "z" && !event.shiftKey) undo();
      else if (letter === "y" || (letter === "z" && event.shiftKey)) redo();
      else return;
      event.preventDefault();
    };
    addEventListener("keydown", onKey);
    return () => removeEventListener("keydown", onKey);
  }, [undo, redo]);

  const save = useCallback(
    async (options: SaveOptions = {}): Promise<DefinitionView | null> => {
      const { value, yaml, mode, name: called, own } = nowRef.current;
      const target = p(`/definitions/${kind}/${seg(called)}`);
      setSaving(true);
      setProblem(null);
      try {
        let base = etag;
        let body = mode;
        if (options.overwrite) {
          // Over theirs: my whole text, so that nothing of theirs is mixed in.
          base = (await api.get<DefinitionView>(target)).object.etag;
          body = yaml === "" ? "value" : "yaml";
        }
        const ask: SaveAsk = { ...(body === "value" ? { value: value as Value, yaml: own ?? null } : { yaml }), etag: base, anyway: options.anyway ?? false };
        const view = await api.put<DefinitionView>(target, ask);
        sessionStorage.removeItem(key);
        begun.current = key;
        if (!isNew) begin(view, false);
        else setChanged(false);
        queries.setQueryData([target], view);
        void refresh();
        return view;
      } catch (error) {
        const found = toProblem(error);
        if (found.status === 409 && isNew) {
          setProblem(new ApiProblem({ title: "That name is taken", status: 409, detail: `There is already one that is called \`${called}\`.`, hint: "choose another name", request: found.request }));
          return null;
        }
        if (found.status === 409) {
          const theirs = await api.get<DefinitionView>(target).catch(() => null);
          if (theirs) {
            setConflict(theirs);
            return null;
          }
        }
        setProblem(found);
        return null;
      } finally {
        setSaving(false);
      }
    },
    [p, kind, etag, key, isNew, begin, queries, refresh],
  );

  const discard = useCallback(() => {
    sessionStorage.removeItem(key);
    begin(isNew ? null : saved, false);
  }, [key, isNew, saved, begin]);

  const resolve = useCallback(
    async (choice: "mine" | "theirs" | "later") => {
      const theirs = conflict;
      setConflict(null);
      if (choice === "theirs" && theirs) begin(theirs, false);
      return choice === "mine" ? save({ overwrite: true, anyway: true }) : null;
    },
    [conflict, begin, save],
  );
  const retry = useCallback(() => void loaded.refetch(), [loaded]);

  return useMemo(
    () => ({
      kind,
      name: now.name,
      setName,
      value: now.value,
      setValue,
      yaml: now.yaml,
      setYaml,
      diagnostics: draft?.diagnostics ?? saved?.diagnostics ?? [],
      elsewhere: draft?.elsewhere ?? [],
      diff: draft?.diff ?? [],
      dirty,
      drafting,
      undo,
      redo,
      canUndo: past.length > 0,
      canRedo: future.length > 0,
      undoLabel: past.at(-1)?.label ?? null,
      redoLabel: future.at(-1)?.label ?? null,
      saved,
      save,
      saving,
      discard,
      etag,
      isNew,
      loading: !ready && !loaded.error,
      problem: problem ?? (ready ? null : loaded.error),
      conflict,
      resolve,
      unread: now.mode === "yaml" && !drafting && (draft ? draft.value === null : saved !== null && saved.yaml !== "" && saved.value === null),
      restored,
      retry,
    }),
    [
      kind, now, setName, setValue, setYaml, draft, saved, dirty, drafting, undo, redo, past, future, save, saving, discard, etag, isNew, ready,
      loaded.error, problem, conflict, resolve, restored, retry,
    ],
  );
}
