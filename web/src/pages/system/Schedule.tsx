/*
 * Schedule: when runs happen by themselves, as part of the project's settings.
 */
import { Checkbox, Field, Input, makeStyles, Radio, RadioGroup, Select, Switch, tokens } from "@fluentui/react-components";
import { useState } from "react";
import { useGet, useProject } from "../../api/hooks";
import type { ScheduleView } from "../../api/types";
import { useDefinition } from "../../parts/definition";
import { DefinitionTabs } from "../../parts/definition-tabs";
import { PageHead } from "../../parts/page-head";
import { EditActions } from "../../parts/save-dialog";
import { Time } from "../../parts/show";
import { ErrorView, Loading } from "../../parts/states";
import { TimeZoneField } from "../../parts/time-zone";
import { BetweenRuns, type LiveSettings } from "./BetweenRuns";
import { cronWords, lineOf, simple, WEEK, type Simple } from "./cron";
import { ScheduleLine } from "./ScheduleLine";

/** `onefold.yaml`. */
interface Settings {
  name?: string;
  title?: string;
  time_zone?: string;
  lake?: string;
  schedule?: { cron: string };
  live?: LiveSettings;
  public_url?: string;
}

const useStyles = makeStyles({
  columns: { display: "grid", gridTemplateColumns: "repeat(auto-fit, minmax(min(360px, 100%), 1fr))", gap: "40px", maxWidth: "1080px" },
  form: { display: "flex", flexDirection: "column", gap: "16px", maxWidth: "440px" },
  parts: { display: "flex", flexDirection: "column", gap: "40px" },
  days: { display: "flex", flexWrap: "wrap" },
  title: { fontSize: tokens.fontSizeBase400, fontWeight: tokens.fontWeightSemibold, margin: "0 0 8px" },
  list: { margin: 0, paddingLeft: "20px" },
  words: { fontWeight: tokens.fontWeightSemibold },
  quiet: { color: tokens.colorNeutralForeground2 },
});

const DEFAULT = "0 5 * * *";
const FORMS: Record<Simple["every"], Simple> = {
  hours: { every: "hours", hours: 6, minute: 0 },
  day: { every: "day", time: "05:00" },
  workday: { every: "workday", time: "05:00" },
  week: { every: "week", days: [1], time: "05:00" },
  month: { every: "month", day: 1, time: "05:00" },
};

