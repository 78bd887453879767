/*
 * Example: what an activity would put on a timeline, as of the last run, refreshed as the definition changes.
 */
import { Button, makeStyles, mergeClasses, MessageBar, MessageBarBody, Text, tokens } from "@fluentui/react-components";
import { ArrowShuffleRegular } from "@fluentui/react-icons";
import { useState } from "react";
import { usePost, useProject } from "../../api/hooks";
import type { ActivityPreview, ActivityView } from "../../api/types";
import { Diagnostics, ErrorView, formatNumber, formatTime, Loading, Num } from "../../parts";
import { useLate } from "../sources/late";
import { text } from "../sources/steps";
import type { Dict } from "./model";

const useStyles = makeStyles({
  box: { border: `1px solid ${tokens.colorNeutralStroke2}`, borderRadius: tokens.borderRadiusMedium, padding: "12px 16px", position: "sticky", top: "12px" },
  title: { fontSize: tokens.fontSizeBase400, fontWeight: tokens.fontWeightSemibold, margin: "0 0 4px" },
  month: { fontSize: tokens.fontSizeBase300, fontWeight: tokens.fontWeightSemibold, color: tokens.colorNeutralForeground2, margin: "12px 0 4px" },
  list: { listStyle: "none", margin: 0, padding: 0 },
  item: { display: "grid", gridTemplateColumns: "132px minmax(0, 1fr)", gap: "8px", padding: "4px 0", borderBottom: `1px solid ${tokens.colorNeutralStroke3}` },
  when: { color: tokens.colorNeutralForeground2, fontVariantNumeric: "tabular-nums" },
  stale: { opacity: 0.55 },
  soft: { color: tokens.colorNeutralForeground3 },
});

export function Example({ name, value }: { name: string; value: Dict }) {
  const styles = useStyles();
  const { p, timeZone, can } = useProject();
  const [seed, setSeed] = useState(0);
  const ready = text(value.table) !== "" && text(value.key) !== "" && text(value.event) !== "" && text(value.time) !== "";
  const late = useLate({ name: name || "Untitled", value: { ...value, type: text(value.type) || "Activity" }, sample: 12, seed });
  const preview = usePost<ActivityPreview>(ready && can("contributor") ? p("/preview/activity") : null, late);
  const data = preview.data;
  const errors = data?.diagnostics.filter((one) => one.severity === "error") ?? [];
  const months = new Map<string, ActivityView[]>();
  for (const item of data?.items ?? []) {
    const month = item.time ? new Intl.DateTimeFormat("en-GB", { month: "long", year: "numeric", timeZone }).format(new Date(item.time)) : "Without a time";
    months.set(month, [...(months.get(month) ?? []), item]);
  }
  return (
    <section className={styles.box} aria-label="Example timeline">
      <h2 className={styles.title}>Example timeline</h2>
      {!can("contributor") ? <Text className={styles.soft}>Drafts are tried for contributors. What was published stands on the profiles of people.</Text> : !ready ? <Text className={styles.soft}>Choose a table, its key, what happened and when: an example stands here then.</Text> : null}
      {preview.error ? <ErrorView problem={preview.error} retry={() => void preview.refetch()} /> : null}
      {ready && can("contributor") && preview.isPending ? <Loading label="Reading some rows" /> : null}
      {errors.length > 0 ? <MessageBar intent="warning" layout="multiline"><MessageBarBody><Diagnostics list={errors} /></MessageBarBody></MessageBar> : null}
      {data && ready ? (
        <div className={mergeClasses((preview.isFetching || preview.isPlaceholderData) && styles.stale)} aria-busy={preview.isFetching || preview.isPlaceholderData || undefined}>
          <Text size={200} role="status">
            <Num value={data.total} /> rows; {data.without_profile === 0 ? "all lead to somebody" : `${formatNumber(data.without_profile)} lead to nobody and are on no timeline`}
          </Text>
          {data.items.length > 0 ? <Button size="small" appearance="subtle" icon={<ArrowShuffleRegular />} onClick={() => setSeed(seed + 1)}>Another person</Button> : null}
          {[...months].map(([month, items]) => (
            <section key={month} aria-label={month}>
              <h3 className={styles.month}>{month} ({items.length})</h3>
              <ul className={styles.list}>
                {items.map((item, at) => (
                  <li key={`${item.key} ${at}`} className={styles.item}>
                    <span className={styles.when}>{item.time ? formatTime(item.time, timeZone) : "no time"}</span>
                    <span>
                      {item.title ?? <span className={styles.soft}>nothing said</span>}
                      {item.description ? <span className={styles.soft}> – {item.description}</span> : null}
                      <span className={styles.soft}> · {item.type_display || item.type}</span>
                    </span>
                  </li>
                ))}
              </ul>
            </section>
          ))}
          {data.items.length === 0 && errors.length === 0 ? <Text className={styles.soft}>No row has a time and leads to somebody.</Text> : null}
        </div>
      ) : null}
    </section>
  );
}
