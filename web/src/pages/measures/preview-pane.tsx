/*
 * preview-pane: what a measure's draft comes to now, against the published run.
 *
 * Invariants: the old answer stays, greyed, until the new one is there; the result is read out.
 */
import { makeStyles, ProgressBar, tokens } from "@fluentui/react-components";
import { useMemo } from "react";
import { usePost, useProject } from "../../api/hooks";
import type { MeasurePreview } from "../../api/types";
import { Diagnostics, duration, ErrorView, formatNumber, NAME, valueText, type Definition } from "../../parts";
import { useLater } from "../../parts/attributes/values";
import { Announce } from "../segments/live-pane";
import { ByDimension, SampleRows, Spread } from "./figures";
import { calculations, dimensionsOf, type Json } from "./measure-value";

const useStyles = makeStyles({
  pane: { position: "sticky", top: "16px", display: "flex", flexDirection: "column", gap: "12px", borderLeft: `1px solid ${tokens.colorNeutralStroke2}`, paddingLeft: "24px", maxHeight: "calc(100vh - 96px)", overflowY: "auto", "@media (max-width: 1000px)": { position: "static", borderLeft: "none", paddingLeft: 0, maxHeight: "none" } },
  figure: { fontSize: tokens.fontSizeHero800, lineHeight: tokens.lineHeightHero800, fontWeight: tokens.fontWeightSemibold, fontVariantNumeric: "tabular-nums" },
  soft: { color: tokens.colorNeutralForeground3, margin: 0 },
  heading: { fontSize: tokens.fontSizeBase300, fontWeight: tokens.fontWeightSemibold, margin: "12px 0 4px" },
  stale: { opacity: 0.5 },
  progress: { height: "2px" },
  gap: { minHeight: "2px" },
});

export function PreviewPane({ definition }: { definition: Definition<Json> }) {
  const styles = useStyles();
  const project = useProject();
  // Words about it change no value.
  const { title: _title, description: _description, tags: _tags, tests: _tests, ...says } = definition.value ?? {};
  const text = JSON.stringify(says);
  const asked = useMemo(() => JSON.parse(text) as Json, [text]);
  const later = useLater(asked, 250);
  const asks = calculations(later).every((one) => one.value.trim() !== "");
  const name = NAME.test(definition.name) ? definition.name : "NewMeasure";
  const body = useMemo(() => ({ name, value: later, sample: 10 }), [name, later]);
  const answer = usePost<MeasurePreview>(project.p("/preview/measure"), body, { enabled: asks, staleTime: 60_000 });
  const preview = answer.data;
  const stale = answer.isPlaceholderData || later !== asked;
  const errors = preview?.diagnostics.filter((one) => one.severity === "error") ?? [];
  const said = preview && errors.length === 0 ? words(preview) : "";
  return (
    <aside className={styles.pane} aria-label="What it comes to now">
      <div className={styles.gap}>{asks && (answer.isFetching || stale) ? <ProgressBar className={styles.progress} aria-label="Working it out" /> : null}</div>
      <Announce text={stale || !asks ? "" : said} />
      {!asks ? <p className={styles.soft}>Choose a function and an attribute, or write an expression, and see at once what it comes to.</p> : null}
      {asks && answer.error ? <ErrorView problem={answer.error} retry={() => void answer.refetch()} /> : null}
      {asks && errors.length > 0 ? <div className={stale ? styles.stale : undefined}><p>It cannot be worked out yet:</p><Diagnostics list={errors} /></div> : null}
      {asks && preview && errors.length === 0 ? (
        <div className={stale ? styles.stale : undefined} aria-busy={stale || undefined}>
          {preview.value !== null ? <div className={styles.figure} data-testid="live-value">{typeof preview.value === "number" ? formatNumber(preview.value, 2) : valueText(preview.value)}</div> : null}
          <p className={styles.soft}>{words(preview)}, worked out in {duration(preview.seconds)}</p>
          {preview.numbers && preview.kind !== "business_measure" ? <Spread numbers={preview.numbers} title="the value" height={160} /> : null}
          {preview.table && preview.kind === "business_measure" ? <ByDimension rows={preview.table} dimensions={dimensionsOf(later).map((one) => one.name)} title="The value" timeZone={project.timeZone} height={200} /> : null}
          {preview.table && preview.value === null && preview.table.rows.length > 0 ? (
            <>
              <h2 className={styles.heading}>For example</h2>
              <SampleRows rows={preview.table} />
            </>
          ) : null}
        </div>
      ) : null}
    </aside>
  );
}

function words(preview: MeasurePreview): string {
  if (preview.kind === "customer_attribute") {
    const filled = preview.numbers ? preview.numbers.count : preview.rows;
    return `${formatNumber(filled, 0)} of ${formatNumber(preview.of, 0)} people have a value`;
  }
  if (preview.rows <= 1 && preview.value !== null) return "one value";
  return `${formatNumber(preview.rows, 0)} rows`;
}
