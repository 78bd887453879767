// Translate: conditions from text to tree and back, through the server, several at once.
//
// Flow: asks of the same moment are gathered for a few milliseconds and sent as one request.
//
// Not here: when to ask. `ConditionBuilder` decides that.

import { api } from "../../api/client";
import type { ConditionAsk, ConditionView } from "../../api/types";

interface Waiting {
  ask: ConditionAsk;
  resolve: (view: ConditionView) => void;
  reject: (error: unknown) => void;
}

const queues = new Map<string, Waiting[]>();

/** Turns one condition into both forms. `path` is the project's address of conditions. */
export function translate(path: string, ask: ConditionAsk): Promise<ConditionView> {
  return new Promise((resolve, reject) => {
    const waiting = queues.get(path);
    if (waiting) {
      waiting.push({ ask, resolve, reject });
      return;
    }
    queues.set(path, [{ ask, resolve, reject }]);
    setTimeout(() => void flush(path), 8);
  });
}

async function flush(path: string): Promise<void> {
  const waiting = queues.get(path) ?? [];
  queues.delete(path);
  try {
    const views = await api.post<ConditionView[]>(path, waiting.map((one) => one.ask));
    waiting.forEach((one, index) => {
      const view = views[index];
      if (view) one.resolve(view);
      else one.reject(new Error("the server answered fewer conditions than were asked for"));
    });
  } catch (error) {
    for (const one of waiting) one.reject(error);
  }
}
