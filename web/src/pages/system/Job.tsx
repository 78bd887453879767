/*
 * Job: a run while it goes on: what it does now, how fast, what remains; cancel; then what came of it.
 *
 * Invariants: nothing depends on this page staying open; loading it again shows the same.
 */
import { Button, makeStyles, MessageBar, MessageBarBody, MessageBarTitle, ProgressBar, tokens } from "@fluentui/react-components";
import { useEffect, useRef, useState } from "react";
import { useParams } from "react-router";
import { seg } from "../../api/client";
import { useGet, useJob, useProject, useSend } from "../../api/hooks";
import { ended, type JobView } from "../../api/jobs";
import type { RunLine, RunView } from "../../api/types";
import { useConfirm } from "../../parts/confirm";
import { PageLink } from "../../parts/link";
import { PageHead } from "../../parts/page-head";
import { duration, formatNumber, runWord, Time } from "../../parts/show";
import { Diagnostics, ErrorView, Loading, Words } from "../../parts/states";
import { RunRecord } from "./Run";
import { RunDialog } from "./RunDialog";
import { stageWord } from "./stages";
import { askWords } from "./Runs";
import { ofJob, shortName } from "./steps";
import { Steps } from "./StepViews";

const useStyles = makeStyles({
  facts: { display: "flex", flexWrap: "wrap", columnGap: "24px", rowGap: "4px", marginBottom: "12px" },
  progress: { marginBottom: "24px", maxWidth: "960px" },
  line: { display: "flex", flexWrap: "wrap", columnGap: "24px", marginBottom: "8px", fontVariantNumeric: "tabular-nums" },
  big: { fontSize: tokens.fontSizeBase500, fontWeight: tokens.fontWeightSemibold },
  bar: { marginBottom: "16px" },
  quiet: { color: tokens.colorNeutralForeground2 },
});

/** Rows a second over the last seconds. */
function useRate(job: JobView | null): number | null {
  const seen = useRef<[number, number][]>([]);
  const [rate, setRate] = useState<number | null>(null);
  useEffect(() => {
    if (!job || job.state !== "running") {
      setRate(null);
      seen.current = [];
      return;
    }
    const rows = job.steps.reduce((sum, step) => sum + Math.max(step.rows, step.rows_out ?? 0), 0);
    const now = Date.now();
    seen.current = [...seen.current.filter(([at]) => now - at < 8000), [now, rows]];
    const [first] = seen.current;
    if (first && now - first[0] > 1500) setRate(Math.max(0, ((rows - first[1]) * 1000) / (now - first[0])));
  }, [job]);
  return rate;
}

/** The clock, once a second while something goes on. */
function useClock(on: boolean): number {
  const [now, setNow] = useState(Date.now());
  useEffect(() => {
    if (!on) return;
    const timer = setInterval(() => setNow(Date.now()), 1000);
    return () => clearInterval(timer);
  }, [on]);
  return now;
}

/** Seconds that remain: by how long each step took last time, else by the share of steps; null while nobody can know. */
function remaining(job: JobView, before: RunView | undefined, now: number): number | null {
  if (job.state !== "running" || !job.started) return null;
  const took = new Map(before?.steps.filter((step) => step.state === "done").map((step) => [step.name, step.seconds]));
  const left = job.steps.filter((step) => step.state !== "done");
  if (left.length > 0 && left.every((step) => took.has(step.name))) {
    return left.reduce((sum, step) => {
      const gone = step.started ? (now - new Date(step.started).getTime()) / 1000 : 0;
      return sum + Math.max(0, (took.get(step.name) ?? 0) - gone);
    }, 0);
  }
  const gone = (now - new Date(job.started).getTime()) / 1000;
  return job.progress > 0.15 ? (gone / job.progress) * (1 - job.progress) : null;
}

