/*
 * Runs: what runs now, what ran, when the next will.
 */
import { Button, makeStyles, ProgressBar, tokens } from "@fluentui/react-components";
import { useNavigate } from "react-router";
import { seg } from "../../api/client";
import { useGet, useProject } from "../../api/hooks";
import { ended, type JobView } from "../../api/jobs";
import type { RunLine, ScheduleView } from "../../api/types";
import { Grid } from "../../parts/grid";
import { PageLink } from "../../parts/link";
import { PageHead } from "../../parts/page-head";
import { duration, Num, runWord, State, Time } from "../../parts/show";
import { Empty, ErrorView, Loading } from "../../parts/states";
import { RunDialog } from "./RunDialog";
import { ScheduleLine } from "./ScheduleLine";

const useStyles = makeStyles({
  going: { listStyle: "none", padding: 0, margin: "0 0 16px", display: "flex", flexDirection: "column", gap: "8px", maxWidth: "560px" },
  line: { display: "flex", gap: "12px", flexWrap: "wrap", marginBottom: "4px" },
  quiet: { color: tokens.colorNeutralForeground2 },
  words: { display: "inline-block", verticalAlign: "bottom", marginLeft: "12px", maxWidth: "260px", overflow: "hidden", textOverflow: "ellipsis", color: tokens.colorNeutralForeground2 },
});

/** What was asked for, in a few words. */
export function askWords(job: JobView): string {
  const parts = [job.ask.only && job.ask.only.length > 0 ? job.ask.only.join(", ") : "everything that changed"];
  if (job.ask.force) parts.push("also what did not change");
  if (job.ask.now) parts.push(`as of ${job.ask.now}`);
  return parts.join(", ");
}

/** The page of runs. */
export default function Runs() {
  const styles = useStyles();
  const navigate = useNavigate();
  const { p, to, can } = useProject();
  const runs = useGet<RunLine[]>(p("/runs"), { refetchInterval: 30_000 });
  const schedule = useGet<ScheduleView>(p("/schedule"), { refetchInterval: 60_000 });
  const jobs = useGet<JobView[]>(p("/jobs"), { refetchInterval: 3000 });
  const going = jobs.data?.filter((job) => !ended(job)) ?? [];
  return (
    <>
      <PageHead
        title="System"
        subtitle="Runs work everything out anew and publish all of it or nothing."
        actions={
          <>
            <RunDialog />
            <Button onClick={() => void navigate(to("/system/schedule"))}>Schedule</Button>
          </>
        }
      />
      {schedule.data ? <ScheduleLine schedule={schedule.data} /> : null}
      {going.length > 0 ? (
        <ul className={styles.going} aria-label="Running now">
          {going.map((job) => (
            <li key={job.id}>
              <div className={styles.line}>
                <PageLink to={to(`/system/jobs/${seg(job.id)}`)}><State state={job.state} word={job.state === "queued" ? "Waiting" : `Running, ${Math.floor(job.progress * 100)} %`} /></PageLink>
                <span className={styles.quiet}>{askWords(job)}, by {job.by}</span>
              </div>
              <ProgressBar value={job.state === "queued" ? undefined : job.progress} aria-label="Progress" />
            </li>
          ))}
        </ul>
      ) : null}
      {runs.isPending ? <Loading /> : null}
      {runs.error ? <ErrorView problem={runs.error} retry={() => void runs.refetch()} /> : null}
      {runs.data ? (
        <Grid
          label="Runs, newest first"
          rows={runs.data}
          rowKey={(row, index) => `${row.run}-${index}`}
          onOpen={(row) => void navigate(to(`/system/runs/${seg(row.run)}`))}
          empty={
            <Empty
              title="Nothing ran yet"
              text="A run reads the sources, unifies, measures, builds the segments and sends them. Its steps and counts will stand here."
              action={can("contributor") ? <RunDialog /> : undefined}
            />
          }
          columns={[
            { key: "run", title: "Run", render: (row) => <><PageLink to={to(`/system/runs/${seg(row.run)}`)}>{runWord(row.run)}</PageLink>{row.current ? " (current)" : ""}</> },
            { key: "outcome", title: "Outcome", render: (row) => <><State state={row.outcome} />{row.message ? <span className={styles.words} title={row.message}>{row.message}</span> : null}</> },
            { key: "started", title: "Began", sort: (row) => row.started, render: (row) => <Time at={row.started} /> },
            { key: "now", title: "As of", optional: true, sort: (row) => row.now, render: (row) => <Time at={row.now} /> },
            { key: "took", title: "Took", align: "end", sort: (row) => row.seconds, render: (row) => duration(row.seconds) },
            { key: "steps", title: "Steps", align: "end", optional: true, sort: (row) => row.steps, render: (row) => <Num value={row.steps} /> },
            { key: "rows", title: "Rows written", align: "end", optional: true, sort: (row) => row.rows, render: (row) => <Num value={row.rows} /> },
            { key: "warnings", title: "Warnings", align: "end", optional: true, sort: (row) => row.warnings, render: (row) => <Num value={row.warnings} /> },
            { key: "by", title: "By", optional: true, sort: (row) => row.by, render: (row) => row.by || "–" },
          ]}
        />
      ) : null}
    </>
  );
}
