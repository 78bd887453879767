/*
 * RunDialog: the button that asks what a run shall do: everything, some stages, also what did not change, as of another instant.
 *
 * Not here: the form itself (RunForm.tsx), which is loaded when it is opened.
 */
import { Button } from "@fluentui/react-components";
import { lazy, Suspense, useState } from "react";
import { useProject } from "../../api/hooks";

const RunForm = lazy(() => import("./RunForm"));

/** A button that opens the dialog; `only` is what is chosen at first. */
export function RunDialog({ only = [] }: { only?: string[] }) {
  const { can } = useProject();
  const [open, setOpen] = useState(false);
  if (!can("contributor")) return null;
  return (
    <>
      <Button appearance="primary" aria-haspopup="dialog" onClick={() => setOpen(true)}>Run…</Button>
      {open ? <Suspense fallback={null}><RunForm begun={only} close={() => setOpen(false)} /></Suspense> : null}
    </>
  );
}
