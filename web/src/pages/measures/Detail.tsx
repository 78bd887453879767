/*
 * Measure: one measure: what it says, what it comes to, its rows, what uses it.
 *
 * Reads: GET measures/{name}, GET definitions/measure/{name}, POST tables/{table}/rows. Not here: editing (Edit.tsx).
 */
import { Button, makeStyles, MessageBar, MessageBarBody, tokens } from "@fluentui/react-components";
import { ArrowDownloadRegular } from "@fluentui/react-icons";
import { useCallback } from "react";
import { useNavigate, useParams } from "react-router";
import { api, seg } from "../../api/client";
import { useGet, usePost, useProject } from "../../api/hooks";
import type { DefinitionView, MeasureView, RowsView } from "../../api/types";
import { ConfirmDelete, Diagnostics, Empty, ErrorView, formatNumber, Loading, ObjectLink, PageHead, valueText, VirtualRows } from "../../parts";
import { Examples } from "../../parts/examples";
import { NextChange, tagsOf, timetableWords } from "../../parts/upkeep";
import { RunButton } from "../segments/run-button";
import { ByDimension, Spread } from "./figures";
import { calculations, dimensionsOf, kinds, replacements, type Json } from "./measure-value";
import { windowWords } from "./window-form";

const useStyles = makeStyles({
  heading: { fontSize: tokens.fontSizeBase400, fontWeight: tokens.fontWeightSemibold, margin: "0 0 8px" },
  top: { display: "grid", gridTemplateColumns: "minmax(0, 2fr) minmax(0, 3fr)", gap: "24px 48px", "@media (max-width: 800px)": { gridTemplateColumns: "minmax(0, 1fr)" } },
  rest: { display: "flex", flexDirection: "column", gap: "32px", marginTop: "32px" },
  code: { fontFamily: tokens.fontFamilyMonospace, whiteSpace: "pre-wrap", overflowWrap: "anywhere" },
  figure: { fontSize: tokens.fontSizeHero800, lineHeight: tokens.lineHeightHero800, fontWeight: tokens.fontWeightSemibold, fontVariantNumeric: "tabular-nums" },
  soft: { color: tokens.colorNeutralForeground3 },
  note: { marginBottom: "16px" },
  terms: { margin: 0, display: "grid", gridTemplateColumns: "auto minmax(0, 1fr)", columnGap: "16px", rowGap: "8px", "& dt": { color: tokens.colorNeutralForeground3 }, "& dd": { margin: 0 } },
  head: { display: "flex", gap: "8px", alignItems: "center", flexWrap: "wrap", justifyContent: "space-between", marginBottom: "8px" },
  used: { margin: 0, paddingLeft: "20px", "& li": { lineHeight: "28px" }, "& a": { display: "inline-block", minHeight: "24px", lineHeight: "24px" } },
});

