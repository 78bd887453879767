/*
 * facets: the values of columns with how many people have them, to narrow a search by.
 *
 * Not here: asking (customers.tsx).
 */
import { Button, Checkbox, Input, makeStyles, Select, tokens } from "@fluentui/react-components";
import { DismissRegular } from "@fluentui/react-icons";
import { useEffect, useState } from "react";
import type { AttributeView, BucketView, FacetView, SearchFilter, Value } from "../../api/types";
import { formatNumber, formatTime, Num } from "../../parts";
import { familyOf } from "../../parts/conditions/operators";
import { withFilter } from "./search-state";

const useStyles = makeStyles({
  panel: { display: "flex", flexDirection: "column", gap: "16px" },
  facet: { border: "none", margin: 0, padding: 0, minWidth: 0 },
  head: { display: "flex", alignItems: "center", justifyContent: "space-between", fontWeight: tokens.fontWeightSemibold, padding: 0, width: "100%", minHeight: "28px" },
  line: { display: "flex", alignItems: "center", justifyContent: "space-between", gap: "8px", minHeight: "28px" },
  label: { overflow: "hidden", textOverflow: "ellipsis", whiteSpace: "nowrap", maxWidth: "176px", display: "inline-block", verticalAlign: "bottom" },
  box: { minWidth: 0, "& label": { paddingTop: "4px", paddingBottom: "4px", minWidth: 0 } },
  count: { color: tokens.colorNeutralForeground3, fontSize: tokens.fontSizeBase200 },
  range: { display: "grid", gridTemplateColumns: "1fr auto 1fr", gap: "6px", alignItems: "center", margin: "4px 0" },
  input: { minWidth: 0, width: "100%" },
  soft: { color: tokens.colorNeutralForeground3, fontSize: tokens.fontSizeBase200 },
});

export interface FacetsProps {
  facets: FacetView[];
  columns: AttributeView[];
  open: string[];
  filters: SearchFilter[];
  stale: boolean;
  timeZone: string;
  onFilters: (filters: SearchFilter[]) => void;
  onOpen: (columns: string[]) => void;
  /** Segments' titles by name. */
  segments: Record<string, string>;
}

export function Facets(props: FacetsProps) {
  const { facets, columns, open, filters, onFilters, onOpen } = props;
  const styles = useStyles();
  const more = columns.filter((one) => one.facet && !open.includes(one.name));
  return (
    <div className={styles.panel}>
      {open.map((name) => (
        <Facet key={name} {...props} name={name} column={columns.find((one) => one.name === name)} facet={facets.find((one) => one.column === name)} filter={filters.find((one) => one.column === name)} onFilter={(filter) => onFilters(withFilter(filters, filter))} onClose={() => { onFilters(filters.filter((one) => one.column !== name)); onOpen(open.filter((one) => one !== name)); }} />
      ))}
      {more.length > 0 ? (
        <Select aria-label="Add a filter" value="" onChange={(_, data) => data.value && onOpen([...open, data.value])}>
          <option value="">Add a filter …</option>
          {more.map((one) => (
            <option key={one.name} value={one.name}>{one.title || one.name}</option>
          ))}
        </Select>
      ) : null}
    </div>
  );
}

function Facet({ name, column, facet, filter, segments, stale, timeZone, onFilter, onClose }: FacetsProps & { name: string; column?: AttributeView; facet?: FacetView; filter?: SearchFilter; onFilter: (filter: SearchFilter) => void; onClose: () => void }) {
  const styles = useStyles();
  const [all, setAll] = useState(false);
  const title = column?.title || (name === "Segment" ? "Segment" : name);
  const family = familyOf(column?.type);
  const ranges = family === "number" || family === "date" || family === "time";
  const chosen = filter?.values ?? [];
  const words = (bucket: BucketView) => bucketWords(bucket, column?.type, timeZone, name === "Segment" ? segments : undefined);
  const buckets = facet?.buckets ?? [];
  const gone = chosen.filter((value) => value !== null && !buckets.some((bucket) => same(bucket.value, value)));
  const shown = all ? buckets : buckets.slice(0, 8);
  const toggle = (value: Value, on: boolean) => onFilter({ column: name, values: on ? [...chosen, value] : chosen.filter((one) => !same(one, value)) });
  return (
    <fieldset className={styles.facet}>
      <legend className={styles.head}>
        <span>{title}</span>
        <Button size="small" appearance="subtle" icon={<DismissRegular />} aria-label={`Remove the filter ${title}`} onClick={onClose} />
      </legend>
      {ranges ? <Range title={title} family={family} filter={filter} onChange={(from, to) => onFilter({ column: name, from, to })} /> : null}
      {shown.map((bucket, index) => {
        const isRange = bucket.to !== null && bucket.to !== undefined;
        const on = isRange ? same(filter?.from ?? null, bucket.value) && same(filter?.below ?? null, bucket.to) : chosen.some((one) => same(one, bucket.value));
        return (
          <Line key={index} label={words(bucket)} count={bucket.count} on={on} stale={stale} onChange={(next) => (isRange ? onFilter(next ? { column: name, from: bucket.value, below: bucket.to } : { column: name }) : toggle(bucket.value, next))} />
        );
      })}
      {gone.map((value) => (
        <Line key={String(value)} label={String(value)} count={0} on stale={stale} onChange={() => toggle(value, false)} />
      ))}
      {facet && facet.missing > 0 ? <Line label={name === "Segment" ? "in no segment" : "no value"} count={facet.missing} on={chosen.some((one) => one === null)} stale={stale} onChange={(next) => toggle(null, next)} /> : null}
      {buckets.length > 8 ? (
        <Button size="small" appearance="transparent" onClick={() => setAll(!all)}>{all ? "Show fewer" : `Show ${formatNumber(buckets.length - 8, 0)} more`}</Button>
      ) : null}
      {facet && facet.others > 0 && (all || buckets.length <= 8) ? <div className={styles.soft}>and {formatNumber(facet.others, 0)} with other values</div> : null}
      {facet && buckets.length === 0 && facet.missing === 0 ? <div className={styles.soft}>Nobody found has a value.</div> : null}
    </fieldset>
  );
}

