// confirm-dialog: the question itself; loaded when one is asked.
import { Button, Dialog, DialogActions, DialogBody, DialogContent, DialogSurface, DialogTitle } from "@fluentui/react-components";
import type { Question } from "./confirm";

/** Asks; closing it is a no. */
export default function ConfirmDialog({ question, answer }: { question: Question; answer: (yes: boolean) => void }) {
  return (
    <Dialog open modalType="alert" onOpenChange={(_, data) => !data.open && answer(false)}>
      <DialogSurface>
        <DialogBody>
          <DialogTitle>{question.title}</DialogTitle>
          <DialogContent>{question.text}</DialogContent>
          <DialogActions>
            <Button appearance="secondary" onClick={() => answer(false)}>{question.cancel ?? "Cancel"}</Button>
            <Button appearance="primary" onClick={() => answer(true)}>{question.action}</Button>
          </DialogActions>
        </DialogBody>
      </DialogSurface>
    </Dialog>
  );
}
