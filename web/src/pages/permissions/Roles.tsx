// Roles: what each may do, as a table.
import { makeStyles, tokens } from "@fluentui/react-components";
import { CheckmarkRegular } from "@fluentui/react-icons";
import type { Role } from "../../api/types";

/** Roles, each may what those before may. */
export const ROLES: { role: Role; title: string; text: string }[] = [
  { role: "viewer", title: "Viewer", text: "Sees pages, customers and tables; downloads rows." },
  { role: "contributor", title: "Contributor", text: "Also changes definitions, tries them, runs, and exports over connections that are there." },
  { role: "administrator", title: "Administrator", text: "Also changes connections and servers of sources, people, tokens and the schedule; reads the audit." },
  { role: "owner", title: "Owner", text: "Also gives ownership and makes projects." },
];

/** A role in words. */
export const roleWord = (role: Role): string => ROLES.find((one) => one.role === role)?.title ?? role;

const RIGHTS: [string, Role][] = [
  ["See pages, segments, measures, runs", "viewer"],
  ["Search customers and open their profiles (written into the audit)", "viewer"],
  ["Download tables and ask them in SQL (written into the audit)", "viewer"],
  ["Change segments, measures, activities, unification, relationships, exports", "contributor"],
  ["Upload files and change sources that are folders", "contributor"],
  ["Start and cancel runs", "contributor"],
  ["Change connections, and sources that are servers", "administrator"],
  ["Change the schedule and the settings", "administrator"],
  ["Invite people, give roles, make tokens", "administrator"],
  ["Read and verify the audit", "administrator"],
  ["Make projects", "owner"],
  ["Make somebody an owner", "owner"],
];

const useStyles = makeStyles({
  scroll: { overflowX: "auto" },
  table: { borderCollapse: "collapse", maxWidth: "960px", "& th, & td": { textAlign: "start", padding: "8px 12px", borderBottom: `1px solid ${tokens.colorNeutralStroke3}`, verticalAlign: "top" } },
  list: { maxWidth: "960px", margin: "0 0 24px", display: "grid", gridTemplateColumns: "max-content 1fr", columnGap: "24px", rowGap: "6px" },
  word: { fontWeight: tokens.fontWeightSemibold },
  text: { margin: 0, color: tokens.colorNeutralForeground2 },
  center: { textAlign: "center" },
});

/** The roles in words and as a table. */
export function Roles() {
  const styles = useStyles();
  return (
    <>
      <dl className={styles.list}>
        {ROLES.map((one) => [<dt key={one.role} className={styles.word}>{one.title}</dt>, <dd key={`${one.role}-text`} className={styles.text}>{one.text}</dd>])}
      </dl>
      <div className={styles.scroll} tabIndex={0} role="region" aria-label="Rights by role">
        <table className={styles.table}>
          <thead>
            <tr><th scope="col">May</th>{ROLES.map((one) => <th key={one.role} scope="col">{one.title}</th>)}</tr>
          </thead>
          <tbody>
            {RIGHTS.map(([right, least]) => {
              const from = ROLES.findIndex((one) => one.role === least);
              return (
                <tr key={right}>
                  <th scope="row">{right}</th>
                  {ROLES.map((one, index) => (
                    <td key={one.role} className={styles.center}>{index >= from ? <CheckmarkRegular aria-label="yes" /> : <span aria-label="no">–</span>}</td>
                  ))}
                </tr>
              );
            })}
          </tbody>
        </table>
      </div>
    </>
  );
}
