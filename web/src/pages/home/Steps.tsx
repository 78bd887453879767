// Steps: the way from nothing to a sent segment, until it has been gone.
import { makeStyles, mergeClasses, tokens } from "@fluentui/react-components";
import { CheckmarkCircleFilled, CircleRegular } from "@fluentui/react-icons";
import { useProject } from "../../api/hooks";
import type { FirstStep } from "../../api/types";
import { PageLink } from "../../parts/link";

/** A step: what to do, where, and why. */
const WAY: Record<string, { title: string; path: string; why: string }> = {
  source: { title: "Connect a source", path: "/sources/new", why: "files, a FHIR server, Dataverse" },
  unify: { title: "Unify", path: "/unify", why: "map, match and merge into profiles" },
  activity: { title: "Add an activity", path: "/activities/new", why: "what people did, on a timeline" },
  measure: { title: "Add a measure", path: "/measures/new", why: "figures for each person" },
  segment: { title: "Build a segment", path: "/segments/new", why: "who to act on" },
  export: { title: "Set up an export", path: "/exports/new", why: "send it where it is used" },
  run: { title: "Run", path: "/system", why: "work it all out" },
};

const useStyles = makeStyles({
  section: { marginBottom: "24px" },
  title: { fontSize: tokens.fontSizeBase400, fontWeight: tokens.fontWeightSemibold, margin: "0 0 8px" },
  list: { listStyle: "none", margin: 0, padding: 0, display: "grid", gridTemplateColumns: "repeat(auto-fill, minmax(200px, 1fr))", gap: "8px 16px" },
  item: { display: "grid", gridTemplateColumns: "24px 1fr", alignItems: "start" },
  icon: { fontSize: "18px", display: "inline-flex", color: tokens.colorNeutralForeground3, marginTop: "1px" },
  done: { color: tokens.colorPaletteGreenForeground1 },
  why: { color: tokens.colorNeutralForeground2, fontSize: tokens.fontSizeBase200 },
});

/** The first steps; nothing when all were taken. */
export function Steps({ steps, always }: { steps: FirstStep[]; always?: boolean }) {
  const styles = useStyles();
  const { to } = useProject();
  const left = steps.filter((step) => !step.done).length;
  if (left === 0 && !always) return null;
  return (
    <section className={styles.section} aria-labelledby="steps">
      <h2 className={styles.title} id="steps">First steps: {steps.length - left} of {steps.length} taken</h2>
      <ol className={styles.list}>
        {steps.map((step) => {
          const way = WAY[step.step];
          if (!way) return null;
          return (
            <li key={step.step} className={styles.item}>
              <span className={mergeClasses(styles.icon, step.done && styles.done)} role="img" aria-label={step.done ? "done" : "to do"}>
                {step.done ? <CheckmarkCircleFilled /> : <CircleRegular />}
              </span>
              <span>
                <PageLink to={to(way.path)}>{way.title}</PageLink>
                <div className={styles.why}>{step.count > 0 ? `${step.count.toLocaleString()} so far` : way.why}</div>
              </span>
            </li>
          );
        })}
      </ol>
    </section>
  );
}
