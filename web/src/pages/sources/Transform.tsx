/*
 * Transform: the transform editor: queries at the left, what a step leaves in the middle, applied steps at the right.
 *
 * Flow: definition of the source (draft, undo) ─ preview/transform after the selected step ─ grid; a head's menu ─ a step more.
 * Invariants: what is shown is always the table after the selected step; an older answer stays greyed until the new one is there.
 * Not here: how a step is edited (StepForm), said (steps), drawn (TransformGrid, StepList).
 */
import { Button, makeStyles, MessageBar, MessageBarBody, Spinner, Text, tokens, Tooltip } from "@fluentui/react-components";
import { ArrowRedoRegular, ArrowUndoRegular, ErrorCircleRegular } from "@fluentui/react-icons";
import { useEffect, useMemo, useRef, useState } from "react";
import { useParams, useSearchParams } from "react-router";
import { useGet, usePost, useProject } from "../../api/hooks";
import type { ColumnQuality, CorruptCell, DiagnosticView, SourceView, TransformView, Value } from "../../api/types";
import { Diagnostics, DraftNote, duration, Empty, ErrorView, formatNumber, Loading, PageHead, PageLink, SaveDialog, useDefinition } from "../../parts";
import { FormulaLine } from "./FormulaLine";
import { kindOf } from "./kinds";
import { StepForm } from "./StepForm";
import { StepList, type Parked } from "./StepList";
import { argumentOf, list, nameOf, quoted, record, STEPS, text, titleOf } from "./steps";
import { TableForm } from "./TableForm";
import { TransformGrid, type Command } from "./TransformGrid";
import { useLate } from "./late";
import { flow } from "./yaml";

const useStyles = makeStyles({
  page: { display: "grid", gridTemplateColumns: "168px minmax(0, 1fr) 340px", gap: "16px", alignItems: "stretch", height: "calc(100vh - 190px)", minHeight: "480px", "@media (max-width: 1100px)": { gridTemplateColumns: "minmax(0, 1fr)", height: "auto" } },
  wide: { gridTemplateColumns: "168px minmax(0, 1fr) 430px" },
  queries: { overflowY: "auto", borderRight: `1px solid ${tokens.colorNeutralStroke2}`, paddingRight: "12px" },
  title: { fontSize: tokens.fontSizeBase300, fontWeight: tokens.fontWeightSemibold, margin: "0 0 8px" },
  group: { fontSize: tokens.fontSizeBase200, color: tokens.colorNeutralForeground2, margin: "12px 0 4px", fontWeight: tokens.fontWeightSemibold },
  names: { listStyle: "none", margin: 0, padding: 0 },
  query: { display: "block", padding: "4px 8px", borderRadius: tokens.borderRadiusMedium, overflowWrap: "anywhere" },
  here: { backgroundColor: tokens.colorNeutralBackground1Selected },
  said: { flexShrink: 0 },
  middle: { display: "flex", flexDirection: "column", gap: "8px", minHeight: 0, minWidth: 0 },
  foot: { display: "flex", gap: "16px", color: tokens.colorNeutralForeground2, fontSize: tokens.fontSizeBase200, flexWrap: "wrap", alignItems: "center" },
  corrupt: { maxHeight: "180px", overflowY: "auto", border: `1px solid ${tokens.colorNeutralStroke2}`, borderRadius: tokens.borderRadiusMedium, padding: "8px" },
  cells: { width: "100%", borderCollapse: "collapse", fontSize: tokens.fontSizeBase200, "& th, & td": { textAlign: "left", padding: "2px 8px", verticalAlign: "top" } },
  right: { minHeight: 0, display: "flex", flexDirection: "column", borderLeft: `1px solid ${tokens.colorNeutralStroke2}`, paddingLeft: "12px" },
});

function useParked(key: string): [Parked[], (next: Parked[]) => void] {
  const [parked, setParked] = useState<Parked[]>([]);
  useEffect(() => {
    try {
      setParked(JSON.parse(sessionStorage.getItem(key) ?? "[]") as Parked[]);
    } catch {
      setParked([]);
    }
  }, [key]);
  return [parked, (next) => {
    setParked(next);
    sessionStorage.setItem(key, JSON.stringify(next));
  }];
}

type Source = { [key: string]: Value };

