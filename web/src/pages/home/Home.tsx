/*
 * Home: the project at a glance: what there is, what needs a look, what comes next; three ways on when there is nothing.
 */
import { makeStyles, tokens } from "@fluentui/react-components";
import { lazy, Suspense } from "react";
import { useGet, useProject } from "../../api/hooks";
import type { HomeView } from "../../api/types";
import { PageLink } from "../../parts/link";
import { PageHead } from "../../parts/page-head";
import { duration, Num, State, Time } from "../../parts/show";
import { ErrorView, Loading } from "../../parts/states";
import { seg } from "../../api/client";
import { RunDialog } from "../system/RunDialog";
import { Attention } from "./Attention";
import { Steps } from "./Steps";
import { MeasureList, SegmentList } from "./Lists";

const First = lazy(() => import("./First"));

const useStyles = makeStyles({
  figures: { display: "flex", flexWrap: "wrap", columnGap: "40px", rowGap: "16px", margin: "0 0 24px", padding: 0 },
  figure: { display: "flex", flexDirection: "column" },
  big: { fontSize: tokens.fontSizeBase600, lineHeight: tokens.lineHeightBase600, fontWeight: tokens.fontWeightSemibold, margin: 0 },
  word: { color: tokens.colorNeutralForeground2 },
  columns: { display: "grid", gridTemplateColumns: "repeat(auto-fit, minmax(min(460px, 100%), 1fr))", gap: "24px", alignItems: "start" },
  run: { display: "flex", flexWrap: "wrap", columnGap: "24px", rowGap: "4px", color: tokens.colorNeutralForeground2, marginBottom: "24px" },
});

/** The first page of a project. */
export default function Home() {
  const styles = useStyles();
  const { p, to, title } = useProject();
  const home = useGet<HomeView>(p("/home"), { refetchInterval: 60_000 });
  if (home.isPending) return <><PageHead title={title} /><Loading /></>;
  if (home.error) return <><PageHead title={title} /><ErrorView problem={home.error} retry={() => void home.refetch()} /></>;
  const view = home.data;
  if (view.sources === 0 && view.profiles === null && !view.last_run) return <Suspense fallback={<Loading />}><First view={view} /></Suspense>;
  const run = view.last_run;
  const figures: [string, number | null, string][] = [
    ["profiles", view.profiles, "/customers"],
    ["unique source records", view.records, "/unify"],
    ["activities", view.activities, "/tables/UnifiedActivity"],
    ["data sources", view.sources, "/sources"],
  ];
  return (
    <>
      <PageHead title={view.title || title} subtitle={`Times are in ${view.time_zone}.`} actions={<RunDialog />} />
      <div className={styles.run}>
        {run ? (
          <span>
            Last run: <PageLink to={to(run.run ? `/system/runs/${seg(run.run)}` : "/system")} inline><State state={run.outcome} /></PageLink>{" "}
            <Time at={run.started} relative />, {duration(run.seconds)}{run.by ? `, by ${run.by}` : ""}
          </span>
        ) : (
          <span>Nothing ran yet.</span>
        )}
        <span>{view.next_run ? <>Next run: <Time at={view.next_run} /> (<Time at={view.next_run} relative />)</> : <PageLink to={to("/system/schedule")} inline>No schedule: runs begin by hand</PageLink>}</span>
      </div>
      <dl className={styles.figures}>
        {figures.map(([word, value, path]) => (
          <div key={word} className={styles.figure}>
            <dd className={styles.big}>{value === null ? <Num value={null} /> : <PageLink to={to(path)}><Num value={value} digits={0} /></PageLink>}</dd>
            <dt className={styles.word}>{word}</dt>
          </div>
        ))}
      </dl>
      <Attention list={view.attention} />
      <Steps steps={view.steps} />
      <div className={styles.columns}>
        <SegmentList segments={view.segments} />
        <MeasureList measures={view.measures} />
      </div>
    </>
  );
}
