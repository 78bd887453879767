/*
 * Customers: people found by words and filters, as cards or as a table.
 *
 * Flow: words, filters -> POST customers/search -> hits and facets; the old answer stays, greyed, until the new one is there.
 * Keyboard: arrows move among cards, Enter opens one; the table is a grid.
 * Not here: one person (profile.tsx).
 */
import { Button, makeStyles, MessageBar, MessageBarBody, SearchBox, Select, tokens, ToggleButton, Tooltip } from "@fluentui/react-components";
import { AppsListRegular, FilterRegular, TableRegular } from "@fluentui/react-icons";
import { useEffect, useMemo, useRef, useState, type KeyboardEvent } from "react";
import { useNavigate } from "react-router";
import { useGet, usePost, useProject } from "../../api/hooks";
import type { AttributeView, CustomerHit, SearchAsk, SearchView, SegmentView } from "../../api/types";
import { Empty, ErrorView, formatNumber, Grid, Loading, PageHead, PageLink, valueText } from "../../parts";
import { useLater } from "../../parts/attributes/values";
import { Facets } from "./facets";
import { PAGE_SIZE, useLooking } from "./search-state";

const useStyles = makeStyles({
  tools: { display: "flex", gap: "8px", flexWrap: "wrap", alignItems: "center", marginBottom: "12px" },
  search: { flex: "1 1 320px", maxWidth: "560px" },
  body: { display: "grid", gridTemplateColumns: "248px minmax(0, 1fr)", gap: "24px", alignItems: "start", "@media (max-width: 800px)": { gridTemplateColumns: "minmax(0, 1fr)" } },
  side: { "@media (max-width: 800px)": { display: "none" } },
  open: { "@media (max-width: 800px)": { display: "block" } },
  filters: { display: "none", "@media (max-width: 800px)": { display: "inline-flex" } },
  line: { display: "flex", alignItems: "center", gap: "12px", justifyContent: "space-between", flexWrap: "wrap", minHeight: "36px", marginBottom: "8px" },
  total: { fontWeight: tokens.fontWeightSemibold, fontVariantNumeric: "tabular-nums" },
  cards: { listStyle: "none", margin: 0, padding: 0, display: "grid", gridTemplateColumns: "repeat(auto-fill, minmax(260px, 1fr))", gap: "12px" },
  card: { display: "block", height: "100%", border: `1px solid ${tokens.colorNeutralStroke2}`, borderRadius: tokens.borderRadiusMedium, padding: "12px", color: tokens.colorNeutralForeground1, backgroundColor: tokens.colorNeutralBackground1, textDecorationLine: "none", ":hover": { backgroundColor: tokens.colorNeutralBackground1Hover, textDecorationLine: "none" } },
  name: { fontWeight: tokens.fontWeightSemibold, fontSize: tokens.fontSizeBase400, marginBottom: "4px", overflow: "hidden", textOverflow: "ellipsis", whiteSpace: "nowrap" },
  field: { display: "grid", gridTemplateColumns: "96px minmax(0, 1fr)", gap: "8px", fontSize: tokens.fontSizeBase200, lineHeight: "20px" },
  label: { color: tokens.colorNeutralForeground3, overflow: "hidden", textOverflow: "ellipsis", whiteSpace: "nowrap" },
  value: { overflow: "hidden", textOverflow: "ellipsis", whiteSpace: "nowrap" },
  stale: { opacity: 0.55 },
  pages: { display: "flex", gap: "8px", alignItems: "center", marginTop: "16px", justifyContent: "flex-end" },
  buttons: { display: "flex", gap: "8px", alignItems: "center" },
});

/** Columns whose values are counted before anybody chose. */
function usual(columns: AttributeView[]): string[] {
  const facets = columns.filter((one) => one.facet);
  const first = facets.filter((one) => one.name === "Segment");
  const measures = facets.filter((one) => one.name.startsWith("Customer_Measure.")).slice(0, 3);
  const others = facets.filter((one) => one.name !== "Segment" && !one.name.startsWith("Customer_Measure.") && !/^(Calendar|Identity|Person\.(First|Last|Middle|Full)Name)/.test(one.semantic ?? "")).slice(0, 3);
  return [...first, ...others, ...measures].map((one) => one.name);
}

