/*
 * show: numbers, times, states and types, the same everywhere.
 *
 * Invariants: numbers have tabular figures and the reader's separators; times are in the project's zone with the exact instant as title;
 * a state is an icon and a word.
 */
import { makeStyles, mergeClasses, tokens } from "@fluentui/react-components";
import {
  ArrowSyncCircleRegular,
  CheckmarkCircleRegular,
  CircleHalfFillRegular,
  CircleRegular,
  ClockRegular,
  DismissCircleRegular,
  EditRegular,
  ErrorCircleRegular,
  InfoRegular,
  SubtractCircleRegular,
  WarningRegular,
} from "@fluentui/react-icons";
import type { ComponentType } from "react";
import { useProject } from "../api/hooks";
import type { Value } from "../api/types";

const useStyles = makeStyles({
  number: { fontVariantNumeric: "tabular-nums", whiteSpace: "nowrap" },
  none: { color: tokens.colorNeutralForeground3 },
  time: { fontVariantNumeric: "tabular-nums", whiteSpace: "nowrap" },
  state: { display: "inline-flex", alignItems: "center", gap: "6px", whiteSpace: "nowrap", verticalAlign: "bottom" },
  icon: { display: "inline-flex" },
  good: { color: tokens.colorPaletteGreenForeground1 },
  bad: { color: tokens.colorPaletteRedForeground1 },
  warn: { color: tokens.colorPaletteDarkOrangeForeground1 },
  busy: { color: tokens.colorBrandForeground1 },
  quiet: { color: tokens.colorNeutralForeground3 },
});

/** A number as text, in the reader's language. */
export function formatNumber(value: number, digits = 2): string {
  return value.toLocaleString(undefined, { maximumFractionDigits: digits });
}

/** A number; a dash when there is none. `digits` is the most places after the point (2 when absent). */
export function Num({ value, digits = 2, unit }: { value: number | null | undefined; digits?: number; unit?: string }) {
  const styles = useStyles();
  if (value === null || value === undefined || Number.isNaN(value)) return <span className={styles.none}>–</span>;
  return (
    <span className={styles.number}>
      {formatNumber(value, digits)}
      {unit ? ` ${unit}` : ""}
    </span>
  );
}

