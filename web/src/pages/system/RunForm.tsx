/*
 * RunForm: the inside of the dialog that starts a run.
 *
 * Flow: the plan is asked for while choosing, so that what will run is seen before; then POST runs and to the job's page.
 */
import { Button, Checkbox, Dialog, DialogActions, DialogBody, DialogContent, DialogSurface, DialogTitle, DialogTrigger, Field, Input, makeStyles, Radio, RadioGroup, tokens } from "@fluentui/react-components";
import { useState } from "react";
import { useNavigate } from "react-router";
import { api, seg, toProblem, type ApiProblem } from "../../api/client";
import { usePost, useProject } from "../../api/hooks";
import type { JobView } from "../../api/jobs";
import type { PlanView, RunAsk } from "../../api/types";
import { Diagnostics, ErrorView, Loading } from "../../parts/states";
import { STAGES } from "./stages";

const useStyles = makeStyles({
  content: { display: "flex", flexDirection: "column", gap: "12px" },
  stages: { display: "grid", gridTemplateColumns: "repeat(auto-fill, minmax(160px, 1fr))", paddingLeft: "28px" },
  plan: { border: `1px solid ${tokens.colorNeutralStroke2}`, borderRadius: tokens.borderRadiusMedium, padding: "8px 12px", maxHeight: "220px", overflow: "auto" },
  list: { margin: "4px 0", paddingLeft: "20px" },
  quiet: { color: tokens.colorNeutralForeground2 },
  stale: { opacity: 0.55 },
});

/** What a run shall do. */
export default function RunForm({ begun, close }: { begun: string[]; close: () => void }) {
  const styles = useStyles();
  const navigate = useNavigate();
  const { p, to } = useProject();
  const [what, setWhat] = useState<"all" | "some">(begun.length > 0 ? "some" : "all");
  const [only, setOnly] = useState<string[]>(begun);
  const [force, setForce] = useState(false);
  const [now, setNow] = useState("");
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<ApiProblem | null>(null);
  const given = now.trim() === "" ? null : now.trim();
  const fine = given === null || /^\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:\d{2})?(\.\d+)?(Z|[+-]\d{2}:\d{2})?)?$/.test(given);
  const ask: RunAsk = { only: what === "all" ? [] : only, force, now: given };
  const asks = fine && (what === "all" || only.length > 0);
  const plan = usePost<PlanView>(asks ? p("/plan") : null, ask, { staleTime: 0 });
  const start = async () => {
    setBusy(true);
    setProblem(null);
    try {
      const job = await api.post<JobView>(p("/runs"), ask);
      close();
      await navigate(to(`/system/jobs/${seg(job.id)}`));
    } catch (error) {
      setProblem(toProblem(error));
      setBusy(false);
    }
  };
  const others = only.filter((word) => !STAGES.some(([stage]) => stage === word));
  const running = plan.data?.steps.filter((step) => step.runs) ?? [];
  return (
    <Dialog open onOpenChange={(_, data) => !data.open && close()}>
    <DialogSurface>
      <DialogBody>
        <DialogTitle>Run</DialogTitle>
        <DialogContent className={styles.content}>
          <RadioGroup value={what} onChange={(_, data) => setWhat(data.value as "all" | "some")} aria-label="What to run">
            <Radio value="all" label="Everything that changed" />
            <Radio value="some" label="Only some stages, and what they need" />
          </RadioGroup>
          {what === "some" ? (
            <div className={styles.stages} role="group" aria-label="Stages">
              {[...others.map((word): [string, string] => [word, word]), ...STAGES].map(([stage, word]) => (
                <Checkbox
                  key={stage}
                  label={word}
                  checked={only.includes(stage)}
                  onChange={(_, data) => setOnly(data.checked ? [...only, stage] : only.filter((one) => one !== stage))}
                />
              ))}
            </div>
          ) : null}
          <Checkbox checked={force} onChange={(_, data) => setForce(data.checked === true)} label="Also what did not change" />
          <Field
            label="As of"
            hint="Empty: now. A day (2016-06-08) or an instant makes results that can be repeated."
            validationState={fine ? "none" : "error"}
            validationMessage={fine ? undefined : "Write a day like 2016-06-08, or 2016-06-08T00:00:00Z."}
          >
            <Input value={now} onChange={(_, data) => setNow(data.value)} placeholder="now" autoComplete="off" />
          </Field>
          <div className={styles.plan} aria-live="polite" role="region" aria-label="What will run" tabIndex={0}>
            {!asks ? <span className={styles.quiet}>Choose at least one stage.</span> : null}
            {asks && plan.isPending ? <Loading label="Planning" /> : null}
            {asks && plan.error ? <ErrorView problem={plan.error} retry={() => void plan.refetch()} /> : null}
            {asks && plan.data && !plan.error ? (
              <div className={plan.isFetching ? styles.stale : undefined}>
                {running.length === 0 ? "Nothing has changed; nothing will run." : `${running.length} of ${plan.data.steps.length} steps will run:`}
                <ul className={styles.list}>
                  {running.map((step) => <li key={step.name}>{step.name} <span className={styles.quiet}>– {step.cause}</span></li>)}
                </ul>
                <Diagnostics list={plan.data.diagnostics} />
              </div>
            ) : null}
          </div>
          {problem ? <ErrorView problem={problem} /> : null}
        </DialogContent>
        <DialogActions>
          <DialogTrigger disableButtonEnhancement><Button>Cancel</Button></DialogTrigger>
          <Button appearance="primary" disabled={busy || !asks} onClick={() => void start()}>{busy ? "Starting …" : "Run"}</Button>
        </DialogActions>
      </DialogBody>
    </DialogSurface>
    </Dialog>
  );
}