export default function Customers() {
  const styles = useStyles();
  const project = useProject();
  const navigate = useNavigate();
  const { looking, look, view, setView } = useLooking();
  const [typed, setTyped] = useState(looking.text);
  const [filtersOpen, setFiltersOpen] = useState(false);
  const later = useLater(typed, 150);
  const sent = useRef(looking.text);
  useEffect(() => {
    if (later !== sent.current) {
      sent.current = later;
      look({ text: later });
    }
  }, [later, look]);
  useEffect(() => {
    if (looking.text !== sent.current) {
      sent.current = looking.text;
      setTyped(looking.text);
    }
  }, [looking.text]);

  const [columns, setColumns] = useState<AttributeView[]>([]);
  const open = looking.facets ?? usual(columns);
  const ask: SearchAsk = { text: looking.text, filters: looking.filters, facets: open, sort: looking.sort, descending: looking.descending, offset: looking.offset, limit: PAGE_SIZE };
  const answer = usePost<SearchView>(project.p("/customers/search"), ask, { staleTime: 30_000 });
  const segments = useGet<SegmentView[]>(project.p("/segments"));
  const titles = useMemo(() => Object.fromEntries((segments.data ?? []).map((one) => [one.name, one.title || one.name])), [segments.data]);
  const data = answer.data;
  useEffect(() => {
    if (data) setColumns((old) => (JSON.stringify(old) === JSON.stringify(data.columns) ? old : data.columns));
  }, [data]);
  const stale = answer.isPlaceholderData;
  // Before the first run there is nothing to look in.
  const unpublished = !data && answer.error?.status === 404;
  const asked = looking.text !== "" || looking.filters.length > 0;
  const to = (hit: CustomerHit) => project.to(`/customers/${encodeURIComponent(hit.customer_id)}`);
  const first = data && data.total > 0 ? looking.offset + 1 : 0;
  const last = data ? Math.min(data.total, looking.offset + data.hits.length) : 0;
  const ends = Math.min(data?.total ?? 0, 10_000);

  return (
    <>
      <PageHead
        title="Customers"
        subtitle="Everybody, one profile each. Search by name, e-mail or id; narrow by values."
        actions={project.can("contributor") ? <SaveAsSegment data={data} looking={looking.text} filters={looking.filters.length} onSave={(where) => navigate(project.to("/segments/new"), { state: { where } })} /> : undefined}
      />
      <div className={styles.tools} role="search">
        <SearchBox className={styles.search} value={typed} placeholder="Name, e-mail, id …" onChange={(_, value) => setTyped(value.value)} input={{ "aria-label": "Search people" }} />
        <Button className={styles.filters} icon={<FilterRegular />} aria-expanded={filtersOpen} onClick={() => setFiltersOpen(!filtersOpen)}>
          Filters{looking.filters.length > 0 ? ` (${looking.filters.length})` : ""}
        </Button>
      </div>
      {answer.error && !unpublished ? <ErrorView problem={answer.error} retry={() => void answer.refetch()} /> : null}
      {!data && answer.isPending ? <Loading label="Searching" /> : null}
      {unpublished || (data && data.total === 0 && !asked) ? (
        <Empty title="No profiles yet" text="A run folds the records of your sources into one profile a person. Connect sources and say how records match, then run." action={<Button appearance="primary" onClick={() => navigate(project.to("/unify"))}>Go to Unify</Button>} />
      ) : data ? (
        <div className={styles.body}>
          <aside className={`${styles.side} ${filtersOpen ? styles.open : ""}`} aria-label="Filters">
            <Facets facets={data.facets} columns={columns} open={open} filters={looking.filters} stale={stale} timeZone={project.timeZone} segments={titles} onFilters={(filters) => look({ filters }, true)} onOpen={(facets) => look({ facets, offset: looking.offset })} />
          </aside>
          <section aria-label="People found">
            <div className={styles.line}>
              <span className={styles.total} role="status">
                {formatNumber(data.total, 0)} {data.total === 1 ? "person" : "people"}
                {asked ? " found" : ""}
              </span>
              <span className={styles.buttons}>
                {looking.filters.length > 0 || looking.text ? <Button size="small" appearance="subtle" onClick={() => { setTyped(""); sent.current = ""; look({ text: "", filters: [] }, true); }}>Clear all</Button> : null}
                <SortBy columns={columns} sort={looking.sort} descending={looking.descending} words={looking.text !== ""} onSort={(sort, descending) => look({ sort, descending })} />
                <ToggleButton size="small" appearance="subtle" icon={<AppsListRegular />} checked={view === "cards"} onClick={() => setView("cards")} aria-label="Show as cards" />
                <ToggleButton size="small" appearance="subtle" icon={<TableRegular />} checked={view === "table"} onClick={() => setView("table")} aria-label="Show as a table" />
              </span>
            </div>
            {data.hits.length === 0 ? (
              <Empty title="Nobody is found" text="No profile has all of these. Take a filter away, or look for the beginning of a word." />
            ) : view === "cards" ? (
              <Cards hits={data.hits} to={to} stale={stale} timeZone={project.timeZone} />
            ) : (
              <Grid<CustomerHit>
                label="People found"
                rows={data.hits}
                rowKey={(hit) => hit.customer_id}
                stale={stale}
                sort={looking.sort ? { key: looking.sort, descending: looking.descending } : undefined}
                onSort={(sort) => look({ sort: sort.key, descending: sort.descending })}
                onOpen={(hit) => navigate(to(hit))}
                columns={tableColumns(data, project.timeZone)}
              />
            )}
            <nav className={styles.pages} aria-label="Pages of people">
              <span>{formatNumber(first, 0)} to {formatNumber(last, 0)} of {formatNumber(data.total, 0)}</span>
              <Button disabled={looking.offset === 0} onClick={() => look({ offset: Math.max(0, looking.offset - PAGE_SIZE) }, true)}>Previous</Button>
              <Button disabled={looking.offset + PAGE_SIZE >= ends} onClick={() => look({ offset: looking.offset + PAGE_SIZE }, true)}>Next</Button>
            </nav>
            {looking.offset + PAGE_SIZE >= 10_000 && data.total > 10_000 ? (
              <MessageBar><MessageBarBody>Only the first 10,000 can be paged through. Narrow the search to see others, or download the table Customer.</MessageBarBody></MessageBar>
            ) : null}
          </section>
        </div>
      ) : null}
    </>
  );
}

