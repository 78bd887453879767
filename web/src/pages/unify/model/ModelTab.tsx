/*
 * ModelTab: the probabilistic model beside the rules: on or off, what the last run learned, and what the definition states of it.
 *
 * Flow: unify.yaml (draft) ─ match.model; GET match/model ─ what was learned; writing it down goes through a draft, so that nothing is lost.
 * Invariants: everything works with nothing stated; what is stated can be left to be chosen again.
 */
import { Badge, Button, Dropdown, Field, Input, makeStyles, MessageBar, MessageBarBody, Option, Select, Switch, Tab, TabList, Text, tokens } from "@fluentui/react-components";
import { DocumentArrowDownRegular } from "@fluentui/react-icons";
import { useEffect, useState } from "react";
import { useLocation, useNavigate } from "react-router";
import { api } from "../../../api/client";
import { useGet, useProject } from "../../../api/hooks";
import type { DraftView, ModelView } from "../../../api/types";
import { Empty, ErrorView, formatNumber, Loading, PageLink, Time, useConfirm, useToast } from "../../../parts";
import type { ThresholdState } from "../../review/Quality";
import { percent } from "../../review/words";
import { list, record, text } from "../../sources/steps";
import { matchOf, tableNames, type Dict } from "../model";
import type { UnifyTabProps } from "../Unify";
import { BlockingForm, BlockingFound } from "./Blocking";
import { ComparisonsForm } from "./Comparisons";
import { FieldsForm } from "./Fields";
import { asDocument, fieldsOf, KIND, modelOf, withModel, withPart } from "./linkage";
import { Settled } from "./Settled";
import { Threshold } from "./Threshold";
import { Warnings } from "./Warnings";

const useStyles = makeStyles({
  head: { display: "flex", gap: "8px 24px", flexWrap: "wrap", alignItems: "center", marginBottom: "12px" },
  switch: { fontWeight: tokens.fontWeightSemibold },
  spacer: { flexGrow: 1 },
  about: { maxWidth: "820px", color: tokens.colorNeutralForeground2, margin: "0 0 16px" },
  steps: { maxWidth: "820px", display: "grid", gridTemplateColumns: "repeat(auto-fit, minmax(220px, 1fr))", gap: "16px 32px", margin: "8px 0 24px", padding: 0, listStyle: "none", counterReset: "step" },
  stepTitle: { fontWeight: tokens.fontWeightSemibold, display: "block" },
  figures: { display: "flex", gap: "8px 32px", flexWrap: "wrap", margin: "0 0 16px", padding: 0, listStyle: "none" },
  figure: { fontSize: tokens.fontSizeBase500, fontWeight: tokens.fontWeightSemibold, fontVariantNumeric: "tabular-nums", display: "block" },
  words: { fontSize: tokens.fontSizeBase200, color: tokens.colorNeutralForeground2 },
  tabs: { flexWrap: "wrap" },
  panel: { paddingTop: "16px" },
  form: { display: "grid", gridTemplateColumns: "repeat(auto-fit, minmax(min(260px, 100%), 1fr))", gap: "16px 32px", maxWidth: "900px" },
  said: { marginBottom: "12px" },
});

