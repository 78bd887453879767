// Nav: the pages of a project as links, in groups that fold.
import { makeStyles, mergeClasses, tokens } from "@fluentui/react-components";
import { ChevronDownRegular, ChevronRightRegular } from "@fluentui/react-icons";
import { useState } from "react";
import { NavLink } from "react-router";
import { useProject } from "../api/hooks";
import { GROUPS, type Group } from "./places";

const useStyles = makeStyles({
  list: { listStyle: "none", margin: 0, padding: "8px", display: "flex", flexDirection: "column", gap: "2px" },
  inner: { listStyle: "none", margin: 0, padding: 0, display: "flex", flexDirection: "column", gap: "2px" },
  item: { display: "flex", alignItems: "center", gap: "10px", minHeight: "32px", padding: "0 10px", borderRadius: tokens.borderRadiusMedium, color: tokens.colorNeutralForeground1, textDecorationLine: "none", fontSize: tokens.fontSizeBase300, ":hover": { backgroundColor: tokens.colorNeutralBackground2Hover }, ":focus-visible": { outline: `2px solid ${tokens.colorStrokeFocus2}` } },
  current: { backgroundColor: tokens.colorNeutralBackground1Selected, fontWeight: tokens.fontWeightSemibold, boxShadow: `inset 3px 0 0 ${tokens.colorBrandForeground1}` },
  icon: { display: "inline-flex", fontSize: "18px", color: tokens.colorNeutralForeground2 },
  group: { border: "none", backgroundColor: "transparent", font: "inherit", width: "100%", cursor: "pointer", marginTop: "10px", color: tokens.colorNeutralForeground2, fontSize: tokens.fontSizeBase200, fontWeight: tokens.fontWeightSemibold },
});

const KEY = "onefold.nav.closed";
const readClosed = (): string[] => (localStorage.getItem(KEY) ?? "").split(",").filter(Boolean);

/** The pages of a project. */
export function Nav() {
  const styles = useStyles();
  const [closed, setClosed] = useState(readClosed);
  const toggle = (title: string) => {
    const next = closed.includes(title) ? closed.filter((one) => one !== title) : [...closed, title];
    localStorage.setItem(KEY, next.join(","));
    setClosed(next);
  };
  return (
    <ul className={styles.list}>
      {GROUPS.map((group) => {
        if (group.title === null) return <Links key="top" group={group} />;
        const open = !closed.includes(group.title);
        return (
          <li key={group.title}>
            <button type="button" className={mergeClasses(styles.item, styles.group)} aria-expanded={open} onClick={() => toggle(group.title ?? "")}>
              {open ? <ChevronDownRegular aria-hidden /> : <ChevronRightRegular aria-hidden />}
              {group.title}
            </button>
            {open ? <ul className={styles.inner}><Links group={group} /></ul> : null}
          </li>
        );
      })}
    </ul>
  );
}

function Links({ group }: { group: Group }) {
  const styles = useStyles();
  const { to, can } = useProject();
  return group.places
    .filter((place) => !place.role || can(place.role))
    .map((place) => (
      <li key={place.path}>
        <NavLink to={to(place.path)} className={({ isActive }) => mergeClasses(styles.item, isActive && styles.current)} aria-keyshortcuts={`g ${place.letter}`}>
          <span className={styles.icon} aria-hidden><place.icon /></span>
          {place.title}
        </NavLink>
      </li>
    ));
}
