/*
 * Refresh: a button that runs a part of the project, and the progress of that run in place.
 *
 * Flow: POST runs with `only` ─ job ─ server-sent events ─ done; everything of the project is asked again then.
 */
import { Button, Link, makeStyles, MessageBar, MessageBarBody, MessageBarTitle, ProgressBar, Text, tokens } from "@fluentui/react-components";
import { ArrowSyncRegular } from "@fluentui/react-icons";
import { useState } from "react";
import { seg } from "../../api/client";
import { useJob, useProject, useSend } from "../../api/hooks";
import { ended, type JobView } from "../../api/jobs";
import { duration, formatNumber, PageLink } from "../../parts";

const useStyles = makeStyles({
  box: { display: "flex", flexDirection: "column", gap: "4px", minWidth: "220px", maxWidth: "480px" },
  line: { display: "flex", justifyContent: "space-between", gap: "12px", fontSize: tokens.fontSizeBase200, fontVariantNumeric: "tabular-nums" },
  small: { fontSize: tokens.fontSizeBase200, whiteSpace: "nowrap" },
});

/** Starts runs of a part of the project. */
export function useRun(): { job: string | null; start: (only: string[]) => Promise<void>; starting: boolean; clear: () => void } {
  const { p } = useProject();
  const send = useSend();
  const [job, setJob] = useState<string | null>(null);
  const [starting, setStarting] = useState(false);
  return {
    job,
    starting,
    clear: () => setJob(null),
    start: async (only) => {
      setStarting(true);
      try {
        const view = await send<JobView>("POST", p("/runs"), { only });
        setJob(view.id);
      } catch {
        // Said by the toast.
      } finally {
        setStarting(false);
      }
    },
  };
}

/** How a run goes, and how it ended. */
export function RunProgress({ id, onClose, small }: { id: string | null; onClose?: () => void; small?: boolean }) {
  const styles = useStyles();
  const { p, to, can } = useProject();
  const send = useSend();
  const { job } = useJob(id);
  if (!id) return null;
  const page = to(`/system/jobs/${seg(id)}`);
  if (!job || !ended(job)) {
    const running = job?.steps.filter((step) => step.state === "running") ?? [];
    const rows = running.reduce((sum, step) => sum + step.rows, 0);
    const percent = Math.round(100 * (job?.progress ?? 0));
    if (small) return <span className={styles.small} role="status"><PageLink to={page}>{job?.state === "queued" ? "waiting" : `running, ${percent} %`}</PageLink></span>;
    return (
      <div className={styles.box} role="status">
        <div className={styles.line}>
          <span>{job?.state === "queued" ? "Waiting for another run" : running[0]?.name ?? "Starting"}{rows > 0 ? `, ${formatNumber(rows)} rows` : ""}</span>
          <span>{percent} %</span>
        </div>
        <ProgressBar value={job?.progress} aria-label="Progress of the run" />
        <div className={styles.line}>
          <PageLink to={page}>Details</PageLink>
          {can("contributor") && job ? <Link as="button" onClick={() => void send("POST", p(`/jobs/${seg(id)}/cancel`)).catch(() => {})}>Cancel</Link> : null}
        </div>
      </div>
    );
  }
  const good = job.state === "completed";
  if (small) return <span className={styles.small} role="status"><PageLink to={page}>{good ? "done" : job.state}</PageLink></span>;
  return (
    <MessageBar intent={good ? (job.run?.warnings.length ? "warning" : "success") : "error"} layout="multiline">
      <MessageBarBody>
        <MessageBarTitle>{good ? "The run is done" : job.state === "canceled" ? "The run was canceled" : job.problem?.title ?? "The run failed"}</MessageBarTitle>
        {good && job.run ? <Text size={200}>{duration(job.run.seconds)}; {formatNumber(job.run.warnings.length)} warnings. </Text> : null}
        {!good && job.problem ? <Text size={200}>{job.problem.detail} {job.problem.hint} </Text> : null}
        <PageLink inline to={page}>See the run</PageLink>
        {onClose ? <> · <Link as="button" inline onClick={onClose}>Close</Link></> : null}
      </MessageBarBody>
    </MessageBar>
  );
}

/** Runs a part, and says how it goes where the button was. */
export function RefreshButton(props: { only: string[]; label: string; name: string; small?: boolean }) {
  const { can } = useProject();
  const run = useRun();
  if (!can("contributor")) return null;
  if (run.job) return <RunProgress id={run.job} small />;
  return (
    <Button size={props.small ? "small" : "medium"} appearance={props.small ? "subtle" : "secondary"} icon={<ArrowSyncRegular />} disabled={run.starting || run.job !== null} aria-label={`${props.label} ${props.name}`} onClick={() => void run.start(props.only)}>
      {props.label}
    </Button>
  );
}
