// ScheduleLine: when runs happen by themselves, and how late one is.
import { makeStyles, MessageBar, MessageBarBody, tokens } from "@fluentui/react-components";
import { useProject } from "../../api/hooks";
import type { ScheduleView } from "../../api/types";
import { PageLink } from "../../parts/link";
import { duration, Time } from "../../parts/show";
import { cronWords } from "./cron";

const useStyles = makeStyles({ line: { color: tokens.colorNeutralForeground2, margin: "0 0 16px" }, bar: { marginBottom: "12px" } });

/** The schedule in a line. */
export function ScheduleLine({ schedule }: { schedule: ScheduleView }) {
  const styles = useStyles();
  const { to } = useProject();
  return (
    <>
      {schedule.problem ? <MessageBar intent="error" className={styles.bar}><MessageBarBody>The schedule cannot be worked out: {schedule.problem}. <PageLink to={to("/system/schedule")} inline>Change it</PageLink></MessageBarBody></MessageBar> : null}
      {schedule.late_by !== null ? (
        <MessageBar intent="warning" className={styles.bar} layout="multiline">
          <MessageBarBody>The run due <Time at={schedule.last} /> is late by {duration(schedule.late_by)}. Runs begin by themselves only while the server runs.</MessageBarBody>
        </MessageBar>
      ) : null}
      <p className={styles.line}>
        {schedule.cron ? (
          <>
            Runs {cronWords(schedule.cron) ?? <code>{schedule.cron}</code>} ({schedule.time_zone}).
            {schedule.next[0] ? <> Next: <Time at={schedule.next[0]} /> (<Time at={schedule.next[0]} relative />).</> : null}
          </>
        ) : (
          "No schedule: runs begin by hand."
        )}
      </p>
    </>
  );
}
