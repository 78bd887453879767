/*
 * Profile: one person, whole: who it is, by which records, what was measured, where it belongs, what happened.
 *
 * Flow: GET customers/{id}; the rest (explain, timeline, why) is asked for when it is looked at.
 * Not here: the timeline (timeline.tsx), where values come from (identity.tsx), what joins its records (joined.tsx).
 */
import { Accordion, AccordionHeader, AccordionItem, AccordionPanel, Button, makeStyles, Select, Tab, TabList, tokens } from "@fluentui/react-components";
import { Fragment, useState } from "react";
import { useParams, useSearchParams } from "react-router";
import { seg } from "../../api/client";
import { useGet, useProject } from "../../api/hooks";
import type { ProfileView, SegmentView } from "../../api/types";
import { ErrorView, formatNumber, formatTime, Loading, PageHead, PageLink, Time, valueText } from "../../parts";
import { Why } from "../segments/why";
import { Identity } from "./identity";
import { Joined } from "./joined";
import { Measured } from "./measured";
import { Records } from "./records";
import { Timeline } from "./timeline";

const useStyles = makeStyles({
  top: { display: "grid", gridTemplateColumns: "minmax(0, 1fr) minmax(0, 1fr)", columnGap: "48px", rowGap: "24px", "@media (max-width: 800px)": { gridTemplateColumns: "minmax(0, 1fr)" } },
  heading: { fontSize: tokens.fontSizeBase400, fontWeight: tokens.fontWeightSemibold, margin: "0 0 8px" },
  section: { minWidth: 0 },
  rule: { borderTop: `1px solid ${tokens.colorNeutralStroke2}`, paddingTop: "16px", marginTop: "24px" },
  table: { borderCollapse: "collapse", width: "100%", "& th": { fontWeight: tokens.fontWeightRegular, textAlign: "start" }, "& td, & th": { height: "36px", borderBottom: `1px solid ${tokens.colorNeutralStroke3}`, padding: "0 8px 0 0" } },
  number: { textAlign: "end", fontVariantNumeric: "tabular-nums", fontWeight: tokens.fontWeightSemibold },
  soft: { color: tokens.colorNeutralForeground3, margin: "4px 0" },
  side: { display: "flex", flexDirection: "column", gap: "24px", minWidth: 0 },
  tabs: { marginBottom: "16px" },
  pick: { maxWidth: "320px", marginTop: "8px" },
});

export default function Profile() {
  const styles = useStyles();
  const { id = "" } = useParams();
  const project = useProject();
  const [params, setParams] = useSearchParams();
  const tab = params.get("tab") === "identity" ? "identity" : "overview";
  const answer = useGet<ProfileView>(project.p(`/customers/${seg(id)}`), { staleTime: 30_000 });
  if (answer.isPending) return <Loading label="Opening the profile" />;
  if (answer.error) {
    return (
      <>
        <PageHead title="Profile" crumbs={[{ title: "Customers", to: "/customers" }]} />
        <ErrorView problem={answer.error} retry={() => void answer.refetch()} />
      </>
    );
  }
  const profile = answer.data;
  const total = profile.activities.reduce((sum, one) => sum + one.count, 0);
  const facts = [
    `in ${plural(profile.segments.length, "segment")}`,
    plural(total, profile.activities.length === 1 ? String(profile.activities[0]!.value).toLowerCase() : "activity"),
    profile.last_activity ? `last seen ${formatTime(profile.last_activity, project.timeZone).split(",")[0]}` : "never seen yet",
  ];
  return (
    <>
      <PageHead title={profile.title} kind="Profile" subtitle={facts.join(" · ")} refreshed={profile.at} crumbs={[{ title: "Customers", to: "/customers" }]} />
      <TabList selectedValue={tab} aria-label="Parts of the profile" className={styles.tabs} onTabSelect={(_, data) => setParams(data.value === "overview" ? {} : { tab: String(data.value) }, { replace: true })}>
        <Tab value="overview">Overview</Tab>
        <Tab value="identity">Identity</Tab>
      </TabList>
      {tab === "identity" ? <Joined profile={profile} /> : <Overview profile={profile} />}
    </>
  );
}

