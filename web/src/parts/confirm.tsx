/*
 * confirm: a question before something that cannot easily be taken back.
 *
 * Flow: `const ask = useConfirm(); if (await ask({title, text, action})) …`
 */
import { createContext, lazy, Suspense, useCallback, useContext, useState, type ReactNode } from "react";

const ConfirmDialog = lazy(() => import("./confirm-dialog"));

/** A question. */
export interface Question {
  title: string;
  text: ReactNode;
  /** What the button that agrees says: a verb. */
  action: string;
  /** What the other says; "Cancel" when absent. */
  cancel?: string;
}

type Ask = (question: Question) => Promise<boolean>;
const ConfirmContext = createContext<Ask>(() => Promise.resolve(false));

/** Ask the reader; true when they agree. */
export const useConfirm = (): Ask => useContext(ConfirmContext);

/** Holds the question of the application. */
export function Confirming({ children }: { children: ReactNode }) {
  const [open, setOpen] = useState<{ question: Question; answer: (yes: boolean) => void } | null>(null);
  const ask = useCallback<Ask>((question) => new Promise((answer) => setOpen({ question, answer })), []);
  const answer = (yes: boolean) => {
    open?.answer(yes);
    setOpen(null);
  };
  return (
    <ConfirmContext.Provider value={ask}>
      {children}
      {open ? <Suspense fallback={null}><ConfirmDialog question={open.question} answer={answer} /></Suspense> : null}
    </ConfirmContext.Provider>
  );
}
