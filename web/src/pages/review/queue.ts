/*
 * queue: the pairs that are up for review, asked for a few at a time, and what was decided about them here.
 *
 * Flow: POST match/review ─ items ─ decide ─ POST match/decisions; undo ─ DELETE.
 * Invariants
 * - Pairs come without scores: people decide by what they see.
 * - Decisions are sent in the order they were made.
 * - A pair that was decided here stays in the list, so that one can go back to it; none comes twice.
 */
import { useCallback, useEffect, useRef, useState } from "react";
import { api, toProblem, type ApiProblem } from "../../api/client";
import { useProject, useSend } from "../../api/hooks";
import type { DecideAsk, DecidedView, ReviewAsk, ReviewPair, ReviewView, Verdict } from "../../api/types";

const FEW = 20;
/** So many before the end the next are asked for. */
const AHEAD = 5;

/** What is asked for, without places. */
export type Wanted = Pick<ReviewAsk, "order" | "state" | "table">;

interface Made {
  verdict: Verdict;
  /** The number of the decision; none until the server has it. */
  id: number | null;
}

export interface Queue {
  pair: ReviewPair | undefined;
  index: number;
  /** Pairs that were asked for so far. */
  known: number;
  /** Pairs still to be decided, of those asked for. */
  left: number;
  /** Decided in this sitting. */
  here: number;
  /** Decided by anybody. */
  all: number;
  /** What was decided about the pair here. */
  made: Verdict | null;
  nothing: string | null;
  loading: boolean;
  problem: ApiProblem | null;
  go: (by: number) => void;
  decide: (verdict: Verdict, onward: boolean) => void;
  /** Takes back the last decision of this sitting. */
  undo: () => void;
  canUndo: boolean;
  retry: () => void;
}

export function useQueue(wanted: Wanted, onDecided: () => void): Queue {
  const { p } = useProject();
  const send = useSend();
  const [items, setItems] = useState<ReviewPair[]>([]);
  const [index, setIndex] = useState(0);
  const [made, setMade] = useState<Record<string, Made>>({});
  const [order, setOrder] = useState<string[]>([]);
  const [view, setView] = useState<{ total: number; decided: number; nothing: string | null } | null>(null);
  const [loading, setLoading] = useState(true);
  const [problem, setProblem] = useState<ApiProblem | null>(null);
  const asking = useRef(false);
  const turn = useRef(0);
  /** What is sent goes one after the other, in the order of the keys. */
  const sending = useRef<Promise<void>>(Promise.resolve());
  const key = JSON.stringify(wanted);

  const more = useCallback(
    async (before: ReviewPair[], decided: Record<string, Made>) => {
      if (asking.current) return;
      asking.current = true;
      const mine = turn.current;
      setLoading(true);
      try {
        const offset = before.filter((one) => !decided[one.id]).length;
        const ask: ReviewAsk = { ...(JSON.parse(key) as Wanted), decided: false, scores: false, offset, limit: FEW };
        const next = await api.post<ReviewView>(p("/match/review"), ask);
        if (mine !== turn.current) return;
        setItems((old) => [...old, ...next.pairs.filter((one) => !old.some((other) => other.id === one.id))]);
        // What has been decided meanwhile is not among those that are left.
        setView({ total: next.total + Object.keys(decided).length, decided: next.decided - Object.keys(decided).length, nothing: next.nothing });
        setProblem(null);
      } catch (error) {
        if (mine === turn.current) setProblem(toProblem(error));
      } finally {
        if (mine === turn.current) {
          asking.current = false;
          setLoading(false);
        }
      }
    },
    [key, p],
  );
  useEffect(() => {
    turn.current += 1;
    asking.current = false;
    setItems([]);
    setIndex(0);
    setMade({});
    setOrder([]);
    setView(null);
    void more([], {});
  }, [more]);

  const pair = items[index];
  const total = view?.total ?? 0;
  const go = (by: number) => {
    const next = Math.max(0, Math.min(items.length, index + by));
    setIndex(next);
    if (next >= items.length - AHEAD && items.length < total) void more(items, made);
  };
  const decide = (verdict: Verdict, onward: boolean) => {
    if (!pair) return;
    const { id } = pair;
    const ask: DecideAsk = { table1: pair.a.table, key1: pair.a.key, table2: pair.b.table, key2: pair.b.key, decision: verdict };
    const before = made[id];
    setMade((old) => ({ ...old, [id]: { verdict, id: null } }));
    setOrder((old) => [...old.filter((one) => one !== id), id]);
    if (onward) go(1);
    sending.current = sending.current.then(async () => {
      try {
        const done = await send<DecidedView>("POST", p("/match/decisions"), ask);
        setMade((old) => ({ ...old, [id]: { verdict, id: done.decisions[0]?.id ?? null } }));
        onDecided();
      } catch {
        // Said by the toast; the pair is as it was.
        setMade(({ [id]: _, ...rest }) => (before ? { ...rest, [id]: before } : rest));
        setOrder((old) => (before ? old : old.filter((one) => one !== id)));
      }
    });
  };
  const last = order.at(-1);
  const undo = () => {
    const one = last === undefined ? undefined : made[last];
    if (last === undefined || !one || one.id === null) return;
    const number = one.id;
    setIndex(items.findIndex((item) => item.id === last));
    setOrder((old) => old.filter((other) => other !== last));
    setMade(({ [last]: _, ...rest }) => rest);
    sending.current = sending.current.then(async () => {
      try {
        await send("DELETE", p(`/match/decisions/${number}`));
        onDecided();
      } catch {
        setMade((old) => ({ ...old, [last]: one }));
        setOrder((old) => [...old, last]);
      }
    });
  };
  const here = Object.keys(made).length;
  return {
    pair, index, known: items.length, left: Math.max(0, total - here), here, all: (view?.decided ?? 0) + here,
    made: pair ? (made[pair.id]?.verdict ?? null) : null, nothing: view?.nothing ?? null, loading: loading && !pair, problem,
    go, decide, undo, canUndo: last !== undefined && made[last]?.id !== null, retry: () => void more(items, made),
  };
}
