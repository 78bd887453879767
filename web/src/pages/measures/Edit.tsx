/*
 * Edit a measure: at the left what it says, at the right what it comes to now.
 *
 * Flow: choices -> definition (the truth) -> preview after a breath.
 * Not here: one calculation (calculation-form.tsx), dimensions (dimension-form.tsx), the answer (preview-pane.tsx).
 */
import { Button, Field, Input, makeStyles, MessageBar, MessageBarBody, Radio, RadioGroup, Textarea, tokens } from "@fluentui/react-components";
import { AddRegular, ArrowRedoRegular, ArrowUndoRegular } from "@fluentui/react-icons";
import { useEffect, useMemo, useRef, useState } from "react";
import { useLocation, useNavigate, useParams, useSearchParams } from "react-router";
import { seg } from "../../api/client";
import { useProject } from "../../api/hooks";
import type { DefinitionView } from "../../api/types";
import { DefinitionTabs, DraftNote, ErrorView, forgetNew, Loading, NAME, nameFrom, PageHead, SaveDialog, useConfirm, useDefinition, type Definition } from "../../parts";
import { aliasFor, local, written, type Picked } from "../../parts/attributes/scope";
import { TagsField } from "../../parts/upkeep";
import { ConditionBuilder, useReachable } from "../../parts/conditions";
import { useRun } from "../segments/run-button";
import { CalculationForm } from "./calculation-form";
import { DimensionForm } from "./dimension-form";
import { calculations, dimensionsOf, kinds, newMeasure, pruned, replacements, tablesOf, withCalculations, withDimensions, withKey, withTables, type Calculation, type Json } from "./measure-value";
import { PreviewPane } from "./preview-pane";
import { Nulls, Paths } from "./rules-form";
import { Replaced, RollUp, When } from "./upkeep-form";
import { WindowForm, windowWords } from "./window-form";

const useStyles = makeStyles({
  body: { display: "grid", gridTemplateColumns: "minmax(0, 1fr) 400px", gap: "24px", alignItems: "start", "@media (max-width: 1000px)": { gridTemplateColumns: "minmax(0, 1fr)" } },
  form: { display: "flex", flexDirection: "column", gap: "24px", minWidth: 0 },
  names: { display: "grid", alignItems: "start", gridTemplateColumns: "minmax(0, 1fr) minmax(0, 1fr)", gap: "12px", "@media (max-width: 640px)": { gridTemplateColumns: "minmax(0, 1fr)" } },
  all: { gridColumn: "1 / -1" },
  heading: { fontSize: tokens.fontSizeBase400, fontWeight: tokens.fontWeightSemibold, margin: "0 0 4px" },
  soft: { color: tokens.colorNeutralForeground3, margin: "0 0 8px" },
  code: { fontFamily: tokens.fontFamilyMonospace, whiteSpace: "pre-wrap", overflowWrap: "anywhere" },
  kind: { display: "flex", flexDirection: "column" },
});

/** What another page may begin a new measure with. */
interface Given {
  copy?: Json;
}

export default function EditMeasure() {
  const { name } = useParams();
  return <Editor key={name ?? "*new"} name={name ?? null} />;
}

