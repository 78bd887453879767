/*
 * Precision: how alike two values must be: Low, Medium, High, Exact, or a percentage; with the pairs each would give, where a preview has counted them.
 *
 * Invariants: columns that are no text compare exactly.
 */
import { Field, makeStyles, mergeClasses, Radio, RadioGroup, Slider, SpinButton, Text, tokens } from "@fluentui/react-components";
import { useState } from "react";
import type { Value } from "../../api/types";
import { formatNumber } from "../../parts";
import { PRECISIONS, precisionOf, precisionWords } from "./words";

const useStyles = makeStyles({
  box: { display: "flex", flexDirection: "column", gap: "4px", minWidth: 0 },
  line: { display: "flex", gap: "16px", alignItems: "center", flexWrap: "wrap" },
  scale: { maxWidth: "420px", width: "100%" },
  marks: { display: "grid", gridTemplateColumns: "repeat(4, 1fr)", fontSize: tokens.fontSizeBase200, color: tokens.colorNeutralForeground2, textAlign: "center" },
  mark: { appearance: "none", border: "none", backgroundColor: "transparent", font: "inherit", fontSize: tokens.fontSizeBase200, color: tokens.colorNeutralForeground2, cursor: "pointer", padding: "2px", minHeight: "24px", ":focus-visible": { outline: `2px solid ${tokens.colorStrokeFocus2}` }, ":disabled": { cursor: "default", color: tokens.colorNeutralForegroundDisabled } },
  now: { fontWeight: tokens.fontWeightSemibold, color: tokens.colorNeutralForeground1 },
  // The four marks stand under the middle of their quarter; the slider ends at the middles of the first and last.
  slider: { marginLeft: "calc(12.5% - 10px)", width: "calc(75% + 20px)" },
  spin: { width: "112px" },
});

/** How alike the values of a condition must be. `counts` says how many pairs a share would give. */
export function PrecisionField(props: { value: Value | undefined; onChange: (value: Value) => void; locked?: boolean; counts?: (share: number) => number | null; disabled?: boolean }) {
  const styles = useStyles();
  const share = precisionOf(props.value);
  const basic = PRECISIONS.findIndex(([, , known]) => known === share);
  const [custom, setCustom] = useState(basic === -1);
  const said = (at: number) => {
    const count = props.counts?.(at);
    return count === null || count === undefined ? "" : `: ${formatNumber(count)} pairs`;
  };
  if (props.locked)
    return <Text size={200}>Numbers, dates and ids are compared exactly.</Text>;
  return (
    <Field label="Precision">
      <div className={styles.box}>
        <RadioGroup layout="horizontal" aria-label="How precision is given" value={custom ? "custom" : "basic"} disabled={props.disabled} onChange={(_, data) => {
          setCustom(data.value === "custom");
          if (data.value === "basic" && basic === -1) props.onChange([...PRECISIONS].sort((a, b) => Math.abs(a[2] - share) - Math.abs(b[2] - share))[0]?.[0] ?? "exact");
        }}>
          <Radio value="basic" label="Basic" />
          <Radio value="custom" label="Custom" />
        </RadioGroup>
        {custom ? (
          <div className={styles.line}>
            <Slider className={styles.scale} min={1} max={100} step={1} disabled={props.disabled} value={Math.round(share * 100)} aria-label="Least likeness in per cent" aria-valuetext={`${formatNumber(100 * share, 0)} %${said(share)}`} onChange={(_, data) => props.onChange(data.value === 100 ? "exact" : data.value / 100)} />
            <SpinButton className={styles.spin} min={1} max={100} step={1} disabled={props.disabled} value={Math.round(share * 100)} displayValue={`${formatNumber(100 * share, 1)} %`} aria-label="Least likeness" onChange={(_, data) => {
              const next = data.value ?? Number.parseFloat(data.displayValue ?? "");
              if (Number.isFinite(next) && next >= 1) props.onChange(next >= 100 ? "exact" : Math.round(next) / 100);
            }} />
          </div>
        ) : (
          <div className={styles.scale}>
            <Slider className={styles.slider} min={0} max={3} step={1} disabled={props.disabled} value={Math.max(0, basic)} aria-label="Precision" aria-valuetext={`${PRECISIONS[Math.max(0, basic)]?.[1] ?? ""}, ${precisionWords(share)}${said(share)}`} onChange={(_, data) => props.onChange(PRECISIONS[data.value]?.[0] ?? "exact")} />
            <div className={styles.marks}>
              {PRECISIONS.map(([word, title, at], index) => {
                const count = props.counts?.(at);
                return (
                  <button key={word} type="button" tabIndex={-1} disabled={props.disabled} className={mergeClasses(styles.mark, index === basic && styles.now)} onClick={() => props.onChange(word)}>
                    {title} {at < 1 ? `${100 * at} %` : ""}
                    {count !== null && count !== undefined ? <><br />{formatNumber(count)} pairs</> : null}
                  </button>
                );
              })}
            </div>
          </div>
        )}
        <Text size={200}>{share >= 1 ? "Equal after normalizing." : `Longer value minus letters to change, as a share of the longer value: ${precisionWords(share)}.`}</Text>
      </div>
    </Field>
  );
}
