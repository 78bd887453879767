/*
 * Decisions: what people decided about records, newest first, each to be explained or undone.
 *
 * Invariants: nothing disappears: what was undone or replaced can be listed too.
 */
import { Badge, Button, makeStyles, Select, Switch, Text, tokens } from "@fluentui/react-components";
import { ArrowUndoRegular } from "@fluentui/react-icons";
import { useState } from "react";
import { useGet, useProject, useRefresh, useSend } from "../../api/hooks";
import type { DecidedView, DecisionsView, DecisionView, Verdict } from "../../api/types";
import { Empty, ErrorView, formatNumber, Loading, Time, useConfirm, useToast } from "../../parts";
import { ExplainButton, pairOf } from "./Explained";
import { VERDICTS } from "./words";

const useStyles = makeStyles({
  bar: { display: "flex", gap: "12px", alignItems: "center", flexWrap: "wrap", marginBottom: "8px" },
  list: { listStyle: "none", margin: 0, padding: 0 },
  row: { display: "grid", gridTemplateColumns: "150px minmax(0, 1fr) auto", gap: "4px 16px", alignItems: "center", padding: "8px 0", borderBottom: `1px solid ${tokens.colorNeutralStroke3}`, "@media (max-width: 720px)": { gridTemplateColumns: "minmax(0, 1fr)" } },
  soft: { color: tokens.colorNeutralForeground2, fontSize: tokens.fontSizeBase200, overflowWrap: "anywhere" },
  code: { fontFamily: tokens.fontFamilyMonospace, fontSize: tokens.fontSizeBase200, overflowWrap: "anywhere" },
  verdict: { fontWeight: tokens.fontWeightSemibold },
  gone: { textDecorationLine: "line-through", color: tokens.colorNeutralForeground3 },
  actions: { display: "flex", gap: "8px", alignItems: "center" },
});

/** Undoes decisions, after a question when several were made at once. */
export function useUndo(onChanged: () => void): (decision: DecisionView) => Promise<void> {
  const { p } = useProject();
  const send = useSend();
  const confirm = useConfirm();
  const toast = useToast();
  const refresh = useRefresh();
  return async (decision) => {
    if (decision.through !== "review" && !(await confirm({ title: "Undo the whole change?", text: `This decision was part of a ${decision.through}; all that was decided at once with it is undone together.`, action: "Undo" }))) return;
    try {
      const done = await send<DecidedView>("DELETE", p(`/match/decisions/${decision.id}`));
      toast.done(done.decisions.length > 1 ? `${formatNumber(done.decisions.length)} decisions are undone` : "The decision is undone", done.effect);
      onChanged();
      await refresh();
    } catch {
      // Said by the toast.
    }
  };
}

const PAGE = 100;

export function Decisions({ onChanged }: { onChanged: () => void }) {
  const styles = useStyles();
  const { p, can } = useProject();
  const [kind, setKind] = useState("");
  const [all, setAll] = useState(false);
  const [offset, setOffset] = useState(0);
  const query = new URLSearchParams({ offset: String(offset), limit: String(PAGE), all: String(all), ...(kind === "" ? {} : { decision: kind }) });
  const answer = useGet<DecisionsView>(p(`/match/decisions?${query}`), { staleTime: 0, keep: true });
  const undo = useUndo(() => { onChanged(); void answer.refetch(); });
  const total = answer.data?.total ?? 0;
  return (
    <>
      <div className={styles.bar}>
        <Select aria-label="Which decisions" value={kind} onChange={(_, data) => { setKind(data.value); setOffset(0); }}>
          <option value="">all decisions</option>
          {(Object.keys(VERDICTS) as Verdict[]).map((verdict) => <option key={verdict} value={verdict}>{VERDICTS[verdict].toLowerCase()}</option>)}
        </Select>
        <Switch label="also undone and replaced ones" checked={all} onChange={(_, data) => { setAll(data.checked); setOffset(0); }} />
        {answer.data ? <Text size={200}>{formatNumber(total)} decisions, {formatNumber(answer.data.waiting)} not in the published run yet</Text> : null}
      </div>
      {answer.error ? <ErrorView problem={answer.error} retry={() => void answer.refetch()} /> : null}
      {answer.isPending ? <Loading label="Loading the decisions" /> : null}
      {answer.data && answer.data.decisions.length === 0 ? <Empty title="Nothing decided yet" text="What is decided on the tab Pairs, and what is split off or merged on profiles, stands here and can be undone. Decisions outlive every run." /> : null}
      <DecisionList decisions={answer.data?.decisions ?? []} onUndo={can("contributor") ? undo : undefined} />
      {total > PAGE ? (
        <div className={styles.bar}>
          <Button disabled={offset === 0} onClick={() => setOffset(Math.max(0, offset - PAGE))}>Newer</Button>
          <Text>{formatNumber(offset + 1)} to {formatNumber(Math.min(total, offset + PAGE))} of {formatNumber(total)}</Text>
          <Button disabled={offset + PAGE >= total} onClick={() => setOffset(offset + PAGE)}>Older</Button>
        </div>
      ) : null}
    </>
  );
}

/** Decisions as rows. */
export function DecisionList({ decisions, onUndo }: { decisions: DecisionView[]; onUndo?: (decision: DecisionView) => Promise<void> }) {
  const styles = useStyles();
  return (
    <ul className={styles.list} aria-label="Decisions">
      {decisions.map((one) => (
        <li key={one.id} className={styles.row}>
          <span>
            <span className={one.counts ? styles.verdict : styles.gone}>{VERDICTS[one.decision]}</span>
            <br />
            {one.undone ? <Badge appearance="outline">undone</Badge> : !one.counts ? <Badge appearance="outline">replaced</Badge> : one.applied ? <Badge appearance="tint" color="informative">in the published run</Badge> : <Badge appearance="outline" color="informative">from the next run on</Badge>}
          </span>
          <span>
            {one.a.table} <code className={styles.code}>{one.a.key}</code> and {one.b.table} <code className={styles.code}>{one.b.key}</code>
            <div className={styles.soft}>
              {one.by}, <Time at={one.at} relative />{one.through === "review" ? "" : `, part of a ${one.through}`}{one.note ? `: ${one.note}` : ""}
              {one.undone ? <>; undone by {one.undone[0]} <Time at={one.undone[1]} relative /></> : null}
            </div>
          </span>
          <span className={styles.actions}>
            <ExplainButton pair={pairOf(one.a, one.b)} button={<Button size="small" appearance="subtle" aria-label={`Explain decision ${one.id}`}>Explain</Button>} />
            {onUndo && one.counts ? <Button size="small" icon={<ArrowUndoRegular />} aria-label={`Undo decision ${one.id}`} onClick={() => void onUndo(one)}>Undo</Button> : null}
          </span>
        </li>
      ))}
    </ul>
  );
}
