/*
 * Palette: one box that finds pages, definitions, tables and people.
 *
 * Flow: words are matched against pages and definitions at once; people are asked for a breath later, in the body of a POST.
 * Invariants: what was typed is never part of an address; arrows move, Enter goes, Escape closes.
 */
import { Dialog, DialogSurface, Input, makeStyles, mergeClasses, Spinner, tokens } from "@fluentui/react-components";
import { SearchRegular } from "@fluentui/react-icons";
import { useEffect, useId, useMemo, useRef, useState } from "react";
import { useNavigate } from "react-router";
import { seg } from "../api/client";
import { useGet, usePost, useProject } from "../api/hooks";
import type { CustomerHit, ObjectView, SearchView, TableLine } from "../api/types";
import { KIND_WORD, pageOf } from "../parts/objects";
import { PLACES } from "./places";

interface Hit {
  group: string;
  title: string;
  detail: string;
  to: string;
}

const useStyles = makeStyles({
  surface: { padding: 0, maxWidth: "640px", top: "10vh", bottom: "auto", marginTop: 0, overflow: "hidden" },
  input: { width: "100%", border: "none", minHeight: "48px", "::after": { display: "none" } },
  list: { listStyle: "none", margin: 0, padding: "0 8px 8px", maxHeight: "min(60vh, 480px)", overflowY: "auto", borderTop: `1px solid ${tokens.colorNeutralStroke2}` },
  group: { padding: "10px 8px 4px", fontSize: tokens.fontSizeBase200, fontWeight: tokens.fontWeightSemibold, color: tokens.colorNeutralForeground2 },
  hit: { display: "flex", gap: "12px", alignItems: "center", justifyContent: "space-between", minHeight: "36px", padding: "0 8px", borderRadius: tokens.borderRadiusMedium, cursor: "pointer" },
  on: { backgroundColor: tokens.colorNeutralBackground1Selected, boxShadow: `inset 3px 0 0 ${tokens.colorBrandForeground1}` },
  detail: { color: tokens.colorNeutralForeground2, fontSize: tokens.fontSizeBase200, overflow: "hidden", textOverflow: "ellipsis", whiteSpace: "nowrap" },
  title: { overflow: "hidden", textOverflow: "ellipsis", whiteSpace: "nowrap", minWidth: 0 },
  foot: { padding: "8px 16px", color: tokens.colorNeutralForeground2, fontSize: tokens.fontSizeBase200, margin: 0, borderTop: `1px solid ${tokens.colorNeutralStroke2}` },
});

const ACTIONS: [string, string, string][] = [
  ["New segment", "/segments/new", "add create"],
  ["New measure", "/measures/new", "add create"],
  ["Add a data source", "/sources/new", "new create connect"],
  ["New activity", "/activities/new", "add create"],
  ["New export", "/exports/new", "add create send"],
  ["New connection", "/connections/new", "add create"],
  ["Edit the schedule", "/system/schedule", "cron time"],
];

/** What tells people of one name apart: an e-mail first, no instants. */
function factsOf(hit: CustomerHit): string {
  const fields = hit.fields.filter((field) => field.value !== null && !/^(date-time|instant)/.test(field.type) && !/Person\.(FirstName|LastName|FullName)/.test(field.semantic ?? ""));
  const mail = fields.filter((field) => /Email/.test(field.semantic ?? ""));
  return [...new Set([...mail, ...fields])].slice(0, 2).map((field) => String(field.value)).join(" · ");
}

/** How well words fit a text: all must be in it; at the beginning of a word is better. Lower is better; null does not fit. */
function fit(words: string[], text: string): number | null {
  const lower = text.toLowerCase();
  let rank = 0;
  for (const word of words) {
    const at = lower.indexOf(word);
    if (at < 0) return null;
    rank += at === 0 ? 0 : /[a-z0-9]/.test(lower.charAt(at - 1)) ? 2 : 1;
  }
  return rank;
}

function best<T>(list: T[], words: string[], text: (one: T) => string, most: number): T[] {
  return list
    .map((one) => ({ one, rank: fit(words, text(one)) }))
    .filter((found): found is { one: T; rank: number } => found.rank !== null)
    .sort((a, b) => a.rank - b.rank)
    .slice(0, most)
    .map((found) => found.one);
}

/** A value, a breath after it changed. */
function useLater<T>(value: T, wait: number): T {
  const [later, setLater] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setLater(value), wait);
    return () => clearTimeout(timer);
  }, [value, wait]);
  return later;
}

