/*
 * toast: short news at the lower edge of the page.
 *
 * Invariants: a problem stays until it is closed; news goes by itself; both are read out.
 */
import {
  Link,
  Toast,
  ToastBody,
  Toaster,
  ToastFooter,
  ToastTitle,
  ToastTrigger,
  useId,
  useToastController,
} from "@fluentui/react-components";
import { createContext, useContext, useMemo, type ReactNode } from "react";
import { toProblem } from "../api/client";

/** Ways to tell something. */
export interface Telling {
  /** Something went well. */
  done: (title: string, body?: ReactNode) => void;
  /** Something worth knowing. */
  note: (title: string, body?: ReactNode) => void;
  /** Something did not work; takes anything thrown. */
  problem: (error: unknown) => void;
}

const silent: Telling = { done: () => {}, note: () => {}, problem: () => {} };
const ToastContext = createContext<Telling>(silent);

/** Tell the reader something in passing. */
export const useToast = (): Telling => useContext(ToastContext);

/** Holds the toasts of the application. */
export function Toasts({ children }: { children: ReactNode }) {
  const toaster = useId("toaster");
  const { dispatchToast } = useToastController(toaster);
  const telling = useMemo<Telling>(() => {
    const tell = (intent: "success" | "info") => (title: string, body?: ReactNode) =>
      dispatchToast(
        <Toast>
          <ToastTitle>{title}</ToastTitle>
          {body ? <ToastBody>{body}</ToastBody> : null}
        </Toast>,
        { intent, timeout: 5000 },
      );
    return {
      done: tell("success"),
      note: tell("info"),
      problem: (error) => {
        const problem = toProblem(error);
        dispatchToast(
          <Toast>
            <ToastTitle
              action={
                <ToastTrigger>
                  <Link as="button">Close</Link>
                </ToastTrigger>
              }
            >
              {problem.title}
            </ToastTitle>
            <ToastBody>{problem.detail}</ToastBody>
            {problem.hint || problem.request ? (
              <ToastFooter>
                {problem.hint}
                {problem.request ? ` (request ${problem.request})` : ""}
              </ToastFooter>
            ) : null}
          </Toast>,
          { intent: "error", timeout: -1 },
        );
      },
    };
  }, [dispatchToast]);
  return (
    <ToastContext.Provider value={telling}>
      {children}
      <Toaster toasterId={toaster} position="bottom-end" />
    </ToastContext.Provider>
  );
}