/** How long something took, in words that fit: `0.4 s`, `2 min 5 s`, `3 h 10 min`. */
export function duration(seconds: number): string {
  if (seconds < 1) return `${Math.max(1, Math.round(seconds * 1000))} ms`;
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  if (seconds < 60) return `${Math.round(seconds)} s`;
  const whole = Math.round(seconds);
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  if (whole < 86_400) return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`;
  return `${Math.floor(whole / 86_400)} days ${Math.floor((whole % 86_400) / 3600)} h`;
}

/** A run's number as people say it: `00000042` is 42; other names stay. */
export const runWord = (run: string): string => (/^\d+$/.test(run) ? String(Number(run)) : run);

/** Bytes in words. */
export function bytes(value: number): string {
  const units = ["bytes", "kB", "MB", "GB", "TB"];
  let left = value;
  let unit = 0;
  while (left >= 1000 && unit < units.length - 1) {
    left /= 1000;
    unit += 1;
  }
  return `${formatNumber(left, unit === 0 ? 0 : 1)} ${units[unit]}`;
}

/** How far an instant is: `4 minutes ago`, `in 2 hours`. */
export function ago(at: string, now = Date.now()): string {
  const seconds = (new Date(at).getTime() - now) / 1000;
  const format = new Intl.RelativeTimeFormat("en", { numeric: "auto" });
  const steps: [Intl.RelativeTimeFormatUnit, number][] = [
    ["year", 31_557_600], ["month", 2_629_800], ["week", 604_800], ["day", 86_400], ["hour", 3600], ["minute", 60],
  ];
  for (const [unit, size] of steps) {
    if (Math.abs(seconds) >= size) return format.format(Math.trunc(seconds / size), unit);
  }
  return Math.abs(seconds) < 10 ? "just now" : format.format(Math.trunc(seconds), "second");
}

/** An instant in a time zone: `8 Jun 2016, 14:05`; a day stays a day. */
export function formatTime(at: string, timeZone: string, seconds = false): string {
  const day = /^\d{4}-\d{2}-\d{2}$/.test(at);
  const date = new Date(day ? `${at}T00:00:00Z` : at);
  if (Number.isNaN(date.getTime())) return at;
  const base: Intl.DateTimeFormatOptions = { day: "numeric", month: "short", year: "numeric" };
  const clock: Intl.DateTimeFormatOptions = { hour: "2-digit", minute: "2-digit", ...(seconds ? { second: "2-digit" } : {}) };
  const options = day ? { ...base, timeZone: "UTC" } : { ...base, ...clock, timeZone };
  try {
    return new Intl.DateTimeFormat("en-GB", options).format(date);
  } catch {
    return new Intl.DateTimeFormat("en-GB", { ...options, timeZone: "UTC" }).format(date);
  }
}

/** An instant or day in the project's zone; `relative` shows how long ago. The title holds the exact instant. */
export function Time({ at, relative, seconds }: { at: string | null | undefined; relative?: boolean; seconds?: boolean }) {
  const styles = useStyles();
  const { timeZone } = useProject();
  if (!at) return <span className={styles.none}>–</span>;
  const exact = formatTime(at, timeZone, seconds);
  return (
    <time className={styles.time} dateTime={at} title={`${exact} (${timeZone}) = ${at}`}>
      {relative ? ago(at) : exact}
    </time>
  );
}

type Tone = "good" | "bad" | "warn" | "busy" | "quiet";
const STATES: Record<string, [string, Tone, ComponentType]> = {
  active: ["Active", "good", CheckmarkCircleRegular],
  ready: ["Ready", "good", CheckmarkCircleRegular],
  done: ["Done", "good", CheckmarkCircleRegular],
  ok: ["OK", "good", CheckmarkCircleRegular],
  completed: ["Completed", "good", CheckmarkCircleRegular],
  sent: ["Sent", "good", CheckmarkCircleRegular],
  completed_with_warnings: ["Completed with warnings", "warn", WarningRegular],
  warning: ["Warning", "warn", WarningRegular],
  changed: ["Changed since the last run", "warn", EditRegular],
  draft: ["Draft", "quiet", EditRegular],
  never_read: ["Not read yet", "quiet", CircleRegular],
  never_sent: ["Not sent yet", "quiet", CircleRegular],
  unchanged: ["Unchanged", "quiet", SubtractCircleRegular],
  not_asked: ["Not asked for", "quiet", CircleRegular],
  waiting: ["Waiting", "quiet", ClockRegular],
  queued: ["Waiting", "quiet", ClockRegular],
  running: ["Running", "busy", ArrowSyncCircleRegular],
  sending: ["Sending", "busy", ArrowSyncCircleRegular],
  stopped: ["Stopped", "warn", WarningRegular],
  partial: ["In part", "warn", CircleHalfFillRegular],
  error: ["Error", "bad", ErrorCircleRegular],
  failed: ["Failed", "bad", ErrorCircleRegular],
  export_failed: ["Export failed", "bad", ErrorCircleRegular],
  refused: ["Refused", "bad", DismissCircleRegular],
  canceled: ["Canceled", "warn", DismissCircleRegular],
  disabled: ["Disabled", "quiet", DismissCircleRegular],
  note: ["Note", "quiet", InfoRegular],
};

/** A state in words. */
export const stateWord = (state: string): string => STATES[state]?.[0] ?? state.replaceAll("_", " ");

/** A state: icon and word. `word` replaces the word. */
export function State({ state, word }: { state: string; word?: string }) {
  const styles = useStyles();
  const [title, tone, Icon] = STATES[state] ?? [stateWord(state), "quiet" as Tone, CircleRegular];
  return (
    <span className={styles.state}>
      <span className={mergeClasses(styles.icon, styles[tone])} aria-hidden>
        <Icon />
      </span>
      {word ?? title}
    </span>
  );
}

/** A value of a table as text; nothing is an empty text. */
export function valueText(value: Value | undefined, type = "", timeZone = "UTC"): string {
  if (value === null || value === undefined) return "";
  if (typeof value === "number") return type === "integer" || Number.isInteger(value) ? String(value) : formatNumber(value, 6);
  if (typeof value === "boolean") return value ? "true" : "false";
  if (typeof value === "string") return type === "date-time" || type === "instant" ? formatTime(value, timeZone, true) : value;
  return JSON.stringify(value);
}
