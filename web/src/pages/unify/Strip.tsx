/*
 * Strip: the figures of the last run, which stay above every tab, and the ways to run again.
 *
 * Invariants: every figure opens the rows it counts.
 */
import { Button, makeStyles, Menu, MenuItem, MenuList, MenuPopover, MenuTrigger, Text, tokens } from "@fluentui/react-components";
import { ArrowRightRegular, PlayRegular } from "@fluentui/react-icons";
import { Fragment } from "react";
import { api } from "../../api/client";
import { useProject } from "../../api/hooks";
import type { PlanView, UnifyView } from "../../api/types";
import { formatNumber, PageLink, Time, useToast } from "../../parts";
import { RunProgress, useRun } from "../sources/Refresh";
import { WouldChange } from "./WouldChange";

const useStyles = makeStyles({
  strip: { display: "flex", alignItems: "center", gap: "16px", flexWrap: "wrap", padding: "12px 16px", border: `1px solid ${tokens.colorNeutralStroke2}`, borderRadius: tokens.borderRadiusMedium, backgroundColor: tokens.colorNeutralBackground2, marginBottom: "12px", position: "sticky", top: 0, zIndex: 3, "@media (max-width: 640px)": { position: "static" } },
  list: { display: "flex", alignItems: "center", gap: "16px", flexWrap: "wrap", margin: 0, padding: 0, listStyle: "none", flexGrow: 1 },
  figure: { fontSize: tokens.fontSizeBase500, fontWeight: tokens.fontWeightSemibold, fontVariantNumeric: "tabular-nums", display: "block" },
  words: { fontSize: tokens.fontSizeBase200, color: tokens.colorNeutralForeground2, display: "block" },
  arrow: { color: tokens.colorNeutralForeground3 },
});

/** Stages that follow from profiles. */
const DEPENDENT = ["unify", "relationships", "activities", "enrich", "measures", "segments"];

export function Strip(props: { view: UnifyView | undefined; dirty: boolean; tables: number; model: boolean; saved: boolean }) {
  const styles = useStyles();
  const { p, to, can } = useProject();
  const run = useRun();
  const toast = useToast();
  const figures = props.view?.figures;
  const start = async (which: "match" | "profiles" | "all") => {
    if (which !== "all") return run.start([which]);
    try {
      const plan = await api.post<PlanView>(p("/plan"), {});
      await run.start([...new Set(plan.steps.map((step) => step.stage))].filter((stage) => DEPENDENT.includes(stage)));
    } catch (error) {
      toast.problem(error);
    }
  };
  // What the figures leave out: doubles within tables, groups of one table alone.
  const read = props.view?.tables.reduce((sum, table) => sum + (table.source_records ?? 0), 0) ?? 0;
  const doubles = figures ? read - figures.unique_source_records : 0;
  const singles = figures ? figures.matched_and_non_matched - figures.matched_only : 0;
  const items: [number, string, string, string?][] = figures
    ? [
        [figures.unique_source_records, "unique source records", "/tables/KeyRing", doubles > 0 ? `${formatNumber(doubles)} doubles within tables are left out` : undefined],
        [figures.matched_and_non_matched, "matched and non-matched", "/tables/ConflationMatchPairs"],
        [figures.matched_only, "matched only", "/unify?tab=match", singles > 0 ? `${formatNumber(singles)} with records of one table alone are left out` : undefined],
        [figures.profiles, "profiles", "/customers"],
      ]
    : [];
  const why = props.dirty ? "Save the draft first" : !props.saved ? "Choose tables and save first" : undefined;
  return (
    <section className={styles.strip} aria-label="Figures of the last run">
      {figures ? (
        <ul className={styles.list}>
          {items.map(([value, words, page, title], at) => (
            <Fragment key={words}>
              {at > 0 ? <li aria-hidden className={styles.arrow}><ArrowRightRegular /></li> : null}
              <li title={title}>
                <PageLink to={to(page)}>
                  <span className={styles.figure}>{formatNumber(value)}</span>
                  <span className={styles.words}>{words}</span>
                </PageLink>
              </li>
            </Fragment>
          ))}
          <li><Text size={200}>{props.view?.changed ? "before the last change, " : ""}<Time at={props.view?.at} relative /></Text></li>
        </ul>
      ) : (
        <Text className={styles.list}>Nothing has been unified yet. The figures of the first run will stand here.</Text>
      )}
      {can("contributor") ? (
        run.job ? <RunProgress id={run.job} onClose={run.clear} /> : (
          <>
          {figures ? <WouldChange disabled={why !== undefined} why={why} /> : null}
          <Menu>
            <MenuTrigger disableButtonEnhancement>
              <Button icon={<PlayRegular />} disabled={why !== undefined || run.starting} title={why}>Run</Button>
            </MenuTrigger>
            <MenuPopover>
              <MenuList>
                <MenuItem disabled={props.tables < 2 && !props.model} subText={props.tables < 2 && !props.model ? "needs two tables or a model" : "pairs, the model and figures; profiles stay as they are"} onClick={() => void start("match")}>Matching only</MenuItem>
                <MenuItem subText="the table Customer; what depends on it waits" onClick={() => void start("profiles")}>Customer profiles</MenuItem>
                <MenuItem subText="also relationships, activities, measures and segments" onClick={() => void start("all")}>Profiles and all that depends on them</MenuItem>
              </MenuList>
            </MenuPopover>
          </Menu>
          </>
        )
      ) : null}
    </section>
  );
}
