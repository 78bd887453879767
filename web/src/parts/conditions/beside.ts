// beside: where the focus goes when the item that has it is deleted: to the same button of the item beside it, else to the first button after the list.

/** Call it as the item around a button is deleted. */
export function focusBeside(button: HTMLElement): void {
  const item = button.closest("li");
  const list = item?.parentElement;
  if (!item || !list) return;
  const same = (one: Element | null) => one?.querySelector<HTMLElement>('button[aria-label^="Delete"]:not(:disabled)') ?? null;
  const near = [item.nextElementSibling, item.previousElementSibling];
  setTimeout(() => {
    if (document.activeElement !== document.body && document.activeElement !== button) return;
    const next = near.map((one) => (one?.isConnected ? same(one) : null)).find((one) => one !== null);
    const after = list.isConnected ? list.parentElement?.querySelector<HTMLElement>(":scope > div:last-child button, :scope > button") : null;
    (next ?? after)?.focus();
  }, 60);
}
