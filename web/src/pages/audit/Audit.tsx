/*
 * Audit: who did what when, and whose data was shown; whether the chain holds.
 *
 * Invariants: the filter for a person is never part of this page's address.
 */
import { Button, Dialog, DialogActions, DialogBody, DialogContent, DialogSurface, DialogTitle, DialogTrigger, Field, Input, makeStyles, MessageBar, MessageBarBody, MessageBarTitle, Select, tokens } from "@fluentui/react-components";
import { useInfiniteQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { useSearchParams } from "react-router";
import { api, seg, toProblem, type ApiProblem } from "../../api/client";
import { useProject } from "../../api/hooks";
import type { AuditCheck, AuditEntry } from "../../api/types";
import { Grid } from "../../parts/grid";
import { PageLink } from "../../parts/link";
import { PageHead } from "../../parts/page-head";
import { State, Time } from "../../parts/show";
import { Empty, ErrorView, Loading } from "../../parts/states";

const LIMIT = 100;

const useStyles = makeStyles({
  filters: { display: "grid", gridTemplateColumns: "repeat(auto-fit, minmax(min(200px, 100%), 1fr))", gap: "12px", marginBottom: "16px", maxWidth: "1080px" },
  more: { display: "flex", justifyContent: "center", marginTop: "12px" },
  head: { overflowWrap: "anywhere", fontFamily: tokens.fontFamilyMonospace, fontSize: tokens.fontSizeBase200 },
  bar: { marginBottom: "16px" },
  facts: { display: "grid", gridTemplateColumns: "max-content 1fr", columnGap: "16px", rowGap: "6px", margin: 0, "& dd": { margin: 0, overflowWrap: "anywhere" } },
  long: { display: "inline-block", maxWidth: "360px", overflow: "hidden", textOverflow: "ellipsis", verticalAlign: "bottom" },
});

/** A value, a breath after it changed. */
function useLater(value: string): string {
  const [later, setLater] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setLater(value), 300);
    return () => clearTimeout(timer);
  }, [value]);
  return later;
}

const stateOf = (outcome: string): string => (outcome.startsWith("ok") ? "ok" : outcome.startsWith("refused") ? "refused" : "failed");

/** The page of the audit. */
export default function Audit() {
  const styles = useStyles();
  const { can } = useProject();
  const [params, setParams] = useSearchParams();
  const [person, setPerson] = useState("");
  const [open, setOpen] = useState<AuditEntry | null>(null);
  const [actor, act, outcome] = [params.get("actor") ?? "", params.get("act") ?? "", params.get("outcome") ?? ""];
  const set = (key: string, value: string) => setParams((old) => { if (value) old.set(key, value); else old.delete(key); return old; }, { replace: true });
  const [whom, who, what] = [useLater(person.trim()), useLater(actor.trim()), useLater(act.trim())];
  const query = new URLSearchParams({ limit: String(LIMIT) });
  if (who) query.set("actor", who);
  if (what) query.set("act", what);
  if (outcome) query.set("outcome", outcome);
  if (whom) query.set("person", whom);
  const entries = useInfiniteQuery<AuditEntry[], ApiProblem, AuditEntry[], string[], number | null>({
    queryKey: ["/api/audit", query.toString()],
    initialPageParam: null,
    queryFn: ({ pageParam, signal }) => api.get<AuditEntry[]>(`/api/audit?${query.toString()}${pageParam === null ? "" : `&before=${pageParam}`}`, { signal }),
    getNextPageParam: (page) => (page.length < LIMIT ? undefined : page.at(-1)?.seq),
    select: (data) => data.pages.flat(),
    enabled: can("administrator"),
    staleTime: 5000,
  });
  if (!can("administrator")) return <><PageHead title="Audit" /><Empty title="Only administrators read the audit" text="It holds who saw whose data and who changed what. Ask one of them." /></>;
  return (
    <>
      <PageHead title="Audit" subtitle="Every change and every look at a person's data, of all projects of this server." actions={<Button onClick={() => void entries.refetch()}>Refresh</Button>} />
      <Verify />
      <div className={styles.filters} role="search" aria-label="Filter the audit">
        <Field label="Who"><Input value={actor} onChange={(_, data) => set("actor", data.value)} placeholder="an account, token:…, schedule" autoComplete="off" /></Field>
        <Field label="What contains"><Input value={act} onChange={(_, data) => set("act", data.value)} placeholder="PUT, customers, definitions" autoComplete="off" /></Field>
        <Field label="Shows the person"><Input value={person} onChange={(_, data) => setPerson(data.value)} placeholder="CustomerId" autoComplete="off" spellCheck={false} /></Field>
        <Field label="Outcome">
          <Select value={outcome} onChange={(_, data) => set("outcome", data.value)}>
            <option value="">any</option>
            <option value="ok">OK</option>
            <option value="refused">Refused</option>
            <option value="failed">Failed</option>
          </Select>
        </Field>
      </div>
      {entries.isPending ? <Loading /> : null}
      {entries.error ? <ErrorView problem={entries.error} retry={() => void entries.refetch()} /> : null}
      {entries.data ? (
        <>
          <Grid
            label="Audit, newest first"
            rows={entries.data}
            rowKey={(row) => String(row.seq)}
            onOpen={setOpen}
            stale={entries.isPlaceholderData}
            empty={<Empty title="No entry fits" text="Take a filter away. Entries appear with the first sign-in." />}
            columns={[
              { key: "seq", title: "No.", align: "end", optional: true, render: (row) => row.seq },
              { key: "at", title: "When", render: (row) => <Time at={row.at} seconds /> },
              { key: "actor", title: "Who", render: (row) => row.entry.actor },
              { key: "act", title: "What", render: (row) => <span className={styles.long} title={row.entry.act}>{row.entry.act}</span> },
              { key: "project", title: "Project", optional: true, render: (row) => row.entry.project ?? "–" },
              { key: "people", title: "People shown", align: "end", optional: true, render: (row) => row.entry.people.length || "–" },
              { key: "outcome", title: "Outcome", render: (row) => <State state={stateOf(row.entry.outcome)} word={row.entry.outcome} /> },
              { key: "address", title: "From", optional: true, render: (row) => row.entry.address },
            ]}
          />
          {entries.hasNextPage ? <div className={styles.more}><Button disabled={entries.isFetchingNextPage} onClick={() => void entries.fetchNextPage()}>{entries.isFetchingNextPage ? "Loading …" : "Older entries"}</Button></div> : null}
        </>
      ) : null}
      <Dialog open={open !== null} onOpenChange={(_, data) => !data.open && setOpen(null)}>
        <DialogSurface>{open ? <Details entry={open} /> : null}</DialogSurface>
      </Dialog>
    </>
  );
}

