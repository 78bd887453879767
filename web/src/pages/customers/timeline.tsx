/*
 * timeline: what a person did, newest first, by month, with types to choose, a span of time, and words.
 *
 * Reads: POST customers/{id}/timeline, a page at a time.
 */
import { Button, Input, makeStyles, SearchBox, ToggleButton, tokens } from "@fluentui/react-components";
import { keepPreviousData, useInfiniteQuery } from "@tanstack/react-query";
import { useMemo, useState } from "react";
import { api, seg, type ApiProblem } from "../../api/client";
import { useProject } from "../../api/hooks";
import type { ActivityView, BucketView, ProfileView, TimelineView } from "../../api/types";
import { ErrorView, formatNumber, formatTime, Loading, PageLink } from "../../parts";
import { ActivityIcon } from "../../parts/activity-icon";
import { useLater } from "../../parts/attributes/values";

const useStyles = makeStyles({
  head: { display: "flex", gap: "8px 16px", alignItems: "center", flexWrap: "wrap", marginBottom: "8px" },
  heading: { fontSize: tokens.fontSizeBase400, fontWeight: tokens.fontWeightSemibold, margin: 0 },
  chips: { display: "flex", gap: "4px", flexWrap: "wrap" },
  dates: { display: "flex", gap: "6px", alignItems: "center", flexWrap: "wrap", marginLeft: "auto", "@media (max-width: 640px)": { marginLeft: 0 } },
  search: { width: "200px", "& input": { minWidth: 0 } },
  date: { width: "150px" },
  month: { fontSize: tokens.fontSizeBase300, fontWeight: tokens.fontWeightSemibold, margin: "16px 0 4px", color: tokens.colorNeutralForeground2 },
  list: { listStyle: "none", margin: 0, padding: 0 },
  item: { display: "grid", gridTemplateColumns: "112px minmax(0, 1fr) auto", gap: "12px", padding: "6px 0", minHeight: "36px", borderBottom: `1px solid ${tokens.colorNeutralStroke3}`, "@media (max-width: 480px)": { gridTemplateColumns: "88px minmax(0, 1fr)" } },
  day: { fontVariantNumeric: "tabular-nums", color: tokens.colorNeutralForeground2 },
  what: { overflowWrap: "anywhere" },
  soft: { color: tokens.colorNeutralForeground3 },
  status: { "@media (max-width: 480px)": { gridColumn: "2" } },
  stale: { opacity: 0.55 },
  months: { display: "flex", gap: "2px", alignItems: "flex-end", height: "48px", overflowX: "auto", marginBottom: "8px" },
  bar: { width: "24px", flexShrink: 0, height: "48px", padding: "0 2px", border: "none", backgroundColor: "transparent", display: "flex", alignItems: "flex-end", cursor: "pointer", ":hover > span": { backgroundColor: tokens.colorBrandBackground }, ":focus-visible": { outline: `2px solid ${tokens.colorStrokeFocus2}`, outlineOffset: "-2px" } },
  span: { color: tokens.colorNeutralForeground3, fontSize: tokens.fontSizeBase200, paddingLeft: "8px", whiteSpace: "nowrap" },
  fill: { display: "block", width: "100%", backgroundColor: tokens.colorBrandStroke2, borderRadius: "2px 2px 0 0" },
  more: { marginTop: "12px" },
});

const PAGE = 50;