/** The box that finds everything. */
export default function Palette({ close }: { close: () => void }) {
  const styles = useStyles();
  const navigate = useNavigate();
  const id = useId();
  const { p, to, can } = useProject();
  const [text, setText] = useState("");
  const [at, setAt] = useState(0);
  const list = useRef<HTMLUListElement>(null);
  const words = useMemo(() => text.toLowerCase().split(/\s+/).filter(Boolean), [text]);
  const objects = useGet<ObjectView[]>(p("/objects"));
  const tables = useGet<TableLine[]>(p("/tables"));
  const asked = useLater(text.trim(), 180);
  const people = usePost<SearchView>(asked.length >= 2 ? p("/customers/search") : null, { text: asked, limit: 6 });
  const found = asked.length >= 2 && text.trim() !== "" ? people.data : undefined;

  const hits = useMemo<Hit[]>(() => {
    const places = PLACES.filter((place) => !place.role || can(place.role));
    const pages = best(places, words, (place) => `${place.title} ${place.words}`, words.length === 0 ? 16 : 5);
    const actions = words.length === 0 || !can("contributor") ? [] : best(ACTIONS, words, ([title, , more]) => `${title} ${more}`, 3);
    const defined = words.length === 0 ? [] : best(objects.data ?? [], words, (one) => `${one.title ?? ""} ${one.name} ${KIND_WORD[one.kind]}`, 8);
    const lake = words.length === 0 ? [] : best(tables.data ?? [], words, (one) => one.name, 6);
    return [
      ...defined.map((one) => ({ group: "Definitions", title: one.title ?? one.name, detail: KIND_WORD[one.kind], to: pageOf(one) })),
      ...(found?.hits ?? []).map((one) => ({
        group: `People (${found?.total.toLocaleString() ?? 0})`,
        title: one.title,
        detail: factsOf(one),
        to: `/customers/${seg(one.customer_id)}`,
      })),
      ...lake.map((one) => ({ group: "Tables", title: one.name, detail: one.rows === null ? one.kind : `${one.rows.toLocaleString()} rows`, to: `/tables/${seg(one.name)}` })),
      ...actions.map(([title, path]) => ({ group: "Do", title, detail: "", to: path })),
      ...pages.map((place) => ({ group: "Pages", title: place.title, detail: `g ${place.letter}`, to: place.path })),
    ];
  }, [words, objects.data, tables.data, found, can]);

  useEffect(() => setAt(0), [text]);
  const chosen = Math.min(at, hits.length - 1);
  useEffect(() => {
    // Some browsers answer scrollIntoView with a promise, which is no clean-up.
    void list.current?.querySelector(`[data-at="${chosen}"]`)?.scrollIntoView({ block: "nearest" });
  }, [chosen]);
  const go = (hit: Hit | undefined) => {
    if (!hit) return;
    close();
    void navigate(to(hit.to));
  };
  const busy = people.isFetching || asked !== text.trim();
  return (
    <Dialog open onOpenChange={(_, data) => !data.open && close()}>
      <DialogSurface className={styles.surface} aria-label="Search everything">
        <Input
          autoFocus
          className={styles.input}
          size="large"
          contentBefore={<SearchRegular />}
          contentAfter={busy && words.length > 0 ? <Spinner size="extra-tiny" aria-label="Searching" /> : undefined}
          placeholder="Search people, segments, measures, tables, pages"
          role="combobox"
          aria-expanded
          aria-autocomplete="list"
          aria-controls={`${id}-list`}
          aria-activedescendant={chosen >= 0 ? `${id}-${chosen}` : undefined}
          aria-label="Search everything"
          autoComplete="off"
          value={text}
          onChange={(_, data) => setText(data.value)}
          onKeyDown={(event) => {
            const steps: Record<string, number> = { ArrowDown: chosen + 1, ArrowUp: chosen - 1, PageDown: chosen + 6, PageUp: chosen - 6 };
            const step = steps[event.key];
            if (step !== undefined) {
              const last = hits.length - 1;
              const single = event.key.startsWith("Arrow");
              setAt(step > last ? (single ? 0 : last) : step < 0 ? (single ? last : 0) : step);
              event.preventDefault();
            } else if (event.key === "Enter") {
              go(hits[chosen]);
              event.preventDefault();
            }
          }}
        />
        <ul ref={list} id={`${id}-list`} role="listbox" aria-label="Found" className={styles.list}>
          {hits.map((hit, index) => (
            <li key={`${hit.group}-${hit.to}`} role="presentation">
              {hit.group !== hits[index - 1]?.group ? <div className={styles.group} role="presentation">{hit.group}</div> : null}
              <div
                id={`${id}-${index}`}
                data-at={index}
                role="option"
                aria-selected={index === chosen}
                className={mergeClasses(styles.hit, index === chosen && styles.on)}
                onMouseMove={() => setAt(index)}
                onClick={() => go(hit)}
              >
                <span className={styles.title}>{hit.title}</span>
                <span className={styles.detail}>{hit.detail}</span>
              </div>
            </li>
          ))}
        </ul>
        {people.error && people.error.status !== 404 && asked.length >= 2 ? <p className={styles.foot}>People cannot be searched now: {people.error.detail ?? people.error.title}</p> : null}
        <p className={styles.foot} role="status">
          {words.length === 0 ? "Type to find; ↑ ↓ and Enter to go." : hits.length === 0 ? (busy ? "Searching …" : "Nothing found. Try fewer letters; a word finds what begins with it.") : `${hits.length} found`}
        </p>
      </DialogSurface>
    </Dialog>
  );
}
