/*
 * Edit a segment: at the left what it says, at the right what it does now.
 *
 * Flow: rules -> definition (the truth) -> preview after a breath; undo and redo take back definitions, so YAML and builder go together.
 * Not here: conditions (parts/conditions), the answer (live-pane.tsx).
 */
import { Button, Field, Input, makeStyles, MessageBar, MessageBarBody, Textarea, tokens } from "@fluentui/react-components";
import { AddRegular, ArrowRedoRegular, ArrowUndoRegular, ChevronDownRegular, ChevronRightRegular } from "@fluentui/react-icons";
import { useEffect, useMemo, useRef, useState } from "react";
import { useLocation, useNavigate, useParams, useSearchParams } from "react-router";
import { seg } from "../../api/client";
import { usePost, useProject } from "../../api/hooks";
import type { DefinitionView, SegmentPreview } from "../../api/types";
import { DefinitionTabs, DraftNote, ErrorView, forgetNew, formatNumber, Loading, NAME, nameFrom, PageHead, SaveDialog, useConfirm, useDefinition, type Definition } from "../../parts";
import { TagsField } from "../../parts/upkeep";
import { useLater } from "../../parts/attributes/values";
import { useReachable } from "../../parts/conditions";
import { DraftFunnel } from "./funnel";
import { LivePane } from "./live-pane";
import { MoreForm } from "./more-form";
import { QuickStart } from "./quick-start";
import { RuleCard } from "./rule-card";
import { RulesRead } from "./rules-read";
import { useRun } from "./run-button";
import { useSentences } from "./sentence";
import { emptyRule, newSegment, rulesOf, sharedTables, spoken, textOf, withKey, withRules, withText, type Json, type Rule } from "./segment-value";

const useStyles = makeStyles({
  body: { display: "grid", gridTemplateColumns: "minmax(0, 1fr) 300px", gap: "24px", alignItems: "start", "@media (max-width: 1000px)": { gridTemplateColumns: "minmax(0, 1fr)" } },
  names: { display: "grid", alignItems: "start", gridTemplateColumns: "minmax(0, 1fr) minmax(0, 1fr)", gap: "12px", marginBottom: "12px", "@media (max-width: 640px)": { gridTemplateColumns: "minmax(0, 1fr)" } },
  all: { gridColumn: "1 / -1" },
  rules: { listStyle: "none", margin: 0, padding: 0 },
  start: { display: "flex", justifyContent: "space-between", padding: "8px 12px", color: tokens.colorNeutralForeground2, fontVariantNumeric: "tabular-nums" },
  add: { marginTop: "12px" },
  left: { marginTop: "12px" },
  more: { margin: "0 0 12px" },
});

/** What another page may begin a new segment with. */
interface Given {
  where?: string;
  copy?: Json;
}

export default function EditSegment() {
  const { name } = useParams();
  return <Editor key={name ?? "*new"} name={name ?? null} />;
}

function Editor({ name }: { name: string | null }) {
  const project = useProject();
  const navigate = useNavigate();
  const location = useLocation();
  const confirm = useConfirm();
  const run = useRun();
  const mayEdit = project.can("contributor");
  const given = (location.state ?? {}) as Given;
  const [initial] = useState<Json>(() => {
    // What another page hands over comes before a draft left behind.
    if (Object.keys(given).length > 0) forgetNew(project.name, "segment");
    return given.copy ?? newSegment(given.where);
  });
  useEffect(() => {
    if (location.state) navigate({ pathname: location.pathname, search: location.search }, { replace: true, state: null });
  }, [location, navigate]);
  const definition = useDefinition<Json>("segment", name, initial, nameFrom(textOf(initial, "title")));
  const value = definition.value ?? initial;
  const live = usePreview(definition);
  const title = textOf(value, "title") || (name ?? "New segment");
  const there = (view: DefinitionView) => project.to(`/segments/${seg(view.object.name)}`);
  const discard = async () => {
    if (await confirm({ title: "Discard the draft?", text: "What was changed since the last save is lost.", action: "Discard" })) {
      definition.discard();
      if (definition.isNew) navigate(project.to("/segments"));
    }
  };
  if (definition.loading) return <Loading label="Opening the segment" />;
  if (definition.problem && !definition.saved && !definition.isNew) {
    return (
      <>
        <PageHead title={name ?? "Segment"} kind="Segment" crumbs={[{ title: "Segments", to: "/segments" }]} />
        <ErrorView problem={definition.problem} retry={definition.retry} />
      </>
    );
  }
  const extra = live.preview && live.preview.diagnostics.every((one) => one.severity !== "error") ? (
    <p>
      {formatNumber(live.preview.count, 0)} people will be in it
      {definition.isNew ? "." : `: ${formatNumber(live.preview.entered, 0)} enter and ${formatNumber(live.preview.left, 0)} leave against the last run.`}
    </p>
  ) : null;
  return (
    <>
      <PageHead
        title={title}
        kind="Segment"
        subtitle={<DraftNote definition={definition} />}
        usedBy={definition.saved?.object.used_by}
        crumbs={[{ title: "Segments", to: "/segments" }, ...(name ? [{ title: definition.saved?.object.title ?? name, to: `/segments/${seg(name)}` }] : [])]}
        actions={
          mayEdit ? (
            <>
              <Button icon={<ArrowUndoRegular />} appearance="subtle" disabled={!definition.canUndo} onClick={definition.undo} aria-label={definition.undoLabel ? `Undo: ${definition.undoLabel}` : "Undo"} title={definition.undoLabel ? `Undo: ${definition.undoLabel}` : "Undo"} />
              <Button icon={<ArrowRedoRegular />} appearance="subtle" disabled={!definition.canRedo} onClick={definition.redo} aria-label={definition.redoLabel ? `Redo: ${definition.redoLabel}` : "Redo"} title={definition.redoLabel ? `Redo: ${definition.redoLabel}` : "Redo"} />
              <Button disabled={!definition.dirty && !definition.isNew} onClick={() => void discard()}>Discard</Button>
              <SaveDialog secondary definition={definition} extra={extra} onSaved={(view) => navigate(there(view), { replace: true })} />
              <SaveDialog definition={definition} extra={extra} label="Save and run…" onSaved={(view) => void run([`segments/${view.object.name}`]).catch(() => navigate(there(view)))} />
            </>
          ) : undefined
        }
      />
      <DefinitionTabs
        definition={definition}
        readOnly={!mayEdit}
        builder={mayEdit ? <Builder definition={definition} value={value} live={live} /> : <RulesRead value={value} />}
      />
    </>
  );
}