export default function Measure() {
  const styles = useStyles();
  const { name = "" } = useParams();
  const project = useProject();
  const navigate = useNavigate();
  const answer = useGet<MeasureView | MeasureView[]>(project.p(`/measures/${seg(name)}`), { staleTime: 5_000 });
  const definition = useGet<DefinitionView>(project.p(`/definitions/measure/${seg(name)}`), { staleTime: 5_000 });
  const measure = Array.isArray(answer.data) ? answer.data[0] : answer.data;
  const crumbs = [{ title: "Measures", to: "/measures" }];
  if (!measure) {
    return (
      <>
        <PageHead title={name} kind="Measure" crumbs={crumbs} />
        {answer.error ? <ErrorView problem={answer.error} retry={() => void answer.refetch()} /> : answer.isPending ? <Loading /> : <Empty title="There is no such measure" text="It may have been renamed or deleted." action={<Button onClick={() => navigate(project.to("/measures"))}>All measures</Button>} />}
      </>
    );
  }
  const value = (definition.data?.value ?? {}) as Json;
  const edit = project.to(`/measures/${seg(name)}/edit`);
  const mayEdit = project.can("contributor");
  const ran = measure.refreshed !== null && measure.table !== null;
  const title = measure.title || name;
  return (
    <>
      <PageHead
        title={title}
        subtitle={definition.data?.object.description ?? undefined}
        kind={kinds[measure.kind]?.title ?? measure.kind}
        state={measure.state}
        refreshed={measure.refreshed}
        usedBy={measure.used_by}
        dependsOn={definition.data?.object.depends_on}
        crumbs={crumbs}
        actions={
          <>
            {mayEdit ? <RunButton only={`measures/${name}`} /> : null}
            {mayEdit ? <Button onClick={() => navigate(edit)}>Edit</Button> : null}
            {mayEdit ? <Button disabled={!definition.data} onClick={() => navigate(project.to("/measures/new"), { state: { copy: { ...value, title: `${title} (copy)` } } })}>Duplicate</Button> : null}
            <Button onClick={() => navigate(`${edit}?tab=history`)}>History</Button>
            {mayEdit ? <ConfirmDelete object={{ kind: "measure", name }} onDone={() => navigate(project.to("/measures"))} /> : null}
          </>
        }
      />
      <Diagnostics list={definition.data?.diagnostics ?? []} />
      {measure.state === "changed" ? <MessageBar intent="warning" className={styles.note}><MessageBarBody>The definition was saved after the last run. The figures below are those of the definition before; run it to see the new ones.</MessageBarBody></MessageBar> : null}
      <div className={styles.top}>
        <section aria-label="What it says">
          <h2 className={styles.heading}>What it says</h2>
          <Saying value={value} nextChange={measure.next_change} />
        </section>
        <section aria-label="What it comes to">
          {!ran ? <Empty title="It has not run yet" text="A run works it out." action={mayEdit ? <RunButton only={`measures/${name}`} primary /> : undefined} /> : (
            <>
              {measure.value !== null ? <div className={styles.figure}>{typeof measure.value === "number" ? formatNumber(measure.value) : valueText(measure.value)}</div> : null}
              {measure.numbers ? <Spread numbers={measure.numbers} title={title} /> : null}
              {measure.kind !== "customer_attribute" && measure.table ? <Chart table={measure.table} dimensions={dimensionsOf(value).map((one) => one.name)} title={title} people={measure.kind === "customer_measure"} /> : null}
            </>
          )}
        </section>
      </div>
      <div className={styles.rest}>
        {ran && measure.table ? <Rows table={measure.table} only={measure.kind === "customer_attribute" ? measure.name : null} run={measure.refreshed ?? ""} /> : null}
        <Examples tests={value.tests} of={`measures/${name}`} />
        <section aria-label="Usage">
          <h2 className={styles.heading}>Used by</h2>
          {measure.used_by.length === 0 ? <p className={styles.soft}>Nothing uses it yet.</p> : (
            <ul className={styles.used}>{measure.used_by.map((one) => <li key={`${one.kind}/${one.name}`}><ObjectLink object={one} /></li>)}</ul>
          )}
        </section>
      </div>
    </>
  );
}

