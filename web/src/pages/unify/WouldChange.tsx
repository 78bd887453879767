/*
 * WouldChange: what the next run would make of profiles: how many merge and split, with some of them; nothing is published.
 *
 * Flow: POST plan with `profiles` ─ the run up to ids, on the side ─ counts against the published run.
 */
import { Button, Dialog, DialogActions, DialogBody, DialogContent, DialogSurface, DialogTitle, DialogTrigger, makeStyles, Text, tokens } from "@fluentui/react-components";
import { seg } from "../../api/client";
import { useState } from "react";
import { usePost, useProject } from "../../api/hooks";
import type { PlanView, ProfilePlanned, RecordKey, RunAsk } from "../../api/types";
import { ErrorView, formatNumber, Loading, PageLink } from "../../parts";
import { ExplainButton, pairOf } from "../review/Explained";

const useStyles = makeStyles({
  surface: { maxWidth: "820px" },
  figures: { display: "grid", gridTemplateColumns: "repeat(auto-fit, minmax(120px, 1fr))", gap: "12px 24px", margin: "0 0 16px", padding: 0, listStyle: "none" },
  figure: { fontSize: tokens.fontSizeBase500, fontWeight: tokens.fontWeightSemibold, fontVariantNumeric: "tabular-nums", display: "block" },
  words: { fontSize: tokens.fontSizeBase200, color: tokens.colorNeutralForeground2 },
  list: { listStyle: "none", margin: 0, padding: 0 },
  row: { display: "flex", gap: "4px 12px", flexWrap: "wrap", alignItems: "center", padding: "6px 0", borderBottom: `1px solid ${tokens.colorNeutralStroke3}` },
  what: { flex: "1 1 300px", minWidth: 0, overflowWrap: "anywhere" },
  code: { fontFamily: tokens.fontFamilyMonospace, fontSize: tokens.fontSizeBase200 },
});

const CHANGES: Record<string, string> = { merged: "goes into", split: "splits off from", created: "begins", retired: "ends: its records are gone", returned: "lives again" };

export function WouldChange({ disabled, why }: { disabled: boolean; why?: string }) {
  const styles = useStyles();
  const [open, setOpen] = useState(false);
  return (
    <Dialog open={open} onOpenChange={(_, data) => setOpen(data.open)}>
      <DialogTrigger disableButtonEnhancement><Button disabled={disabled} title={why}>What would change</Button></DialogTrigger>
      <DialogSurface className={styles.surface}>
        <DialogBody>
          <DialogTitle>What the next run would make of profiles</DialogTitle>
          <DialogContent>{open ? <Planned /> : null}</DialogContent>
          <DialogActions>
            <DialogTrigger disableButtonEnhancement><Button appearance="primary">Close</Button></DialogTrigger>
          </DialogActions>
        </DialogBody>
      </DialogSurface>
    </Dialog>
  );
}

function Planned() {
  const styles = useStyles();
  const { p } = useProject();
  const ask: RunAsk = { only: ["profiles"], profiles: true };
  const plan = usePost<PlanView>(p("/plan"), ask, { keep: false, staleTime: 0 });
  if (plan.error) return <ErrorView problem={plan.error} retry={() => void plan.refetch()} />;
  if (plan.isPending || plan.isFetching) return <Loading label="Working it out, as a run would; nothing is published" />;
  const found = plan.data.profiles;
  if (!found) return <Text>Nothing has been published yet, so there is nothing to compare with. The first run makes all profiles.</Text>;
  const figures: [number, string][] = [[found.merged, "would merge into others"], [found.split, "would split off"], [found.created, "would be new"], [found.retired, "would end"], [found.returned, "would live again"], [found.unchanged, "would go on"]];
  return (
    <>
      <p><Text>{formatNumber(found.before)} profiles are published; there would be {formatNumber(found.after)}.{found.merged + found.split === 0 ? " None would merge or split." : ""}</Text></p>
      <ul className={styles.figures}>
        {figures.filter(([count]) => count > 0).map(([count, words]) => <li key={words}><span className={styles.figure}>{formatNumber(count)}</span><span className={styles.words}>{words}</span></li>)}
      </ul>
      <ul className={styles.list} aria-label="Some of them">{found.samples.map((one) => <Sample key={`${one.change} ${one.customer_id}`} sample={one} />)}</ul>
    </>
  );
}

function Sample({ sample }: { sample: ProfilePlanned }) {
  const styles = useStyles();
  const { to } = useProject();
  const [a] = sample.records;
  const [b] = sample.other_records;
  // A profile that splits off or is new has no page yet.
  const published = sample.change === "merged" || sample.change === "retired";
  const keys = (records: RecordKey[]) => records.slice(0, 3).map((one, at) => <span key={at}>{at > 0 ? ", " : ""}{one.table} <code className={styles.code}>{one.key}</code></span>);
  return (
    <li className={styles.row}>
      <span className={styles.what}>
        {published ? <PageLink to={to(`/customers/${seg(sample.customer_id)}?tab=identity`)}>The profile</PageLink> : "A profile"} of {keys(sample.records)}{sample.records.length > 3 ? ` and ${formatNumber(sample.records.length - 3)} more` : ""}{" "}
        <strong>{CHANGES[sample.change] ?? sample.change}</strong>
        {sample.other ? <> <PageLink to={to(`/customers/${seg(sample.other)}?tab=identity`)}>that</PageLink> of {keys(sample.other_records)}</> : null}
      </span>
      {a && b ? <ExplainButton pair={pairOf(a, b)} button={<Button size="small" appearance="subtle">Explain</Button>} /> : null}
    </li>
  );
}
