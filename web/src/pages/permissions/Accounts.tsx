/*
 * Accounts: people: invite, give a role, disable, delete, make a link for a lost password.
 *
 * Invariants: an administrator cannot make or change owners; nobody takes their own last way in (the server sees to it).
 */
import {
  Button, Dialog, DialogActions, DialogBody, DialogContent, DialogSurface, DialogTitle, DialogTrigger, Field, Input, makeStyles, Menu, MenuItem, MenuList,
  MenuPopover, MenuTrigger, Radio, RadioGroup, Select, tokens,
} from "@fluentui/react-components";
import { MoreHorizontalRegular } from "@fluentui/react-icons";
import { useState } from "react";
import { api, seg, toProblem, type ApiProblem } from "../../api/client";
import { useGet, useProject, useSend, useSession } from "../../api/hooks";
import type { AccountView, Role } from "../../api/types";
import { useConfirm } from "../../parts/confirm";
import { Grid } from "../../parts/grid";
import { State, Time } from "../../parts/show";
import { ErrorView, Loading } from "../../parts/states";
import { useToast } from "../../parts/toast";
import { Once } from "./Once";
import { ROLES, roleWord } from "./Roles";

const useStyles = makeStyles({
  bar: { display: "flex", justifyContent: "space-between", alignItems: "center", gap: "16px", marginBottom: "12px", flexWrap: "wrap" },
  form: { display: "flex", flexDirection: "column", gap: "16px" },
  quiet: { color: tokens.colorNeutralForeground2 },
  role: { minWidth: "150px" },
});

interface Invitation {
  who: string;
  url: string;
  expires: string;
}

/** The people. */
export function Accounts() {
  const styles = useStyles();
  const { can } = useProject();
  const session = useSession();
  const ask = useConfirm();
  const toast = useToast();
  const send = useSend();
  const accounts = useGet<AccountView[]>("/api/accounts");
  const [inviting, setInviting] = useState(false);
  const [link, setLink] = useState<Invitation | null>(null);
  const me = session.data?.user?.name;
  const refetch = () => void accounts.refetch();
  const within = (role: Role) => can(role);

  const change = async (account: AccountView, part: Partial<Pick<AccountView, "role" | "disabled">>, words: string) => {
    await send("PATCH", `/api/accounts/${seg(account.name)}`, part).then(() => toast.done(words), () => undefined);
    refetch();
  };
  const give = async (account: AccountView, role: Role) => {
    if (account.name === me) {
      const yes = await ask({ title: "Change your own role?", text: `You become ${roleWord(role)}. What you lose only somebody else can give back.`, action: "Change my role" });
      if (!yes) return;
    }
    await change(account, { role }, `${account.title} is now ${roleWord(role)}`);
  };
  const invite = async (account: AccountView) => {
    const made = await send<{ url: string; expires: string }>("POST", `/api/accounts/${seg(account.name)}/invitation`).catch(() => null);
    if (made) setLink({ who: account.title, ...made });
  };
  const disable = async (account: AccountView) => {
    const yes = account.disabled || await ask({ title: `Disable ${account.title}?`, text: "They are signed out at once, and what their tokens ask is refused, until you enable them again.", action: "Disable" });
    if (yes) await change(account, { disabled: !account.disabled }, account.disabled ? `${account.title} may come in again` : `${account.title} is disabled`);
  };
  const remove = async (account: AccountView) => {
    if (!(await ask({ title: `Delete the account of ${account.title}?`, text: "They cannot come in any more, and their tokens go with the account. What they did stays in the audit under their name.", action: "Delete" }))) return;
    await send("DELETE", `/api/accounts/${seg(account.name)}`).then(() => toast.done(`Deleted the account of ${account.title}`), () => undefined);
    refetch();
  };

  if (accounts.isPending) return <Loading />;
  if (accounts.error) return <ErrorView problem={accounts.error} retry={refetch} />;
  return (
    <>
      <div className={styles.bar}>
        <span className={styles.quiet}>Nobody gets in without an invitation{session.data?.openid ? ` or an account at ${session.data.openid.title} that is let in` : ""}.</span>
        <Button appearance="primary" onClick={() => setInviting(true)}>Invite somebody</Button>
      </div>
      <Grid
        label="People"
        rows={accounts.data}
        rowKey={(row) => row.name}
        columns={[
          { key: "title", title: "Name", sort: (row) => row.title, render: (row) => <>{row.title}{row.name === me ? " (you)" : ""}</> },
          { key: "name", title: "Signs in as", optional: true, sort: (row) => row.name, render: (row) => row.name },
          {
            key: "role",
            title: "Role",
            sort: (row) => ROLES.findIndex((one) => one.role === row.role),
            render: (row) => within(row.role) ? (
              <Select size="small" className={styles.role} aria-label={`Role of ${row.title}`} value={row.role} onChange={(_, data) => void give(row, data.value as Role)}>
                {ROLES.filter((one) => within(one.role)).map((one) => <option key={one.role} value={one.role}>{one.title}</option>)}
              </Select>
            ) : roleWord(row.role),
          },
          { key: "state", title: "State", render: (row) => row.disabled ? <State state="disabled" /> : row.last_seen ? <State state="active" /> : <State state="waiting" word="Invited" /> },
          { key: "local", title: "Password", optional: true, render: (row) => (row.local ? "here" : "none here") },
          { key: "seen", title: "Last seen", optional: true, sort: (row) => row.last_seen, render: (row) => <Time at={row.last_seen} relative /> },
          {
            key: "more",
            title: "Actions",
            align: "end",
            width: "88px",
            render: (row) => within(row.role) ? (
              <Menu>
                <MenuTrigger disableButtonEnhancement>
                  <Button size="small" appearance="subtle" icon={<MoreHorizontalRegular />} aria-label={`Actions for ${row.title}`} />
                </MenuTrigger>
                <MenuPopover>
                  <MenuList>
                    <MenuItem disabled={row.disabled} onClick={() => void invite(row)}>{row.local ? "Link for a new password" : "New invitation link"}</MenuItem>
                    <MenuItem disabled={row.name === me} onClick={() => void disable(row)}>{row.disabled ? "Enable" : "Disable…"}</MenuItem>
                    <MenuItem disabled={row.name === me} onClick={() => void remove(row)}>Delete…</MenuItem>
                  </MenuList>
                </MenuPopover>
              </Menu>
            ) : "–",
          },
        ]}
      />
      {inviting ? <Invite close={() => setInviting(false)} onMade={(made) => { setInviting(false); setLink(made); refetch(); }} /> : null}
      <Dialog open={link !== null} modalType="alert" onOpenChange={(_, data) => !data.open && setLink(null)}>
        <DialogSurface>
          <DialogBody>
            <DialogTitle>Link for {link?.who}</DialogTitle>
            <DialogContent>
              {link ? <Once label="Link" value={link.url} text={<>Give this link to {link.who} yourself. It works once, until <Time at={link.expires} />, and is not shown again.</>} /> : null}
            </DialogContent>
            <DialogActions><Button appearance="primary" onClick={() => setLink(null)}>Done</Button></DialogActions>
          </DialogBody>
        </DialogSurface>
      </Dialog>
    </>
  );
}