function Saying({ value, nextChange }: { value: Json; nextChange: string | null }) {
  const styles = useStyles();
  const replaced = typeof value.replace === "object" && value.replace !== null && !Array.isArray(value.replace) ? Object.entries(value.replace).filter(([, map]) => typeof map === "object" && map !== null) : [];
  const nulls = Object.entries(replacements(value));
  return (
    <dl className={styles.terms}>
      {calculations(value).map((one) => (
        <Term key={one.name} name={one.name || "value"}><code className={styles.code}>{one.value}</code></Term>
      ))}
      {typeof value.where === "string" ? <Term name="for rows with"><code className={styles.code}>{value.where}</code></Term> : null}
      {dimensionsOf(value).map((one) => <Term key={one.name} name={`by ${one.name}`}><code className={styles.code}>{one.value}</code>{one.bucket ? `, by ${one.bucket}` : ""}</Term>)}
      {value.window === undefined ? null : <Term name="counts">{windowWords(value.window)}</Term>}
      {replaced.length > 0 ? <Term name="counted as others">{replaced.map(([column, map]) => <div key={column}><code className={styles.code}>{column}</code>: {Object.entries(map as Json).map(([from, to]) => `${from} as ${String(to)}`).join(", ")}</div>)}</Term> : null}
      {value.roll_up === undefined ? null : <Term name="rolls up along"><code className={styles.code}>{typeof value.roll_up === "string" ? value.roll_up : String((value.roll_up as Json).by)}</code></Term>}
      <Term name="worked out">{timetableWords(value.schedule)}{value.active === false ? "; at rest: not worked out at all" : ""}{nextChange ? <div className={styles.soft}><NextChange at={nextChange} /></div> : null}</Term>
      {tagsOf(value.tags).length > 0 ? <Term name="tags">{tagsOf(value.tags).join(", ")}</Term> : null}
      {nulls.length > 0 ? <Term name="missing counts as">{nulls.map(([column, one]) => <div key={column}><code className={styles.code}>{column}</code>: {String(one)}</div>)}</Term> : null}
    </dl>
  );
}

function Term({ name, children }: { name: string; children: React.ReactNode }) {
  return (
    <>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </>
  );
}

/** Values by dimension; of people only when they are few enough to be drawn. */
function Chart({ table, dimensions, title, people }: { table: string; dimensions: string[]; title: string; people: boolean }) {
  const project = useProject();
  const rows = usePost<RowsView>(project.p(`/tables/${seg(table)}/rows`), { limit: 1000 }, { enabled: !people && dimensions.length > 0, staleTime: 30_000 });
  if (people || dimensions.length === 0) return null;
  if (rows.isPending) return <Loading label="Reading the values" />;
  if (rows.error) return <ErrorView problem={rows.error} retry={() => void rows.refetch()} />;
  return <ByDimension rows={rows.data} dimensions={dimensions} title={title} timeZone={project.timeZone} />;
}

/** The rows of a measure's table: people with their value, largest first, or its own table. */
function Rows({ table, only, run }: { table: string; only: string | null; run: string }) {
  const styles = useStyles();
  const project = useProject();
  const navigate = useNavigate();
  const path = project.p(`/tables/${seg(table)}/rows`);
  const ask = only ? { columns: ["CustomerId", only], sort: only, descending: true } : {};
  const key = JSON.stringify(ask);
  const first = usePost<RowsView>(path, { ...ask, limit: 1 }, { staleTime: 30_000 });
  const load = useCallback(async (offset: number, limit: number, signal: AbortSignal) => (await api.post<RowsView>(path, { ...(JSON.parse(key) as object), offset, limit }, { signal })).rows, [path, key]);
  const columns = first.data?.columns ?? [];
  const id = columns.findIndex((one) => one.name === "CustomerId");
  const total = first.data?.total ?? 0;
  return (
    <section aria-label="Values">
      <div className={styles.head}>
        <h2 className={styles.heading}>Values ({formatNumber(total, 0)})</h2>
        <Button as="a" href={project.p(`/tables/${seg(table)}/download?format=csv`)} download={`${table}.csv`} icon={<ArrowDownloadRegular />}>Download {table} as CSV</Button>
      </div>
      {first.isPending ? <Loading label="Loading values" /> : null}
      {first.error ? <ErrorView problem={first.error} retry={() => void first.refetch()} /> : null}
      {first.data && total === 0 ? <p className={styles.soft}>There are no values.</p> : null}
      {first.data && total > 0 ? <VirtualRows label="Values" columns={columns} source={[path, key, run]} total={total} load={load} height={Math.min(360, total * 36 + 48)} onOpen={id >= 0 ? (row) => navigate(project.to(`/customers/${seg(String(row[id]))}`)) : undefined} /> : null}
    </section>
  );
}
