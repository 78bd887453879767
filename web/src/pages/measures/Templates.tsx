/*
 * Templates: measures that only need filling in: a gallery by what they are about, and beside it the one that is being filled in.
 *
 * Reads: GET measures/templates; POST measures/templates/{template} as a draft a breath after the last change, and what the draft comes to.
 * Invariants: the template is in the address; what is saved is an ordinary file, changed like any other.
 */
import { Button, Field, Input, makeStyles, mergeClasses, MessageBar, MessageBarActions, MessageBarBody, tokens } from "@fluentui/react-components";
import { useEffect, useMemo, useRef, useState } from "react";
import { useNavigate, useSearchParams } from "react-router";
import { seg } from "../../api/client";
import { useGet, usePost, useProject, useRefresh, useSend } from "../../api/hooks";
import type { DraftView, FilledView, MeasurePreview, MeasureView, TemplateView } from "../../api/types";
import { Diagnostics, Empty, ErrorView, formatNumber, Loading, NAME, nameFrom, PageHead, valueText } from "../../parts";
import { useReachable } from "../../parts/conditions";
import { useLater } from "../../parts/attributes/values";
import { Spread } from "./figures";
import type { Json } from "./measure-value";
import { WindowForm } from "./window-form";

const useStyles = makeStyles({
  body: { display: "grid", gridTemplateColumns: "minmax(0, 1fr) minmax(320px, 440px)", gap: "24px 32px", alignItems: "start", "@media (max-width: 1000px)": { gridTemplateColumns: "minmax(0, 1fr)" } },
  groups: { display: "flex", flexDirection: "column", gap: "24px" },
  heading: { fontSize: tokens.fontSizeBase400, fontWeight: tokens.fontWeightSemibold, margin: "0 0 4px" },
  list: { listStyle: "none", margin: 0, padding: 0, display: "grid", gridTemplateColumns: "repeat(auto-fill, minmax(240px, 1fr))", gap: "8px" },
  card: { width: "100%", height: "100%", flexDirection: "column", alignItems: "flex-start", justifyContent: "flex-start", textAlign: "start", padding: "12px", fontWeight: tokens.fontWeightRegular, gap: "4px" },
  on: { outline: `2px solid ${tokens.colorBrandStroke1}`, outlineOffset: "-2px" },
  name: { fontWeight: tokens.fontWeightSemibold },
  soft: { color: tokens.colorNeutralForeground2, fontSize: tokens.fontSizeBase200 },
  side: { position: "sticky", top: "16px", borderLeft: `1px solid ${tokens.colorNeutralStroke2}`, paddingLeft: "24px", display: "flex", flexDirection: "column", gap: "12px", maxHeight: "calc(100vh - 96px)", overflowY: "auto", "@media (max-width: 1000px)": { position: "static", borderLeft: "none", paddingLeft: 0, maxHeight: "none" } },
  // On a narrow page what was chosen comes before the gallery.
  first: { "@media (max-width: 1000px)": { order: -1 } },
  code: { fontFamily: tokens.fontFamilyMonospace, fontSize: tokens.fontSizeBase200, whiteSpace: "pre-wrap", overflowWrap: "anywhere", margin: 0, padding: "8px", backgroundColor: tokens.colorNeutralBackground3, borderRadius: tokens.borderRadiusMedium },
  figure: { fontSize: tokens.fontSizeHero800, lineHeight: tokens.lineHeightHero800, fontWeight: tokens.fontWeightSemibold, fontVariantNumeric: "tabular-nums" },
  stale: { opacity: 0.55 },
  actions: { display: "flex", gap: "8px", flexWrap: "wrap" },
});

/** What templates are about, in the order people look for it. */
const groups: [string, string, (one: TemplateView) => boolean][] = [
  ["Health care", "about appointments", (one) => one.trade === "healthcare"],
  ["Orders", "about what people bought", (one) => one.type === "SalesOrder"],
  ["Loyalty", "about points and memberships", (one) => one.type === "Loyalty"],
  ["Activities", "about anything people did", () => true],
];