function Editor({ name }: { name: string | null }) {
  const project = useProject();
  const navigate = useNavigate();
  const location = useLocation();
  const confirm = useConfirm();
  const run = useRun();
  const [params] = useSearchParams();
  const asked = params.get("kind") ?? "";
  const given = (location.state ?? {}) as Given;
  const [initial] = useState<Json>(() => {
    // What another page hands over comes before a draft left behind.
    if (Object.keys(given).length > 0) forgetNew(project.name, "measure");
    return given.copy ?? newMeasure(asked in kinds ? asked : "customer_attribute");
  });
  useEffect(() => {
    if (location.state) navigate({ pathname: location.pathname, search: location.search }, { replace: true, state: null });
  }, [location, navigate]);
  const definition = useDefinition<Json>("measure", name, initial, nameFrom(typeof initial.title === "string" ? initial.title : ""));
  const mayEdit = project.can("contributor");
  const value = definition.value ?? initial;
  const title = typeof value.title === "string" && value.title !== "" ? value.title : (name ?? "New measure");
  const there = (view: DefinitionView) => project.to(`/measures/${seg(view.object.name)}`);
  const discard = async () => {
    if (await confirm({ title: "Discard the draft?", text: "What was changed since the last save is lost.", action: "Discard" })) {
      definition.discard();
      if (definition.isNew) navigate(project.to("/measures"));
    }
  };
  if (definition.loading) return <Loading label="Opening the measure" />;
  if (definition.problem && !definition.saved && !definition.isNew) {
    return (
      <>
        <PageHead title={name ?? "Measure"} kind="Measure" crumbs={[{ title: "Measures", to: "/measures" }]} />
        <ErrorView problem={definition.problem} retry={definition.retry} />
      </>
    );
  }
  return (
    <>
      <PageHead
        title={title}
        kind="Measure"
        subtitle={<DraftNote definition={definition} />}
        usedBy={definition.saved?.object.used_by}
        crumbs={[{ title: "Measures", to: "/measures" }, ...(name ? [{ title: definition.saved?.object.title ?? name, to: `/measures/${seg(name)}` }] : [])]}
        actions={
          mayEdit ? (
            <>
              <Button icon={<ArrowUndoRegular />} appearance="subtle" disabled={!definition.canUndo} onClick={definition.undo} aria-label={definition.undoLabel ? `Undo: ${definition.undoLabel}` : "Undo"} />
              <Button icon={<ArrowRedoRegular />} appearance="subtle" disabled={!definition.canRedo} onClick={definition.redo} aria-label={definition.redoLabel ? `Redo: ${definition.redoLabel}` : "Redo"} />
              <Button disabled={!definition.dirty && !definition.isNew} onClick={() => void discard()}>Discard</Button>
              <SaveDialog secondary definition={definition} onSaved={(view) => navigate(there(view), { replace: true })} />
              <SaveDialog definition={definition} label="Save and run…" onSaved={(view) => void run([`measures/${view.object.name}`]).catch(() => navigate(there(view)))} />
            </>
          ) : undefined
        }
      />
      <DefinitionTabs definition={definition} readOnly={!mayEdit} builder={mayEdit ? <Builder definition={definition} value={value} /> : <ReadOnly value={value} />} />
    </>
  );
}

function Builder({ definition, value }: { definition: Definition<Json>; value: Json }) {
  const styles = useStyles();
  const scope = useReachable();
  const set = (change: (value: Json) => Json, label: string) => definition.setValue((old) => change(old ?? {}), label);
  const used = useMemo(() => tablesOf(value), [value]);
  const kind = typeof value.kind === "string" ? value.kind : "customer_attribute";
  const list = calculations(value);
  const several = kind !== "customer_attribute";
  // A picked column brings its table along.
  const write = (picked: Picked, label: string): string => {
    const { alias, tables } = aliasFor(picked.table, tablesOf(value), {});
    if (Object.keys(tables).length !== Object.keys(tablesOf(value)).length) set((old) => withTables(old, { ...tablesOf(old), ...tables }), label);
    return written(alias, local(picked.table, picked.column));
  };
  const calculate = (index: number, change: Partial<Calculation>, label: string) => set((old) => withCalculations(old, calculations(old).map((one, at) => (at === index ? { ...one, ...change } : one))), label);
  const chosen = (label: string) => label === "attribute" || label === "order";
  return (
    <div className={styles.body}>
      <div className={styles.form}>
        <Names definition={definition} value={value} />
        <section aria-label="What it is">
          <h2 className={styles.heading}>Kind</h2>
          <RadioGroup
            value={kind}
            aria-label="Kind of measure"
            onChange={(_, data) => set((old) => {
              const next = { ...old, kind: data.value };
              return data.value === "customer_attribute" ? withDimensions(withCalculations(next, [{ name: "", value: calculations(old)[0]?.value ?? "" }]), []) : next;
            }, "kind")}
          >
            {Object.entries(kinds).map(([key, words]) => (
              <Radio key={key} value={key} disabled={!definition.isNew && key !== kind} label={<span className={styles.kind}><span>{words.title}</span><span className={styles.soft} style={{ margin: 0 }}>{words.sentence}</span></span>} />
            ))}
          </RadioGroup>
        </section>
        <section aria-label="Value">
          <h2 className={styles.heading}>{list.length > 1 ? "Values" : "Value"}</h2>
          {list.map((one, index) => (
            <CalculationForm
              key={index}
              calculation={one}
              scope={scope}
              used={used}
              named={list.length > 1 || one.name !== ""}
              number={index + 1}
              write={write}
              onChange={(change, label) => {
                calculate(index, change, label);
                if (chosen(label)) set(pruned, label);
              }}
              onDelete={list.length > 1 ? () => set((old) => pruned(withCalculations(old, calculations(old).filter((_, at) => at !== index))), "delete a value") : undefined}
            />
          ))}
          {several ? (
            <Button size="small" appearance="subtle" icon={<AddRegular />} onClick={() => set((old) => withCalculations(old, [...calculations(old).map((one, index) => ({ ...one, name: one.name || (index === 0 ? "value" : `value${index + 1}`) })), { name: `value${list.length + 1}`, value: "" }]), "add a value")}>
              Value
            </Button>
          ) : null}
        </section>
        <Paths scope={scope} value={value} onChange={set} />
        <section aria-label="Filter">
          <h2 className={styles.heading}>Filter</h2>
          <p className={styles.soft}>Only rows for which this holds are counted.</p>
          <ConditionBuilder
            label="Filter"
            text={typeof value.where === "string" ? value.where : ""}
            around={used}
            scope={scope}
            onChange={(where, tables, label) => set((old) => pruned(withTables(withKey(old, "where", where), { ...tablesOf(old), ...tables })), label)}
          />
        </section>
        <section aria-label="Window">
          <h2 className={styles.heading}>Window</h2>
          <p className={styles.soft}>The stretch of time that counts.</p>
          <WindowForm value={value.window} scope={scope} used={used} write={write} onChange={(next, label) => set((old) => pruned(withKey(old, "window", next)), label)} />
        </section>
        {several ? (
          <section aria-label="Dimensions">
            <h2 className={styles.heading}>Dimensions</h2>
            <p className={styles.soft}>{kind === "customer_measure" ? "What each person's values are split by." : "What the values are split by; none gives one number."}</p>
            <DimensionForm dimensions={dimensionsOf(value)} scope={scope} used={used} write={write} onChange={(dimensions, label) => set((old) => (label.startsWith("delete") ? pruned(withDimensions(old, dimensions)) : withDimensions(old, dimensions)), label)} />
          </section>
        ) : null}
        <Nulls scope={scope} value={value} replaced={replacements(value)} onChange={(next) => set((old) => withKey(old, "replace_nulls", next), "rule for missing values")} />
        <Replaced scope={scope} value={value} onChange={(next, label) => set((old) => withKey(old, "replace", next), label)} />
        <RollUp scope={scope} value={value} onChange={(next, label) => set((old) => withKey(old, "roll_up", next), label)} />
        <When value={value} onChange={set} />
      </div>
      <PreviewPane definition={definition} />
    </div>
  );
}

