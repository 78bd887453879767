/*
 * Segment: one segment: its size over time, its people, what it says, what uses it, how it overlaps, why somebody is in it or not.
 *
 * Reads: GET segments, GET definitions/segment/{name}. Not here: editing (Edit.tsx).
 */
import { Button, makeStyles, MessageBar, MessageBarBody, tokens } from "@fluentui/react-components";
import { useState } from "react";
import { useNavigate, useParams } from "react-router";
import { seg } from "../../api/client";
import { useGet, useProject } from "../../api/hooks";
import type { CustomerHit, DefinitionView, SegmentView } from "../../api/types";
import { ConfirmDelete, Diagnostics, Empty, ErrorView, formatNumber, Loading, ObjectLink, PageHead, PageLink } from "../../parts";
import { useReachable } from "../../parts/conditions";
import { Examples } from "../../parts/examples";
import { NextChange, tagsOf, timetableWords } from "../../parts/upkeep";
import { refreshWords } from "./List";
import { Funnel } from "./funnel";
import { Members } from "./members";
import { Overlap } from "./overlap";
import { PersonPicker } from "./person-picker";
import { RunButton } from "./run-button";
import { RulesRead } from "./rules-read";
import type { Json } from "./segment-value";
import { useSentences } from "./sentence";
import { TrendChart } from "./trend";
import { Why } from "./why";

const useStyles = makeStyles({
  figure: { fontSize: tokens.fontSizeHero800, lineHeight: tokens.lineHeightHero800, fontWeight: tokens.fontWeightSemibold, fontVariantNumeric: "tabular-nums" },
  soft: { color: tokens.colorNeutralForeground3 },
  note: { marginBottom: "16px" },
  top: { display: "grid", gridTemplateColumns: "minmax(0, 2fr) minmax(0, 3fr)", gap: "24px 48px", "@media (max-width: 800px)": { gridTemplateColumns: "minmax(0, 1fr)" } },
  rest: { display: "flex", flexDirection: "column", gap: "32px", marginTop: "32px" },
  two: { display: "grid", gridTemplateColumns: "minmax(0, 1fr) minmax(0, 1fr)", gap: "24px 48px", "@media (max-width: 1000px)": { gridTemplateColumns: "minmax(0, 1fr)" } },
  heading: { fontSize: tokens.fontSizeBase400, fontWeight: tokens.fontWeightSemibold, margin: "0 0 8px" },
  used: { margin: 0, paddingLeft: "20px", "& li": { lineHeight: "28px" }, "& a": { display: "inline-block", minHeight: "24px", lineHeight: "24px" } },
});

