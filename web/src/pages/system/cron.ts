/*
 * cron: a cron line of five fields in words, and the simple forms people choose from.
 *
 * Not here: when it comes next (the server says).
 */
const DAYS = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];
const SHORT = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];

/** A simple form. */
export type Simple =
  | { every: "hours"; hours: number; minute: number }
  | { every: "day"; time: string }
  | { every: "workday"; time: string }
  | { every: "week"; days: number[]; time: string }
  | { every: "month"; day: number; time: string };

const clock = (hour: string, minute: string): string => `${hour.padStart(2, "0")}:${minute.padStart(2, "0")}`;
const within = (text: string, least: number, most: number): boolean => /^\d{1,2}$/.test(text) && Number(text) >= least && Number(text) <= most;

/** Days of a field: `1-5`, `mon,wed`, `0`; null when it is more than a list. */
function days(field: string): number[] | null {
  const found = new Set<number>();
  for (const part of field.toLowerCase().split(",")) {
    const [from, to, more] = part.split("-").map((word) => (SHORT.includes(word) ? SHORT.indexOf(word) : within(word, 0, 7) ? Number(word) : null));
    if (from === null || from === undefined || to === null || more !== undefined) return null;
    for (let day = from; day <= (to ?? from); day += 1) found.add(day % 7);
  }
  return [...found].sort((a, b) => a - b);
}

/** A line as one of the simple forms; null when it is none. */
export function simple(line: string): Simple | null {
  const [minute, hour, day, month, weekday, more] = line.trim().split(/\s+/);
  if (!minute || !hour || !day || month !== "*" || !weekday || more !== undefined || !within(minute, 0, 59)) return null;
  const step = hour === "*" ? 1 : /^(?:\*|0)\/(\d{1,2})$/.exec(hour)?.[1];
  if (step !== undefined && day === "*" && weekday === "*") return { every: "hours", hours: Number(step), minute: Number(minute) };
  if (!within(hour, 0, 23)) return null;
  const time = clock(hour, minute);
  if (day === "*" && weekday === "*") return { every: "day", time };
  if (day === "*") {
    const found = days(weekday);
    if (!found || found.length === 0) return null;
    return found.join() === "1,2,3,4,5" ? { every: "workday", time } : { every: "week", days: found, time };
  }
  return weekday === "*" && within(day, 1, 31) ? { every: "month", day: Number(day), time } : null;
}

/** The line of a simple form. */
export function lineOf(form: Simple): string {
  if (form.every === "hours") return `${form.minute} ${form.hours === 1 ? "*" : `*/${form.hours}`} * * *`;
  const [hour = "0", minute = "0"] = form.time.split(":");
  const at = `${Number(minute)} ${Number(hour)}`;
  switch (form.every) {
    case "day":
      return `${at} * * *`;
    case "workday":
      return `${at} * * 1-5`;
    case "week":
      return `${at} * * ${form.days.length === 0 ? 1 : form.days.join(",")}`;
    case "month":
      return `${at} ${form.day} * *`;
  }
}

const listed = (words: string[]): string => (words.length < 2 ? words.join("") : `${words.slice(0, -1).join(", ")} and ${words.at(-1)}`);

/** A line in words: `every day at 05:00`; null when only the line itself says it. */
export function cronWords(line: string): string | null {
  const form = simple(line);
  if (!form) return null;
  switch (form.every) {
    case "hours":
      return `${form.hours === 1 ? "every hour" : `every ${form.hours} hours`}${form.minute === 0 ? ", on the hour" : `, ${form.minute} minutes past`}`;
    case "day":
      return `every day at ${form.time}`;
    case "workday":
      return `Monday to Friday at ${form.time}`;
    case "week":
      return `every ${listed(form.days.map((day) => DAYS[day] ?? ""))} at ${form.time}`;
    case "month":
      return `on day ${form.day} of every month at ${form.time}${form.day > 28 ? " (months without it are skipped)" : ""}`;
  }
}

/** The days of the week, Monday first, as cron counts them. */
export const WEEK: [number, string][] = [1, 2, 3, 4, 5, 6, 0].map((day) => [day, DAYS[day] ?? ""]);
