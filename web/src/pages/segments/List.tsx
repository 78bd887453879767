/*
 * Segments: who to act on.
 *
 * Reads: GET segments.
 */
import { Button, makeStyles, Menu, MenuButton, MenuItem, MenuList, MenuPopover, MenuTrigger, SearchBox, tokens } from "@fluentui/react-components";
import { useState } from "react";
import { useNavigate } from "react-router";
import { seg } from "../../api/client";
import { useGet, useProject } from "../../api/hooks";
import type { SegmentView } from "../../api/types";
import { Empty, ErrorView, formatNumber, Grid, Loading, Num, FewLinks, PageHead, PageLink, State, Time } from "../../parts";
import { Sparkline } from "./trend";

const useStyles = makeStyles({
  tools: { marginBottom: "12px" },
  search: { width: "100%", maxWidth: "400px" },
  change: { color: tokens.colorNeutralForeground3, fontSize: tokens.fontSizeBase200, marginLeft: "8px", fontVariantNumeric: "tabular-nums" },
  picture: { display: "block" },
});

export default function Segments() {
  const styles = useStyles();
  const project = useProject();
  const navigate = useNavigate();
  const [typed, setTyped] = useState("");
  const answer = useGet<SegmentView[]>(project.p("/segments"), { staleTime: 10_000 });
  const mayEdit = project.can("contributor");
  const low = typed.trim().toLowerCase();
  const rows = (answer.data ?? []).filter((one) => `${one.title} ${one.name} ${one.description ?? ""} ${one.tags.join(" ")}`.toLowerCase().includes(low));
  return (
    <>
      <PageHead title="Segments" subtitle="Who to act on" actions={<><Button onClick={() => navigate(project.to("/segments/insights"))}>Insights</Button>{mayEdit ? <NewSegment /> : null}</>} />
      {answer.isPending ? <Loading label="Loading segments" /> : null}
      {answer.error ? <ErrorView problem={answer.error} retry={() => void answer.refetch()} /> : null}
      {answer.data && answer.data.length === 0 ? (
        <Empty
          title="No segments yet"
          text="A segment is a group of people who have something in common, worked out again with every run. Send it to where you act on it."
          picture={<Picture />}
          action={mayEdit ? <Button appearance="primary" onClick={() => navigate(project.to("/segments/new"))}>Build a segment</Button> : undefined}
        />
      ) : null}
      {answer.data && answer.data.length > 0 ? (
        <>
          <div className={styles.tools}>
            <SearchBox className={styles.search} placeholder="Search segments" value={typed} onChange={(_, data) => setTyped(data.value)} input={{ "aria-label": "Search segments" }} />
          </div>
          <Grid<SegmentView>
            label="Segments"
            rows={rows}
            rowKey={(one) => one.name}
            onOpen={(one) => navigate(project.to(`/segments/${seg(one.name)}`))}
            empty={<Empty title="No segment is called that" text="Look for another part of its name, title, description or tags." />}
            columns={[
              { key: "title", title: "Name", sort: (one) => one.title || one.name, render: (one) => <PageLink to={project.to(`/segments/${seg(one.name)}`)}>{one.title || one.name}</PageLink> },
              { key: "members", title: "Members", align: "end", sort: (one) => one.members, render: (one) => <Members one={one} /> },
              { key: "trend", title: "Trend", optional: true, render: (one) => <Sparkline points={one.trend} /> },
              { key: "state", title: "State", sort: (one) => one.state, render: (one) => (one.active ? <State state={one.state} /> : <State state="disabled" word="At rest" />) },
              { key: "kind", title: "Refresh", optional: true, sort: (one) => refreshWords(one), render: (one) => refreshWords(one) },
              { key: "refreshed", title: "Refreshed", optional: true, sort: (one) => one.refreshed, render: (one) => <Time at={one.refreshed} relative /> },
              { key: "used", title: "Used by", optional: true, sort: (one) => one.used_by.length, render: (one) => <FewLinks objects={one.used_by} /> },
            ]}
          />
        </>
      ) : null}
    </>
  );
}

/** When a segment is worked out. */
export const refreshWords = (one: SegmentView): string => (one.kind === "static" ? "by hand" : one.schedule || "with every run");

function Members({ one }: { one: SegmentView }) {
  const styles = useStyles();
  const change = one.members !== null && one.before !== null ? one.members - one.before : null;
  return (
    <>
      <Num value={one.members} digits={0} />
      {change !== null && change !== 0 ? <span className={styles.change} title="since the run before">{change > 0 ? "+" : "−"}{formatNumber(Math.abs(change), 0)}</span> : null}
    </>
  );
}

function NewSegment() {
  const project = useProject();
  const navigate = useNavigate();
  const go = (rest: string) => navigate(project.to(`/segments/new${rest}`));
  return (
    <Menu positioning="below-end">
      <MenuTrigger disableButtonEnhancement>
        <MenuButton appearance="primary">New segment</MenuButton>
      </MenuTrigger>
      <MenuPopover>
        <MenuList>
          <MenuItem subText="Rules and conditions" onClick={() => go("")}>Build your own</MenuItem>
          <MenuItem subText="One field, one value, saved at once" onClick={() => navigate(project.to("/segments/insights?quick"))}>Quick segment</MenuItem>
          <MenuItem subText="Groups that stand out by an outcome or by their activities" onClick={() => navigate(project.to("/segments/insights"))}>From suggestions</MenuItem>
          <MenuItem subText="People like those of another segment" onClick={() => navigate(project.to("/segments/insights?tab=similar"))}>Similar customers</MenuItem>
          <MenuItem subText="Start from the values of one column" onClick={() => go("?way=quick")}>From one attribute</MenuItem>
          <MenuItem subText="Write the definition as text" onClick={() => go("?tab=yaml")}>By YAML</MenuItem>
        </MenuList>
      </MenuPopover>
    </Menu>
  );
}

function Picture() {
  const styles = useStyles();
  return (
    <svg className={styles.picture} width="240" height="88" viewBox="0 0 240 88" fill="none" stroke="currentColor">
      <circle cx="96" cy="44" r="36" strokeWidth="1.5" />
      <circle cx="144" cy="44" r="36" strokeWidth="1.5" />
      <circle cx="120" cy="44" r="4" fill="currentColor" />
      <circle cx="112" cy="56" r="4" fill="currentColor" />
      <circle cx="128" cy="34" r="4" fill="currentColor" />
      <circle cx="76" cy="40" r="4" />
      <circle cx="164" cy="50" r="4" />
    </svg>
  );
}
