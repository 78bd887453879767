/*
 * joined: the tab Identity of a profile: its records, what joins them, what became of its id; and the ways to split and merge it.
 *
 * Reads: GET customers/{id}/identity. Writes: decisions, which the next run applies; each can be undone.
 */
import { Badge, Button, Checkbox, makeStyles, mergeClasses, MessageBar, MessageBarBody, tokens } from "@fluentui/react-components";
import { useState } from "react";
import { seg } from "../../api/client";
import { useGet, useProject } from "../../api/hooks";
import type { IdentityEvent, IdentityRecord, IdentityView, ProfileView, RecordRef } from "../../api/types";
import { ErrorView, formatNumber, Loading, PageLink, Time, valueText } from "../../parts";
import { DecisionList, useUndo } from "../review/Decisions";
import { ExplainButton, linkWords, pairOf } from "../review/Explained";
import { refKey, sameRef } from "../review/sides";
import { Warning } from "../unify/model/Warnings";
import { Graph } from "./joined-graph";
import { MergeWith, SplitOff } from "./steward";

const useStyles = makeStyles({
  grid: { display: "grid", gridTemplateColumns: "minmax(0, 1fr) minmax(0, 1fr)", gap: "24px 48px", "@media (max-width: 900px)": { gridTemplateColumns: "minmax(0, 1fr)" } },
  heading: { fontSize: tokens.fontSizeBase400, fontWeight: tokens.fontWeightSemibold, margin: "0 0 8px" },
  bar: { display: "flex", gap: "8px", alignItems: "center", flexWrap: "wrap", marginTop: "12px" },
  list: { listStyle: "none", margin: 0, padding: 0 },
  record: { display: "grid", gridTemplateColumns: "auto minmax(0, 1fr)", columnGap: "4px", borderBottom: `1px solid ${tokens.colorNeutralStroke3}`, padding: "4px 0" },
  bare: { paddingLeft: "8px" },
  row: { display: "flex", gap: "4px 12px", flexWrap: "wrap", alignItems: "center", borderBottom: `1px solid ${tokens.colorNeutralStroke3}`, padding: "6px 0" },
  words: { flex: "1 1 240px", minWidth: 0, overflowWrap: "anywhere" },
  soft: { color: tokens.colorNeutralForeground2, fontSize: tokens.fontSizeBase200, overflowWrap: "anywhere" },
  code: { fontFamily: tokens.fontFamilyMonospace, fontSize: tokens.fontSizeBase200, overflowWrap: "anywhere" },
  number: { display: "inline-flex", minWidth: "20px", height: "20px", justifyContent: "center", alignItems: "center", borderRadius: "10px", backgroundColor: tokens.colorNeutralBackground5, fontSize: tokens.fontSizeBase200, padding: "0 4px" },
  section: { minWidth: 0 },
  wide: { marginTop: "24px" },
});

/** So many links are shown before one asks for all. */
const FEW = 12;

