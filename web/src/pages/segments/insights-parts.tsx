/*
 * insights-parts: what the questions of segment insights share: choosing fields and segments, cards, and saving what was found.
 *
 * Invariants: what is saved is what the card says; measures go before the segment that needs them.
 */
import {
  Button, Checkbox, Dialog, DialogActions, DialogBody, DialogContent, DialogSurface, DialogTitle, Field, Input, makeStyles, Select, tokens,
} from "@fluentui/react-components";
import { useState, type ReactNode } from "react";
import { useNavigate } from "react-router";
import { seg } from "../../api/client";
import { useProject, useRefresh, useSend } from "../../api/hooks";
import type { InsightChoices, InsightField, LeftOut, SegmentView, SuggestedDefinition, Value } from "../../api/types";
import { formatNumber, KIND_WORD, NAME, useToast, Words } from "../../parts";
import { useRun } from "./run-button";

export const useInsightStyles = makeStyles({
  form: { display: "flex", flexWrap: "wrap", gap: "12px 16px", alignItems: "flex-end", marginBottom: "16px" },
  field: { minWidth: "180px", maxWidth: "320px", flex: "1 1 200px" },
  narrow: { width: "120px" },
  heading: { fontSize: tokens.fontSizeBase400, fontWeight: tokens.fontWeightSemibold, margin: "24px 0 8px" },
  small: { fontSize: tokens.fontSizeBase300, fontWeight: tokens.fontWeightSemibold, margin: 0 },
  soft: { color: tokens.colorNeutralForeground2, margin: "0 0 12px", maxWidth: "880px" },
  cards: { listStyle: "none", margin: 0, padding: 0, display: "grid", gridTemplateColumns: "repeat(auto-fill, minmax(min(320px, 100%), 1fr))", gap: "16px" },
  card: { border: `1px solid ${tokens.colorNeutralStroke2}`, borderRadius: tokens.borderRadiusMedium, padding: "16px", display: "flex", flexDirection: "column", gap: "8px" },
  figure: { fontSize: tokens.fontSizeBase600, lineHeight: tokens.lineHeightBase600, fontWeight: tokens.fontWeightSemibold, fontVariantNumeric: "tabular-nums" },
  list: { margin: 0, paddingLeft: "20px" },
  foot: { display: "flex", gap: "8px", flexWrap: "wrap", marginTop: "auto", paddingTop: "8px" },
  stale: { opacity: 0.55 },
  code: { fontFamily: tokens.fontFamilyMonospace, fontSize: tokens.fontSizeBase200, overflowWrap: "anywhere", whiteSpace: "pre-wrap", margin: 0, maxHeight: "160px", overflowY: "auto" },
  content: { display: "flex", flexDirection: "column", gap: "12px" },
  scroll: { overflowX: "auto" },
  table: { borderCollapse: "collapse", width: "100%", "& th": { fontWeight: tokens.fontWeightSemibold, fontSize: tokens.fontSizeBase200, textAlign: "start", color: tokens.colorNeutralForeground2 }, "& td, & th": { height: "36px", padding: "0 12px 0 0", borderBottom: `1px solid ${tokens.colorNeutralStroke3}` } },
  number: { textAlign: "end !important" as "end", fontVariantNumeric: "tabular-nums", whiteSpace: "nowrap" },
  track: { width: "30%", minWidth: "96px" },
  bar: { height: "12px", backgroundColor: tokens.colorBrandBackground, borderRadius: "2px", minWidth: "1px" },
  bar2: { height: "12px", backgroundColor: tokens.colorNeutralForeground3, borderRadius: "2px", minWidth: "1px" },
  fields: { display: "flex", flexWrap: "wrap", gap: "0 16px", maxHeight: "200px", overflowY: "auto" },
  details: { marginBottom: "16px", "& summary": { cursor: "pointer", minHeight: "24px", color: tokens.colorNeutralForeground2 } },
});

/** A share as people read it. */
export const percent = (share: number, digits = 1): string => `${formatNumber(100 * share, digits)} %`;