function Names({ definition, value }: { definition: Definition<Json>; value: Json }) {
  const styles = useStyles();
  const named = useRef(definition.name !== "");
  const [open, setOpen] = useState(false);
  const bad = definition.isNew && definition.name !== "" && !NAME.test(definition.name);
  const title = typeof value.title === "string" ? value.title : "";
  const set = (key: string, text: string) => definition.setValue((old) => withKey(old ?? {}, key, text), key);
  return (
    <div>
      <div className={styles.names}>
        <Field label="Title">
          <Input
            value={title}
            placeholder="What it says, in words"
            onChange={(_, data) => {
              set("title", data.value);
              if (definition.isNew && !named.current) definition.setName(nameFrom(data.value));
            }}
          />
        </Field>
        {definition.isNew ? (
          <Field label="Name" hint="Of the column or table; it stays when the title changes." validationState={bad ? "error" : "none"} validationMessage={bad ? "Letters, digits and _ only, beginning with a letter." : undefined}>
            <Input value={definition.name} spellCheck={false} autoComplete="off" onChange={(_, data) => { named.current = data.value !== ""; definition.setName(data.value); }} />
          </Field>
        ) : (
          <Field label="Name"><Input value={definition.name} readOnly disabled /></Field>
        )}
        {open ? (
          <>
            <Field label="Description" className={styles.all}>
              <Textarea resize="vertical" value={typeof value.description === "string" ? value.description : ""} onChange={(_, data) => set("description", data.value)} />
            </Field>
            <div className={styles.all}><TagsField value={value.tags} onChange={(tags) => definition.setValue((old) => withKey(old ?? {}, "tags", tags.length > 0 ? tags : undefined), "tags")} /></div>
          </>
        ) : null}
      </div>
      {open ? null : <Button size="small" appearance="transparent" onClick={() => setOpen(true)}>Description, tags …</Button>}
      {value.kind === undefined && !definition.isNew ? <MessageBar intent="warning"><MessageBarBody>The text cannot be read as a measure. Mend it under YAML, or undo.</MessageBarBody></MessageBar> : null}
    </div>
  );
}

/** The definition for those who may only read. */
function ReadOnly({ value }: { value: Json }) {
  const styles = useStyles();
  return (
    <>
      {calculations(value).map((one) => <p key={one.name}>{one.name ? `${one.name}: ` : ""}<code className={styles.code}>{one.value}</code></p>)}
      {typeof value.where === "string" ? <p>for rows with <code className={styles.code}>{value.where}</code></p> : null}
      {value.window === undefined ? null : <p>counting {windowWords(value.window)}</p>}
      {dimensionsOf(value).map((one) => <p key={one.name}>by {one.name}: <code className={styles.code}>{one.value}</code> {one.bucket}</p>)}
    </>
  );
}