function Cards({ hits, to, stale, timeZone }: { hits: CustomerHit[]; to: (hit: CustomerHit) => string; stale: boolean; timeZone: string }) {
  const styles = useStyles();
  const list = useRef<HTMLUListElement>(null);
  const keys = (event: KeyboardEvent) => {
    const links = [...(list.current?.querySelectorAll<HTMLAnchorElement>("a") ?? [])];
    const now = links.indexOf(document.activeElement as HTMLAnchorElement);
    if (now < 0) return;
    const top = links[now]!.offsetTop;
    const across = links.filter((link) => link.offsetTop === links[0]!.offsetTop).length || 1;
    const step = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: across, ArrowUp: -across, Home: -now, End: links.length - 1 - now }[event.key];
    if (step === undefined) return;
    event.preventDefault();
    const next = links[Math.max(0, Math.min(links.length - 1, now + step))];
    if (next && (next.offsetTop !== top || Math.abs(step) !== across || across === 1)) next.focus();
  };
  return (
    <ul className={`${styles.cards} ${stale ? styles.stale : ""}`} ref={list} onKeyDown={keys} aria-label="People found">
      {hits.map((hit) => (
        <li key={hit.customer_id}>
          <PageLink to={to(hit)} className={styles.card}>
            <div className={styles.name}>{hit.title}</div>
            {hit.fields.slice(0, 6).map((field) => (
              <div key={field.column} className={styles.field}>
                <span className={styles.label} title={field.title}>{field.title}</span>
                <span className={styles.value} title={valueText(field.value, field.type, timeZone)}>{valueText(field.value, field.type, timeZone)}</span>
              </div>
            ))}
          </PageLink>
        </li>
      ))}
    </ul>
  );
}

function tableColumns(data: SearchView, timeZone: string) {
  const seen = new Map<string, { title: string; type: string }>();
  for (const hit of data.hits) for (const field of hit.fields) if (!seen.has(field.column)) seen.set(field.column, { title: field.title, type: field.type });
  const sortable = new Set(data.columns.filter((one) => one.facet).map((one) => one.name));
  return [
    { key: "title", title: "Name", render: (hit: CustomerHit) => hit.title },
    ...[...seen].map(([column, { title, type }]) => ({
      key: column,
      title,
      sort: sortable.has(column),
      align: /^(integer|number|decimal)/.test(type) ? ("end" as const) : ("start" as const),
      render: (hit: CustomerHit) => valueText(hit.fields.find((field) => field.column === column)?.value, type, timeZone),
    })),
  ];
}

function SortBy({ columns, sort, descending, words, onSort }: { columns: AttributeView[]; sort: string | null; descending: boolean; words: boolean; onSort: (sort: string | null, descending: boolean) => void }) {
  const list = columns.filter((one) => one.name !== "Segment" && one.facet);
  return (
    <Select size="small" aria-label="Sort by" value={sort ? `${descending ? "-" : "+"}${sort}` : ""} onChange={(_, data) => onSort(data.value === "" ? null : data.value.slice(1), data.value.startsWith("-"))}>
      <option value="">{words ? "Best fit first" : "Usual order"}</option>
      {list.map((one) => (
        <optgroup key={one.name} label={one.title || one.name}>
          <option value={`+${one.name}`}>{one.title || one.name}, smallest first</option>
          <option value={`-${one.name}`}>{one.title || one.name}, largest first</option>
        </optgroup>
      ))}
    </Select>
  );
}

function SaveAsSegment({ data, looking, filters, onSave }: { data: SearchView | undefined; looking: string; filters: number; onSave: (where: string) => void }) {
  const where = data?.condition ?? null;
  const why = looking !== "" ? "Words cannot be part of a segment. Use filters alone." : filters === 0 ? "Choose a filter first." : "These filters cannot be written as a condition.";
  const button = (
    <Button disabledFocusable={where === null} onClick={() => where !== null && onSave(where)}>
      Save as segment
    </Button>
  );
  return where === null ? <Tooltip content={why} relationship="description">{button}</Tooltip> : button;
}