/** What a draft does, a breath after the last change. */
interface Live {
  preview: SegmentPreview | undefined;
  stale: boolean;
  fetching: boolean;
  problem: ReturnType<typeof usePost>["error"];
  /** Indexes of the rules that were asked about. */
  kept: number[];
  /** What was asked about, with its name. */
  asked: { name: string; value: Json };
  another: () => void;
}

function usePreview(definition: Definition<Json>): Live {
  const project = useProject();
  const [seed, setSeed] = useState(0);
  // Words about it change nobody's membership.
  const { title: _title, description: _description, tags: _tags, tests: _tests, ...says } = definition.value ?? {};
  const text = JSON.stringify(says);
  const asked = useMemo(() => spoken(JSON.parse(text) as Json), [text]);
  const later = useLater(asked, 120);
  const name = NAME.test(definition.name) ? definition.name : "NewSegment";
  const body = useMemo(() => ({ name, value: later.value, sample: 8, seed }), [name, later.value, seed]);
  const answer = usePost<SegmentPreview>(project.p("/preview/segment"), body, { enabled: project.can("contributor") && later.kept.length > 0 && !definition.loading, staleTime: 60_000 });
  return {
    preview: later.kept.length > 0 ? answer.data : undefined,
    stale: answer.isPlaceholderData || later !== asked,
    fetching: answer.isFetching || later !== asked,
    problem: answer.error,
    kept: later.kept,
    asked: { name, value: later.value },
    another: () => setSeed((old) => old + 1),
  };
}

function Builder({ definition, value, live }: { definition: Definition<Json>; value: Json; live: Live }) {
  const styles = useStyles();
  const scope = useReachable();
  const [params] = useSearchParams();
  const rules = rulesOf(value);
  const around = useMemo(() => sharedTables(value), [value]);
  const keys = useKeys(rules.length);
  const quick = params.get("way") === "quick" && rules.every((rule) => rule.where === "");
  const set = (change: (rules: Rule[]) => Rule[], label: string) => definition.setValue((old) => withRules(old ?? {}, change(rulesOf(old))), label);
  const { preview } = live;
  const byRule = (index: number) => (preview && preview.rules.length === live.kept.length ? preview.rules[live.kept.indexOf(index)] : undefined);
  const broken = definition.diagnostics.some((one) => one.severity === "error") && rules.length === 0 && definition.yaml.trim() !== "";
  return (
    <div className={styles.body}>
      <div>
        <Details definition={definition} value={value} />
        {quick ? <QuickStart scope={scope} around={around} onRule={(where, tables, title) => {
          if (definition.isNew && definition.name === "") definition.setName(nameFrom(title));
          definition.setValue((old) => ({ ...withRules(old ?? {}, [{ ...emptyRule("union"), where, tables }]), title: textOf(old, "title") || title }), "start from one attribute");
        }} /> : null}
        {broken ? <MessageBar intent="warning"><MessageBarBody>The text cannot be read as rules. Mend it under YAML, or undo.</MessageBarBody></MessageBar> : null}
        <div className={styles.start}>
          <span>Start with all customers</span>
          <span>{preview ? formatNumber(preview.of, 0) : ""}</span>
        </div>
        <ol className={styles.rules} aria-label="Rules">
          {rules.map((rule, index) => (
            <RuleCard
              key={keys.of(index)}
              rule={rule}
              index={index}
              last={index === rules.length - 1}
              alone={rules.length === 1}
              scope={scope}
              around={around}
              preview={byRule(index)}
              of={preview?.of ?? 0}
              stale={live.stale}
              onChange={(change, label) => set((list) => list.map((one, at) => (at === index ? { ...one, ...change } : one)), `rule ${index + 1}: ${label}`)}
              onMove={(by) => {
                keys.move(index, by);
                set((list) => swapped(list, index, index + by), `move rule ${index + 1}`);
              }}
              onDuplicate={() => {
                keys.insert(index + 1);
                set((list) => [...list.slice(0, index + 1), { ...list[index]! }, ...list.slice(index + 1)], `duplicate rule ${index + 1}`);
              }}
              onDelete={() => {
                keys.remove(index);
                set((list) => (list.length === 1 ? [emptyRule("union")] : list.filter((_, at) => at !== index)), `delete rule ${index + 1}`);
              }}
            />
          ))}
        </ol>
        <Button className={styles.add} icon={<AddRegular />} onClick={() => set((list) => [...list, emptyRule(list.length === 0 ? "union" : "intersect")], "add a rule")}>
          Rule
        </Button>
        {live.kept.length > 0 ? <WhyLeft live={live} value={value} /> : null}
        <MoreForm definition={definition} value={value} scope={scope} preview={preview} stale={live.stale} />
      </div>
      <LivePane preview={preview} stale={live.stale} fetching={live.fetching} problem={live.problem} onAnother={live.another} asks={live.kept.length > 0} published={definition.isNew ? null : definition.name} />
    </div>
  );
}

