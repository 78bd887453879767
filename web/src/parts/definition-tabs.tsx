/*
 * definition-tabs: Builder | YAML | History | Used by, under every editor.
 *
 * Invariants: the tab is in the address (`?tab=yaml`); editing one tab changes the other.
 */
import { Button, Link, makeStyles, MessageBar, MessageBarBody, Tab, TabList, tokens } from "@fluentui/react-components";
import { useState, type ReactNode } from "react";
import { useSearchParams } from "react-router";
import { seg } from "../api/client";
import { useGet, useProject } from "../api/hooks";
import type { VersionView } from "../api/types";
import type { Definition } from "./definition";
import { DiffView } from "./diff-view";
import { ObjectLink } from "./link";
import { Time } from "./show";
import { Diagnostics, ErrorView, Loading } from "./states";
import { diffLines } from "./text-diff";
import { YamlEditor } from "./yaml-editor";

/** What the tabs hold. */
export interface DefinitionTabsProps<T> {
  definition: Definition<T>;
  /** The editor by clicks. */
  builder: ReactNode;
  /** What its tab is called; "Builder" when absent. */
  builderTitle?: string;
  /** Tabs between the builder and YAML. */
  more?: { key: string; title: string; content: ReactNode }[];
  readOnly?: boolean;
}

const useStyles = makeStyles({
  // On a phone they stand in two lines rather than beyond the edge.
  tabs: { flexWrap: "wrap" },
  unread: { marginBottom: "16px" },
  panel: { paddingTop: "16px" },
  list: { listStyle: "none", padding: 0, margin: 0, display: "flex", flexDirection: "column", gap: "8px" },
  version: { display: "flex", gap: "12px", alignItems: "center", flexWrap: "wrap" },
  quiet: { color: tokens.colorNeutralForeground2 },
});

/** The tabs of a definition. */
export function DefinitionTabs<T>({ definition, builder, builderTitle = "Builder", more = [], readOnly }: DefinitionTabsProps<T>) {
  const styles = useStyles();
  const [params, setParams] = useSearchParams();
  const tab = params.get("tab") ?? "builder";
  const problems = definition.diagnostics.filter((one) => one.severity !== "note").length;
  const used = definition.saved?.object.used_by ?? [];
  const choose = (next: string) =>
    setParams(
      (old) => {
        if (next === "builder") old.delete("tab");
        else old.set("tab", next);
        return old;
      },
      { replace: true },
    );
  return (
    <div>
      <TabList className={styles.tabs} selectedValue={tab} onTabSelect={(_, data) => choose(String(data.value))} aria-label="Ways to see the definition">
        <Tab value="builder">{builderTitle}</Tab>
        {more.map((one) => <Tab key={one.key} value={one.key}>{one.title}</Tab>)}
        <Tab value="yaml">{problems > 0 ? `YAML (${problems} to look at)` : "YAML"}</Tab>
        {definition.isNew ? null : <Tab value="history">History</Tab>}
        {definition.isNew ? null : <Tab value="used">{`Used by (${used.length})`}</Tab>}
      </TabList>
      <div role="tabpanel" className={styles.panel} aria-label={tab === "builder" ? builderTitle : tab}>
        {tab === "builder" && definition.unread ? (
          <MessageBar intent="warning" layout="multiline" className={styles.unread}>
            <MessageBarBody>
              The YAML cannot be read. Below is what could be read last; what you change here takes the place of the text. <Link as="button" inline onClick={() => choose("yaml")}>Mend the YAML</Link>
            </MessageBarBody>
          </MessageBar>
        ) : null}
        {tab === "builder" ? builder : null}
        {more.find((one) => one.key === tab)?.content}
        {tab === "yaml" ? <YamlPanel definition={definition} readOnly={readOnly} /> : null}
        {tab === "history" && !definition.isNew ? <History definition={definition} readOnly={readOnly} /> : null}
        {tab === "used" && !definition.isNew ? (
          used.length === 0 ? <p className={styles.quiet}>Nothing uses it.</p> : (
            <ul>{used.map((object) => <li key={`${object.kind}/${object.name}`}><ObjectLink object={object} /></li>)}</ul>
          )
        ) : null}
      </div>
    </div>
  );
}

function YamlPanel<T>({ definition, readOnly }: { definition: Definition<T>; readOnly?: boolean }) {
  const [line, setLine] = useState<number | null>(null);
  const lines = [...definition.diagnostics, ...definition.elsewhere];
  return (
    <>
      <YamlEditor value={definition.yaml} onChange={definition.setYaml} diagnostics={definition.diagnostics} readOnly={readOnly} line={line} />
      <div role="status">
        <Diagnostics list={lines} onGo={(one) => { setLine(null); requestAnimationFrame(() => setLine(one.line)); }} />
      </div>
    </>
  );
}

function History<T>({ definition, readOnly }: { definition: Definition<T>; readOnly?: boolean }) {
  const styles = useStyles();
  const { p } = useProject();
  const versions = useGet<VersionView[]>(p(`/definitions/${definition.kind}/${seg(definition.name)}/versions`), { staleTime: 0 });
  const [open, setOpen] = useState<number | null>(null);
  if (versions.isPending) return <Loading label="Loading the history" />;
  if (versions.error) return <ErrorView problem={versions.error} retry={() => void versions.refetch()} />;
  if (versions.data.length === 0) return <p className={styles.quiet}>No older text is kept. Every save from here on is.</p>;
  return (
    <ol className={styles.list}>
      {versions.data.map((version, index) => {
        const before = versions.data[index + 1]?.yaml ?? "";
        return (
          <li key={`${version.at}-${version.etag}`}>
            <div className={styles.version}>
              <Time at={version.at} />
              <span>{version.by}</span>
              {version.yaml === "" ? <span>deleted</span> : null}
              {version.etag === definition.saved?.object.etag ? <span className={styles.quiet}>the saved text</span> : null}
              <Button size="small" aria-expanded={open === index} onClick={() => setOpen(open === index ? null : index)}>
                {open === index ? "Hide changes" : "Show changes"}
              </Button>
              {readOnly || version.yaml === "" || version.yaml === definition.yaml ? null : (
                <Button size="small" onClick={() => definition.setYaml(version.yaml)}>Take into the draft</Button>
              )}
            </div>
            {open === index ? <DiffView lines={diffLines(before, version.yaml)} label="Changes of this version" /> : null}
          </li>
        );
      })}
    </ol>
  );
}
