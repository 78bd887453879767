/*
 * StepViews: the steps of a job or run: graph and table of the same, and more of the chosen one.
 */
import { makeStyles, Tab, TabList, tokens } from "@fluentui/react-components";
import { lazy, Suspense, useState } from "react";
import { useSearchParams } from "react-router";
import { usePost, useProject } from "../../api/hooks";
import type { PlanView, RunAsk } from "../../api/types";
import { Grid } from "../../parts/grid";
import { duration, Num, State } from "../../parts/show";
import { Loading, Words } from "../../parts/states";
import { stageWord } from "./stages";
import { shortName, type Step } from "./steps";

const StepGraph = lazy(() => import("./StepGraph"));

const useStyles = makeStyles({
  head: { display: "flex", alignItems: "center", justifyContent: "space-between", marginBottom: "8px", flexWrap: "wrap" },
  title: { fontSize: tokens.fontSizeBase400, fontWeight: tokens.fontWeightSemibold, margin: 0 },
  more: { border: `1px solid ${tokens.colorNeutralStroke2}`, borderRadius: tokens.borderRadiusMedium, padding: "8px 12px", marginTop: "8px", overflowWrap: "anywhere" },
  facts: { display: "flex", flexWrap: "wrap", columnGap: "24px" },
  section: { marginBottom: "24px" },
  words: { display: "block", maxWidth: "360px", overflow: "hidden", textOverflow: "ellipsis" },
});

/** The steps; `ask` is what was asked for, for the plan that says what follows what. */
export function Steps({ steps, ask }: { steps: Step[]; ask?: RunAsk }) {
  const styles = useStyles();
  const { p, can } = useProject();
  const [params, setParams] = useSearchParams();
  // On a phone the table reads better than the graph.
  const view = params.get("steps") ?? (matchMedia("(max-width: 640px)").matches ? "table" : "graph");
  const failed = steps.find((step) => step.state === "failed")?.name ?? null;
  const [chosen, setChosen] = useState<string | null>(null);
  const plan = usePost<PlanView>(view === "graph" && can("contributor") ? p("/plan") : null, { only: ask?.only ?? [], force: false }, { staleTime: 300_000 });
  const shown = steps.find((step) => step.name === (chosen ?? failed));
  const waits = view === "graph" && can("contributor") && plan.isPending;
  return (
    <section className={styles.section} aria-labelledby="steps">
      <div className={styles.head}>
        <h2 className={styles.title} id="steps">Steps</h2>
        <TabList
          size="small"
          selectedValue={view}
          aria-label="Steps as"
          onTabSelect={(_, data) => setParams((old) => { old.set("steps", String(data.value)); return old; }, { replace: true })}
        >
          <Tab value="graph">Graph</Tab>
          <Tab value="table">Table</Tab>
        </TabList>
      </div>
      {view === "graph" ? (
        waits ? <Loading label="Drawing" /> : (
          <Suspense fallback={<Loading label="Drawing" />}>
            <StepGraph steps={steps} plan={plan.data ?? null} chosen={shown?.name ?? null} onChoose={setChosen} />
          </Suspense>
        )
      ) : (
        <Grid
          label="Steps"
          rows={steps}
          rowKey={(row) => row.name}
          onOpen={(row) => setChosen(row.name)}
          columns={[
            { key: "stage", title: "Stage", optional: true, render: (row) => stageWord(row.stage) },
            { key: "name", title: "Step", render: (row) => shortName(row) },
            { key: "state", title: "State", render: (row) => <State state={row.state} /> },
            { key: "in", title: "Rows in", align: "end", sort: (row) => row.rowsIn, optional: true, render: (row) => <Num value={row.rowsIn} /> },
            { key: "out", title: "Rows out", align: "end", sort: (row) => row.rowsOut, render: (row) => <Num value={row.rowsOut} /> },
            { key: "took", title: "Took", align: "end", sort: (row) => row.seconds, render: (row) => (row.seconds === null ? "–" : duration(row.seconds)) },
            { key: "warnings", title: "Warnings", align: "end", optional: true, sort: (row) => row.warnings, render: (row) => <Num value={row.warnings} /> },
            { key: "words", title: "Why", optional: true, render: (row) => <span className={styles.words}>{row.words}</span> },
          ]}
        />
      )}
      {shown ? (
        <div className={styles.more} role="status">
          <div className={styles.facts}>
            <strong>{stageWord(shown.stage)}: {shortName(shown)}</strong>
            <State state={shown.state} />
            {shown.rowsIn !== null ? <span><Num value={shown.rowsIn} /> rows in</span> : null}
            {shown.rowsOut !== null ? <span><Num value={shown.rowsOut} /> rows out</span> : null}
            {shown.seconds !== null ? <span>{duration(shown.seconds)}</span> : null}
          </div>
          {shown.words ? <div><Words text={shown.words} sentence /></div> : null}
        </div>
      ) : null}
    </section>
  );
}