export default function Templates() {
  const styles = useStyles();
  const project = useProject();
  const [params, setParams] = useSearchParams();
  const answer = useGet<TemplateView[]>(project.p("/measures/templates"), { staleTime: 60_000 });
  const list = answer.data ?? [];
  const chosen = list.find((one) => one.name === params.get("template"));
  const left = [...list];
  const parts = groups.map(([title, about, fits]) => {
    const of = left.filter(fits);
    of.forEach((one) => left.splice(left.indexOf(one), 1));
    return { title, about, of };
  });
  return (
    <>
      <PageHead title="Templates" subtitle="Measures that only need filling in" crumbs={[{ title: "Measures", to: "/measures" }]} />
      {answer.isPending ? <Loading label="Loading templates" /> : null}
      {answer.error ? <ErrorView problem={answer.error} retry={() => void answer.refetch()} /> : null}
      <div className={styles.body}>
        <div className={styles.groups}>
          {parts.filter((part) => part.of.length > 0).map((part) => (
            <section key={part.title} aria-label={part.title}>
              <h2 className={styles.heading}>{part.title}</h2>
              <ul className={styles.list}>
                {part.of.map((one) => (
                  <li key={one.name}>
                    <Button className={mergeClasses(styles.card, chosen === one && styles.on)} aria-pressed={chosen === one} onClick={() => setParams({ template: one.name })}>
                      <span className={styles.name}>{one.title}</span>
                      <span className={styles.soft}>{one.about}</span>
                      {one.lacks ? <span className={styles.soft}>needs {one.type ? `activities of type ${one.type}` : "more"}{one.fields.length > 0 ? ` with ${one.fields.join(", ")}` : ""}</span> : null}
                    </Button>
                  </li>
                ))}
              </ul>
            </section>
          ))}
        </div>
        <aside className={mergeClasses(styles.side, chosen !== undefined && styles.first)} aria-label="The template">
          {chosen ? <Fill key={chosen.name} template={chosen} /> : answer.data ? <Empty title="Choose a template" text="It is filled in here, with what it comes to. What is saved is an ordinary measure: change it as you like." /> : null}
        </aside>
      </div>
    </>
  );
}

/** A window as definitions write it in one line. */
const flow = (window: Json | undefined): string => (window ? `{${Object.entries(window).map(([key, value]) => `${key}: ${String(value)}`).join(", ")}}` : "");

