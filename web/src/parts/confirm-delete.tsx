/*
 * confirm-delete: deleting a definition, after saying what uses it and what would break.
 *
 * Flow: a Delete button with its dialog; or `open` and `onOpenChange` from a menu.
 */
import {
  Button,
  Dialog,
  DialogActions,
  DialogBody,
  DialogContent,
  DialogSurface,
  DialogTitle,
  MessageBar,
  MessageBarBody,
} from "@fluentui/react-components";
import { useState } from "react";
import { api, seg, toProblem, type ApiProblem } from "../api/client";
import { useGet, useProject, useRefresh } from "../api/hooks";
import type { DefinitionView, ObjectRef } from "../api/types";
import { ObjectLink } from "./link";
import { objectWord } from "./objects";
import { ErrorView, Loading } from "./states";
import { useToast } from "./toast";

/** What the dialog is told. */
export interface ConfirmDeleteProps {
  object: ObjectRef;
  /** After it was deleted: go to the list. */
  onDone: () => void;
  /** Opened from elsewhere; without it there is a button. */
  open?: boolean;
  onOpenChange?: (open: boolean) => void;
  disabled?: boolean;
}

/** What of a use breaks, in words. */
const BREAKS: Partial<Record<ObjectRef["kind"], string>> = {
  segment: "stops being worked out",
  measure: "stops being worked out",
  activity: "stops being worked out",
  export: "is no longer sent",
  unify: "no longer finds the table",
  relationships: "no longer finds the table",
};

/** Deletes a definition after saying what would break. */
export function ConfirmDelete({ object, onDone, open, onOpenChange, disabled }: ConfirmDeleteProps) {
  const [own, setOwn] = useState(false);
  const shown = open ?? own;
  const setShown = onOpenChange ?? setOwn;
  return (
    <>
      {open === undefined ? (
        <Button disabled={disabled} onClick={() => setShown(true)}>Delete…</Button>
      ) : null}
      <Dialog open={shown} onOpenChange={(_, data) => setShown(data.open)} modalType="alert">
        <Surface object={object} onDone={onDone} close={() => setShown(false)} />
      </Dialog>
    </>
  );
}

function Surface({ object, onDone, close }: { object: ObjectRef; onDone: () => void; close: () => void }) {
  const { p } = useProject();
  const refresh = useRefresh();
  const toast = useToast();
  const path = p(`/definitions/${object.kind}/${seg(object.name)}`);
  const view = useGet<DefinitionView>(path, { staleTime: 0 });
  const [problem, setProblem] = useState<ApiProblem | null>(null);
  const [busy, setBusy] = useState(false);
  const users = view.data?.object.used_by ?? [];
  const remove = async () => {
    if (!view.data) return;
    setBusy(true);
    setProblem(null);
    try {
      await api.del(`${path}?etag=${seg(view.data.object.etag)}&anyway=${users.length > 0}`);
      toast.done(`Deleted ${objectWord(object)}`, "Its history keeps the last text.");
      close();
      onDone();
      void refresh();
    } catch (error) {
      setProblem(toProblem(error));
      void view.refetch();
    } finally {
      setBusy(false);
    }
  };
  return (
    <DialogSurface>
      <DialogBody>
        <DialogTitle>Delete {objectWord(object)}?</DialogTitle>
        <DialogContent>
          {view.isPending ? <Loading label="Looking for what uses it" /> : null}
          {view.error ? <ErrorView problem={view.error} retry={() => void view.refetch()} /> : null}
          {view.data && users.length === 0 ? <p>Nothing uses it. The file <code>{view.data.object.file}</code> goes; what runs have published stays until the next run.</p> : null}
          {users.length > 0 ? (
            <>
              <MessageBar intent="warning" layout="multiline">
                <MessageBarBody>
                  {users.length === 1 ? "One definition uses it and would break." : `${users.length} definitions use it and would break.`} No run starts until they are changed.
                </MessageBarBody>
              </MessageBar>
              <ul>
                {users.map((user) => (
                  <li key={`${user.kind}/${user.name}`}>
                    <ObjectLink object={user} /> {BREAKS[user.kind] ?? "would be wrong"}
                  </li>
                ))}
              </ul>
            </>
          ) : null}
          {problem ? <ErrorView problem={problem} /> : null}
        </DialogContent>
        <DialogActions>
          <Button appearance="primary" onClick={close}>Keep it</Button>
          <Button disabled={!view.data || busy} onClick={() => void remove()}>{busy ? "Deleting …" : users.length > 0 ? "Delete and break them" : "Delete"}</Button>
        </DialogActions>
      </DialogBody>
    </DialogSurface>
  );
}