/** Chooses a field of profiles. */
export function FieldSelect({ choices, value, onChange, label, only, none, hint }: { choices: InsightChoices; value: string; onChange: (field: string) => void; label: string; only?: (field: InsightField) => boolean; none: string; hint?: string }) {
  const styles = useInsightStyles();
  const fit = choices.fields.filter((one) => only?.(one) ?? true);
  const group = (measure: boolean, title: string) => {
    const own = fit.filter((one) => one.measure === measure);
    return own.length === 0 ? null : <optgroup label={title}>{own.map((one) => <option key={one.field} value={one.field}>{one.title}</option>)}</optgroup>;
  };
  return (
    <Field label={label} className={styles.field} hint={hint}>
      <Select value={value} onChange={(_, data) => onChange(data.value)}>
        <option value="">{none}</option>
        {group(false, "Customer")}
        {group(true, "Measures")}
      </Select>
    </Field>
  );
}

/** Chooses a segment. */
export function SegmentSelect({ segments, value, onChange, label, none }: { segments: SegmentView[]; value: string; onChange: (name: string) => void; label: string; none: string }) {
  const styles = useInsightStyles();
  return (
    <Field label={label} className={styles.field}>
      <Select value={value} onChange={(_, data) => onChange(data.value)}>
        <option value="">{none}</option>
        {segments.map((one) => <option key={one.name} value={one.name}>{one.title || one.name}</option>)}
      </Select>
    </Field>
  );
}

/** Chooses several fields; none chosen means those that are fit. */
export function FieldBoxes({ choices, chosen, onChange, without }: { choices: InsightChoices; chosen: string[]; onChange: (fields: string[]) => void; without?: string }) {
  const styles = useInsightStyles();
  return (
    <details className={styles.details}>
      <summary>{chosen.length === 0 ? "Fields: all that are fit" : `Fields: ${chosen.length} chosen`}</summary>
      <div className={styles.fields} role="group" aria-label="Fields to look at">
        {choices.fields.filter((one) => one.field !== without).map((one) => (
          <Checkbox key={one.field} label={one.title} checked={chosen.includes(one.field)} onChange={(_, data) => onChange(data.checked ? [...chosen, one.field] : chosen.filter((own) => own !== one.field))} />
        ))}
      </div>
    </details>
  );
}

/** Fields that were not looked at, and why. */
export function NotLookedAt({ list }: { list: LeftOut[] }) {
  const styles = useInsightStyles();
  if (list.length === 0) return null;
  return (
    <details className={styles.details}>
      <summary>{list.length === 1 ? "One field was not used" : `${list.length} fields were not used`}</summary>
      <ul className={styles.list}>
        {list.map((one) => <li key={one.field}>{one.title}: {one.why}</li>)}
      </ul>
    </details>
  );
}

const text = (value: Value, key: string): string => {
  const own = typeof value === "object" && value !== null && !Array.isArray(value) ? value[key] : undefined;
  return typeof own === "string" ? own : "";
};

/** The condition of a suggested segment. */
function whereOf(value: Value): string {
  const rules = typeof value === "object" && value !== null && !Array.isArray(value) ? value.rules : undefined;
  return Array.isArray(rules) && rules.length > 0 ? text(rules[0]!, "where") : "";
}

/** Buttons that save a suggestion as a segment, or open it in the builder. */
export function SaveSuggestion({ saves, label = "Save as segment…", open = true, of }: { saves: SuggestedDefinition[]; label?: string; open?: boolean; of?: string }) {
  const project = useProject();
  const navigate = useNavigate();
  const [dialog, setDialog] = useState(false);
  const segment = saves.at(-1);
  if (!segment || !project.can("contributor")) return null;
  const alone = saves.length === 1;
  return (
    <>
      <Button appearance="primary" aria-label={of ? `${label.replace("…", "")}: ${of}` : undefined} onClick={() => setDialog(true)}>{label}</Button>
      {alone && open ? <Button aria-label={of ? `Open in the builder: ${of}` : undefined} onClick={() => navigate(project.to("/segments/new"), { state: { copy: segment.value } })}>Open in the builder</Button> : null}
      {dialog ? <SaveDialog saves={saves} onClose={() => setDialog(false)} /> : null}
    </>
  );
}

