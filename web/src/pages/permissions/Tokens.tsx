/*
 * Tokens: how programs come in: made once, shown once, taken back here.
 */
import { Button, Dialog, DialogActions, DialogBody, DialogContent, DialogSurface, DialogTitle, DialogTrigger, Field, Input, makeStyles, Select, tokens } from "@fluentui/react-components";
import { useState } from "react";
import { api, seg, toProblem, type ApiProblem } from "../../api/client";
import { useGet, useProject, useSend } from "../../api/hooks";
import type { Role, TokenView } from "../../api/types";
import { useConfirm } from "../../parts/confirm";
import { Grid } from "../../parts/grid";
import { PageLink } from "../../parts/link";
import { State, Time } from "../../parts/show";
import { Empty, ErrorView, Loading } from "../../parts/states";
import { useToast } from "../../parts/toast";
import { Once } from "./Once";
import { ROLES, roleWord } from "./Roles";

const useStyles = makeStyles({
  bar: { display: "flex", justifyContent: "space-between", alignItems: "center", gap: "16px", marginBottom: "12px", flexWrap: "wrap" },
  form: { display: "flex", flexDirection: "column", gap: "16px" },
  quiet: { color: tokens.colorNeutralForeground2 },
});

/** The tokens. */
export function Tokens() {
  const styles = useStyles();
  const { can } = useProject();
  const ask = useConfirm();
  const send = useSend();
  const toast = useToast();
  const list = useGet<TokenView[]>("/api/tokens");
  const [making, setMaking] = useState(false);
  const remove = async (token: TokenView) => {
    if (!(await ask({ title: `Take back “${token.title}”?`, text: "Programs that use it are refused at once. It cannot be given back; make another.", action: "Take back" }))) return;
    await send("DELETE", `/api/tokens/${seg(token.id)}`).then(() => toast.done("The token was taken back"), () => undefined);
    void list.refetch();
  };
  if (list.isPending) return <Loading />;
  if (list.error) return <ErrorView problem={list.error} retry={() => void list.refetch()} />;
  const make = <Button appearance="primary" onClick={() => setMaking(true)}>New token</Button>;
  return (
    <>
      {list.data.length > 0 ? (
        <div className={styles.bar}>
          <span className={styles.quiet}>Programs send it as <code>Authorization: Bearer ofd_…</code>. See the <PageLink to="/docs" inline>API documentation</PageLink>.</span>
          {make}
        </div>
      ) : null}
      <Grid
        label="Tokens"
        rows={list.data}
        rowKey={(row) => row.id}
        empty={<Empty title="No token yet" text="A token lets a program ask the API: a nightly report, a dashboard. It does at most what you may do, and ends by itself." action={make} />}
        columns={[
          { key: "title", title: "For", sort: (row) => row.title, render: (row) => row.title },
          { key: "role", title: "Role", render: (row) => roleWord(row.role) },
          { key: "by", title: "Made by", optional: true, sort: (row) => row.account, render: (row) => row.account },
          { key: "made", title: "Made", optional: true, sort: (row) => row.created, render: (row) => <Time at={row.created} relative /> },
          { key: "used", title: "Last used", sort: (row) => row.last_used, render: (row) => (row.last_used ? <Time at={row.last_used} relative /> : "never") },
          { key: "ends", title: "Ends", sort: (row) => row.expires, render: (row) => (row.expires && new Date(row.expires).getTime() < Date.now() ? <State state="disabled" word="Ended" /> : <Time at={row.expires} />) },
          { key: "act", title: "Actions", align: "end", render: (row) => (can(row.role) ? <Button size="small" onClick={() => void remove(row)} aria-label={`Take back ${row.title}`}>Take back…</Button> : "–") },
        ]}
      />
      {making ? <Make close={() => { setMaking(false); void list.refetch(); }} /> : null}
    </>
  );
}

function Make({ close }: { close: () => void }) {
  const styles = useStyles();
  const { can } = useProject();
  const [title, setTitle] = useState("");
  const [role, setRole] = useState<Role>("viewer");
  const [days, setDays] = useState("90");
  const [token, setToken] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<ApiProblem | null>(null);
  const submit = async () => {
    setBusy(true);
    setProblem(null);
    try {
      setToken((await api.post<{ token: string; view: TokenView }>("/api/tokens", { title: title.trim(), role, days: Number(days) })).token);
    } catch (error) {
      setProblem(toProblem(error));
    } finally {
      setBusy(false);
    }
  };
  return (
    <Dialog open modalType={token ? "alert" : "modal"} onOpenChange={(_, data) => !data.open && close()}>
      <DialogSurface>
        <form onSubmit={(event) => { event.preventDefault(); if (!busy && title.trim() !== "" && token === null) void submit(); }}>
          <DialogBody>
            <DialogTitle>{token ? "The token" : "New token"}</DialogTitle>
            <DialogContent className={styles.form}>
              {problem ? <ErrorView problem={problem} /> : null}
              {token ? <Once label="Token" value={token} text="Copy it now: it is not shown again. Keep it where programs keep secrets, not in code." /> : (
                <>
                  <Field label="For" required hint="What uses it: nightly report."><Input value={title} onChange={(_, data) => setTitle(data.value)} autoComplete="off" /></Field>
                  <Field label="Role" hint={ROLES.find((one) => one.role === role)?.text}>
                    <Select value={role} onChange={(_, data) => setRole(data.value as Role)}>
                      {ROLES.filter((one) => can(one.role)).map((one) => <option key={one.role} value={one.role}>{one.title}</option>)}
                    </Select>
                  </Field>
                  <Field label="Ends after">
                    <Select value={days} onChange={(_, data) => setDays(data.value)}>
                      {[["7", "a week"], ["30", "30 days"], ["90", "90 days"], ["365", "a year"]].map(([value, word]) => <option key={value} value={value}>{word}</option>)}
                    </Select>
                  </Field>
                </>
              )}
            </DialogContent>
            <DialogActions>
              {token ? <Button appearance="primary" onClick={close}>Done</Button> : (
                <>
                  <DialogTrigger disableButtonEnhancement><Button>Cancel</Button></DialogTrigger>
                  <Button type="submit" appearance="primary" disabled={busy || title.trim() === ""}>{busy ? "Making …" : "Make the token"}</Button>
                </>
              )}
            </DialogActions>
          </DialogBody>
        </form>
      </DialogSurface>
    </Dialog>
  );
}