export default function Transform() {
  const styles = useStyles();
  const { name = "", table = "" } = useParams();
  const { p, to, name: project, can } = useProject();
  const [params, setParams] = useSearchParams();
  const definition = useDefinition<Source>("source", name, {});
  const [open, setOpen] = useState(params.get("open") === "1");
  const [parked, setParked] = useParked(`onefold.parked.${project}.${name}.${table}`);
  const [showCorrupt, setShowCorrupt] = useState<string | null>(null);
  const sources = useGet<SourceView[]>(p("/sources"));

  const kind = kindOf(text(definition.value.kind));
  const canEdit = can("contributor") && (record(definition.value.from).url === undefined || can("administrator"));
  const tables = record(definition.value.tables);
  const own = record(tables[table]);
  const steps = list(own.steps);
  const asked = params.get("step");
  const selected = asked === null ? steps.length : Math.max(0, Math.min(steps.length, Number(asked) || 0));
  const select = (index: number | null) =>
    setParams((old) => {
      if (index === null) old.delete("step");
      else old.set("step", String(index));
      old.delete("open");
      return old;
    }, { replace: true });

  const late = useLate(definition.value);
  const there = !definition.loading && record(late.tables)[table] !== undefined;
  const tries = can("contributor");
  const view = usePost<TransformView>(there && tries ? p("/preview/transform") : null, { name, value: late, table, after: selected === list(record(record(late.tables)[table]).steps).length ? null : selected, limit: 200 });
  const before = usePost<TransformView>(there && open && selected > 0 ? p("/preview/transform") : null, { name, value: late, table, after: selected - 1, limit: 50 });
  const good = useGood(view.data, `${name}/${table}`);
  const stale = view.isFetching || view.isPlaceholderData || good !== view.data || definition.drafting;

  const setTable = (next: Source, label: string) =>
    definition.setValue((value) => ({ ...value, tables: { ...record(value.tables), [table]: next } }), label);
  const setSteps = (next: Value[], label: string) => {
    const { steps: _, ...rest } = own;
    setTable(next.length === 0 ? rest : { ...own, steps: next }, label);
  };
  const insert = (step: Value, edit: boolean) => {
    const at = selected;
    setSteps([...steps.slice(0, at), step, ...steps.slice(at)], `add ${titleOf(step).toLowerCase()}`);
    select(at + 1 === steps.length + 1 ? null : at + 1);
    setOpen(edit);
  };
  const columns = useMemo(() => good?.columns ?? [], [good]);
  const command = (column: ColumnQuality, what: Command) => {
    const of = (step: string) => STEPS.find((one) => one.name === step)?.blank(columns, column.name) ?? step;
    if (typeof what !== "string") return insert({ change_type: { [column.name]: what.type } }, false);
    const simple: Partial<Record<typeof what, Value>> = {
      sort: { sort: [column.name] },
      sort_down: { sort: [{ [column.name]: "descending" }] },
      remove: { remove_columns: [column.name] },
      first: { reorder_columns: [column.name] },
      lowercase: { lowercase: [column.name] },
      uppercase: { uppercase: [column.name] },
      trim: { trim: [column.name] },
      distinct: { distinct: [column.name] },
    };
    const now = simple[what];
    if (now !== undefined) return insert(now, false);
    if (what === "filter") return insert({ filter_rows: filterFor(column) }, true);
    if (what === "keep_only") return insert({ choose_columns: [column.name] }, true);
    if (what === "add_column") return insert({ add_column: { name: `${column.name}_copy`, value: quoted(column.name) } }, true);
    insert(of({ rename: "rename_columns", replace: "replace_values", group: "group_by", expand: "expand" }[what as "rename"] ?? what), true);
  };

  if (definition.loading) return <Loading label="Loading the source" />;
  if (definition.problem && !definition.saved) return <ErrorView problem={definition.problem} retry={definition.retry} />;
  if (tables[table] === undefined)
    return (
      <>
        <PageHead title={table} crumbs={[{ title: "Data sources", to: "/sources" }, { title: name, to: `/sources/${encodeURIComponent(name)}` }]} />
        <Empty title="There is no such table" text={`The source ${name} has no table ${table}. It may have been renamed in the draft or by somebody else.`} />
      </>
    );

  const step = selected === 0 ? null : (steps[selected - 1] ?? null);
  const inputColumns = before.data && before.data.columns.length > 0 ? before.data.columns : columns;
  const errors = (good?.columns ?? []).reduce((sum, column) => sum + column.error, 0);
  const form = step === null ? (
    <TableForm narrow kind={kind} table={own} known={selected === 0 ? columns.map((column) => column.name) : undefined} onChange={(next) => setTable(next, "change the source step")} />
  ) : (
    <StepForm
      key={`${selected} ${nameOf(step)}`}
      step={step}
      columns={inputColumns}
      table={`${name}_${table}`}
      onChange={(next) => setSteps(steps.map((old, at) => (at === selected - 1 ? next : old)), `change ${titleOf(step).toLowerCase()}`)}
    />
  );
  return (
    <>
      <PageHead
        title={table}
        subtitle={<DraftNote definition={definition} />}
        crumbs={[{ title: "Data sources", to: "/sources" }, { title: name, to: `/sources/${encodeURIComponent(name)}` }]}
        actions={
          <>
            <Tooltip relationship="label" content={definition.undoLabel ? `Undo: ${definition.undoLabel}` : "Undo"}>
              <Button icon={<ArrowUndoRegular />} disabled={!definition.canUndo} onClick={definition.undo} />
            </Tooltip>
            <Tooltip relationship="label" content={definition.redoLabel ? `Redo: ${definition.redoLabel}` : "Redo"}>
              <Button icon={<ArrowRedoRegular />} disabled={!definition.canRedo} onClick={definition.redo} />
            </Tooltip>
            <Button disabled={!definition.dirty} onClick={() => { definition.discard(); select(null); }}>Discard</Button>
            <SaveDialog
              definition={definition}
              disabled={!canEdit}
              extra={parked.length > 0 ? <Text>{parked.length === 1 ? "One step is" : `${parked.length} steps are`} switched off and not part of what is saved.</Text> : undefined}
            />
          </>
        }
      />
      <div className={open && canEdit ? `${styles.page} ${styles.wide}` : styles.page}>
        <Queries source={name} table={table} sources={sources.data ?? []} drafted={Object.keys(tables)} />
        <section className={styles.middle} aria-label="Rows">
          <FormulaLine
            source={name}
            step={step}
            shown={`${kind.name}: ${flow(own.view ? { resource: record(own.view).resource ?? null, key: own.key ?? null } : { ...Object.fromEntries(Object.entries(own).filter(([key]) => key !== "steps")) })}`}
            canEdit={canEdit}
            onChange={(next) => setSteps(steps.map((old, at) => (at === selected - 1 ? next : old)), "change the text of a step")}
          />
          {view.error ? <ErrorView problem={view.error} retry={() => void view.refetch()} /> : null}
          {view.data ? <Said said={view.data.diagnostics} old={good !== view.data} /> : null}
          {good ? (
            <>
              <TransformGrid
                label={`Rows of ${table} after ${step === null ? "reading" : titleOf(step).toLowerCase()}`}
                columns={columns}
                rows={good.rows}
                corrupt={good.corrupt}
                stale={stale}
                lit={litBy(step)}
                canEdit={canEdit}
                onCommand={command}
                onErrors={(column) => setShowCorrupt(column)}
              />
              <div className={styles.foot} role="status">
                <span>{formatNumber(columns.length)} columns</span>
                <span>{formatNumber(good.rows.length)} rows shown</span>
                <span>{good.sampled ? `a look at the first ${formatNumber(good.read)} rows of the source` : `all ${formatNumber(good.read)} rows of the source looked at`}</span>
                <span>{duration(good.seconds)}</span>
                {errors > 0 || good.corrupt.length > 0 ? <Button size="small" appearance="subtle" icon={<ErrorCircleRegular />} aria-expanded={showCorrupt !== null} onClick={() => setShowCorrupt(showCorrupt === null ? "" : null)}>{formatNumber(Math.max(errors, good.corrupt.length))} cells cannot be read</Button> : null}
                {stale ? <Spinner size="extra-tiny" label="looking again" /> : null}
              </div>
              {showCorrupt !== null ? <CorruptCells cells={good.corrupt} column={showCorrupt} onAll={() => setShowCorrupt("")} table={`${name}_${table}_Corrupt`} /> : null}
            </>
          ) : !tries ? <Text>Steps are tried for contributors. The rows of the last run are in <PageLink inline to={to(`/tables/${encodeURIComponent(`${name}_${table}`)}`)}>{`${name}_${table}`}</PageLink>.</Text> : view.isPending && !view.error ? <Loading label="Reading some rows" /> : null}
        </section>
        <div className={styles.right}>
          <StepList
            steps={steps}
            seen={view.data?.steps ?? []}
            selected={selected}
            open={open}
            parked={parked}
            canEdit={canEdit}
            form={form}
            onSelect={(index) => { select(index === steps.length ? null : index); if (index !== selected) setOpen(false); }}
            onOpen={setOpen}
            onMove={(index, by) => {
              const next = [...steps];
              next.splice(index - 1 + by, 0, ...next.splice(index - 1, 1));
              setSteps(next, "move a step");
              select(index + by === steps.length ? null : index + by);
            }}
            onPark={(index) => {
              const gone = steps[index - 1];
              if (gone === undefined) return;
              setParked([...parked, { id: crypto.randomUUID(), at: index - 1, step: gone }]);
              setSteps(steps.filter((_, at) => at !== index - 1), "switch a step off");
              select(index - 1 === steps.length - 1 ? null : index - 1);
              setOpen(false);
            }}
            onUnpark={(one) => {
              const at = Math.min(one.at, steps.length);
              setSteps([...steps.slice(0, at), one.step, ...steps.slice(at)], "switch a step on");
              setParked(parked.filter((other) => other.id !== one.id));
              select(at + 1 === steps.length + 1 ? null : at + 1);
            }}
            onForget={(one) => setParked(parked.filter((other) => other.id !== one.id))}
            onRemove={(index) => {
              setSteps(steps.filter((_, at) => at !== index - 1), "remove a step");
              select(index === steps.length ? null : index - 1);
              setOpen(false);
            }}
            onAdd={(kindOfStep) => {
              const found = STEPS.find((one) => one.name === kindOfStep);
              if (found) insert(found.blank(columns), true);
            }}
          />
        </div>
      </div>
    </>
  );
}

