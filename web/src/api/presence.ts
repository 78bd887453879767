/*
 * presence: whether somebody is at the screen. What a page asks by itself while nobody is does not keep the session alive.
 */
const AWAY = 60_000;
let last = Date.now();

for (const kind of ["keydown", "pointerdown", "pointermove", "wheel"]) {
  window.addEventListener(kind, () => (last = Date.now()), { passive: true, capture: true });
}

/** Whether nobody has touched anything for a minute. */
export function isAway(): boolean {
  return Date.now() - last > AWAY;
}
