/*
 * run-button: runs one definition and what it needs, and goes to the page where the run can be watched.
 */
import { Button } from "@fluentui/react-components";
import { useState } from "react";
import { useNavigate } from "react-router";
import { seg } from "../../api/client";
import { useProject, useSend } from "../../api/hooks";
import type { JobView } from "../../api/jobs";

/** Starts a run of some definitions; answers its job. */
export function useRun(): (only: string[]) => Promise<void> {
  const project = useProject();
  const send = useSend();
  const navigate = useNavigate();
  return async (only) => {
    const job = await send<JobView>("POST", project.p("/runs"), { only });
    navigate(project.to(`/system/jobs/${seg(job.id)}`));
  };
}

export function RunButton({ only, primary }: { only: string; primary?: boolean }) {
  const run = useRun();
  const [busy, setBusy] = useState(false);
  const start = async () => {
    setBusy(true);
    await run([only]).catch(() => undefined);
    setBusy(false);
  };
  return <Button appearance={primary ? "primary" : "secondary"} disabled={busy} onClick={() => void start()}>{busy ? "Starting …" : "Run"}</Button>;
}