export function Timeline({ profile }: { profile: ProfileView }) {
  const styles = useStyles();
  const project = useProject();
  const [off, setOff] = useState<string[]>([]);
  const [from, setFrom] = useState("");
  const [to, setTo] = useState("");
  const [typed, setTyped] = useState("");
  const text = useLater(typed.trim(), 250);
  const names = profile.activities.map((one) => String(one.value));
  const on = names.filter((name) => !off.includes(name));
  const ask = { types: off.length === 0 ? [] : on, from: from || null, to: to ? dayAfter(to) : null, text: text || null };
  const path = project.p(`/customers/${seg(profile.customer_id)}/timeline`);
  const answer = useInfiniteQuery<TimelineView, ApiProblem>({
    queryKey: [path, ask],
    enabled: on.length > 0,
    initialPageParam: null,
    queryFn: ({ pageParam, signal }) => api.post<TimelineView>(path, { ...ask, cursor: pageParam, limit: PAGE }, { signal }),
    getNextPageParam: (last) => last.next ?? undefined,
    placeholderData: keepPreviousData,
  });
  const pages = on.length > 0 ? (answer.data?.pages ?? []) : [];
  const items = useMemo(() => pages.flatMap((page) => page.items), [pages]);
  const months = useMemo(() => byMonth(items, project.timeZone), [items, project.timeZone]);
  const counts = new Map((pages[0]?.months ?? []).map((one) => [String(one.value), one.count]));
  const total = pages[0]?.total ?? 0;
  return (
    <>
      <div className={styles.head}>
        <h2 className={styles.heading}>Timeline</h2>
        <div className={styles.chips} role="group" aria-label="Types of activity">
          {profile.activities.map((one) => {
            const name = String(one.value);
            const shown = !off.includes(name);
            return (
              <ToggleButton key={name} size="small" shape="circular" checked={shown} onClick={() => setOff(shown ? [...off, name] : off.filter((other) => other !== name))}>
                {name} {formatNumber(one.count, 0)}
              </ToggleButton>
            );
          })}
        </div>
        {profile.activities.length > 0 ? (
          <div className={styles.dates}>
            <SearchBox className={styles.search} size="small" placeholder="Words on the timeline" value={typed} onChange={(_, data) => setTyped(data.value)} input={{ "aria-label": "Words on the timeline" }} />
            <label htmlFor="timeline-from">from</label>
            <Input id="timeline-from" className={styles.date} type="date" size="small" value={from} onChange={(_, data) => setFrom(data.value)} />
            <label htmlFor="timeline-to">to</label>
            <Input id="timeline-to" className={styles.date} type="date" size="small" value={to} onChange={(_, data) => setTo(data.value)} />
            {from || to || typed ? <Button size="small" appearance="subtle" onClick={() => { setFrom(""); setTo(""); setTyped(""); }}>Clear</Button> : null}
          </div>
        ) : null}
      </div>
      {profile.activities.length === 0 ? <p className={styles.soft}>No activity leads to this person.</p> : null}
      {answer.error ? <ErrorView problem={answer.error} retry={() => void answer.refetch()} /> : null}
      {answer.isPending && on.length > 0 ? <Loading label="Reading the timeline" /> : null}
      {profile.activities.length > 0 && !answer.isPending && items.length === 0 ? <p className={styles.soft}>Nothing happened of these types and words in this time.</p> : null}
      {total > 0 ? <Months months={pages[0]?.months ?? []} onPick={(month) => { setFrom(`${month}-01`); setTo(lastDay(month)); }} /> : null}
      <div className={answer.isPlaceholderData ? styles.stale : undefined}>
        {months.map(([month, list]) => (
          <section key={month} aria-label={monthWords(month)}>
            <h3 className={styles.month}>
              {monthWords(month)} ({formatNumber(counts.get(month) ?? list.length, 0)})
            </h3>
            <ul className={styles.list}>
              {list.map((item) => <Item key={item.id} item={item} />)}
            </ul>
          </section>
        ))}
      </div>
      {answer.hasNextPage && on.length > 0 ? (
        <Button className={styles.more} disabled={answer.isFetchingNextPage} onClick={() => void answer.fetchNextPage()}>
          {answer.isFetchingNextPage ? "Loading …" : `Load more (${formatNumber(items.length, 0)} of ${formatNumber(total, 0)})`}
        </Button>
      ) : null}
    </>
  );
}