/** Names the segment, shows what is written, saves. */
export function SaveDialog({ saves, onClose }: { saves: SuggestedDefinition[]; onClose: () => void }) {
  const styles = useInsightStyles();
  const project = useProject();
  const send = useSend();
  const refresh = useRefresh();
  const toast = useToast();
  const navigate = useNavigate();
  const run = useRun();
  const segment = saves[saves.length - 1]!;
  const before = saves.slice(0, -1);
  const [title, setTitle] = useState(text(segment.value, "title"));
  const [name, setName] = useState(segment.name);
  const [busy, setBusy] = useState(false);
  const good = NAME.test(name) && title.trim() !== "";
  const save = async (then: "show" | "run") => {
    setBusy(true);
    try {
      for (const one of before) await send("PUT", project.p(`/definitions/${one.kind}/${seg(one.name)}`), { value: one.value, etag: null });
      const value = { ...(segment.value as Record<string, Value>), title: title.trim() };
      await send("PUT", project.p(`/definitions/segment/${seg(name)}`), { value, etag: null });
      await refresh();
      toast.done(`Saved segment ${title.trim()}`, then === "run" ? undefined : "Run to see who is in it.");
      onClose();
      if (then === "run") await run([`segments/${name}`]).catch(() => navigate(project.to(`/segments/${seg(name)}`)));
      else navigate(project.to(`/segments/${seg(name)}`));
    } catch {
      // Shown as a toast; the dialog stays, so that another name can be tried.
    } finally {
      setBusy(false);
    }
  };
  return (
    <Dialog open onOpenChange={(_, data) => !data.open && onClose()}>
      <DialogSurface>
        <DialogBody>
          <DialogTitle>Save as segment</DialogTitle>
          <DialogContent className={styles.content}>
            <Field label="Title" required><Input value={title} onChange={(_, data) => setTitle(data.value)} /></Field>
            <Field label="Name" required hint="It names the file and the table, and stays when the title changes." validationState={NAME.test(name) ? "none" : "error"} validationMessage={NAME.test(name) ? undefined : "Use letters, digits and _ only, and begin with a letter."}>
              <Input value={name} onChange={(_, data) => setName(data.value)} autoComplete="off" spellCheck={false} />
            </Field>
            <div>
              <h3 className={styles.small}>Everybody for whom</h3>
              <pre className={styles.code} tabIndex={0} aria-label="The condition">{whereOf(segment.value)}</pre>
            </div>
            {before.length > 0 ? <p className={styles.soft}>Saved with it: {before.map((one) => `${KIND_WORD[one.kind]} ${one.name}`).join(", ")}.</p> : null}
          </DialogContent>
          <DialogActions>
            <Button onClick={onClose}>Cancel</Button>
            <Button disabled={!good || busy} onClick={() => void save("run")}>Save and run</Button>
            <Button appearance="primary" disabled={!good || busy} onClick={() => void save("show")}>{busy ? "Saving …" : "Save"}</Button>
          </DialogActions>
        </DialogBody>
      </DialogSurface>
    </Dialog>
  );
}

/** A sentence about what is shown. */
export function Note({ children }: { children: ReactNode }) {
  const styles = useInsightStyles();
  return <p className={styles.soft}>{typeof children === "string" ? <Words text={children} /> : children}</p>;
}

/** Two bars, one above the other, for shares of two groups. */
export function TwoBars({ first, second, most }: { first: number; second: number; most: number }) {
  const styles = useInsightStyles();
  return (
    <div aria-hidden>
      <div className={styles.bar} style={{ width: `${(100 * first) / most}%` }} />
      <div className={styles.bar2} style={{ width: `${(100 * second) / most}%`, marginTop: "2px" }} />
    </div>
  );
}
