// Password: changing one's own password.
import { Button, Dialog, DialogActions, DialogBody, DialogContent, DialogSurface, DialogTitle, makeStyles } from "@fluentui/react-components";
import { useState, type FormEvent } from "react";
import { api, toProblem, type ApiProblem } from "../api/client";
import { useEnter, useSession } from "../api/hooks";
import type { SessionView } from "../api/jobs";
import { ErrorView } from "../parts/states";
import { useToast } from "../parts/toast";
import { PASSWORD_RULE, PasswordField, passwordTrouble } from "./PasswordField";

const useStyles = makeStyles({ content: { display: "flex", flexDirection: "column", gap: "12px" } });

/** The dialog that changes one's own password. */
export default function Password({ close }: { close: () => void }) {
  const styles = useStyles();
  const toast = useToast();
  const session = useSession();
  const enter = useEnter();
  const [old, setOld] = useState("");
  const [fresh, setFresh] = useState("");
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<ApiProblem | null>(null);
  const trouble = passwordTrouble(fresh, session.data?.user?.name);
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    if (trouble || busy) return;
    setBusy(true);
    setProblem(null);
    try {
      enter(await api.post<SessionView>("/api/session/password", { old, new: fresh }));
      toast.done("Password changed", "Your other sessions are signed out.");
      close();
    } catch (error) {
      setProblem(toProblem(error));
    } finally {
      setBusy(false);
    }
  };
  return (
    <Dialog open onOpenChange={(_, data) => !data.open && close()}>
      <DialogSurface>
        <form onSubmit={(event) => void submit(event)}>
          <DialogBody>
            <DialogTitle>Change password</DialogTitle>
            <DialogContent className={styles.content}>
              {problem ? <ErrorView problem={problem} /> : null}
              <input type="text" name="username" autoComplete="username" value={session.data?.user?.name ?? ""} readOnly hidden />
              <PasswordField label="Present password" value={old} onChange={setOld} autoComplete="current-password" />
              <PasswordField label="New password" value={fresh} onChange={setFresh} autoComplete="new-password" hint={PASSWORD_RULE} trouble={fresh === "" ? null : trouble} />
            </DialogContent>
            <DialogActions>
              <Button onClick={close}>Cancel</Button>
              <Button type="submit" appearance="primary" disabled={old === "" || trouble !== null || busy}>{busy ? "Changing …" : "Change password"}</Button>
            </DialogActions>
          </DialogBody>
        </form>
      </DialogSurface>
    </Dialog>
  );
}
