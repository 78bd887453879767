// Run: one run that ended: how it ended, its counts and its steps.
import { makeStyles, MessageBar, MessageBarBody, MessageBarTitle, tokens } from "@fluentui/react-components";
import { useParams } from "react-router";
import { seg } from "../../api/client";
import { useGet, useProject } from "../../api/hooks";
import type { RunView } from "../../api/types";
import { PageHead } from "../../parts/page-head";
import { duration, runWord, State, Time } from "../../parts/show";
import { ErrorView, Loading, Words } from "../../parts/states";
import { Counts } from "./Counts";
import { RunDialog } from "./RunDialog";
import { ofRun } from "./steps";
import { Steps } from "./StepViews";

const useStyles = makeStyles({
  facts: { display: "flex", flexWrap: "wrap", columnGap: "24px", rowGap: "4px", marginBottom: "16px" },
  bar: { marginBottom: "16px" },
  title: { fontSize: tokens.fontSizeBase400, fontWeight: tokens.fontWeightSemibold, margin: "0 0 8px" },
  section: { marginBottom: "24px" },
  list: { margin: 0, paddingLeft: "20px" },
});

/** All that is known of a run that ended; also shown at the end of a job. */
export function RunRecord({ run }: { run: RunView }) {
  const styles = useStyles();
  return (
    <>
      {run.message ? (
        <MessageBar intent={run.outcome === "canceled" ? "warning" : "error"} layout="multiline" className={styles.bar}>
          <MessageBarBody>
            <MessageBarTitle>{run.outcome === "canceled" ? "It was stopped" : "It failed"}</MessageBarTitle>
            <div><Words text={run.message} sentence /></div>
            {run.hint ? <div><Words text={run.hint} sentence /></div> : null}
          </MessageBarBody>
        </MessageBar>
      ) : null}
      <Counts run={run} />
      {run.steps.length > 0 ? <Steps steps={run.steps.map(ofRun)} /> : null}
      {run.warnings.length > 0 ? (
        <section className={styles.section}>
          <h2 className={styles.title}>Worth knowing ({run.warnings.length})</h2>
          <ul className={styles.list}>{run.warnings.map((words, index) => <li key={index}><Words text={words} sentence /></li>)}</ul>
        </section>
      ) : null}
    </>
  );
}

/** The page of a run. */
export default function Run() {
  const styles = useStyles();
  const { run: name = "" } = useParams();
  const { p } = useProject();
  const run = useGet<RunView>(p(`/runs/${seg(name)}`));
  const view = run.data;
  return (
    <>
      <PageHead title={`Run ${runWord(name)}`} kind="Run" state={view?.outcome} crumbs={[{ title: "System", to: "/system" }]} actions={<RunDialog />} />
      {run.isPending ? <Loading /> : null}
      {run.error ? <ErrorView problem={run.error} retry={() => void run.refetch()} /> : null}
      {view ? (
        <>
          <div className={styles.facts}>
            <span>As of <Time at={view.now} seconds /></span>
            <span>Began <Time at={view.started} seconds /></span>
            <span>Took {duration(view.seconds)}</span>
            {view.by ? <span>By {view.by}</span> : null}
            <span>{view.steps.filter((step) => step.state === "done").length} of {view.steps.length} steps ran</span>
            {view.outcome === "export_failed" ? <State state="completed" word="The results were published; only sending failed" /> : null}
          </div>
          <RunRecord run={view} />
        </>
      ) : null}
    </>
  );
}
