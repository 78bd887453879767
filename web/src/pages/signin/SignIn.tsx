/*
 * SignIn: by name and password, or at the organisation's provider; then back to where the reader was.
 */
import { Button, Divider, Field, Input, makeStyles } from "@fluentui/react-components";
import { useState, type FormEvent } from "react";
import { Navigate, useLocation, useSearchParams } from "react-router";
import { api, toProblem, type ApiProblem } from "../../api/client";
import { useEnter, useSession } from "../../api/hooks";
import type { SessionView } from "../../api/jobs";
import { ErrorView, Loading } from "../../parts/states";
import { Outside } from "../../shell/Outside";
import { PasswordField } from "../../shell/PasswordField";
import { signInProblem } from "./problems";

const useStyles = makeStyles({
  form: { display: "flex", flexDirection: "column", gap: "16px" },
  wide: { width: "100%" },
  hint: { marginBottom: 0 },
});

/** A page of this application to go back to; never another site. */
function backTo(state: unknown, query: string | null): string {
  const from = typeof state === "object" && state !== null && "from" in state ? String(state.from) : (query ?? "/");
  return from.startsWith("/") && !from.startsWith("//") && !from.startsWith("/\\") && !from.startsWith("/signin") ? from : "/";
}

/** The sign-in page. */
export default function SignIn() {
  const styles = useStyles();
  const session = useSession();
  const enter = useEnter();
  const location = useLocation();
  const [params] = useSearchParams();
  const [name, setName] = useState("");
  const [password, setPassword] = useState("");
  const [entered, setEntered] = useState(false);
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<ApiProblem | null>(null);
  const back = backTo(location.state, params.get("to"));
  // Somebody who is just signing out still has a session for a moment.
  const left = typeof location.state === "object" && location.state !== null && "left" in location.state;
  if (session.data?.user && (!left || entered)) return <Navigate to={back} replace />;
  if (session.data?.setup) return <Navigate to="/setup" replace />;
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setBusy(true);
    setProblem(null);
    try {
      const view = await api.post<SessionView>("/api/session", { name: name.trim(), password });
      setEntered(true);
      enter(view);
    } catch (error) {
      setProblem(toProblem(error));
      setPassword("");
    } finally {
      setBusy(false);
    }
  };
  const openid = session.data?.openid;
  const sentBack = signInProblem(params.get("problem"));
  return (
    <Outside title="Sign in">
      {session.isPending ? <Loading /> : null}
      {session.error ? <ErrorView problem={session.error} retry={() => void session.refetch()} /> : null}
      {sentBack ? <ErrorView problem={sentBack} /> : null}
      {session.data ? (
        <form className={styles.form} onSubmit={(event) => void submit(event)}>
          {openid ? (
            <>
              <Button as="a" appearance="primary" className={styles.wide} href={`/api/openid/start?to=${encodeURIComponent(back)}`}>
                Sign in with {openid.title}
              </Button>
              <Divider>or with a password</Divider>
            </>
          ) : null}
          {problem ? <ErrorView problem={problem} /> : null}
          <Field label="Name" required>
            <Input value={name} onChange={(_, data) => setName(data.value)} name="username" autoComplete="username" autoCapitalize="none" spellCheck={false} autoFocus={!openid} />
          </Field>
          <PasswordField label="Password" value={password} onChange={setPassword} autoComplete="current-password" />
          <Button type="submit" appearance={openid ? "secondary" : "primary"} disabled={busy || name.trim() === "" || password === ""}>
            {busy ? "Signing in …" : "Sign in"}
          </Button>
          <p className={styles.hint}>Forgotten it? An administrator can make you a link to set a new one.</p>
        </form>
      ) : null}
    </Outside>
  );
}