/** The last answer that had columns: what is shown while the definition cannot be tried. */
function useGood(view: TransformView | undefined, key: string): TransformView | undefined {
  const kept = useRef<{ key: string; view: TransformView | undefined }>({ key, view: undefined });
  if (kept.current.key !== key) kept.current = { key, view: undefined };
  if (view && (view.columns.length > 0 || !view.diagnostics.some((one) => one.severity === "error"))) kept.current.view = view;
  return kept.current.view;
}

/** What is wrong with the draft, and what is worth knowing of its rows. */
function Said({ said, old }: { said: DiagnosticView[]; old: boolean }) {
  const styles = useStyles();
  const errors = said.filter((one) => one.severity === "error");
  const warnings = said.filter((one) => one.severity === "warning");
  return (
    <>
      {errors.length > 0 ? (
        <MessageBar intent="error" layout="multiline" className={styles.said}><MessageBarBody>
          {old ? "The rows below are those of before: the definition cannot be tried as it is." : "Something is wrong."}
          <Diagnostics list={errors} />
        </MessageBarBody></MessageBar>
      ) : null}
      {warnings.length > 0 ? <MessageBar intent="warning" layout="multiline" className={styles.said}><MessageBarBody><Diagnostics list={warnings} /></MessageBarBody></MessageBar> : null}
    </>
  );
}