function Fill({ template }: { template: TemplateView }) {
  const styles = useStyles();
  const project = useProject();
  const navigate = useNavigate();
  const send = useSend();
  const refresh = useRefresh();
  const scope = useReachable();
  const measures = useGet<MeasureView[]>(project.p("/measures"), { staleTime: 30_000 });
  const [values, setValues] = useState<Record<string, string>>(() => Object.fromEntries(template.parameters.filter((one) => one.name !== "window").map((one) => [one.name, one.default])));
  const [window, setWindow] = useState<Json | undefined>(undefined);
  const [name, setName] = useState(template.measure);
  const named = useRef(false);
  const suggested = useRef(false);
  const top = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    top.current?.scrollIntoView({ block: "nearest" });
  }, []);
  const [saving, setSaving] = useState(false);
  const taken = (measures.data ?? []).some((one) => one.name.toLowerCase() === name.toLowerCase());
  useEffect(() => {
    // The template's own name may be taken: another one is suggested once.
    if (named.current || suggested.current || !measures.data) return;
    suggested.current = true;
    const there = new Set(measures.data.map((one) => one.name.toLowerCase()));
    let next = template.measure;
    for (let number = 2; there.has(next.toLowerCase()); number += 1) next = `${template.measure}${number}`;
    setName(next);
  }, [measures.data, template.measure]);
  const bad = !NAME.test(name);
  const filled = useMemo(() => ({ measure: bad ? template.measure : name, values: { ...values, ...(template.parameters.some((one) => one.name === "window") ? { window: flow(window) } : {}) } }), [bad, name, values, window, template]);
  const later = useLater(filled, 250);
  const body = useMemo(() => ({ ...later, draft: true }), [later]);
  const path = project.p(`/measures/templates/${seg(template.name)}`);
  const mayEdit = project.can("contributor");
  const draft = usePost<FilledView>(mayEdit ? path : null, body, { staleTime: 60_000 });
  const read = usePost<DraftView>(draft.data ? project.p(`/definitions/measure/${seg(draft.data.measure)}/draft`) : null, { yaml: draft.data?.yaml ?? "", etag: null }, { staleTime: 60_000 });
  const value = read.data?.value;
  const preview = usePost<MeasurePreview>(value && !template.lacks ? project.p("/preview/measure") : null, { name: later.measure, value, sample: 1 }, { staleTime: 60_000 });
  const stale = later !== filled || draft.isFetching || read.isFetching || preview.isFetching;
  const errors = preview.data?.diagnostics.filter((one) => one.severity === "error") ?? [];
  const save = async () => {
    setSaving(true);
    try {
      const made = await send<FilledView>("POST", path, { ...filled, draft: false });
      await refresh();
      navigate(project.to(`/measures/${seg(made.measure)}`));
    } catch {
      setSaving(false);
    }
  };
  return (
    <>
      <h2 ref={top} className={styles.heading}>{template.title}</h2>
      <p className={styles.soft} style={{ margin: 0 }}>{template.about}</p>
      {template.lacks ? (
        <MessageBar intent="warning" layout="multiline">
          <MessageBarBody>{template.lacks.charAt(0).toUpperCase() + template.lacks.slice(1)}: {template.hint}.</MessageBarBody>
          <MessageBarActions><Button size="small" onClick={() => navigate(project.to("/activities"))}>Open activities</Button></MessageBarActions>
        </MessageBar>
      ) : null}
      {template.parameters.map((one) => one.name === "window" ? (
        <div key="window" role="group" aria-label="Window">
          <span>Window</span>
          <WindowForm value={window} onChange={(next) => setWindow(next)} scope={scope} used={{}} write={() => ""} timed />
        </div>
      ) : (
        <Field key={one.name} label={one.name === "title" ? "Title" : one.name === "type" ? "Type of activity" : sentence(one.about)}>
          <Input value={values[one.name] ?? ""} onChange={(_, data) => {
            setValues((old) => ({ ...old, [one.name]: data.value }));
            if (one.name === "title" && !named.current && data.value.trim() !== "") setName(nameFrom(data.value));
          }} />
        </Field>
      ))}
      <Field label="Name" hint="Of the column; it stays when the title changes." validationState={bad || taken ? "error" : "none"} validationMessage={bad ? "Letters, digits and _ only, beginning with a letter." : taken ? "There is a measure of this name." : undefined}>
        <Input value={name} spellCheck={false} autoComplete="off" onChange={(_, data) => { named.current = true; setName(data.value); }} />
      </Field>
      {draft.error ? <ErrorView problem={draft.error} retry={() => void draft.refetch()} /> : null}
      <div className={stale ? styles.stale : undefined} aria-busy={stale || undefined}>
        {errors.length > 0 ? <Diagnostics list={errors} /> : null}
        {preview.data && errors.length === 0 && !template.lacks ? (
          <>
            {preview.data.value !== null ? <div className={styles.figure}>{typeof preview.data.value === "number" ? formatNumber(preview.data.value, 2) : valueText(preview.data.value)}</div> : null}
            <p className={styles.soft} role="status">{preview.data.kind === "customer_attribute" ? `${formatNumber(preview.data.numbers ? preview.data.numbers.count : preview.data.rows, 0)} of ${formatNumber(preview.data.of, 0)} people have a value` : `${formatNumber(preview.data.rows, 0)} rows`}</p>
            {preview.data.numbers && preview.data.numbers.count > 0 ? <Spread numbers={preview.data.numbers} title={template.title} height={140} /> : null}
          </>
        ) : null}
        {draft.data ? <pre className={styles.code} aria-label="The definition" tabIndex={0}>{draft.data.yaml}</pre> : null}
      </div>
      {mayEdit ? (
        <div className={styles.actions}>
          <Button appearance="primary" disabled={saving || bad || taken || stale || draft.data === undefined} onClick={() => void save()}>Save the measure</Button>
          <Button disabled={!value || stale} onClick={() => navigate(project.to("/measures/new"), { state: { copy: value } })}>Continue in the builder</Button>
        </div>
      ) : <p className={styles.soft}>Templates are filled in by contributors.</p>}
    </>
  );
}

const sentence = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);