export default function Segment() {
  const styles = useStyles();
  const { name = "" } = useParams();
  const project = useProject();
  const navigate = useNavigate();
  const list = useGet<SegmentView[]>(project.p("/segments"), { staleTime: 5_000 });
  const definition = useGet<DefinitionView>(project.p(`/definitions/segment/${seg(name)}`), { staleTime: 5_000 });
  const [person, setPerson] = useState<CustomerHit | null>(null);
  const segment = list.data?.find((one) => one.name === name);
  const sentences = useSentences(definition.data?.value as Json | undefined, useReachable());
  const crumbs = [{ title: "Segments", to: "/segments" }];
  const problem = list.error ?? definition.error;
  if (!segment) {
    return (
      <>
        <PageHead title={name} kind="Segment" crumbs={crumbs} />
        {problem ? <ErrorView problem={problem} retry={() => { void list.refetch(); void definition.refetch(); }} /> : list.isPending ? <Loading /> : <Empty title="There is no such segment" text="It may have been renamed or deleted." action={<Button onClick={() => navigate(project.to("/segments"))}>All segments</Button>} />}
      </>
    );
  }
  const edit = project.to(`/segments/${seg(name)}/edit`);
  const mayEdit = project.can("contributor");
  const value = definition.data?.value as Json | undefined;
  const ran = segment.members !== null && segment.refreshed !== null;
  return (
    <>
      <PageHead
        title={segment.title || name}
        subtitle={segment.description ?? undefined}
        kind="Segment"
        state={segment.state}
        refreshed={segment.refreshed}
        usedBy={segment.used_by}
        dependsOn={definition.data?.object.depends_on}
        crumbs={crumbs}
        actions={
          <>
            {mayEdit ? <RunButton only={`segments/${name}`} /> : null}
            {mayEdit ? <Button onClick={() => navigate(edit)}>Edit</Button> : null}
            {mayEdit ? <Button onClick={() => navigate(project.to("/segments/new"), { state: { copy: { ...value, title: `${segment.title || name} (copy)` } } })} disabled={!value}>Duplicate</Button> : null}
            <Button onClick={() => navigate(`${edit}?tab=history`)}>History</Button>
            {mayEdit ? <ConfirmDelete object={{ kind: "segment", name }} onDone={() => navigate(project.to("/segments"))} /> : null}
          </>
        }
      />
      <Diagnostics list={definition.data?.diagnostics ?? []} />
      {segment.state === "changed" ? <MessageBar intent="warning" className={styles.note}><MessageBarBody>The definition was saved after the last run. The people below are those of the rules before; run it to see the new ones.</MessageBarBody></MessageBar> : null}
      <div className={styles.top}>
        <section aria-label="Size">
          {ran ? (
            <>
              <div className={styles.figure}>{formatNumber(segment.members ?? 0, 0)}</div>
              <div className={styles.soft}>members{changeWords(segment)}, refreshed {segment.kind === "static" ? refreshWords(segment) : timetableWords(value?.schedule)}{value?.active === false ? ", at rest: not worked out and not sent" : ""}{segment.materialize ? ", written out as a table" : ""}</div>
              {segment.next_change ? <div className={styles.soft}><NextChange at={segment.next_change} /></div> : null}
            </>
          ) : <Empty title="It has not run yet" text="A run works out who is in it." action={mayEdit ? <RunButton only={`segments/${name}`} primary /> : undefined} />}
          <RulesRead value={value} />
          {tagsOf(value?.tags).length > 0 ? <div className={styles.soft}>Tags: {tagsOf(value?.tags).join(", ")}</div> : null}
        </section>
        {ran ? <TrendChart points={segment.trend} timeZone={project.timeZone} /> : null}
      </div>
      {ran ? (
        <div className={styles.rest}>
          <section aria-label="What each rule keeps and drops">
            <h2 className={styles.heading}>What each rule keeps and drops</h2>
            <Funnel segment={name} sentences={sentences} />
          </section>
          <Members segment={name} run={segment.refreshed ?? ""} />
          <div className={styles.two}>
            <section aria-label="Why somebody is in or out">
              <h2 className={styles.heading}>Why is … in or out?</h2>
              <PersonPicker label="Person" onPick={setPerson} />
              {person ? (
                <>
                  <Why customer={person.customer_id} segment={name} name={person.title} />
                  <PageLink to={project.to(`/customers/${seg(person.customer_id)}`)}>Open the profile</PageLink>
                </>
              ) : null}
            </section>
            <Overlap segment={segment} />
          </div>
          <Examples tests={value?.tests} of={`segments/${name}`} />
          <section aria-label="Usage">
            <h2 className={styles.heading}>Used by</h2>
            {segment.used_by.length === 0 ? <p className={styles.soft}>Nothing uses it yet. <PageLink inline to={project.to("/exports/new")}>Set up an export</PageLink> to send it.</p> : (
              <ul className={styles.used}>
                {segment.used_by.map((one) => <li key={`${one.kind}/${one.name}`}><ObjectLink object={one} /></li>)}
              </ul>
            )}
          </section>
        </div>
      ) : <Examples tests={value?.tests} of={`segments/${name}`} />}
    </>
  );
}

function changeWords({ members, before }: SegmentView): string {
  if (members === null || before === null) return "";
  const change = members - before;
  return change === 0 ? ", as many as in the run before" : `, ${formatNumber(Math.abs(change), 0)} ${change > 0 ? "more" : "fewer"} than in the run before`;
}
