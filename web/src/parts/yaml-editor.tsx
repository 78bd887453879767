/*
 * yaml-editor: the text of a definition; loads the editor only when it is shown.
 */
import { lazy, Suspense } from "react";
import type { DiagnosticView } from "../api/types";
import { Loading } from "./states";

/** What the editor edits. */
export interface YamlEditorProps {
  value: string;
  onChange?: (value: string) => void;
  /** Marked at their lines. */
  diagnostics?: DiagnosticView[];
  readOnly?: boolean;
  /** What it is, for those who cannot see it. */
  label?: string;
  /** The least height: `320px`. */
  minHeight?: string;
  /** The line to show first, from 1. */
  line?: number | null;
}

const Text = lazy(() => import("./yaml-text"));

/** The text of a definition. */
export function YamlEditor(props: YamlEditorProps) {
  return (
    <Suspense fallback={<Loading label="Loading the editor" />}>
      <Text {...props} />
    </Suspense>
  );
}