/** The page of a job. */
export default function Job() {
  const styles = useStyles();
  const { id = "" } = useParams();
  const { p, to, can } = useProject();
  const ask = useConfirm();
  const send = useSend();
  const { job, problem, live } = useJob(id);
  const runs = useGet<RunLine[]>(p("/runs"), { staleTime: 300_000 });
  const last = runs.data?.find((line) => line.outcome.startsWith("completed") && line.steps > 0);
  const before = useGet<RunView>(last ? p(`/runs/${seg(last.run)}`) : null, { staleTime: 300_000 });
  const rate = useRate(job);
  const going = job !== null && !ended(job);
  const now = useClock(going);
  const [canceling, setCanceling] = useState(false);

  if (!job) {
    return (
      <>
        <PageHead title="Run" crumbs={[{ title: "System", to: "/system" }]} />
        {problem ? <ErrorView problem={problem} /> : <Loading />}
        {problem?.status === 404 ? <p>Jobs are remembered while the server runs. <PageLink to={to("/system")} inline>See the runs</PageLink> for what came of it.</p> : null}
      </>
    );
  }
  const cancel = async () => {
    const yes = await ask({ title: "Cancel this run?", text: "Nothing of it is published; the results stay those of the run before. What was sent already stays sent.", action: "Cancel the run", cancel: "Let it run" });
    if (!yes) return;
    setCanceling(true);
    await send("POST", p(`/jobs/${seg(id)}/cancel`)).catch(() => setCanceling(false));
  };
  const left = remaining(job, before.data, now);
  const running = job.steps.filter((step) => step.state === "running");
  const done = job.steps.filter((step) => step.state === "done").length;
  const percent = Math.floor(job.progress * 100);
  return (
    <>
      <PageHead
        title={going ? "Run in progress" : job.run ? `Run ${runWord(job.run.run)}` : "Run"}
        kind="Run"
        state={job.run?.outcome ?? job.state}
        crumbs={[{ title: "System", to: "/system" }]}
        actions={going ? (can("contributor") ? <Button disabled={canceling} onClick={() => void cancel()}>{canceling ? "Canceling …" : "Cancel run"}</Button> : null) : <RunDialog only={job.ask.only} />}
      />
      <div className={styles.facts}>
        <span>Asked for: {askWords(job)}</span>
        <span>By {job.by}</span>
        <span>{job.started ? <>Began <Time at={job.started} seconds /></> : <>Asked for <Time at={job.created} seconds /></>}</span>
        {job.started ? <span>{going ? "Running for" : "Took"} {duration(Math.max(0, ((job.ended ? new Date(job.ended).getTime() : now) - new Date(job.started).getTime()) / 1000))}</span> : null}
        {job.run?.run ? <PageLink to={to(`/system/runs/${seg(job.run.run)}`)}>Its lasting page</PageLink> : null}
      </div>
      {going ? (
        <section className={styles.progress} aria-label="Progress">
          <div className={styles.line}>
            <span className={styles.big}>{job.state === "queued" ? "Waiting for another run" : `${percent} %`}</span>
            <span>{job.steps.length > 0 ? `${done} of ${job.steps.length} steps` : "Planning"}</span>
            {rate !== null && rate >= 1 ? <span>{formatNumber(rate, 0)} rows a second</span> : null}
            {left !== null ? <span>about {duration(Math.max(1, Math.round(left)))} remain</span> : null}
            {live ? null : <span className={styles.quiet}>connecting again …</span>}
          </div>
          <ProgressBar value={job.state === "queued" || job.steps.length === 0 ? undefined : job.progress} thickness="large" aria-label="Progress of the run" aria-valuetext={`${percent} percent`} />
          <p className={styles.quiet}>
            {job.sending ? `Sending ${job.sending}` : running.map((step) => `${stageWord(step.stage)}: ${shortName(step)}${step.rows > 0 ? `, ${formatNumber(step.rows)} rows` : ""}`).join(" · ") || " "}
          </p>
        </section>
      ) : null}
      {job.state === "canceled" ? (
        <MessageBar intent="warning" className={styles.bar}>
          <MessageBarBody>It was canceled. Nothing was published; the results are those of the run before.</MessageBarBody>
        </MessageBar>
      ) : null}
      {job.problem && !job.run?.message ? (
        <MessageBar intent="error" layout="multiline" className={styles.bar} role="alert">
          <MessageBarBody>
            <MessageBarTitle>{job.problem.title}</MessageBarTitle>
            {job.problem.detail ? <div><Words text={job.problem.detail} sentence /></div> : null}
            {job.problem.hint ? <div><Words text={job.problem.hint} sentence /></div> : null}
            <Diagnostics list={job.problem.diagnostics ?? []} />
          </MessageBarBody>
        </MessageBar>
      ) : null}
      {job.run ? <RunRecord run={job.run} /> : job.steps.length > 0 ? <Steps steps={job.steps.map(ofJob)} ask={job.ask} /> : null}
    </>
  );
}
