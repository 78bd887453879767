/*
 * shortcuts: keys that work everywhere but in texts and dialogs.
 */
import { useEffect, useRef } from "react";
import { useNavigate } from "react-router";
import { useProject } from "../api/hooks";
import { PLACES } from "./places";

/** How long `g` waits for its letter. */
const WAIT = 1500;

function typing(target: EventTarget | null): boolean {
  const element = target instanceof HTMLElement ? target : null;
  return element !== null && (element.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(element.tagName) || element.closest('[role="dialog"],[role="menu"],[role="listbox"]') !== null);
}

/** Listens for `/`, `?` and `g` with a letter. */
export function useShortcuts(act: { search: () => void; help: () => void }): void {
  const navigate = useNavigate();
  const { to } = useProject();
  const acts = useRef(act);
  acts.current = act;
  useEffect(() => {
    let since = 0;
    const onKey = (event: KeyboardEvent) => {
      if (event.key.toLowerCase() === "k" && (event.ctrlKey || event.metaKey)) {
        event.preventDefault();
        acts.current.search();
        return;
      }
      if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented || typing(event.target)) return;
      if (event.key === "/") acts.current.search();
      else if (event.key === "?") acts.current.help();
      else if (event.key === "g") {
        since = Date.now();
        return;
      } else {
        const place = Date.now() - since < WAIT ? PLACES.find((one) => one.letter === event.key) : undefined;
        since = 0;
        if (!place) return;
        void navigate(to(place.path));
      }
      event.preventDefault();
    };
    addEventListener("keydown", onKey);
    return () => removeEventListener("keydown", onKey);
  }, [navigate, to]);
}
