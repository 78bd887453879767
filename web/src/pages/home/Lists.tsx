// Lists: segments and measures at a glance.
import { Button, makeStyles, tokens } from "@fluentui/react-components";
import { useNavigate } from "react-router";
import { useProject } from "../../api/hooks";
import type { MeasureView, SegmentView } from "../../api/types";
import { seg } from "../../api/client";
import { Grid } from "../../parts/grid";
import { PageLink } from "../../parts/link";
import { Num, State, valueText } from "../../parts/show";
import { Spark } from "../../parts/spark";

const useStyles = makeStyles({
  head: { display: "flex", justifyContent: "space-between", alignItems: "baseline", marginBottom: "8px" },
  title: { fontSize: tokens.fontSizeBase400, fontWeight: tokens.fontWeightSemibold, margin: 0 },
  quiet: { color: tokens.colorNeutralForeground2 },
});

const MEASURE_KIND: Record<string, string> = { customer_attribute: "for each customer", customer_measure: "for each customer and more", business_measure: "for all" };

/** The largest segments. */
export function SegmentList({ segments }: { segments: SegmentView[] }) {
  const styles = useStyles();
  const navigate = useNavigate();
  const { to, can } = useProject();
  return (
    <section>
      <div className={styles.head}>
        <h2 className={styles.title}>Segments</h2>
        <PageLink to={to("/segments")}>All segments</PageLink>
      </div>
      <Grid
        label="Largest segments"
        rows={segments}
        rowKey={(row) => row.name}
        onOpen={(row) => void navigate(to(`/segments/${seg(row.name)}`))}
        empty={<p className={styles.quiet}>No segment yet: a segment says who to act on. {can("contributor") ? <Button size="small" onClick={() => void navigate(to("/segments/new"))}>Build a segment</Button> : null}</p>}
        columns={[
          { key: "title", title: "Name", render: (row) => <PageLink to={to(`/segments/${seg(row.name)}`)}>{row.title}</PageLink> },
          { key: "members", title: "Members", align: "end", render: (row) => <Num value={row.members} digits={0} /> },
          { key: "trend", title: "Trend", optional: true, render: (row) => <Spark points={row.trend} /> },
          { key: "state", title: "State", render: (row) => <State state={row.state} word={row.state === "changed" ? "Changed" : undefined} /> },
        ]}
      />
    </section>
  );
}

/** Measures, those of the business first. */
export function MeasureList({ measures }: { measures: MeasureView[] }) {
  const styles = useStyles();
  const navigate = useNavigate();
  const { to, can } = useProject();
  return (
    <section>
      <div className={styles.head}>
        <h2 className={styles.title}>Measures</h2>
        <PageLink to={to("/measures")}>All measures</PageLink>
      </div>
      <Grid
        label="Measures"
        rows={measures}
        rowKey={(row) => row.name}
        onOpen={(row) => void navigate(to(`/measures/${seg(row.name)}`))}
        empty={<p className={styles.quiet}>No measure yet: a measure is a figure for each person or for all. {can("contributor") ? <Button size="small" onClick={() => void navigate(to("/measures/new"))}>Add a measure</Button> : null}</p>}
        columns={[
          { key: "title", title: "Name", render: (row) => <PageLink to={to(`/measures/${seg(row.name)}`)}>{row.title}</PageLink> },
          { key: "value", title: "Value", align: "end", render: (row) => (typeof row.value === "number" ? <Num value={row.value} /> : row.value === null ? <span className={styles.quiet}>{MEASURE_KIND[row.kind] ?? row.kind}</span> : valueText(row.value)) },
          { key: "state", title: "State", render: (row) => <State state={row.state} word={row.state === "changed" ? "Changed" : undefined} /> },
        ]}
      />
    </section>
  );
}
