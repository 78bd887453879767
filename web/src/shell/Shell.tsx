/*
 * Shell: what stays around every page of a project: header, navigation, the page.
 *
 * Flow: `/` searches, `?` helps, `g` and a letter goes; on narrow screens the navigation is a drawer.
 * Invariants: one header, one nav, one main; the skip link is the first stop of Tab.
 */
import { Button, makeStyles, tokens } from "@fluentui/react-components";
import { NavigationRegular, QuestionCircleRegular, SearchRegular } from "@fluentui/react-icons";
import { lazy, Suspense, useEffect, useState } from "react";
import { Outlet, ScrollRestoration, useLocation, useNavigation, useParams } from "react-router";
import { useGet } from "../api/hooks";
import type { ProjectEntry } from "../api/types";
import { Empty, ErrorView } from "../parts/states";
import { PageLink } from "../parts/link";
import { Account } from "./Account";
import { rememberProject } from "./last";
import { Nav } from "./Nav";
import { Projects } from "./Projects";
import { RunState } from "./RunState";
import { useShortcuts } from "./shortcuts";

const Palette = lazy(() => import("./Palette"));
const Help = lazy(() => import("./Help"));
const NavDrawer = lazy(() => import("./NavDrawer"));

const NARROW = "@media (max-width: 900px)";
const useStyles = makeStyles({
  skip: { position: "absolute", left: "-9999px", ":focus": { left: "8px", top: "8px", zIndex: 100, padding: "8px 16px", backgroundColor: tokens.colorNeutralBackground1, color: tokens.colorBrandForegroundLink, outline: `2px solid ${tokens.colorStrokeFocus2}` } },
  header: { position: "sticky", top: 0, zIndex: 20, height: "48px", display: "flex", alignItems: "center", gap: "8px", padding: "0 12px", backgroundColor: tokens.colorNeutralBackground1, borderBottom: `1px solid ${tokens.colorNeutralStroke2}` },
  burger: { display: "none", [NARROW]: { display: "inline-flex" } },
  product: { fontWeight: tokens.fontWeightSemibold, fontSize: tokens.fontSizeBase400, padding: "0 8px", display: "inline-flex", gap: "8px", alignItems: "center", color: tokens.colorNeutralForeground1, textDecorationLine: "none" },
  mark: { width: "20px", height: "20px" },
  word: { "@media (max-width: 640px)": { position: "absolute", width: "1px", height: "1px", overflow: "hidden", clipPath: "inset(50%)" } },
  search: { flex: "1 1 auto", maxWidth: "520px", margin: "0 auto", justifyContent: "flex-start", fontWeight: tokens.fontWeightRegular, color: tokens.colorNeutralForeground2, minWidth: "40px", overflow: "hidden", whiteSpace: "nowrap", "@media (max-width: 640px)": { flexGrow: 0, justifyContent: "center", padding: "0 8px", margin: "0 0 0 auto" } },
  searchWord: { overflow: "hidden", textOverflow: "ellipsis", flex: 1, textAlign: "start", "@media (max-width: 640px)": { position: "absolute", width: "1px", height: "1px", clipPath: "inset(50%)" } },
  key: { border: `1px solid ${tokens.colorNeutralStroke1}`, borderRadius: tokens.borderRadiusSmall, padding: "0 6px", fontFamily: tokens.fontFamilyMonospace, fontSize: tokens.fontSizeBase200, marginLeft: "8px", [NARROW]: { display: "none" } },
  body: { display: "flex", alignItems: "stretch", minHeight: "calc(100vh - 48px)" },
  side: { width: "216px", flexShrink: 0, backgroundColor: tokens.colorNeutralBackground2, borderRight: `1px solid ${tokens.colorNeutralStroke2}`, [NARROW]: { display: "none" } },
  sideInner: { position: "sticky", top: "48px", maxHeight: "calc(100vh - 48px)", overflowY: "auto" },
  main: { flex: "1 1 auto", minWidth: 0, padding: "20px 24px 48px", maxWidth: "1920px", outline: "none", "@media (max-width: 640px)": { padding: "16px 12px 40px" } },
  bar: { position: "fixed", top: "48px", left: 0, height: "2px", width: "30%", backgroundColor: tokens.colorBrandBackground, zIndex: 30, animationName: { from: { transform: "translateX(-100%)" }, to: { transform: "translateX(340%)" } }, animationDuration: "1.2s", animationIterationCount: "infinite" },
});