export function ModelTab(props: UnifyTabProps) {
  const styles = useStyles();
  const { definition, canEdit } = props;
  const { value, setValue } = definition;
  const { p, to } = useProject();
  const location = useLocation();
  const navigate = useNavigate();
  const confirm = useConfirm();
  const view = useGet<ModelView>(p("/match/model"));
  const [tab, setTab] = useState("threshold");
  const model = modelOf(value);
  // A threshold that was chosen on the page of quality is taken into the draft, once.
  const given = (location.state as ThresholdState | null)?.threshold;
  useEffect(() => {
    if (given === undefined || !canEdit) return;
    setValue((old) => withPart(old, "threshold", given), "apply the suggested threshold");
    void navigate({ search: location.search }, { replace: true, state: null });
  }, [given, canEdit, setValue, navigate, location.search]);
  if (tableNames(value).length === 0) return <Empty title="No tables yet" text="Choose the tables with people in them on the tab Map first." />;
  const turn = async (on: boolean) => {
    if (!on && model && Object.keys(model).length > 1 && !(await confirm({ title: "Turn the model off?", text: "What is stated of it in the definition goes with it. Undo brings it back until you leave the page.", action: "Turn off" }))) return;
    setValue((old) => withModel(old, on ? { kind: KIND } : null), on ? "turn the model on" : "turn the model off");
  };
  return (
    <>
      <div className={styles.head}>
        <Switch className={styles.switch} label="Match by a probabilistic model" checked={model !== null} disabled={!canEdit} onChange={(_, data) => void turn(data.checked)} />
        <span className={styles.spacer} />
        {model && view.data?.yaml ? <WriteLearned yaml={view.data.yaml} definition={definition} disabled={!canEdit} /> : null}
      </div>
      {model === null ? <Off hasRules={list(matchOf(value).rules).length > 0} /> : view.error ? <ErrorView problem={view.error} retry={() => void view.refetch()} /> : !view.data ? <Loading label="Loading the model" /> : (
        <>
          {!view.data.trained ? (
            <MessageBar className={styles.said} layout="multiline"><MessageBarBody>The model has not run yet. Save and run <em>Matching only</em>: it chooses and learns everything that is not stated, and what it learned stands here.</MessageBarBody></MessageBar>
          ) : <Figures view={view.data} />}
          <TabList size="small" className={styles.tabs} selectedValue={tab} onTabSelect={(_, data) => setTab(String(data.value))} aria-label="Parts of the model">
            <Tab value="threshold">Threshold</Tab>
            <Tab value="comparisons">Comparisons</Tab>
            <Tab value="blocking">Blocking</Tab>
            <Tab value="fields">Fields</Tab>
            <Tab value="more">More</Tab>
            <Tab value="warnings">Warnings{view.data.warning_counts.length > 0 ? ` (${formatNumber(view.data.warning_counts.reduce((sum, [, count]) => sum + count, 0))})` : ""}</Tab>
          </TabList>
          <div className={styles.panel}>
            <Part {...props} tab={tab} view={view.data} model={model} />
          </div>
        </>
      )}
      {model === null && view.data?.trained ? <Text size={200}>The last run still used a model; the next one will not. <PageLink inline to={to("/review")}>Its pairs</PageLink></Text> : null}
    </>
  );
}

interface PartProps extends Omit<UnifyTabProps, "view"> {
  tab: string;
  view: ModelView;
  model: Dict;
}

function Part({ tab, view, model, definition, known, canEdit }: PartProps) {
  const { value, setValue } = definition;
  const fields = fieldsOf(model).map((field) => field.name);
  const learned = [...new Set(view.comparisons.flatMap((one) => one.fields))];
  const names = fields.length > 0 ? fields : learned;
  switch (tab) {
    case "comparisons":
      return <><Settled view={view} /><ComparisonsForm model={model} fields={names} canEdit={canEdit} onChange={(comparisons) => setValue((old) => withPart(old, "comparisons", comparisons), "comparisons")} /></>;
    case "blocking":
      return <>{view.trained ? <BlockingFound view={view} /> : null}<BlockingForm model={model} fields={names} canEdit={canEdit} onChange={(blocking) => setValue((old) => withPart(old, "blocking", blocking), "blocking")} /></>;
    case "fields":
      return <FieldsForm value={value} known={known} canEdit={canEdit} onChange={(next) => setValue((old) => withPart(old, "fields", next), "fields of the model")} />;
    case "more":
      return <More model={model} view={view} tables={tableNames(value)} canEdit={canEdit} onChange={(key, part) => setValue((old) => withPart(old, key, part), key)} />;
    case "warnings":
      return <Warnings warnings={view.warnings} counts={view.warning_counts} />;
    default:
      return <Threshold model={model} view={view} canEdit={canEdit} onChange={(key, part) => setValue((old) => withPart(old, key, part), key)} />;
  }
}
function Figures({ view }: { view: ModelView }) {
  const styles = useStyles();
  const figures: [number | null, string][] = [[view.records, "records"], [view.pairs, "pairs compared"], [view.links, "links"], [view.clusters, "people"]];
  return (
    <ul className={styles.figures}>
      {figures.map(([figure, words]) => <li key={words}><span className={styles.figure}>{figure === null ? "–" : formatNumber(figure)}</span><span className={styles.words}>{words}</span></li>)}
      <li><span className={styles.figure}>{percent(view.threshold)}</span><span className={styles.words}>threshold</span></li>
      <li><span className={styles.figure}>{view.prior ? `1 in ${formatNumber(1 / view.prior, 0)}` : "–"}</span><span className={styles.words}>pairs taken at random are one person</span></li>
      <li><Text size={200} className={styles.words}>{view.iterations === null ? "learned" : `learned in ${formatNumber(view.iterations)} rounds,`} <Time at={view.trained_at} relative />{view.changed ? "; before the last change" : ""}</Text></li>
    </ul>
  );
}

