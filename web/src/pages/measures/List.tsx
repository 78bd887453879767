/*
 * Measures: numbers about people and about the business.
 *
 * Reads: GET measures.
 */
import { Button, makeStyles, Menu, MenuButton, MenuItem, MenuList, MenuPopover, MenuTrigger, SearchBox, tokens } from "@fluentui/react-components";
import { useState } from "react";
import { useNavigate } from "react-router";
import { seg } from "../../api/client";
import { useGet, useProject } from "../../api/hooks";
import type { MeasureView } from "../../api/types";
import { Empty, ErrorView, formatNumber, Grid, Loading, FewLinks, PageHead, PageLink, State, Time, valueText } from "../../parts";
import { kinds } from "./measure-value";

const useStyles = makeStyles({
  tools: { marginBottom: "12px" },
  search: { width: "100%", maxWidth: "400px" },
  when: { color: tokens.colorNeutralForeground3, fontSize: tokens.fontSizeBase200, marginLeft: "8px" },
  code: { fontFamily: tokens.fontFamilyMonospace, fontSize: tokens.fontSizeBase200, display: "inline-block", maxWidth: "220px", overflow: "hidden", textOverflow: "ellipsis", verticalAlign: "middle" },
});

export default function Measures() {
  const styles = useStyles();
  const project = useProject();
  const navigate = useNavigate();
  const [typed, setTyped] = useState("");
  const answer = useGet<MeasureView[]>(project.p("/measures"), { staleTime: 10_000 });
  const mayEdit = project.can("contributor");
  const low = typed.trim().toLowerCase();
  const rows = (answer.data ?? []).filter((one) => `${one.title} ${one.name} ${one.formula} ${one.tags.join(" ")}`.toLowerCase().includes(low));
  const to = (one: MeasureView) => project.to(`/measures/${seg(one.name)}`);
  return (
    <>
      <PageHead title="Measures" subtitle="Numbers about people and about the business" actions={mayEdit ? <NewMeasure /> : undefined} />
      {answer.isPending ? <Loading label="Loading measures" /> : null}
      {answer.error ? <ErrorView problem={answer.error} retry={() => void answer.refetch()} /> : null}
      {answer.data && answer.data.length === 0 ? (
        <Empty
          title="No measures yet"
          text="A measure is a number worked out from your tables: for each person, such as visits in a year, or for the business as a whole. Segments and profiles use it."
          picture={<Picture />}
          action={mayEdit ? <><Button appearance="primary" onClick={() => navigate(project.to("/measures/new"))}>Build a measure</Button> <Button onClick={() => navigate(project.to("/measures/templates"))}>From a template</Button></> : undefined}
        />
      ) : null}
      {answer.data && answer.data.length > 0 ? (
        <>
          <div className={styles.tools}>
            <SearchBox className={styles.search} placeholder="Search measures" value={typed} onChange={(_, data) => setTyped(data.value)} input={{ "aria-label": "Search measures" }} />
          </div>
          <Grid<MeasureView>
            label="Measures"
            rows={rows}
            rowKey={(one) => one.name}
            onOpen={(one) => navigate(to(one))}
            empty={<Empty title="No measure is called that" text="Look for another part of its name, title or expression." />}
            columns={[
              { key: "title", title: "Name", sort: (one) => one.title || one.name, render: (one) => <PageLink to={to(one)}>{one.title || one.name}</PageLink> },
              { key: "kind", title: "Kind", sort: (one) => one.kind, render: (one) => kinds[one.kind]?.title ?? one.kind },
              { key: "formula", title: "Expression", optional: true, render: (one) => <code className={styles.code} title={one.formula}>{one.formula}</code> },
              { key: "value", title: "Value", align: "end", sort: (one) => (typeof one.value === "number" ? one.value : null), render: (one) => (typeof one.value === "number" ? formatNumber(one.value) : valueText(one.value)) },
              { key: "state", title: "State", sort: (one) => one.state, render: (one) => (one.active ? <><State state={one.state} />{one.schedule === "with every run" ? null : <span className={styles.when}>{one.schedule}</span>}</> : <State state="disabled" word="At rest" />) },
              { key: "refreshed", title: "Refreshed", optional: true, sort: (one) => one.refreshed, render: (one) => <Time at={one.refreshed} relative /> },
              { key: "used", title: "Used by", optional: true, sort: (one) => one.used_by.length, render: (one) => <FewLinks objects={one.used_by} /> },
            ]}
          />
        </>
      ) : null}
    </>
  );
}

function NewMeasure() {
  const project = useProject();
  const navigate = useNavigate();
  return (
    <Menu positioning="below-end">
      <MenuTrigger disableButtonEnhancement>
        <MenuButton appearance="primary">New measure</MenuButton>
      </MenuTrigger>
      <MenuPopover>
        <MenuList>
          {Object.entries(kinds).map(([kind, words]) => (
            <MenuItem key={kind} subText={words.sentence} onClick={() => navigate(project.to(`/measures/new?kind=${kind}`))}>{words.title}</MenuItem>
          ))}
          <MenuItem subText="Filled in for orders, loyalty, activities and appointments" onClick={() => navigate(project.to("/measures/templates"))}>From a template</MenuItem>
        </MenuList>
      </MenuPopover>
    </Menu>
  );
}

function Picture() {
  return (
    <svg width="240" height="88" viewBox="0 0 240 88" fill="none" stroke="currentColor" strokeWidth="1.5">
      <path d="M40 8v72h168" />
      {[20, 34, 52, 60, 40, 24, 12].map((height, index) => <rect key={index} x={52 + index * 22} y={80 - height} width="16" height={height} />)}
    </svg>
  );
}
