// Deliveries: what became of every row each time, in sums that add up.
import { makeStyles, tokens } from "@fluentui/react-components";
import { seg } from "../../api/client";
import { useGet, useProject } from "../../api/hooks";
import type { DeliveryView } from "../../api/types";
import { PageLink } from "../../parts/link";
import { runWord, State, Time } from "../../parts/show";
import { ErrorView, Loading, Words } from "../../parts/states";
import { SentLine } from "../system/Counts";

const useStyles = makeStyles({
  list: { listStyle: "none", margin: 0, padding: 0, display: "flex", flexDirection: "column", gap: "16px" },
  head: { display: "flex", gap: "16px", flexWrap: "wrap", alignItems: "center" },
  inner: { listStyle: "none", margin: "4px 0 0", padding: "0 0 0 22px", display: "flex", flexDirection: "column", gap: "2px" },
  quiet: { color: tokens.colorNeutralForeground2 },
});

/** The history of an export. */
export function Deliveries({ name }: { name: string }) {
  const styles = useStyles();
  const { p, to } = useProject();
  const deliveries = useGet<DeliveryView[]>(p(`/exports/${seg(name)}/deliveries`));
  if (deliveries.isPending) return <Loading />;
  if (deliveries.error) return <ErrorView problem={deliveries.error} retry={() => void deliveries.refetch()} />;
  if (deliveries.data.length === 0) return <p className={styles.quiet}>Nothing was sent yet. Run to send.</p>;
  return (
    <ol className={styles.list} aria-label="Deliveries, newest first">
      {deliveries.data.map((one, index) => (
        <li key={`${one.at}-${index}`}>
          <div className={styles.head}>
            <State state={one.outcome} />
            <Time at={one.at} />
            <span className={styles.quiet}>rows of <PageLink to={to(`/system/runs/${seg(one.run)}`)} inline>run {runWord(one.run)}</PageLink></span>
          </div>
          {one.message ? <div className={styles.inner}><Words text={one.message} sentence /></div> : null}
          <ul className={styles.inner}>{one.items.map((item) => <SentLine key={item.item} sent={item} />)}</ul>
        </li>
      ))}
    </ol>
  );
}
