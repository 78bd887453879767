// last: the project used last, in localStorage.
const KEY = "onefold.project";

/** The project used last. */
export const lastProject = (): string | null => localStorage.getItem(KEY);

/** Remember it. */
export const rememberProject = (name: string): void => localStorage.setItem(KEY, name);