function Line({ label, count, on, stale, onChange }: { label: string; count: number; on: boolean; stale: boolean; onChange: (on: boolean) => void }) {
  const styles = useStyles();
  return (
    <div className={styles.line}>
      <Checkbox className={styles.box} checked={on} onChange={(_, data) => onChange(data.checked === true)} label={<span className={styles.label} title={label}>{label}</span>} />
      <span className={styles.count} style={stale ? { opacity: 0.5 } : undefined}><Num value={count} /></span>
    </div>
  );
}

function Range({ title, family, filter, onChange }: { title: string; family: "number" | "date" | "time"; filter?: SearchFilter; onChange: (from: Value, to: Value) => void }) {
  const styles = useStyles();
  const [from, setFrom] = useState(textOf(filter?.from));
  const [to, setTo] = useState(textOf(filter?.to));
  useEffect(() => setFrom(textOf(filter?.from)), [filter?.from]);
  useEffect(() => setTo(textOf(filter?.to)), [filter?.to]);
  const value = (text: string): Value => (text.trim() === "" ? null : family === "number" ? (Number.isNaN(Number(text)) ? null : Number(text)) : text);
  const send = () => {
    if (textOf(filter?.from) !== from || textOf(filter?.to) !== to) onChange(value(from), value(to));
  };
  const type: "text" | "date" = family === "number" ? "text" : "date";
  const common = { className: styles.input, type, inputMode: family === "number" ? ("decimal" as const) : undefined, size: "small" as const, onBlur: send, onKeyDown: (event: { key: string }) => event.key === "Enter" && send() };
  return (
    <div className={styles.range}>
      <Input {...common} aria-label={`${title} from`} placeholder="from" value={family === "number" ? from : from.slice(0, 10)} onChange={(_, data) => setFrom(data.value)} />
      <span>to</span>
      <Input {...common} aria-label={`${title} to`} placeholder="to" value={family === "number" ? to : to.slice(0, 10)} onChange={(_, data) => setTo(data.value)} />
    </div>
  );
}

const textOf = (value: Value | undefined): string => (value === null || value === undefined ? "" : String(value));
const same = (a: Value, b: Value): boolean => a === b || (a !== null && b !== null && String(a) === String(b));

/** A range of days in words, its last day included: `29 Feb to 6 Mar 2016`. */
function daysWords(from: string, to: string, timeZone: string): string {
  const day = (text: string, before: number) => {
    const whole = text.length === 10;
    const at = new Date(whole ? `${text}T00:00:00Z` : text);
    const date = new Date(at.getTime() - before * 86_400_000);
    return formatTime(whole ? date.toISOString().slice(0, 10) : date.toISOString(), timeZone).split(",")[0] ?? "";
  };
  const [first, last] = [day(from, 0), day(to, 1)];
  if (first === last) return first;
  const [year, other] = [first.slice(-4), last.slice(-4)];
  if (first.startsWith("1 Jan") && last.startsWith("31 Dec")) return year === other ? year : `${year} to ${other}`;
  return `${year === other ? first.slice(0, -5) : first} to ${last}`;
}

/** A value or range in words. */
export function bucketWords(bucket: BucketView, type: string | undefined, timeZone: string, titles?: Record<string, string>): string {
  const dated = type === "date" || type === "date-time";
  if (dated && typeof bucket.value === "string" && typeof bucket.to === "string") return daysWords(bucket.value, bucket.to, timeZone);
  const one = (value: Value): string => {
    if (value === null) return "no value";
    if (typeof value === "number") return formatNumber(value, 2);
    if (typeof value === "boolean") return value ? "yes" : "no";
    if (typeof value === "string" && (type === "date" || type === "date-time")) return formatTime(value, timeZone);
    return titles?.[String(value)] ?? String(value);
  };
  if (bucket.to === null || bucket.to === undefined) return one(bucket.value);
  const last = type === "integer" && typeof bucket.to === "number" ? bucket.to - 1 : bucket.to;
  return same(bucket.value, last) ? one(bucket.value) : `${one(bucket.value)} to ${one(last)}`;
}
