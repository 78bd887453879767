/*
 * RunState: the newest job in the header, with its progress.
 *
 * Flow: the list of jobs is asked for now and then; a job that runs is followed by events.
 */
import { makeStyles, mergeClasses, ProgressBar, tokens } from "@fluentui/react-components";
import { useEffect, useRef } from "react";
import { useLocation } from "react-router";
import { seg } from "../api/client";
import { useGet, useJob, useProject } from "../api/hooks";
import { ended, type JobView } from "../api/jobs";
import { PageLink } from "../parts/link";
import { ago, State } from "../parts/show";
import { useToast } from "../parts/toast";

const useStyles = makeStyles({
  box: { display: "inline-flex", flexDirection: "column", justifyContent: "center", gap: "3px", minWidth: "96px", fontSize: tokens.fontSizeBase200, whiteSpace: "nowrap", padding: "0 8px" },
  quiet: { color: tokens.colorNeutralForeground2, "@media (max-width: 900px)": { display: "none" } },
});

/** The state of runs in the header. */
export function RunState() {
  const styles = useStyles();
  const toast = useToast();
  const { p, to } = useProject();
  const jobs = useGet<JobView[]>(p("/jobs"), { refetchInterval: 15_000, staleTime: 5000 });
  const newest = jobs.data?.[0] ?? null;
  const going = newest && !ended(newest) ? newest : null;
  const { job } = useJob(going?.id ?? null);
  const shown = job ?? newest;
  // Say once that a run that was seen going has ended.
  const seen = useRef<string | null>(null);
  const refetch = jobs.refetch;
  const { pathname } = useLocation();
  useEffect(() => {
    // A run that was just asked for shows at once.
    if (pathname.includes("/system/jobs/")) void refetch();
  }, [pathname, refetch]);
  useEffect(() => {
    if (!job) return;
    if (!ended(job)) seen.current = job.id;
    else if (seen.current === job.id) {
      seen.current = null;
      void refetch();
      if (job.state === "failed") toast.problem(new Error(job.problem?.detail ?? job.problem?.title ?? "The run failed."));
      else if (job.state === "canceled") toast.note("Run canceled", "Nothing was published; the results are those of the run before.");
      else toast.done("Run completed", job.run ? `${job.run.steps.filter((step) => step.state === "done").length} steps ran.` : undefined);
    }
  }, [job, toast, refetch]);
  if (!shown) return null;
  const link = to(`/system/jobs/${seg(shown.id)}`);
  if (ended(shown)) {
    return (
      <span className={mergeClasses(styles.box, styles.quiet)}>
        <PageLink to={link}>
          {shown.state === "completed" ? `Last run ${ago(shown.ended ?? shown.created)}` : <State state={shown.state} word={shown.state === "failed" ? "Last run failed" : "Last run canceled"} />}
        </PageLink>
      </span>
    );
  }
  const percent = Math.floor(shown.progress * 100);
  return (
    <span className={styles.box}>
      <PageLink to={link}>
        <State state={shown.state} word={shown.state === "queued" ? "Run waits" : shown.sending ? `Sending ${shown.sending}` : `Run ${percent} %`} />
      </PageLink>
      <ProgressBar value={shown.state === "queued" ? undefined : shown.progress} thickness="medium" aria-label={`Run, ${percent} percent`} />
    </span>
  );
}
