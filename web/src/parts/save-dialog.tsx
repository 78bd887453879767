/*
 * save-dialog: the button that saves a definition: shows what changes and what it would break, then saves.
 *
 * Invariants: errors are saved only with "Save anyway"; what somebody else saved meanwhile is never written over without being seen.
 */
import {
  Button,
  Dialog,
  DialogActions,
  DialogBody,
  DialogContent,
  DialogSurface,
  DialogTitle,
  DialogTrigger,
  Field,
  Input,
  makeStyles,
  Spinner,
  tokens,
} from "@fluentui/react-components";
import { ArrowRedoRegular, ArrowUndoRegular } from "@fluentui/react-icons";
import { useEffect, useState, type ReactNode } from "react";
import type { DefinitionView } from "../api/types";
import { useConfirm } from "./confirm";
import type { Definition } from "./definition";
import { DiffView } from "./diff-view";
import { KIND_WORD } from "./objects";
import { Diagnostics, ErrorView } from "./states";
import { diffLines } from "./text-diff";
import { useToast } from "./toast";

const useStyles = makeStyles({
  surface: { maxWidth: "760px" },
  content: { display: "flex", flexDirection: "column", gap: "12px", paddingBottom: "8px" },
  quiet: { color: tokens.colorNeutralForeground2, fontSize: tokens.fontSizeBase200 },
  heading: { fontSize: tokens.fontSizeBase300, fontWeight: tokens.fontWeightSemibold, margin: 0 },
});

/** What names may be: letters, digits and `_`, beginning with a letter. */
export const NAME = /^[A-Za-z][A-Za-z0-9_]*$/;

/** A name made of a title: `No Show over 50 %` -> `NoShowOver50`. */
export function nameFrom(title: string): string {
  const words = title.normalize("NFKD").replace(/[\u0300-\u036f]/g, "").match(/[A-Za-z0-9]+/g) ?? [];
  const name = words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join("");
  return /^[A-Za-z]/.test(name) ? name : name === "" ? "" : `N${name}`;
}

/** What the dialog is told. */
export interface SaveDialogProps<T> {
  definition: Definition<T>;
  /** More to see before saving: how many people enter and leave. */
  extra?: ReactNode;
  /** After it was saved: go to its page. */
  onSaved?: (view: DefinitionView) => void;
  /** The button's words; "Save…" when absent. */
  label?: string;
  /** Why it cannot be saved now. */
  disabled?: boolean;
  /** Another button beside it is the main one. */
  secondary?: boolean;
}

/** The button that saves, with its dialog. */
export function SaveDialog<T>({ definition, extra, onSaved, label = "Save…", disabled, secondary }: SaveDialogProps<T>) {
  const styles = useStyles();
  const toast = useToast();
  const [open, setOpen] = useState(false);
  const { isNew, name, setName, value } = definition;
  const errors = [...definition.diagnostics, ...definition.elsewhere].filter((one) => one.severity === "error").length;
  const title = typeof value === "object" && value !== null && "title" in value ? String(value.title ?? "") : "";
  useEffect(() => {
    if (open && isNew && name === "" && title !== "") setName(nameFrom(title));
  }, [open, isNew, name, title, setName]);
  const named = !isNew || NAME.test(name);
  const finish = (view: DefinitionView | null) => {
    if (!view) return;
    setOpen(false);
    toast.done(`Saved ${KIND_WORD[definition.kind]}${view.object.name === definition.kind ? "" : ` ${view.object.title ?? view.object.name}`}`, definition.kind === "settings" || definition.kind === "connection" ? undefined : "Run to see it in the results.");
    onSaved?.(view);
  };
  const save = async () => finish(await definition.save({ anyway: errors > 0 }));
  return (
    <>
      <Dialog open={open} onOpenChange={(_, data) => setOpen(data.open)}>
        <DialogTrigger disableButtonEnhancement>
          <Button appearance={secondary ? "secondary" : "primary"} disabled={disabled || definition.loading || (!definition.dirty && !isNew)}>{label}</Button>
        </DialogTrigger>
        <DialogSurface className={styles.surface}>
          <DialogBody>
            <DialogTitle>Save {KIND_WORD[definition.kind]} {isNew ? "" : definition.saved?.object.title ?? name}</DialogTitle>
            <DialogContent className={styles.content}>
              {isNew ? (
                <Field
                  label="Name"
                  required
                  hint="Letters, digits and _, beginning with a letter. It names the file and stays when the title changes."
                  validationState={name !== "" && !named ? "error" : "none"}
                  validationMessage={name !== "" && !named ? "Use letters, digits and _ only, and begin with a letter." : undefined}
                >
                  <Input value={name} onChange={(_, data) => setName(data.value)} autoComplete="off" spellCheck={false} />
                </Field>
              ) : null}
              {extra}
              <h3 className={styles.heading}>Changes to the file</h3>
              {definition.drafting ? <Spinner size="tiny" label="Checking …" labelPosition="after" /> : <DiffView lines={definition.diff} />}
              {definition.diagnostics.length > 0 ? (
                <div>
                  <h3 className={styles.heading}>In this definition</h3>
                  <Diagnostics list={definition.diagnostics} />
                </div>
              ) : null}
              {definition.elsewhere.length > 0 ? (
                <div>
                  <h3 className={styles.heading}>What it would break elsewhere</h3>
                  <Diagnostics list={definition.elsewhere} />
                </div>
              ) : null}
              {definition.problem ? <ErrorView problem={definition.problem} /> : null}
            </DialogContent>
            <DialogActions>
              <DialogTrigger disableButtonEnhancement>
                <Button appearance="secondary">Cancel</Button>
              </DialogTrigger>
              <Button appearance="primary" disabled={!named || definition.saving || definition.drafting} onClick={() => void save()}>
                {definition.saving ? "Saving …" : errors > 0 ? "Save anyway" : "Save"}
              </Button>
            </DialogActions>
          </DialogBody>
        </DialogSurface>
      </Dialog>
      <ConflictDialog definition={definition} onSaved={finish} onTheirs={() => setOpen(false)} />
    </>
  );
}