function Details({ entry: { seq, at, entry, hash } }: { entry: AuditEntry }) {
  const styles = useStyles();
  return (
    <DialogBody>
      <DialogTitle>Entry {seq}</DialogTitle>
      <DialogContent>
        <dl className={styles.facts}>
          <dt>When</dt><dd><Time at={at} seconds /></dd>
          <dt>Who</dt><dd>{entry.actor}, from {entry.address}</dd>
          <dt>What</dt><dd><code>{entry.act}</code></dd>
          <dt>On</dt><dd><code>{entry.object}</code></dd>
          <dt>Outcome</dt><dd>{entry.outcome}</dd>
          {entry.detail ? <><dt>Detail</dt><dd>{entry.detail}</dd></> : null}
          <dt>People shown</dt>
          <dd>
            {entry.people.length === 0 ? "none" : entry.people.slice(0, 100).map((id) => (
              <div key={id}>{entry.project ? <PageLink to={`/p/${seg(entry.project)}/customers/${seg(id)}`}>{id}</PageLink> : id}</div>
            ))}
            {entry.people.length > 100 ? `and ${entry.people.length - 100} more` : null}
          </dd>
          <dt>Request</dt><dd><code>{entry.request}</code></dd>
          <dt>Hash</dt><dd className={styles.head}>{hash}</dd>
        </dl>
      </DialogContent>
      <DialogActions><DialogTrigger disableButtonEnhancement><Button appearance="primary">Close</Button></DialogTrigger></DialogActions>
    </DialogBody>
  );
}

/** Asks the server to go through the whole chain. */
function Verify() {
  const styles = useStyles();
  const [check, setCheck] = useState<AuditCheck | null>(null);
  const [problem, setProblem] = useState<ApiProblem | null>(null);
  const [busy, setBusy] = useState(false);
  const verify = async () => {
    setBusy(true);
    setProblem(null);
    try {
      setCheck(await api.get<AuditCheck>("/api/audit/check"));
    } catch (error) {
      setProblem(toProblem(error));
    } finally {
      setBusy(false);
    }
  };
  return (
    <div aria-live="polite" className={styles.bar}>
      {check ? (
        <MessageBar intent={check.ok ? "success" : "error"} layout="multiline">
          <MessageBarBody>
            <MessageBarTitle>{check.ok ? "The chain holds" : `The chain is broken at entry ${check.broken_at ?? "?"}`}</MessageBarTitle>
            <div>{check.message}</div>
            <div className={styles.head}>Head {check.head}</div>
            <div>Note the head somewhere else: a later chain that does not lead over it was changed.</div>
          </MessageBarBody>
        </MessageBar>
      ) : null}
      {problem ? <ErrorView problem={problem} /> : null}
      {check?.ok ? null : <Button disabled={busy} onClick={() => void verify()}>{busy ? "Verifying …" : "Verify the chain"}</Button>}
    </div>
  );
}