export function Joined({ profile }: { profile: ProfileView }) {
  const styles = useStyles();
  const project = useProject();
  const answer = useGet<IdentityView>(project.p(`/customers/${seg(profile.customer_id)}/identity`), { staleTime: 0 });
  const [chosen, setChosen] = useState<RecordRef[]>([]);
  const [all, setAll] = useState(false);
  const undo = useUndo(() => void answer.refetch());
  if (answer.isPending) return <Loading label="Looking at the records" />;
  if (answer.error) return <ErrorView problem={answer.error} retry={() => void answer.refetch()} />;
  const view = answer.data;
  const canEdit = project.can("contributor");
  const place = (record: RecordRef) => view.records.findIndex((one) => sameRef(one, record)) + 1;
  // Those that hold it together first.
  const links = [...view.links].sort((a, b) => Number(b.tree) - Number(a.tree));
  const waiting = view.decisions.filter((one) => one.counts && !one.applied).length;
  return (
    <>
      {waiting > 0 ? (
        <MessageBar intent="info" layout="multiline">
          <MessageBarBody>{waiting === 1 ? "One decision" : `${formatNumber(waiting)} decisions`} about these records {waiting === 1 ? "waits" : "wait"} for the next run; until then the profile stays as it is. They stand below and can be undone.</MessageBarBody>
        </MessageBar>
      ) : null}
      {view.warnings.length > 0 ? <section aria-label="What to look at"><ul className={styles.list}>{view.warnings.map((one, at) => <Warning key={at} warning={one} />)}</ul></section> : null}
      <div className={styles.grid}>
        <section className={styles.section} aria-label="Records">
          <h2 className={styles.heading}>{view.records.length === 1 ? "One record" : `${formatNumber(view.records.length)} records`}</h2>
          <ol className={styles.list}>
            {view.records.map((record, at) => (
              <li key={refKey(record)} className={styles.record}>
                {canEdit && view.records.length > 1 ? <Checkbox aria-label={`Choose record ${at + 1}: ${record.table} ${record.key}`} checked={chosen.some((one) => sameRef(one, record))} onChange={(_, data) => setChosen(data.checked === true ? [...chosen, { table: record.table, key: record.key }] : chosen.filter((one) => !sameRef(one, record)))} /> : <span />}
                <Record record={record} number={at + 1} />
              </li>
            ))}
          </ol>
          {canEdit ? (
            <div className={styles.bar}>
              {view.records.length > 1 ? <SplitOff profile={profile} records={view.records} chosen={chosen} onDone={() => { setChosen([]); void answer.refetch(); }} /> : null}
              <MergeWith profile={profile} onDone={() => void answer.refetch()} />
            </div>
          ) : null}
        </section>
        <section className={styles.section} aria-label="What joins them">
          <h2 className={styles.heading}>What joins them</h2>
          {view.links.length === 0 ? <p className={styles.soft}>{view.records.length > 1 ? "The run noted no links between them." : "It stands for itself: nothing joined it to another record."}</p> : (
            <>
              <Graph view={view} />
              <ul className={styles.list} aria-label="Links, the strongest first">
                {links.slice(0, all ? links.length : FEW).map((link, at) => (
                  <li key={at} className={styles.row}>
                    <span className={styles.words}>
                      <span className={styles.number}>{place(link.a)}</span> – <span className={styles.number}>{place(link.b)}</span> {linkWords(link)}
                      {link.bridge ? <> <Badge appearance="outline" color="warning">bridge</Badge><span className={styles.soft}> without it they fall apart</span></> : !link.tree ? <span className={styles.soft}> besides stronger links</span> : null}
                    </span>
                    <ExplainButton pair={pairOf(link.a, link.b)} button={<Button size="small" appearance="subtle" aria-label={`Explain the link of ${place(link.a)} and ${place(link.b)}`}>Explain</Button>} />
                  </li>
                ))}
              </ul>
              {links.length > FEW ? <Button size="small" appearance="subtle" aria-expanded={all} onClick={() => setAll(!all)}>{all ? "Show fewer" : `Show all ${formatNumber(links.length)} links`}</Button> : null}
            </>
          )}
        </section>
      </div>
      <div className={mergeClasses(styles.grid, styles.wide)}>
        <section className={styles.section} aria-label="Households and the like"><Clusters profile={profile} /></section>
        <section className={styles.section} aria-label="History of the id">
          <h2 className={styles.heading}>The id</h2>
          <code className={styles.code}>{view.customer_id}</code>
          {view.previous.length > 0 ? <p className={styles.soft}>Before: {view.previous.map((id, at) => <span key={id}>{at > 0 ? ", " : ""}<code className={styles.code}>{id}</code></span>)}</p> : null}
          <Events events={view.events} />
        </section>
      </div>
      {view.decisions.length > 0 ? (
        <section className={styles.wide} aria-label="Decisions about its records">
          <h2 className={styles.heading}>Decided about its records</h2>
          <DecisionList decisions={view.decisions} onUndo={canEdit ? undo : undefined} />
        </section>
      ) : null}
    </>
  );
}

function Record({ record, number }: { record: IdentityRecord; number: number }) {
  const styles = useStyles();
  const project = useProject();
  const values = record.side.fields.filter((field) => field.value !== null && field.value !== "" && field.value !== record.key).slice(0, 6);
  return (
    <div className={styles.bare}>
      <span className={styles.number}>{number}</span>{" "}
      <PageLink to={project.to(`/tables/${seg(record.table)}?tab=data`)} state={{ search: record.key }}>{record.table}</PageLink> <code className={styles.code}>{record.key}</code>{" "}
      {record.winner ? null : <Badge appearance="outline" size="small">alternate</Badge>}
      <div className={styles.soft}>{values.map((field) => valueText(field.value, field.type, project.timeZone)).join(" · ")}</div>
    </div>
  );
}

const CHANGES: Record<string, string> = { created: "was made", merged: "took in", split: "was split off from", retired: "ended", returned: "came back" };

function Events({ events }: { events: IdentityEvent[] }) {
  const styles = useStyles();
  if (events.length === 0) return <p className={styles.soft}>No merge or split is on record.</p>;
  return (
    <ol className={styles.list} aria-label="What became of the id, newest first">
      {events.map((one, at) => (
        <li key={at} className={styles.row}>
          <Time at={one.at} />
          <span className={styles.words}>{CHANGES[one.change] ?? one.change} {one.other ? <code className={styles.code}>{one.other}</code> : null}</span>
        </li>
      ))}
    </ol>
  );
}

/** Who else is in the household, or in another cluster. */
function Clusters({ profile }: { profile: ProfileView }) {
  const styles = useStyles();
  const project = useProject();
  if (profile.clusters.length === 0)
    return (
      <>
        <h2 className={styles.heading}>Household</h2>
        <p className={styles.soft}>It is in none. The tab Merge of Unify says which profiles belong together.</p>
      </>
    );
  return profile.clusters.map((cluster) => (
    <div key={cluster.name}>
      <h2 className={styles.heading}>{cluster.name}: {cluster.size === 1 ? "nobody else" : `${formatNumber(cluster.size)} people`}</h2>
      <ul className={styles.list} aria-label={`Others of the ${cluster.name}`}>
        {cluster.others.map((other) => <li key={other.customer_id} className={styles.row}><PageLink to={project.to(`/customers/${seg(other.customer_id)}?tab=identity`)}>{other.title ?? `Profile ${other.profile_no}`}</PageLink></li>)}
      </ul>
      {cluster.size - 1 > cluster.others.length ? <p className={styles.soft}>and {formatNumber(cluster.size - 1 - cluster.others.length)} more</p> : null}
    </div>
  ));
}
