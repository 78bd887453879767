/*
 * LocationForm: from where a source is read, a folder or a server, and how to sign in there.
 *
 * Invariants: a secret is the name of a variable or file, never the secret itself.
 */
import { Field, Input, makeStyles, Radio, RadioGroup, Select } from "@fluentui/react-components";
import type { Value } from "../../api/types";
import { FolderPicker } from "./FolderPicker";
import type { SourceKind } from "./kinds";
import { record, text } from "./steps";

const useStyles = makeStyles({
  form: { display: "flex", flexDirection: "column", gap: "16px", maxWidth: "680px" },
  pair: { display: "grid", gridTemplateColumns: "180px 1fr", gap: "8px" },
});

export function LocationForm(props: { kind: SourceKind; value: Value | undefined; onChange: (from: Value) => void; allowUrl: boolean }) {
  const styles = useStyles();
  const from = record(props.value);
  const server = from.url !== undefined;
  return (
    <div className={styles.form}>
      {props.kind.url ? (
        <RadioGroup
          aria-label="From where"
          layout="horizontal"
          value={server ? "url" : "folder"}
          onChange={(_, data) => props.onChange(data.value === "url" ? { url: "" } : { folder: "./data" })}
        >
          <Radio value="folder" label="A folder of files" />
          <Radio value="url" label={props.allowUrl ? "A server" : "A server (an administrator can set it up)"} disabled={!props.allowUrl} />
        </RadioGroup>
      ) : null}
      {server ? (
        <>
          <Field label="Address" required hint={`for example ${props.kind.example}`}>
            <Input type="url" value={text(from.url)} onChange={(_, data) => props.onChange({ ...from, url: data.value })} />
          </Field>
          <AuthForm
            value={from.auth}
            address={text(from.url)}
            onChange={(auth) => {
              const { auth: _, ...rest } = from;
              props.onChange(auth === undefined ? rest : { ...rest, auth });
            }}
          />
        </>
      ) : (
        <FolderPicker value={text(from.folder)} onChange={(folder) => props.onChange({ folder })} accept={props.kind.accept} holds={props.kind.files} />
      )}
    </div>
  );
}

const WAYS = ["none", "bearer", "basic", "client_credentials"] as const;
const WORDS: Record<(typeof WAYS)[number], string> = {
  none: "Nobody asks",
  bearer: "Fixed token (bearer)",
  basic: "User and password (basic)",
  client_credentials: "OAuth 2 client credentials (Entra ID)",
};

/** How to sign in. */
export function AuthForm(props: { value: Value | undefined; address: string; onChange: (auth: Value | undefined) => void }) {
  const styles = useStyles();
  const auth = record(props.value);
  const way = WAYS.find((word) => auth[word] !== undefined) ?? "none";
  const blank = (word: string): Value | undefined => {
    if (word === "bearer") return { bearer: { env: "" } };
    if (word === "basic") return { basic: { user: "", password: { env: "" } } };
    if (word === "client_credentials")
      return { client_credentials: { token_url: "", client_id: "", client_secret: { env: "" }, scope: props.address ? `${props.address.replace(/\/+$/, "")}/.default` : "" } };
    return undefined;
  };
  const parts = record(auth[way]);
  const put = (key: string, value: Value) => props.onChange({ [way]: { ...parts, [key]: value } });
  const field = (key: string, label: string, hint?: string) => (
    <Field label={label} required hint={hint}>
      <Input value={text(parts[key])} onChange={(_, data) => put(key, data.value)} />
    </Field>
  );
  return (
    <div className={styles.form}>
      <Field label="Sign-in">
        <Select value={way} onChange={(_, data) => props.onChange(blank(data.value))}>
          {WAYS.map((word) => <option key={word} value={word}>{WORDS[word]}</option>)}
        </Select>
      </Field>
      {way === "bearer" ? <SecretForm label="Token" value={auth.bearer} onChange={(secret) => props.onChange({ bearer: secret })} /> : null}
      {way === "basic" ? (
        <>
          {field("user", "User")}
          <SecretForm label="Password" value={parts.password} onChange={(secret) => put("password", secret)} />
        </>
      ) : null}
      {way === "client_credentials" ? (
        <>
          {field("token_url", "Token address", "https://login.microsoftonline.com/<tenant>/oauth2/v2.0/token")}
          {field("client_id", "Client id")}
          <SecretForm label="Client secret" value={parts.client_secret} onChange={(secret) => put("client_secret", secret)} />
          {field("scope", "Scope")}
        </>
      ) : null}
    </div>
  );
}

/** Where the server finds a secret. */
export function SecretForm(props: { label: string; value: Value | undefined; onChange: (secret: Value) => void }) {
  const styles = useStyles();
  const secret = record(props.value);
  const place = secret.file !== undefined ? "file" : "env";
  return (
    <Field label={props.label} required hint="The secret itself is never entered here: say where the server finds it.">
      <div className={styles.pair}>
        <Select aria-label={`${props.label}: where it is`} value={place} onChange={(_, data) => props.onChange({ [data.value]: text(secret[place]) })}>
          <option value="env">environment variable</option>
          <option value="file">file on the server</option>
        </Select>
        <Input
          aria-label={`${props.label}: ${place === "env" ? "name of the variable" : "path of the file"}`}
          value={text(secret[place])}
          placeholder={place === "env" ? "D365_SECRET" : "secrets/d365"}
          onChange={(_, data) => props.onChange({ [place]: data.value })}
        />
      </div>
    </Field>
  );
}
