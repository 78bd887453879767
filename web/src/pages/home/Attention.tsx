// Attention: what needs a look, worst first, each with the page that helps.
import { Button, makeStyles, tokens } from "@fluentui/react-components";
import { useState } from "react";
import { useProject } from "../../api/hooks";
import type { AttentionView } from "../../api/types";
import { ObjectLink, PageLink } from "../../parts/link";
import { State } from "../../parts/show";
import { Words } from "../../parts/states";

const useStyles = makeStyles({
  section: { marginBottom: "24px" },
  title: { fontSize: tokens.fontSizeBase400, fontWeight: tokens.fontWeightSemibold, margin: "0 0 8px" },
  list: { listStyle: "none", margin: 0, padding: 0, border: `1px solid ${tokens.colorNeutralStroke2}`, borderRadius: tokens.borderRadiusMedium },
  item: { display: "grid", gridTemplateColumns: "104px 1fr auto", gap: "4px 12px", padding: "10px 12px", alignItems: "baseline", ":not(:last-child)": { borderBottom: `1px solid ${tokens.colorNeutralStroke3}` }, "@media (max-width: 640px)": { gridTemplateColumns: "1fr" } },
  hint: { color: tokens.colorNeutralForeground2 },
  more: { marginTop: "8px" },
  words: { overflowWrap: "anywhere" },
});

/** The pages of `page`, which counts from the project's own. */
const pathOf = (page: string): string => (page === "runs" ? "/system" : page.startsWith("runs/") ? `/system/${page}` : `/${page.replace(/^\/+/, "")}`);

/** How many are shown at first. */
const FEW = 5;

/** What needs a look. */
export function Attention({ list }: { list: AttentionView[] }) {
  const styles = useStyles();
  const { to } = useProject();
  const [all, setAll] = useState(false);
  if (list.length === 0) return null;
  const shown = all || list.length <= FEW + 1 ? list : list.slice(0, FEW);
  return (
    <section className={styles.section} aria-labelledby="attention">
      <h2 className={styles.title} id="attention">Needs a look ({list.length})</h2>
      <ul className={styles.list}>
        {shown.map((one, index) => (
          <li key={index} className={styles.item}>
            <State state={one.severity} />
            <span className={styles.words}>
              <Words text={one.message} sentence />
              {one.hint ? <span className={styles.hint}> <Words text={one.hint} sentence /></span> : null}
            </span>
            {one.page ? <PageLink to={to(pathOf(one.page))}>Open</PageLink> : one.object ? <ObjectLink object={one.object} /> : <span />}
          </li>
        ))}
      </ul>
      {shown.length < list.length ? <Button size="small" className={styles.more} onClick={() => setAll(true)}>Show all {list.length}</Button> : null}
    </section>
  );
}
