/*
 * search-state: what is looked for on the Customers page.
 *
 * Invariants: words, filters and page are kept in the history's state, never in the address: they may name people. How it is shown (`?view=table`) is in the address.
 */
import { useCallback, useEffect, useRef, useState } from "react";
import { useLocation, useNavigate, useSearchParams } from "react-router";
import type { SearchFilter } from "../../api/types";

/** How many profiles a page shows. */
export const PAGE_SIZE = 24;

/** What is looked for. */
export interface Looking {
  text: string;
  filters: SearchFilter[];
  sort: string | null;
  descending: boolean;
  offset: number;
  /** Columns whose values are counted beside the list; the usual ones when null. */
  facets: string[] | null;
}

const nothing: Looking = { text: "", filters: [], sort: null, descending: false, offset: 0, facets: null };

/** What is looked for, kept in the history. */
export function useLooking(): { looking: Looking; look: (change: Partial<Looking>, push?: boolean) => void; view: "cards" | "table"; setView: (view: string) => void } {
  const location = useLocation();
  const navigate = useNavigate();
  const [params, setParams] = useSearchParams();
  const kept = (location.state as { looking?: Partial<Looking> } | null)?.looking;
  // What was clicked shows at once; the history follows, and leads when somebody goes back.
  const [looking, setLooking] = useState<Looking>(() => ({ ...nothing, ...kept }));
  const told = useRef(JSON.stringify(looking));
  const now = useRef(looking);
  now.current = looking;
  useEffect(() => {
    const there = { ...nothing, ...kept };
    const text = JSON.stringify(there);
    if (text === told.current) return;
    told.current = text;
    now.current = there;
    setLooking(there);
  }, [kept]);
  const look = useCallback(
    (change: Partial<Looking>, push = false) => {
      const first = "offset" in change ? {} : { offset: 0 };
      const next = { ...now.current, ...first, ...change };
      told.current = JSON.stringify(next);
      now.current = next;
      setLooking(next);
      navigate({ pathname: location.pathname, search: location.search }, { replace: !push, state: { looking: next } });
    },
    [navigate, location.pathname, location.search],
  );
  const view = params.get("view") === "table" ? "table" : "cards";
  const setView = useCallback(
    (next: string) => setParams((old) => { if (next === "table") old.set("view", "table"); else old.delete("view"); return old; }, { replace: true, state: { looking } }),
    [setParams, looking],
  );
  return { looking, look, view, setView };
}

/** The filters with the one on a column changed; a filter of nothing goes. */
export function withFilter(filters: SearchFilter[], filter: SearchFilter): SearchFilter[] {
  const rest = filters.filter((one) => one.column !== filter.column);
  const says = (filter.values?.length ?? 0) > 0 || has(filter.from) || has(filter.to) || has(filter.below);
  return says ? [...rest, filter] : rest;
}

const has = (value: unknown): boolean => value !== null && value !== undefined && value !== "";
