/*
 * focus-back: when a dialog or menu goes away and leaves the focus nowhere, it goes back to where it was before.
 *
 * Flow: the last place outside of what lies above the page is remembered; when what had the focus above it is gone, that place gets it.
 * Not here: what keeps the focus within a dialog (Fluent UI).
 */
const ABOVE = '[role="dialog"],[role="alertdialog"],[role="menu"],[role="listbox"]';
/** Long enough for a dialog to give the focus back by itself. */
const BREATH = 60;

/** Watches from now on. */
export function giveFocusBack(): void {
  let before: HTMLElement | null = null;
  let above = false;
  let timer: ReturnType<typeof setTimeout> | undefined;
  addEventListener("focusin", ({ target }) => {
    if (!(target instanceof HTMLElement) || target === document.body || target.hasAttribute("data-tabster-dummy")) return;
    above = target.closest(ABOVE) !== null;
    if (!above) before = target;
  });
  new MutationObserver(() => {
    if (!above || timer !== undefined || document.activeElement !== document.body) return;
    timer = setTimeout(() => {
      timer = undefined;
      if (document.activeElement !== document.body || document.querySelector('[role="dialog"],[role="alertdialog"]')) return;
      above = false;
      if (before?.isConnected) before.focus({ preventScroll: true });
    }, BREATH);
  }).observe(document.body, { childList: true, subtree: true });
}
