/*
 * FormulaLine: the selected step as one line of YAML, to be read or written.
 *
 * Flow: line ─ the server reads it within a small definition ─ step.
 */
import { Button, makeStyles, Text, Textarea, tokens } from "@fluentui/react-components";
import { CheckmarkRegular, DismissRegular } from "@fluentui/react-icons";
import { useEffect, useState } from "react";
import { api, seg, toProblem } from "../../api/client";
import { useProject } from "../../api/hooks";
import type { DraftView, Value } from "../../api/types";
import { around, stepIn, stepLine } from "./yaml";

const useStyles = makeStyles({
  line: { display: "flex", gap: "4px", alignItems: "center" },
  label: { fontStyle: "italic", color: tokens.colorNeutralForeground3, fontFamily: "Georgia, serif", paddingRight: "4px" },
  text: { flexGrow: 1, fontFamily: tokens.fontFamilyMonospace, minWidth: 0, "& textarea": { fontFamily: tokens.fontFamilyMonospace, fontSize: tokens.fontSizeBase200, minHeight: "32px", lineHeight: "20px" } },
  problem: { color: tokens.colorPaletteRedForeground1, display: "block" },
});

export function FormulaLine(props: { source: string; step: Value | null; shown: string; canEdit: boolean; onChange: (step: Value) => void }) {
  const styles = useStyles();
  const { p } = useProject();
  const now = props.step === null ? props.shown : stepLine(props.step);
  const [draft, setDraft] = useState<string | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  useEffect(() => {
    setDraft(null);
    setProblem(null);
  }, [now]);
  const changed = draft !== null && draft !== now;
  const take = async () => {
    if (!changed || draft === null) return;
    try {
      const view = await api.post<DraftView>(p(`/definitions/source/${seg(props.source)}/draft`), { yaml: around(draft.trim().replace(/^- +/, "")), etag: null });
      const step = stepIn(view.value);
      const wrong = view.diagnostics.find((one) => one.severity === "error" && (one.line ?? 0) >= 7);
      if (step === undefined || step === null) setProblem(view.diagnostics.find((one) => one.severity === "error")?.message ?? "This is no step. Write a command and what it needs: keep_rows: 100.");
      else if (wrong) setProblem(`${wrong.message}${wrong.hint ? `; ${wrong.hint}` : ""}`);
      else props.onChange(step);
    } catch (error) {
      const said = toProblem(error);
      setProblem(said.detail ?? said.title);
    }
  };
  return (
    <div>
      <div className={styles.line}>
        <span className={styles.label} aria-hidden>fx</span>
        <Textarea
          className={styles.text}
          aria-label="The step as text"
          rows={1}
          resize="vertical"
          readOnly={props.step === null || !props.canEdit}
          value={draft ?? now}
          onChange={(_, data) => setDraft(data.value)}
          onKeyDown={(event) => {
            if (event.key === "Enter" && !event.shiftKey) {
              event.preventDefault();
              void take();
            } else if (event.key === "Escape") setDraft(null);
          }}
        />
        {changed ? (
          <>
            <Button size="small" appearance="primary" icon={<CheckmarkRegular />} aria-label="Take the text" onClick={() => void take()} />
            <Button size="small" appearance="subtle" icon={<DismissRegular />} aria-label="Leave the step as it was" onClick={() => setDraft(null)} />
          </>
        ) : null}
      </div>
      {problem ? <Text size={200} role="alert" className={styles.problem}>{problem}</Text> : null}
    </div>
  );
}