/** The condition a filter on a column begins with: its commonest value, else that there is one. */
function filterFor(column: ColumnQuality): string {
  const value = column.top.find((bucket) => bucket.value !== null)?.value;
  if (typeof value === "number") return `${quoted(column.name)} = ${value}`;
  if (typeof value === "string" && column.type === "text" && column.distinct <= 50) return `${quoted(column.name)} = '${value.replace(/'/g, "''")}'`;
  return `${quoted(column.name)} is not null`;
}

/** The column a step is about, when it is one. */
function litBy(step: Value | null): string | undefined {
  const argument = step === null ? null : argumentOf(step);
  const columns = list(argument);
  if (columns.length === 1 && typeof columns[0] === "string") return columns[0];
  return text(record(argument).name) || undefined;
}

function Queries(props: { source: string; table: string; sources: SourceView[]; drafted: string[] }) {
  const styles = useStyles();
  const { to } = useProject();
  const others = props.sources.filter((source) => source.name !== props.source);
  const group = (source: string, tables: string[]) => (
    <div key={source}>
      <h3 className={styles.group}>{source}</h3>
      <ul className={styles.names}>
        {tables.map((table) => {
          const here = source === props.source && table === props.table;
          return (
            <li key={table} aria-current={here ? "page" : undefined} className={here ? `${styles.query} ${styles.here}` : styles.query}>
              {here ? <strong>{table}</strong> : <PageLink to={to(`/sources/${encodeURIComponent(source)}/tables/${encodeURIComponent(table)}`)}>{table}</PageLink>}
            </li>
          );
        })}
      </ul>
    </div>
  );
  return (
    <nav className={styles.queries} aria-label="Queries">
      <h2 className={styles.title}>Queries</h2>
      {group(props.source, props.drafted)}
      {others.map((source) => group(source.name, source.tables.map((table) => table.name)))}
    </nav>
  );
}

function CorruptCells(props: { cells: CorruptCell[]; column: string; onAll: () => void; table: string }) {
  const styles = useStyles();
  const { to } = useProject();
  const shown = props.cells.filter((cell) => props.column === "" || cell.column === props.column);
  return (
    <section className={styles.corrupt} aria-label="Cells that cannot be read">
      <Text size={200}>
        Rows with such a cell go to <PageLink inline to={to(`/tables/${encodeURIComponent(props.table)}`)}>{props.table}</PageLink> with the reason; the rest goes on.
        {props.column !== "" ? <> Only {props.column} is shown. <Button size="small" appearance="transparent" onClick={props.onAll}>Show all</Button></> : null}
      </Text>
      <table className={styles.cells}>
        <thead><tr><th scope="col">Row</th><th scope="col">Column</th><th scope="col">What stands there</th><th scope="col">Why it cannot be read</th></tr></thead>
        <tbody>
          {shown.map((cell, at) => (
            <tr key={at}><td>{formatNumber(cell.row + 1)}</td><td>{cell.column}</td><td>{cell.text}</td><td>{cell.reason}</td></tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