/** What stays around every page of a project. */
export function Shell() {
  const styles = useStyles();
  const { project = "" } = useParams();
  const location = useLocation();
  const navigation = useNavigation();
  const projects = useGet<ProjectEntry[]>("/api/projects", { staleTime: 60_000 });
  const [drawer, setDrawer] = useState(false);
  const [searching, setSearching] = useState(false);
  const [helping, setHelping] = useState(false);
  useShortcuts({ search: () => setSearching(true), help: () => setHelping(true) });
  const known = projects.data?.some((one) => one.name === project);
  useEffect(() => {
    if (known) rememberProject(project);
  }, [known, project]);
  useEffect(() => setDrawer(false), [location.pathname]);
  return (
    <>
      <a className={styles.skip} href="#main" onClick={(event) => { event.preventDefault(); document.getElementById("main")?.focus(); }}>
        Skip to the page
      </a>
      <header className={styles.header}>
        <Button className={styles.burger} appearance="subtle" icon={<NavigationRegular />} aria-label="Open the navigation" aria-expanded={drawer} onClick={() => setDrawer(true)} />
        <PageLink to="/" className={styles.product}>
          <img src="/icon.svg" alt="" className={styles.mark} />
          <span className={styles.word}>Onefold</span>
        </PageLink>
        <Projects projects={projects.data ?? []} current={project} />
        <Button className={styles.search} icon={<SearchRegular />} appearance="outline" aria-haspopup="dialog" aria-keyshortcuts="/" onClick={() => setSearching(true)}>
          <span className={styles.searchWord}>Search people, segments, tables …</span>
          <kbd className={styles.key}>/</kbd>
        </Button>
        <RunState />
        <Button appearance="subtle" icon={<QuestionCircleRegular />} aria-label="Help and keyboard shortcuts" aria-keyshortcuts="?" onClick={() => setHelping(true)} />
        <Account />
      </header>
      {navigation.state === "loading" ? <div className={styles.bar} aria-hidden /> : null}
      <div className={styles.body}>
        <nav className={styles.side} aria-label="Pages">
          <div className={styles.sideInner}><Nav /></div>
        </nav>
        {drawer ? <Suspense fallback={null}><NavDrawer close={() => setDrawer(false)} /></Suspense> : null}
        <main id="main" className={styles.main} tabIndex={-1}>
          {projects.error ? <ErrorView problem={projects.error} retry={() => void projects.refetch()} /> : null}
          {projects.data && !known ? (
            <>
              <h1 className="visually-hidden">No such project</h1>
              <Empty title={`There is no project “${project}” here`} text="It may have another name, or this server was started without it." action={<PageLink to="/">Go to the start</PageLink>} />
            </>
          ) : (
            <Outlet key={project} />
          )}
        </main>
      </div>
      <ScrollRestoration />
      <Announcer />
      {searching ? (
        <Suspense fallback={null}>
          <Palette close={() => setSearching(false)} />
        </Suspense>
      ) : null}
      {helping ? <Suspense fallback={null}><Help close={() => setHelping(false)} /></Suspense> : null}
    </>
  );
}

/** Tells those who cannot see it that another page is there. */
function Announcer() {
  const { pathname } = useLocation();
  const [words, setWords] = useState("");
  useEffect(() => {
    const timer = setTimeout(() => setWords(document.title), 600);
    return () => clearTimeout(timer);
  }, [pathname]);
  return <div role="status" aria-live="polite" className="visually-hidden">{words}</div>;
}
