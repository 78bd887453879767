/*
 * yaml-text: CodeMirror for YAML.
 *
 * Flow: text in by `value`, out by `onChange`; diagnostics become markers in the margin and under the words.
 * Invariants: style elements carry the nonce; Tab indents, Escape then Tab leaves.
 */
import { autocompletion, closeBrackets } from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap, indentWithTab } from "@codemirror/commands";
import { yaml } from "@codemirror/lang-yaml";
import { bracketMatching, HighlightStyle, indentUnit, syntaxHighlighting } from "@codemirror/language";
import { lintGutter, setDiagnostics, type Diagnostic } from "@codemirror/lint";
import { highlightSelectionMatches, search, searchKeymap } from "@codemirror/search";
import { Compartment, EditorState, type Text } from "@codemirror/state";
import { drawSelection, EditorView, highlightActiveLine, keymap, lineNumbers } from "@codemirror/view";
import { makeStyles, tokens } from "@fluentui/react-components";
import { tags } from "@lezer/highlight";
import { useEffect, useId, useRef } from "react";
import type { DiagnosticView } from "../api/types";
import { nonce } from "../nonce";
import { useScheme } from "../theme";
import type { YamlEditorProps } from "./yaml-editor";

const useStyles = makeStyles({
  box: { border: `1px solid ${tokens.colorNeutralStroke1}`, borderRadius: tokens.borderRadiusMedium, overflow: "hidden", ":focus-within": { outline: `2px solid ${tokens.colorStrokeFocus2}` } },
  hint: { fontSize: tokens.fontSizeBase200, color: tokens.colorNeutralForeground2, margin: "4px 0 0" },
});

const looks = (dark: boolean, minHeight: string) => [
  EditorView.theme(
    {
      "&": { fontSize: "13px", backgroundColor: dark ? "#1f1f1f" : "#ffffff", color: dark ? "#ffffff" : "#242424" },
      ".cm-scroller": { fontFamily: "Consolas, 'Liberation Mono', Menlo, monospace", lineHeight: "20px", minHeight },
      ".cm-content": { caretColor: dark ? "#ffffff" : "#242424" },
      "&.cm-focused": { outline: "none" },
      ".cm-gutters": { backgroundColor: dark ? "#292929" : "#f5f5f5", color: dark ? "#adadad" : "#616161", border: "none" },
      ".cm-activeLine, .cm-activeLineGutter": { backgroundColor: dark ? "#2e2e2e" : "#f0f4f9" },
      ".cm-cursor": { borderLeftColor: dark ? "#ffffff" : "#242424" },
      ".cm-tooltip": { backgroundColor: dark ? "#292929" : "#ffffff", color: dark ? "#ffffff" : "#242424" },
      ".cm-panels": { backgroundColor: dark ? "#292929" : "#f5f5f5", color: dark ? "#ffffff" : "#242424" },
    },
    { dark },
  ),
  syntaxHighlighting(
    HighlightStyle.define([
      { tag: [tags.propertyName, tags.definition(tags.propertyName)], color: dark ? "#8bb2e2" : "#0d4b82" },
      { tag: tags.string, color: dark ? "#e8a87c" : "#8a3b12" },
      { tag: [tags.number, tags.bool, tags.null], color: dark ? "#8fd19e" : "#1c6b33" },
      { tag: [tags.comment, tags.lineComment], color: dark ? "#adadad" : "#616161", fontStyle: "italic" },
      { tag: [tags.keyword, tags.meta], color: dark ? "#be95ff" : "#6929c4" },
    ]),
  ),
];

/** A place of the text: line and column from 1, kept within it. */
function offset(text: Text, line: number | null, column: number | null): number {
  const at = text.line(Math.max(1, Math.min(line ?? 1, text.lines)));
  return Math.min(at.to, at.from + Math.max(0, (column ?? 1) - 1));
}

function markers(text: Text, list: DiagnosticView[]): Diagnostic[] {
  return list.map((one) => {
    const from = offset(text, one.line, one.column);
    const to = one.end_line ? offset(text, one.end_line, one.end_column) : text.lineAt(from).to;
    return {
      from,
      to: Math.max(from, to),
      severity: one.severity === "error" ? "error" : one.severity === "warning" ? "warning" : "info",
      source: one.code,
      message: one.hint ? `${one.message}\n${one.hint}` : one.message,
    };
  });
}

/** The editor. */
export default function YamlText({ value, onChange, diagnostics, readOnly, label = "Definition as YAML", minHeight = "320px", line }: YamlEditorProps) {
  const styles = useStyles();
  const box = useRef<HTMLDivElement>(null);
  const view = useRef<EditorView | null>(null);
  const theme = useRef(new Compartment());
  const mode = useRef(new Compartment());
  const told = useRef(onChange);
  told.current = onChange;
  const hint = useId();
  const { dark } = useScheme();

  useEffect(() => {
    if (!box.current) return;
    const made = new EditorView({
      parent: box.current,
      state: EditorState.create({
        doc: value,
        extensions: [
          nonce ? EditorView.cspNonce.of(nonce) : [],
          lineNumbers(), lintGutter(), history(), drawSelection(), bracketMatching(), closeBrackets(), highlightActiveLine(),
          highlightSelectionMatches(), search({ top: true }), autocompletion(), yaml(), indentUnit.of("  "), EditorView.lineWrapping,
          keymap.of([...defaultKeymap, ...historyKeymap, ...searchKeymap, indentWithTab]),
          EditorView.contentAttributes.of({ "aria-label": label, "aria-describedby": hint }),
          theme.current.of(looks(dark, minHeight)),
          mode.current.of([EditorState.readOnly.of(readOnly ?? false), EditorView.editable.of(true)]),
          EditorView.updateListener.of((update) => {
            if (update.docChanged && !update.transactions.some((one) => one.isUserEvent("set"))) told.current?.(update.state.doc.toString());
          }),
        ],
      }),
    });
    view.current = made;
    return () => {
      made.destroy();
      view.current = null;
    };
    // The editor is made once; what changes later goes through the effects below.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, []);
  useEffect(() => {
    const made = view.current;
    if (!made || made.state.doc.toString() === value) return;
    const head = Math.min(made.state.selection.main.head, value.length);
    made.dispatch({ changes: { from: 0, to: made.state.doc.length, insert: value }, selection: { anchor: head }, userEvent: "set" });
  }, [value]);
  useEffect(() => {
    view.current?.dispatch({
      effects: [
        theme.current.reconfigure(looks(dark, minHeight)),
        mode.current.reconfigure([EditorState.readOnly.of(readOnly ?? false), EditorView.editable.of(true)]),
      ],
    });
  }, [dark, minHeight, readOnly]);
  useEffect(() => {
    const made = view.current;
    if (made) made.dispatch(setDiagnostics(made.state, markers(made.state.doc, diagnostics ?? [])));
  }, [diagnostics, value]);
  useEffect(() => {
    const made = view.current;
    if (!made || !line) return;
    const at = offset(made.state.doc, line, 1);
    made.dispatch({ selection: { anchor: at }, effects: EditorView.scrollIntoView(at, { y: "center" }) });
    made.focus();
  }, [line]);
  return (
    <div>
      <div ref={box} className={styles.box} />
      <p id={hint} className={styles.hint}>
        {readOnly ? "Read only." : "Tab indents. Press Escape, then Tab, to leave the text. Ctrl+F searches."}
      </p>
    </div>
  );
}
