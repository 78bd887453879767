/*
 * theme: light and dark, and which of them the reader wants.
 *
 * Writes: the choice, in localStorage.
 */
import { createDarkTheme, createLightTheme, type BrandVariants, type Theme } from "@fluentui/react-components";
import { createContext, useContext, useEffect, useMemo, useState } from "react";

/** One accent: a quiet blue. */
const brand: BrandVariants = {
  10: "#020305", 20: "#0b1724", 30: "#0d263e", 40: "#0e3254", 50: "#0e3e6b", 60: "#0d4b82", 70: "#0a589a", 80: "#0f65b0",
  90: "#2f74bb", 100: "#4883c5", 110: "#5f92cf", 120: "#75a2d9", 130: "#8bb2e2", 140: "#a1c2ec", 150: "#b8d2f5", 160: "#d0e3fd",
};

/** The light theme. */
export const light: Theme = createLightTheme(brand);
/** The dark theme; its links are light enough to be read on dark grey. */
export const dark: Theme = {
  ...createDarkTheme(brand),
  colorBrandForeground1: brand[120],
  colorBrandForeground2: brand[130],
  colorBrandForegroundLink: brand[130],
  colorBrandForegroundLinkHover: brand[140],
};

/** What the reader wants. */
export type Scheme = "light" | "dark" | "system";

/** The choice and how to change it. */
export interface SchemeChoice {
  scheme: Scheme;
  setScheme: (scheme: Scheme) => void;
  dark: boolean;
}

const SchemeContext = createContext<SchemeChoice>({ scheme: "system", setScheme: () => {}, dark: false });
export const SchemeProvider = SchemeContext.Provider;

/** Whether it is dark, and what was chosen. */
export const useScheme = (): SchemeChoice => useContext(SchemeContext);

const KEY = "onefold.scheme";

/** The choice, remembered, following the system where asked to. */
export function useSchemeState(): SchemeChoice {
  const [scheme, setScheme] = useState<Scheme>(() => {
    const kept = localStorage.getItem(KEY);
    return kept === "light" || kept === "dark" ? kept : "system";
  });
  const [system, setSystem] = useState(() => matchMedia("(prefers-color-scheme: dark)").matches);
  useEffect(() => {
    const media = matchMedia("(prefers-color-scheme: dark)");
    const listener = () => setSystem(media.matches);
    media.addEventListener("change", listener);
    return () => media.removeEventListener("change", listener);
  }, []);
  const isDark = scheme === "dark" || (scheme === "system" && system);
  useEffect(() => {
    localStorage.setItem(KEY, scheme);
    document.documentElement.style.colorScheme = isDark ? "dark" : "light";
  }, [scheme, isDark]);
  return useMemo(() => ({ scheme, setScheme, dark: isDark }), [scheme, isDark]);
}
