/*
 * BetweenRuns: what came in between runs, and when a server begins a run because of it or of the time.
 *
 * Reads    `live` of the project's settings as they are being changed; `GET …/live`, every ten seconds
 */
import { Field, Input, makeStyles, MessageBar, MessageBarBody, Select, tokens } from "@fluentui/react-components";
import { useEffect, useState } from "react";
import { useGet, useProject } from "../../api/hooks";
import type { LiveState } from "../../api/types";
import { bytes, duration, Num, Time } from "../../parts/show";
import { ErrorView } from "../../parts/states";

/** `live` of `onefold.yaml`. */
export interface LiveSettings {
  rows?: number;
  hours?: number;
  clock?: "exact" | "daily" | "hourly" | "never";
  clock_minutes?: number;
}

/** What holds where nothing is said. */
const USUAL = { rows: 200_000, hours: 24, clock: "exact", clock_minutes: 5 } as const;

const CLOCKS = { exact: "As soon as time changes it", daily: "When a day begins", hourly: "When an hour begins", never: "With other runs only" } as const;

const useStyles = makeStyles({
  columns: { display: "grid", gridTemplateColumns: "repeat(auto-fit, minmax(min(360px, 100%), 1fr))", gap: "40px", maxWidth: "1080px" },
  form: { display: "flex", flexDirection: "column", gap: "16px", maxWidth: "440px" },
  title: { fontSize: tokens.fontSizeBase400, fontWeight: tokens.fontWeightSemibold, margin: "0 0 8px" },
  facts: { display: "grid", gridTemplateColumns: "max-content 1fr", columnGap: "16px", rowGap: "4px", margin: 0, "& dd": { margin: 0 }, "& dt": { color: tokens.colorNeutralForeground2 } },
  quiet: { color: tokens.colorNeutralForeground2 },
});

/** The part of the page of the schedule that is about what comes in between runs. */
export function BetweenRuns({ value, may, onChange }: { value: LiveSettings; may: boolean; onChange: (next: LiveSettings, what: string) => void }) {
  const styles = useStyles();
  const { p } = useProject();
  const state = useGet<LiveState>(p("/live"), { refetchInterval: 10_000 });
  const clock = value.clock ?? USUAL.clock;
  return (
    <section aria-labelledby="between-runs" className={styles.columns}>
      <div className={styles.form}>
        <h2 className={styles.title} id="between-runs">Between runs</h2>
        <Whole label="A run begins once so many rows wait" hint="0: however many wait, none begins." may={may} value={value.rows ?? USUAL.rows} onChange={(rows) => onChange({ ...value, rows }, "change how many rows may wait")} />
        <Whole label="Or one has waited for so many hours" hint="0: however long one waits, none begins." may={may} value={value.hours ?? USUAL.hours} onChange={(hours) => onChange({ ...value, hours }, "change how long rows may wait")} />
        <Field label="What asks the time is worked out anew" hint="Ages, “in the last 30 days”, and the segments they are in.">
          <Select disabled={!may} value={clock} onChange={(_, data) => onChange({ ...value, clock: data.value as keyof typeof CLOCKS }, "change when time is looked at")}>
            {Object.entries(CLOCKS).map(([name, words]) => <option key={name} value={name}>{words}</option>)}
          </Select>
        </Field>
        {clock === "exact" ? <Whole label="At least so many minutes lie between two such runs" hint="0: as often as something changes." may={may} value={value.clock_minutes ?? USUAL.clock_minutes} onChange={(clock_minutes) => onChange({ ...value, clock_minutes }, "change how often time may begin a run")} /> : null}
      </div>
      <div>
        <h2 className={styles.title}>What waits now</h2>
        {state.error ? <ErrorView problem={state.error} retry={() => void state.refetch()} /> : null}
        {state.data ? <Waiting state={state.data} /> : null}
      </div>
    </section>
  );
}

function Waiting({ state }: { state: LiveState }) {
  const styles = useStyles();
  if (!state.open) return <p className={styles.quiet}>Nothing has come in since this server began. Programs send rows to the address of a source's table.</p>;
  return (
    <>
      {state.errors > 0 ? <MessageBar intent="error"><MessageBarBody>Something went wrong {state.errors === 1 ? "once" : `${state.errors} times`} since the server began; its log says what.</MessageBarBody></MessageBar> : null}
      <dl className={styles.facts}>
        <dt>Rows that wait for a run</dt>
        <dd><Num value={state.waiting} />{state.waiting_since ? <>, the oldest came <Time at={state.waiting_since} relative /></> : null}</dd>
        <dt>Rows not seen yet</dt>
        <dd><Num value={state.unseen} />{state.unseen > 0 ? `, the oldest for ${duration(state.lag)}` : null}</dd>
        <dt>Values laid over profiles</dt>
        <dd><Num value={state.patches} /></dd>
        <dt>In the log, in no table yet</dt>
        <dd><Num value={state.in_log} /> ({bytes(state.log_bytes)})</dd>
        <dt>Last put into tables</dt>
        <dd>{state.last_commit ? <Time at={state.last_commit} /> : "not yet"}</dd>
        {state.clock_next ? <><dt>Time is looked at next</dt><dd><Time at={state.clock_next} /></dd></> : null}
      </dl>
    </>
  );
}

/** A whole number, taken when it is left: while it is typed it may be empty. */
function Whole(props: { label: string; hint: string; may: boolean; value: number; onChange: (value: number) => void }) {
  const [text, setText] = useState(String(props.value));
  useEffect(() => setText(String(props.value)), [props.value]);
  const fits = /^\d{1,12}$/.test(text.trim());
  const take = () => {
    if (!fits) setText(String(props.value));
    else if (Number(text) !== props.value) props.onChange(Number(text));
  };
  return (
    <Field label={props.label} hint={props.hint} validationMessage={fits ? undefined : "a whole number, 0 or more"}>
      <Input inputMode="numeric" disabled={!props.may} value={text} onChange={(_, data) => setText(data.value)} onBlur={take} onKeyDown={(event) => event.key === "Enter" && take()} />
    </Field>
  );
}
