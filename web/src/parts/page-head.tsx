/*
 * page-head: the same head on every page: where it is, what it is, how it is, what hangs on it, what can be done.
 *
 * Invariants: the one h1 of the page; the document's title follows it.
 */
import { makeStyles, tokens } from "@fluentui/react-components";
import { useEffect, type ReactNode } from "react";
import type { ObjectRef } from "../api/types";
import { useProject } from "../api/hooks";
import { ObjectLinks, PageLink } from "./link";
import { State, Time } from "./show";

/** What stands at the head of a page. */
export interface PageHeadProps {
  title: string;
  subtitle?: ReactNode;
  /** `Segment`, `Export` …: what it is. */
  kind?: string;
  /** A state as in `State`. */
  state?: string;
  /** The instant it was worked out. */
  refreshed?: string | null;
  usedBy?: ObjectRef[];
  dependsOn?: ObjectRef[];
  /** Buttons, in the order Run, Edit, Duplicate, History, Delete. */
  actions?: ReactNode;
  /** The way here: words and pages (`/segments`), without the page itself. */
  crumbs?: { title: string; to: string }[];
}

const useStyles = makeStyles({
  head: { display: "flex", flexWrap: "wrap", alignItems: "flex-start", justifyContent: "space-between", columnGap: "24px", rowGap: "8px", marginBottom: "16px" },
  words: { minWidth: 0, flex: "1 1 320px" },
  title: { fontSize: tokens.fontSizeBase600, lineHeight: tokens.lineHeightBase600, fontWeight: tokens.fontWeightSemibold, margin: 0, overflowWrap: "anywhere" },
  subtitle: { color: tokens.colorNeutralForeground2, margin: "2px 0 0" },
  facts: { display: "flex", flexWrap: "wrap", columnGap: "20px", rowGap: "4px", marginTop: "6px", color: tokens.colorNeutralForeground2, fontSize: tokens.fontSizeBase200 },
  actions: { display: "flex", flexWrap: "wrap", gap: "8px", alignItems: "center" },
  crumbs: { fontSize: tokens.fontSizeBase200, color: tokens.colorNeutralForeground2, display: "flex", flexWrap: "wrap", gap: "6px", marginBottom: "2px", padding: 0, listStyle: "none" },
});

/** The head of a page. */
export function PageHead({ title, subtitle, kind, state, refreshed, usedBy, dependsOn, actions, crumbs }: PageHeadProps) {
  const styles = useStyles();
  const project = useProject();
  useEffect(() => {
    document.title = [...new Set([title, project.title, "Onefold"])].filter(Boolean).join(" · ");
  }, [title, project.title]);
  const facts = kind || state || refreshed || usedBy || dependsOn;
  return (
    <div className={styles.head}>
      <div className={styles.words}>
        {crumbs && crumbs.length > 0 ? (
          <nav aria-label="Breadcrumb">
            <ol className={styles.crumbs}>
              {crumbs.map((crumb) => (
                <li key={crumb.to}>
                  <PageLink to={project.to(crumb.to)}>{crumb.title}</PageLink> <span aria-hidden>/</span>
                </li>
              ))}
            </ol>
          </nav>
        ) : null}
        <h1 className={styles.title} tabIndex={-1}>{title}</h1>
        {subtitle ? <p className={styles.subtitle}>{subtitle}</p> : null}
        {facts ? (
          <div className={styles.facts}>
            {kind ? <span>{kind}</span> : null}
            {state ? <State state={state} /> : null}
            {refreshed ? <span>Refreshed <Time at={refreshed} relative /></span> : null}
            {usedBy ? <span>Used by <ObjectLinks objects={usedBy} /></span> : null}
            {dependsOn ? <span>Depends on <ObjectLinks objects={dependsOn} /></span> : null}
          </div>
        ) : null}
      </div>
      {actions ? <div className={styles.actions}>{actions}</div> : null}
    </div>
  );
}