function Invite({ close, onMade }: { close: () => void; onMade: (made: Invitation) => void }) {
  const styles = useStyles();
  const { can } = useProject();
  const [name, setName] = useState("");
  const [title, setTitle] = useState("");
  const [role, setRole] = useState<Role>("viewer");
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<ApiProblem | null>(null);
  const fine = /^[a-z0-9][a-z0-9._@+-]{0,99}$/.test(name.trim().toLowerCase());
  const submit = async () => {
    setBusy(true);
    setProblem(null);
    try {
      const made = await api.post<{ account: AccountView; url: string; expires: string }>("/api/accounts", { name: name.trim(), title: title.trim() || null, role });
      onMade({ who: made.account.title, url: made.url, expires: made.expires });
    } catch (error) {
      setProblem(toProblem(error));
      setBusy(false);
    }
  };
  return (
    <Dialog open onOpenChange={(_, data) => !data.open && close()}>
      <DialogSurface>
        <form onSubmit={(event) => { event.preventDefault(); if (fine && !busy) void submit(); }}>
          <DialogBody>
            <DialogTitle>Invite somebody</DialogTitle>
            <DialogContent className={styles.form}>
              {problem ? <ErrorView problem={problem} /> : null}
              <Field label="Name to sign in with" required hint="Small letters, digits and . _ @ + -. Their e-mail address is fine; nothing is sent to it." validationState={name !== "" && !fine ? "error" : "none"} validationMessage={name !== "" && !fine ? "Begin with a letter or digit; use letters a to z, digits and . _ @ + -." : undefined}>
                <Input value={name} onChange={(_, data) => setName(data.value)} autoComplete="off" autoCapitalize="none" spellCheck={false} />
              </Field>
              <Field label="Their name"><Input value={title} onChange={(_, data) => setTitle(data.value)} autoComplete="off" /></Field>
              <Field label="Role" required>
                <RadioGroup value={role} onChange={(_, data) => setRole(data.value as Role)}>
                  {ROLES.filter((one) => can(one.role)).map((one) => <Radio key={one.role} value={one.role} label={<><strong>{one.title}</strong><div className={styles.quiet}>{one.text}</div></>} />)}
                </RadioGroup>
              </Field>
            </DialogContent>
            <DialogActions>
              <DialogTrigger disableButtonEnhancement><Button>Cancel</Button></DialogTrigger>
              <Button type="submit" appearance="primary" disabled={!fine || busy}>{busy ? "Making the link …" : "Make the invitation link"}</Button>
            </DialogActions>
          </DialogBody>
        </form>
      </DialogSurface>
    </Dialog>
  );
}