/** What each rule of the draft keeps and drops, when it is asked for. */
function WhyLeft({ live, value }: { live: Live; value: Json }) {
  const styles = useStyles();
  const scope = useReachable();
  const [open, setOpen] = useState(false);
  const sentences = useSentences(value, scope);
  return (
    <section aria-label="What each rule keeps and drops" className={styles.left}>
      <Button size="small" appearance="subtle" icon={open ? <ChevronDownRegular /> : <ChevronRightRegular />} aria-expanded={open} onClick={() => setOpen(!open)}>What each rule keeps and drops</Button>
      {open ? <DraftFunnel name={live.asked.name} value={live.asked.value} sentences={live.kept.map((at) => sentences[at] ?? "")} stale={live.stale} /> : null}
    </section>
  );
}

function Details({ definition, value }: { definition: Definition<Json>; value: Json }) {
  const styles = useStyles();
  const [open, setOpen] = useState(false);
  const named = useRef(definition.name !== "");
  const title = textOf(value, "title");
  const bad = definition.isNew && definition.name !== "" && !NAME.test(definition.name);
  const setTitle = (next: string) => {
    definition.setValue((old) => withText(old ?? {}, "title", next), "title");
    if (definition.isNew && !named.current) definition.setName(nameFrom(next));
  };
  return (
    <>
      <div className={styles.names}>
        <Field label="Title">
          <Input value={title} onChange={(_, data) => setTitle(data.value)} placeholder="Who they are, in words" />
        </Field>
        {definition.isNew ? (
          <Field label="Name" hint="Of the table; it stays when the title changes." validationState={bad ? "error" : "none"} validationMessage={bad ? "Letters, digits and _ only, beginning with a letter." : undefined}>
            <Input value={definition.name} spellCheck={false} autoComplete="off" onChange={(_, data) => { named.current = data.value !== ""; definition.setName(data.value); }} />
          </Field>
        ) : (
          <Field label="Name"><Input value={definition.name} readOnly disabled /></Field>
        )}
        {open ? (
          <>
            <Field label="Description" className={styles.all}>
              <Textarea value={textOf(value, "description")} resize="vertical" onChange={(_, data) => definition.setValue((old) => withText(old ?? {}, "description", data.value), "description")} />
            </Field>
            <div className={styles.all}><TagsField value={value.tags} onChange={(tags) => definition.setValue((old) => withKey(old ?? {}, "tags", tags.length > 0 ? tags : undefined), "tags")} /></div>
          </>
        ) : null}
      </div>
      <Button className={styles.more} size="small" appearance="transparent" aria-expanded={open} onClick={() => setOpen(!open)}>{open ? "Fewer details" : "Description, tags …"}</Button>
    </>
  );
}

function swapped<T>(list: T[], a: number, b: number): T[] {
  if (b < 0 || b >= list.length) return list;
  const next = [...list];
  [next[a], next[b]] = [next[b]!, next[a]!];
  return next;
}

/** Keys of rules that go with them when they move, so that what is half typed stays. */
function useKeys(length: number) {
  const next = useRef(0);
  const keys = useRef<number[]>([]);
  const more = () => {
    next.current += 1;
    return next.current;
  };
  while (keys.current.length < length) keys.current.push(more());
  return {
    of: (index: number) => keys.current[index] ?? index,
    move: (index: number, by: number) => {
      keys.current = swapped(keys.current, index, index + by);
    },
    insert: (index: number) => {
      keys.current.splice(index, 0, more());
    },
    remove: (index: number) => {
      keys.current.splice(index, 1);
    },
  };
}