/** What the model is, for those who have none. */
function Off({ hasRules }: { hasRules: boolean }) {
  const styles = useStyles();
  const steps: [string, string][] = [
    ["It needs no set-up", "Columns are looked through, comparisons and keys chosen, and everything is learned from your own records. No examples, no labels."],
    ["It weighs evidence", "Agreeing on a rare name says more than on a common one; a digit slip in a date of birth says less than another date. Bits of evidence add up to a probability."],
    ["It shows its work", "Every level's worth, every pair's sum, and why two records were never compared. All of it can be written into unify.yaml and changed."],
    ["It keeps people apart", "Twins, father and son, a phone that a hundred people share: evidence against counts too, and a cluster that hangs on one weak link is cut."],
  ];
  return (
    <section aria-label="What the model does">
      <p className={styles.about}>
        {hasRules ? "Rules join what they say and nothing else. Beside them a model can find records of one person that no rule foresees; " : "A model finds records of one person without any rule; "}
        what rules, sources and people say stays certain.
      </p>
      <ul className={styles.steps}>{steps.map(([title, words]) => <li key={title}><span className={styles.stepTitle}>{title}</span>{words}</li>)}</ul>
    </section>
  );
}

/** Writes what the last run learned into the draft of the definition. */
function WriteLearned({ yaml, definition, disabled }: { yaml: string; definition: UnifyTabProps["definition"]; disabled: boolean }) {
  const { p } = useProject();
  const toast = useToast();
  const confirm = useConfirm();
  const [busy, setBusy] = useState(false);
  const write = async () => {
    if (!(await confirm({ title: "Write the learned model into the definition?", text: "All that was chosen and learned is stated then: fields, comparisons with their shares, blocking, threshold. Later runs keep it as it stands and learn no more. You see the change before it is saved, and can take away what should be learned again.", action: "Write it into the draft" }))) return;
    setBusy(true);
    try {
      const read = await api.post<DraftView>(p("/definitions/unify/unify/draft"), { yaml: asDocument(yaml), etag: null });
      const learned = record(matchOf(record(read.value)).model);
      if (Object.keys(learned).length === 0) throw new Error("the learned model could not be read");
      definition.setValue((old) => withModel(old, { kind: text(learned.kind) || KIND, ...learned }), "write the learned model");
      toast.done("The learned model is in the draft", "Look at it on the tab YAML, then save.");
    } catch (error) {
      toast.problem(error);
    } finally {
      setBusy(false);
    }
  };
  return <Button icon={<DocumentArrowDownRegular />} disabled={disabled || busy} onClick={() => void write()}>Write the learned model into unify.yaml</Button>;
}

function More({ model, view, tables, canEdit, onChange }: { model: Dict; view: ModelView; tables: string[]; canEdit: boolean; onChange: (key: string, part: Dict[string]) => void }) {
  const styles = useStyles();
  const unique = list(model.unique).map(text);
  const number = (key: string, label: string, hint: string, placeholder: string) => (
    <Field label={label} hint={hint}>
      <Input key={text(model[key])} disabled={!canEdit} defaultValue={text(model[key])} placeholder={placeholder} inputMode="decimal" onBlur={(event) => {
        const typed = event.target.value.trim();
        if (typed === text(model[key])) return;
        if (typed === "") onChange(key, null);
        else if (Number.isFinite(Number(typed)) && Number(typed) > 0) onChange(key, Number(typed));
        else event.target.value = text(model[key]);
      }} />
    </Field>
  );
  return (
    <div className={styles.form}>
      <Field label="Tables that hold each person once" hint="Two of their records are never one person.">
        <Dropdown multiselect disabled={!canEdit} placeholder="none" selectedOptions={unique} value={unique.join(", ")} onOptionSelect={(_, data) => onChange("unique", data.selectedOptions)}>
          {[...new Set([...tables, ...unique])].map((name) => <Option key={name} value={name}>{name}</Option>)}
        </Dropdown>
      </Field>
      <Field label="Links" hint="Best: for each record of such a table the best link alone.">
        <Select disabled={!canEdit} value={text(model.linking) || "all"} onChange={(_, data) => onChange("linking", data.value === "all" ? null : data.value)}>
          <option value="all">all that the evidence carries</option>
          <option value="best">the best of each record alone</option>
        </Select>
      </Field>
      {number("budget", "Pairs to compare at most", "as a multiple of the number of records", "60")}
      {number("prior", "Two records at random are one person", "a probability; learned when empty", view.prior ? `learned: ${view.prior.toPrecision(3)}` : "learned")}
      {model.kin !== undefined ? <Field label="Relatives, twins, namesakes"><Badge appearance="outline">stated: see the YAML</Badge></Field> : null}
    </div>
  );
}
