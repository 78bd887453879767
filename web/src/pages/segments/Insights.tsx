/*
 * Insights: segments that suggest themselves, what sets segments apart, how they overlap, who is like their members.
 *
 * Reads: GET segments/insights/choices, GET segments.
 * Not here: each question (insights-outcome, insights-activity, insights-differences, insights-overlap, insights-similar), a quick segment (insights-quick).
 */
import { Button, makeStyles, Tab, TabList } from "@fluentui/react-components";
import { useNavigate, useSearchParams } from "react-router";
import { useGet, useProject } from "../../api/hooks";
import type { InsightChoices, SegmentView } from "../../api/types";
import { Empty, ErrorView, formatNumber, Loading, PageHead } from "../../parts";
import { Activity } from "./insights-activity";
import { Differences } from "./insights-differences";
import { Outcome } from "./insights-outcome";
import { OverlapTab } from "./insights-overlap";
import { Quick } from "./insights-quick";
import { Similar } from "./insights-similar";

const useStyles = makeStyles({ panel: { paddingTop: "16px" }, tabs: { flexWrap: "wrap" } });

const TABS = [
  ["outcome", "By outcome", true],
  ["activity", "By activity", true],
  ["differences", "Differences", false],
  ["overlap", "Overlap", false],
  ["similar", "Similar customers", true],
] as const;

export default function Insights() {
  const styles = useStyles();
  const project = useProject();
  const navigate = useNavigate();
  const [params, setParams] = useSearchParams();
  const choices = useGet<InsightChoices>(project.p("/segments/insights/choices"), { staleTime: 60_000 });
  const segments = useGet<SegmentView[]>(project.p("/segments"), { staleTime: 10_000 });
  const tabs = TABS.filter(([, , edits]) => !edits || project.can("contributor"));
  const tab = tabs.find(([key]) => key === params.get("tab"))?.[0] ?? tabs[0]![0];
  const set = (change: Record<string, string | null>) => {
    const next = new URLSearchParams(params);
    for (const [key, value] of Object.entries(change)) value === null ? next.delete(key) : next.set(key, value);
    setParams(next, { replace: true });
  };
  const quick = params.get("quick") !== null;
  const nothing = choices.error?.status === 404;
  const known = (segments.data ?? []).filter((one) => one.members !== null);
  return (
    <>
      <PageHead
        title="Segment insights"
        subtitle={choices.data ? `Among ${formatNumber(choices.data.profiles, 0)} people of the last run` : "Segments that suggest themselves, and what is to be known of those there are"}
        crumbs={[{ title: "Segments", to: "/segments" }]}
        actions={choices.data && project.can("contributor") ? <Button onClick={() => set({ quick: "" })}>Quick segment…</Button> : undefined}
      />
      {choices.isPending || (choices.data && segments.isPending) ? <Loading label="Looking at the last run" /> : null}
      {choices.error && !nothing ? <ErrorView problem={choices.error} retry={() => void choices.refetch()} /> : null}
      {nothing ? (
        <Empty
          title="Nobody to look at yet"
          text="Insights are about the people of the last run. Unify your sources and run, then see what sets people apart."
          action={<Button onClick={() => navigate(project.to("/unify"))}>Unify sources</Button>}
        />
      ) : null}
      {choices.data && segments.error ? <ErrorView problem={segments.error} retry={() => void segments.refetch()} /> : null}
      {choices.data && segments.data ? (
        <>
          <TabList className={styles.tabs} selectedValue={tab} aria-label="Insights" onTabSelect={(_, data) => set({ tab: String(data.value) })}>
            {tabs.map(([key, title]) => <Tab key={key} value={key}>{title}</Tab>)}
          </TabList>
          <div role="tabpanel" className={styles.panel} aria-label={tabs.find(([key]) => key === tab)?.[1]}>
            {tab === "outcome" ? <Outcome choices={choices.data} segments={known} /> : null}
            {tab === "activity" ? <Activity choices={choices.data} segments={known} /> : null}
            {tab === "differences" ? <Differences segments={known} first={params.get("segment") ?? ""} /> : null}
            {tab === "overlap" ? <OverlapTab choices={choices.data} segments={known} /> : null}
            {tab === "similar" ? <Similar choices={choices.data} segments={known} first={params.get("segment") ?? ""} /> : null}
          </div>
          {quick ? <Quick choices={choices.data} segments={known} onClose={() => set({ quick: null })} /> : null}
        </>
      ) : null}
    </>
  );
}