/** Somebody else saved meanwhile: theirs and mine, and which to keep. */
function ConflictDialog<T>({ definition, onSaved, onTheirs }: { definition: Definition<T>; onSaved: (view: DefinitionView | null) => void; onTheirs: () => void }) {
  const styles = useStyles();
  const theirs = definition.conflict;
  return (
    <Dialog open={theirs !== null} modalType="alert" onOpenChange={(_, data) => !data.open && void definition.resolve("later")}>
      <DialogSurface className={styles.surface}>
        <DialogBody>
          <DialogTitle>Somebody else saved this meanwhile</DialogTitle>
          <DialogContent className={styles.content}>
            <p>
              The file <code>{theirs?.object.file}</code> is not the one you began from. Lines with − are theirs only, lines with + are yours only.
            </p>
            {theirs ? <DiffView lines={diffLines(theirs.yaml, definition.yaml)} label="Theirs and yours" /> : null}
          </DialogContent>
          <DialogActions fluid>
            <Button onClick={() => void definition.resolve("later")}>Keep editing</Button>
            <Button onClick={() => { void definition.resolve("theirs"); onTheirs(); }}>Take theirs, drop mine</Button>
            <Button appearance="primary" onClick={async () => onSaved(await definition.resolve("mine"))}>Save mine over theirs</Button>
          </DialogActions>
        </DialogBody>
      </DialogSurface>
    </Dialog>
  );
}

/** A line that says this is a draft, and whether it was taken up again. */
export function DraftNote<T>({ definition }: { definition: Definition<T> }) {
  const styles = useStyles();
  if (!definition.dirty) return null;
  return (
    <span className={styles.quiet} role="status">
      {definition.restored ? "Draft of before, taken up again" : "Draft, not saved"}
      {definition.drafting ? " · checking …" : ""}
    </span>
  );
}

/** Undo, redo, discard and save, in this order, for the head of every editor. */
export function EditActions<T>({ definition, ...more }: SaveDialogProps<T>) {
  const ask = useConfirm();
  const discard = async () => {
    if (await ask({ title: "Discard the draft?", text: "What you changed since the last save is lost.", action: "Discard", cancel: "Keep editing" })) definition.discard();
  };
  return (
    <>
      <DraftNote definition={definition} />
      <Button
        appearance="subtle"
        icon={<ArrowUndoRegular />}
        disabled={!definition.canUndo}
        aria-label={definition.undoLabel ? `Undo ${definition.undoLabel}` : "Undo"}
        title={definition.undoLabel ? `Undo ${definition.undoLabel} (Ctrl+Z)` : "Undo (Ctrl+Z)"}
        onClick={definition.undo}
      />
      <Button
        appearance="subtle"
        icon={<ArrowRedoRegular />}
        disabled={!definition.canRedo}
        aria-label={definition.redoLabel ? `Redo ${definition.redoLabel}` : "Redo"}
        title={definition.redoLabel ? `Redo ${definition.redoLabel} (Ctrl+Y)` : "Redo (Ctrl+Y)"}
        onClick={definition.redo}
      />
      <Button disabled={!definition.dirty} onClick={() => void discard()}>Discard</Button>
      <SaveDialog definition={definition} {...more} />
    </>
  );
}
