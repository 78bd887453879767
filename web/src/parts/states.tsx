/*
 * states: what stands where content will be: nothing yet, not yet, or a problem.
 */
import { Button, Link, makeStyles, MessageBar, MessageBarBody, MessageBarTitle, Spinner, tokens } from "@fluentui/react-components";
import { ArrowClockwiseRegular } from "@fluentui/react-icons";
import type { ReactNode } from "react";
import { toProblem } from "../api/client";
import type { DiagnosticView } from "../api/types";

const useStyles = makeStyles({
  empty: {
    display: "flex", flexDirection: "column", alignItems: "center", textAlign: "center", gap: "12px",
    padding: "48px 16px", maxWidth: "560px", margin: "0 auto",
  },
  title: { fontSize: tokens.fontSizeBase500, fontWeight: tokens.fontWeightSemibold, margin: 0 },
  text: { color: tokens.colorNeutralForeground2, margin: 0 },
  picture: { color: tokens.colorNeutralForeground3, maxWidth: "100%" },
  loading: { padding: "32px", display: "flex", justifyContent: "center" },
  problem: { margin: "16px 0", maxWidth: "960px" },
  detail: { margin: "4px 0", whiteSpace: "pre-wrap", overflowWrap: "anywhere" },
  quiet: { color: tokens.colorNeutralForeground2, fontSize: tokens.fontSizeBase200 },
  list: { margin: "8px 0", paddingLeft: "20px" },
  place: { fontFamily: tokens.fontFamilyMonospace, fontSize: tokens.fontSizeBase200 },
  actions: { display: "flex", gap: "12px", alignItems: "center", marginTop: "8px", flexWrap: "wrap" },
});

/** A sentence whose `names in backticks` are set as code; `sentence` gives it a capital and a full stop. */
export function Words({ text, sentence }: { text: string; sentence?: boolean }) {
  const said = sentence ? text.charAt(0).toUpperCase() + text.slice(1) + (/[.!?:)]$/.test(text) ? "" : ".") : text;
  return <>{said.split("`").map((part, index) => (index % 2 === 1 ? <code key={index}>{part}</code> : part))}</>;
}

/** Nothing here yet: what the page is for, a small picture of it filled, one button. */
export function Empty({ title, text, action, picture }: { title: string; text: ReactNode; action?: ReactNode; picture?: ReactNode }) {
  const styles = useStyles();
  return (
    <section className={styles.empty}>
      {picture ? <div className={styles.picture} aria-hidden>{picture}</div> : null}
      <h2 className={styles.title}>{title}</h2>
      <p className={styles.text}>{text}</p>
      {action}
    </section>
  );
}

/** Not there yet. */
export function Loading({ label = "Loading" }: { label?: string }) {
  const styles = useStyles();
  return (
    <div className={styles.loading}>
      <Spinner size="small" label={`${label} …`} aria-label={label} delay={250} />
    </div>
  );
}

/** Things said about definitions, with file and line. `onGo` opens one. */
export function Diagnostics({ list, onGo }: { list: DiagnosticView[]; onGo?: (diagnostic: DiagnosticView) => void }) {
  const styles = useStyles();
  if (list.length === 0) return null;
  return (
    <ul className={styles.list}>
      {list.map((one, index) => {
        const place = one.file ? `${one.file}${one.line ? `:${one.line}` : ""}` : one.line ? `line ${one.line}` : "";
        return (
          <li key={index}>
            <strong>{one.severity === "error" ? "Error" : one.severity === "warning" ? "Warning" : "Note"}</strong>
            {": "}
            <Words text={one.message} />
            {place ? (
              <>
                {" "}
                {onGo ? <Link as="button" className={styles.place} onClick={() => onGo(one)}>{place}</Link> : <span className={styles.place}>{place}</span>}
              </>
            ) : null}
            {one.hint ? <div className={styles.quiet}><Words text={one.hint} sentence /></div> : null}
          </li>
        );
      })}
    </ul>
  );
}

/** A problem: what happened, where, and what to do. Takes anything thrown. */
export function ErrorView({ problem, retry }: { problem: unknown; retry?: () => void }) {
  const styles = useStyles();
  const { title, detail, hint, diagnostics, request } = toProblem(problem);
  return (
    <MessageBar intent="error" layout="multiline" className={styles.problem} role="alert">
      <MessageBarBody>
        <MessageBarTitle>{title}</MessageBarTitle>
        {detail ? <p className={styles.detail}><Words text={detail} sentence /></p> : null}
        {hint ? <p className={styles.detail}><Words text={hint} sentence /></p> : null}
        <Diagnostics list={diagnostics} />
        <div className={styles.actions}>
          {retry ? <Button icon={<ArrowClockwiseRegular />} onClick={retry}>Try again</Button> : null}
          {request ? <span className={styles.quiet}>Request {request}</span> : null}
        </div>
      </MessageBarBody>
    </MessageBar>
  );
}