/** Who it is, what was measured, where it belongs, what happened. */
function Overview({ profile }: { profile: ProfileView }) {
  const styles = useStyles();
  return (
    <>
      <div className={styles.top}>
        <section className={styles.section} aria-label="Identity">
          <h2 className={styles.heading}>Identity</h2>
          <Identity profile={profile} />
          <Records profile={profile} />
        </section>
        <div className={styles.side}>
          <Measures profile={profile} />
          <Segments profile={profile} />
          <section aria-label="Predictions and enrichment">
            <h2 className={styles.heading}>Predictions and enrichment</h2>
            <p className={styles.soft}>There are none. This version predicts and enriches nothing yet, so nothing is shown here.</p>
          </section>
        </div>
      </div>
      <section className={styles.rule} aria-label="Timeline">
        <Timeline profile={profile} />
      </section>
    </>
  );
}

/** `1 segment`, `4 appointments`, `2 activities`. */
function plural(count: number, word: string): string {
  const many = word.endsWith("y") ? `${word.slice(0, -1)}ies` : `${word}s`;
  return `${formatNumber(count, 0)} ${count === 1 ? word : many}`;
}

function Measures({ profile }: { profile: ProfileView }) {
  const styles = useStyles();
  const project = useProject();
  const [open, setOpen] = useState<string | null>(null);
  return (
    <section aria-label="Measures">
      <h2 className={styles.heading}>Measures</h2>
      {profile.measures.length === 0 ? <p className={styles.soft}>No customer attribute is worked out yet.</p> : (
        <table className={styles.table}>
          <tbody>
            {profile.measures.map((measure) => (
              <Fragment key={measure.name}>
              <tr>
                <th scope="row"><PageLink to={project.to(`/measures/${seg(measure.name)}`)}>{measure.title}</PageLink></th>
                <td className={styles.number}>{measure.value === null ? <span className={styles.soft}>no value</span> : typeof measure.value === "number" ? formatNumber(measure.value, 2) : timely(String(measure.value), project.timeZone)}</td>
                <td>
                  <Button size="small" appearance="subtle" aria-expanded={open === measure.name} onClick={() => setOpen(open === measure.name ? null : measure.name)}>Rows</Button>
                </td>
              </tr>
              {open === measure.name ? <tr><td colSpan={3}><Measured customer={profile.customer_id} measure={measure.name} /></td></tr> : null}
              </Fragment>
            ))}
          </tbody>
        </table>
      )}
    </section>
  );
}

/** An instant in the project's zone; any other text as it is. */
function timely(text: string, timeZone: string): string {
  return /^\d{4}-\d{2}-\d{2}(T|$)/.test(text) ? formatTime(text, timeZone) : valueText(text);
}

function Segments({ profile }: { profile: ProfileView }) {
  const styles = useStyles();
  const project = useProject();
  const all = useGet<SegmentView[]>(project.p("/segments"));
  const [other, setOther] = useState("");
  const within = new Set(profile.segments.map((one) => one.segment));
  const others = (all.data ?? []).filter((one) => !within.has(one.name) && one.members !== null);
  return (
    <section aria-label="Segments">
      <h2 className={styles.heading}>Segments</h2>
      {profile.segments.length === 0 ? <p className={styles.soft}>In no segment.</p> : (
        <Accordion collapsible multiple>
          {profile.segments.map((one) => (
            <AccordionItem key={one.segment} value={one.segment}>
              <AccordionHeader size="small" as="h3">
                {one.title}{one.since ? <span className={styles.soft}>&nbsp;since <Time at={one.since} /></span> : null}
              </AccordionHeader>
              <AccordionPanel>
                <Why customer={profile.customer_id} segment={one.segment} name={profile.title} />
                <PageLink to={project.to(`/segments/${seg(one.segment)}`)}>Open the segment</PageLink>
              </AccordionPanel>
            </AccordionItem>
          ))}
        </Accordion>
      )}
      {others.length > 0 ? (
        <>
          <Select className={styles.pick} value={other} onChange={(_, data) => setOther(data.value)} aria-label="Why not in another segment?">
            <option value="">Why not in …</option>
            {others.map((one) => <option key={one.name} value={one.name}>{one.title}</option>)}
          </Select>
          {other ? <Why customer={profile.customer_id} segment={other} name={profile.title} /> : null}
        </>
      ) : null}
    </section>
  );
}