/** The page of the schedule. */
export default function Schedule() {
  const styles = useStyles();
  const { p, can } = useProject();
  const definition = useDefinition<Settings>("settings", "settings", {});
  const schedule = useGet<ScheduleView>(p("/schedule"), { refetchInterval: 60_000 });
  const [byLine, setByLine] = useState(false);
  const { value, setValue } = definition;
  const may = can("administrator");
  const cron = value.schedule?.cron ?? null;
  const form = cron === null || byLine ? null : simple(cron);
  const setCron = (line: string | null) =>
    setValue((old) => {
      const { schedule: _, ...rest } = old;
      return line === null ? rest : { ...rest, schedule: { cron: line } };
    }, "change the schedule");
  const set = (next: Simple) => setCron(lineOf(next));
  const time = form && form.every !== "hours" ? form.time : "05:00";

  if (definition.loading) return <><PageHead title="Schedule" crumbs={[{ title: "System", to: "/system" }]} /><Loading /></>;
  const builder = (
    <div className={styles.parts}>
      <div className={styles.columns}>
        <div className={styles.form}>
          <Switch checked={cron !== null} disabled={!may} label="Run by itself" onChange={(_, data) => setCron(data.checked ? DEFAULT : null)} />
          {cron !== null ? (
            <>
              <Field label="How often">
                <Select
                  disabled={!may}
                  value={form?.every ?? "line"}
                  onChange={(_, data) => {
                    if (data.value === "line") return setByLine(true);
                    setByLine(false);
                    const next = FORMS[data.value as Simple["every"]];
                    set(next.every === "hours" ? next : { ...next, time });
                  }}
                >
                  <option value="hours">Every so many hours</option>
                  <option value="day">Every day</option>
                  <option value="workday">Monday to Friday</option>
                  <option value="week">On days of the week</option>
                  <option value="month">On a day of the month</option>
                  <option value="line">As a cron line</option>
                </Select>
              </Field>
              {form?.every === "hours" ? (
                <RadioGroup layout="horizontal" disabled={!may} aria-label="Hours" value={String(form.hours)} onChange={(_, data) => set({ ...form, hours: Number(data.value) })}>
                  {[1, 2, 3, 4, 6, 8, 12].map((hours) => <Radio key={hours} value={String(hours)} label={String(hours)} />)}
                </RadioGroup>
              ) : null}
              {form?.every === "week" ? (
                <div className={styles.days} role="group" aria-label="Days">
                  {WEEK.map(([day, word]) => (
                    <Checkbox
                      key={day}
                      label={word}
                      disabled={!may}
                      checked={form.days.includes(day)}
                      onChange={(_, data) => set({ ...form, days: data.checked ? [...form.days, day].sort((a, b) => a - b) : form.days.filter((one) => one !== day) })}
                    />
                  ))}
                </div>
              ) : null}
              {form?.every === "month" ? (
                <Field label="Day of the month">
                  <Input type="number" min={1} max={31} disabled={!may} value={String(form.day)} onChange={(_, data) => { const day = Number(data.value); if (day >= 1 && day <= 31) set({ ...form, day }); }} />
                </Field>
              ) : null}
              {form && form.every !== "hours" ? (
                <Field label="At"><Input type="time" disabled={!may} value={form.time} onChange={(_, data) => data.value && set({ ...form, time: data.value })} /></Field>
              ) : null}
              {form === null ? (
                <Field label="Cron line" hint="Minute, hour, day of month, month, day of week: 0 5 * * 1-5">
                  <Input disabled={!may} value={cron} spellCheck={false} onChange={(_, data) => setCron(data.value)} />
                </Field>
              ) : null}
            </>
          ) : null}
          <TimeZoneField disabled={!may} value={value.time_zone ?? "UTC"} onChange={(zone) => setValue((old) => ({ ...old, time_zone: zone }), "change the time zone")} hint="Of the whole project: the schedule, the beginning of days, relative dates." />
        </div>
        <div aria-live="polite">
          <h2 className={styles.title}>What it means</h2>
          <p className={styles.words}>{cron === null ? "Runs begin by hand only." : `Runs ${cronWords(cron) ?? `by the line ${cron}`}, ${value.time_zone ?? "UTC"}.`}</p>
          <h2 className={styles.title}>Next five</h2>
          {definition.dirty ? <p className={styles.quiet}>They are worked out when it is saved.{schedule.data?.cron ? " As saved now:" : ""}</p> : null}
          {schedule.data && schedule.data.next.length > 0 ? (
            <ol className={styles.list}>{schedule.data.next.map((at) => <li key={at}><Time at={at} /> <span className={styles.quiet}>(<Time at={at} relative />)</span></li>)}</ol>
          ) : (
            <p className={styles.quiet}>None.</p>
          )}
          <p className={styles.quiet}>Runs begin by themselves while the server runs. A run that was missed meanwhile shows as late.</p>
        </div>
      </div>
      <BetweenRuns value={value.live ?? {}} may={may} onChange={(live, what) => setValue((old) => ({ ...old, live }), what)} />
    </div>
  );
  return (
    <>
      <PageHead
        title="Schedule"
        subtitle="When runs happen by themselves."
        crumbs={[{ title: "System", to: "/system" }]}
        actions={may ? <EditActions definition={definition} onSaved={() => void schedule.refetch()} /> : undefined}
      />
      {may ? null : <p className={styles.quiet}>Only administrators change the schedule.</p>}
      {schedule.error ? <ErrorView problem={schedule.error} retry={() => void schedule.refetch()} /> : null}
      {schedule.data && (schedule.data.late_by !== null || schedule.data.problem) ? <ScheduleLine schedule={schedule.data} /> : null}
      {definition.problem ? <ErrorView problem={definition.problem} retry={definition.retry} /> : null}
      <DefinitionTabs definition={definition} builder={builder} builderTitle="Schedule" readOnly={!may} />
    </>
  );
}
