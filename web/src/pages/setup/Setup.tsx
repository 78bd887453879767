/*
 * Setup: the first administrator, an accepted invitation, a lost password: all by a link that works once.
 *
 * Invariants: the link's word is taken out of the address at once; it was never sent to a server as part of one.
 */
import { Button, Field, Input, makeStyles, MessageBar, MessageBarBody } from "@fluentui/react-components";
import { useState, type FormEvent } from "react";
import { useNavigate } from "react-router";
import { api, toProblem, type ApiProblem } from "../../api/client";
import { useEnter, useSession } from "../../api/hooks";
import type { SessionView } from "../../api/jobs";
import { PageLink } from "../../parts/link";
import { ErrorView, Loading } from "../../parts/states";
import { Outside } from "../../shell/Outside";
import { PASSWORD_RULE, PasswordField, passwordTrouble } from "../../shell/PasswordField";

const useStyles = makeStyles({ form: { display: "flex", flexDirection: "column", gap: "16px" } });

/** What names of accounts may be. */
const ACCOUNT = /^[a-z0-9][a-z0-9._@+-]{0,99}$/;

/** The word of the link, remembered for this tab so that a reload does not lose it. */
function takeWord(): string {
  const KEY = "onefold.setup";
  const word = location.hash.slice(1);
  if (word !== "") {
    sessionStorage.setItem(KEY, word);
    history.replaceState(history.state, "", location.pathname);
    return word;
  }
  return sessionStorage.getItem(KEY) ?? "";
}

/** The page behind a one-time link. */
export default function Setup() {
  const styles = useStyles();
  const session = useSession();
  const enter = useEnter();
  const navigate = useNavigate();
  const [token, setToken] = useState(takeWord);
  const [pasted, setPasted] = useState("");
  const [name, setName] = useState("");
  const [title, setTitle] = useState("");
  const [password, setPassword] = useState("");
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<ApiProblem | null>(null);
  if (session.error) return <Outside title="Set up"><ErrorView problem={session.error} retry={() => void session.refetch()} /></Outside>;
  if (!session.data) return <Loading />;
  const first = session.data.setup;
  if (token === "") {
    return (
      <Outside title={first ? "Set up Onefold" : "Set a password"} text="Nobody gets in without a link that works once.">
        <form
          className={styles.form}
          onSubmit={(event) => {
            event.preventDefault();
            setToken(pasted.trim().split("#").at(-1) ?? "");
          }}
        >
          <MessageBar intent="info" layout="multiline">
            <MessageBarBody>
              {first
                ? "When the server started it printed a link for the first administrator. Open that link, or paste it here."
                : "Open the link that an administrator gave you, or paste it here. Links expire, and work once."}
            </MessageBarBody>
          </MessageBar>
          <Field label="Link" required>
            <Input value={pasted} onChange={(_, data) => setPasted(data.value)} autoComplete="off" spellCheck={false} />
          </Field>
          <Button type="submit" appearance="primary" disabled={pasted.trim() === ""}>Go on</Button>
          {first ? null : <PageLink to="/signin">Sign in instead</PageLink>}
        </form>
      </Outside>
    );
  }
  const trouble = passwordTrouble(password, name);
  const named = !first || ACCOUNT.test(name.trim().toLowerCase());
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    if (trouble || !named || busy) return;
    setBusy(true);
    setProblem(null);
    try {
      const view = await api.post<SessionView>("/api/setup", { token, name: name.trim() || null, title: title.trim() || null, password });
      sessionStorage.removeItem("onefold.setup");
      enter(view);
      await navigate("/", { replace: true });
    } catch (error) {
      setProblem(toProblem(error));
    } finally {
      setBusy(false);
    }
  };
  return (
    <Outside
      title={first ? "Make the first account" : "Set your password"}
      text={first ? "It owns this server: it invites others and makes projects." : "Your account is waiting; choose a password for it."}
    >
      <form className={styles.form} onSubmit={(event) => void submit(event)}>
        {problem ? <ErrorView problem={problem} /> : null}
        {problem?.status === 403 ? <Button onClick={() => { sessionStorage.removeItem("onefold.setup"); setToken(""); setProblem(null); }}>Use another link</Button> : null}
        <Field
          label={first ? "Name to sign in with" : "Name to sign in with, if you know it"}
          required={first}
          hint={first ? "Small letters, digits and . _ @ + -. An e-mail address is fine." : "It helps your password manager; the link knows whose account it is."}
          validationState={first && name !== "" && !named ? "error" : "none"}
          validationMessage={first && name !== "" && !named ? "Begin with a letter or digit; use letters a to z, digits and . _ @ + -." : undefined}
        >
          <Input value={name} onChange={(_, data) => setName(data.value)} name="username" autoComplete="username" autoCapitalize="none" spellCheck={false} autoFocus />
        </Field>
        <Field label="Your name" hint="As others see it. May stay empty.">
          <Input value={title} onChange={(_, data) => setTitle(data.value)} autoComplete="name" />
        </Field>
        <PasswordField label="New password" value={password} onChange={setPassword} autoComplete="new-password" hint={PASSWORD_RULE} trouble={password === "" ? null : trouble} />
        <Button type="submit" appearance="primary" disabled={busy || trouble !== null || !named}>{busy ? "Setting …" : first ? "Make the account" : "Set password and sign in"}</Button>
      </form>
    </Outside>
  );
}