/** How many there are by month, as bars; a click shows that month alone. */
function Months({ months, onPick }: { months: BucketView[]; onPick: (month: string) => void }) {
  const styles = useStyles();
  const known = months.filter((one) => /^\d{4}-\d{2}$/.test(String(one.value)));
  if (known.length < 2) return null;
  const most = Math.max(...known.map((one) => one.count));
  // Oldest at the left; the latest three years where there are more.
  const shown = known.slice(0, 36).reverse();
  return (
    <div className={styles.months} role="group" aria-label="Activities by month">
      {shown.map((one) => {
        const month = String(one.value);
        const words = `${monthWords(month)}: ${formatNumber(one.count, 0)}`;
        return (
          <button key={month} type="button" className={styles.bar} title={words} aria-label={words} onClick={() => onPick(month)}>
            <span className={styles.fill} style={{ height: `${Math.max(8, (100 * one.count) / most)}%` }} />
          </button>
        );
      })}
      <span className={styles.span}>{monthWords(String(shown[0]?.value ?? ""))} to {monthWords(String(shown.at(-1)?.value ?? ""))}</span>
    </div>
  );
}

function Item({ item }: { item: ActivityView }) {
  const styles = useStyles();
  const project = useProject();
  const when = item.time ? formatTime(item.time, project.timeZone) : "";
  const [day, clock] = when.split(",");
  return (
    <li className={styles.item}>
      <span className={styles.day} title={item.time ? `${when} (${project.timeZone}) = ${item.time}` : undefined}>
        {day?.replace(/ \d{4}$/, "") || "no time"}
        {clock ? <span className={styles.soft}>{clock}</span> : null}
      </span>
      <span className={styles.what}>
        <ActivityIcon name={item.icon} />{item.icon ? " " : null}
        {item.title ?? item.type_display}
        {item.description ? <span className={styles.soft}> – {item.description}</span> : null}
        <span className={styles.soft}>
          {" "}· <PageLink to={project.to(`/tables/${seg(item.table)}?tab=data`)} state={{ search: item.key }}>{item.type_display || item.type}</PageLink>
          {item.url && /^https?:/.test(item.url) ? <> · <a href={item.url} target="_blank" rel="noreferrer">open</a></> : null}
        </span>
      </span>
      <span className={styles.status}>{item.status ?? ""}</span>
    </li>
  );
}

/** Activities by month of the project's zone, in the order they come. */
function byMonth(items: ActivityView[], timeZone: string): [string, ActivityView[]][] {
  const format = new Intl.DateTimeFormat("en-CA", { timeZone: zone(timeZone), year: "numeric", month: "2-digit" });
  const months = new Map<string, ActivityView[]>();
  for (const item of items) {
    const at = item.time ? new Date(item.time) : null;
    const key = !at || Number.isNaN(at.getTime()) ? "" : item.time!.length === 10 ? item.time!.slice(0, 7) : format.format(at).slice(0, 7);
    const list = months.get(key);
    if (list) list.push(item);
    else months.set(key, [item]);
  }
  return [...months];
}

function zone(timeZone: string): string {
  try {
    new Intl.DateTimeFormat("en", { timeZone });
    return timeZone;
  } catch {
    return "UTC";
  }
}

/** `2016-06` in words. */
function monthWords(month: string): string {
  if (month === "") return "Without a time";
  return new Intl.DateTimeFormat("en-GB", { month: "long", year: "numeric", timeZone: "UTC" }).format(new Date(`${month}-01T00:00:00Z`));
}

function lastDay(month: string): string {
  const next = new Date(`${month}-01T00:00:00Z`);
  next.setUTCMonth(next.getUTCMonth() + 1);
  next.setUTCDate(0);
  return next.toISOString().slice(0, 10);
}

function dayAfter(day: string): string {
  const next = new Date(`${day}T00:00:00Z`);
  next.setUTCDate(next.getUTCDate() + 1);
  return next.toISOString().slice(0, 10);
}
