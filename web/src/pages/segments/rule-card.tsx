/*
 * rule-card: one rule of a segment: its conditions, what it finds by itself, who is left after it.
 */
import { Button, makeStyles, Select, tokens } from "@fluentui/react-components";
import { ArrowDownRegular, ArrowUpRegular, CopyRegular, DeleteRegular } from "@fluentui/react-icons";
import { useMemo, useState } from "react";
import type { RulePreview } from "../../api/types";
import { formatNumber } from "../../parts";
import { ConditionBuilder, type Scope, type UsedTables } from "../../parts/conditions";
import { focusBeside } from "../../parts/conditions/beside";
import { RowsForm } from "./rows-form";
import { aboutRows, keptTables, rowsOf } from "./rows-value";
import { ANY_ROW, joinWords, type Join, type Rule } from "./segment-value";

const useStyles = makeStyles({
  rule: { border: `1px solid ${tokens.colorNeutralStroke2}`, borderRadius: tokens.borderRadiusMedium, padding: "8px 12px 12px", backgroundColor: tokens.colorNeutralBackground1 },
  head: { display: "flex", alignItems: "center", gap: "8px", minHeight: "36px", flexWrap: "wrap" },
  title: { fontSize: tokens.fontSizeBase300, fontWeight: tokens.fontWeightSemibold, margin: 0 },
  rest: { marginLeft: "auto", display: "flex", alignItems: "center", gap: "4px" },
  count: { fontVariantNumeric: "tabular-nums", fontWeight: tokens.fontWeightSemibold, marginRight: "8px" },
  after: { fontWeight: tokens.fontWeightRegular, color: tokens.colorNeutralForeground2 },
  stale: { opacity: 0.45 },
  join: { display: "flex", alignItems: "center", gap: "8px", margin: "8px 0", color: tokens.colorNeutralForeground2, fontSize: tokens.fontSizeBase200 },
  soft: { color: tokens.colorNeutralForeground3, fontSize: tokens.fontSizeBase200 },
});

export interface RuleCardProps {
  rule: Rule;
  index: number;
  last: boolean;
  alone: boolean;
  scope: Scope;
  around: UsedTables;
  preview: RulePreview | undefined;
  of: number;
  stale: boolean;
  onChange: (change: Partial<Rule>, label: string) => void;
  onMove: (by: -1 | 1) => void;
  onDuplicate: () => void;
  onDelete: () => void;
}

export function RuleCard({ rule, index, last, alone, scope, around, preview, of, stale, onChange, onMove, onDuplicate, onDelete }: RuleCardProps) {
  const styles = useStyles();
  const [pending, setPending] = useState(false);
  const title = `Rule ${index + 1}`;
  const any = rule.where === ANY_ROW;
  const counts = useMemo(() => (preview && !any ? { parts: preview.parts, of, stale } : undefined), [preview, of, stale, any]);
  return (
    <li>
      {index > 0 ? (
        <div className={styles.join}>
          <Select size="small" value={rule.join} aria-label={`How rule ${index + 1} joins those before`} onChange={(_, data) => onChange({ join: data.value as Join }, joinWords[data.value as Join].title.toLowerCase())}>
            {(Object.keys(joinWords) as Join[]).map((join) => <option key={join} value={join}>{joinWords[join].title}</option>)}
          </Select>
          <span>{joinWords[rule.join].sentence}</span>
        </div>
      ) : null}
      <section className={styles.rule} aria-label={title}>
        <div className={styles.head}>
          <h2 className={styles.title}>{title}</h2>
          {pending ? <span className={styles.soft}>what is not complete is left out</span> : null}
          <span className={styles.rest}>
            {preview ? (
              <span className={`${styles.count} ${stale ? styles.stale : ""}`} title={`${title} finds ${formatNumber(preview.count, 0)} by itself; after it there are ${formatNumber(preview.cumulative, 0)}`}>
                {formatNumber(preview.count, 0)}
                {index > 0 ? <span className={styles.after}> → {formatNumber(preview.cumulative, 0)} after it</span> : null}
              </span>
            ) : null}
            <Button size="small" appearance="subtle" icon={<ArrowUpRegular />} aria-label={`Move ${title} up`} disabled={index === 0} onClick={() => onMove(-1)} />
            <Button size="small" appearance="subtle" icon={<ArrowDownRegular />} aria-label={`Move ${title} down`} disabled={last} onClick={() => onMove(1)} />
            <Button size="small" appearance="subtle" icon={<CopyRegular />} aria-label={`Duplicate ${title}`} onClick={onDuplicate} />
            <Button size="small" appearance="subtle" icon={<DeleteRegular />} aria-label={`Delete ${title}`} disabled={alone && rule.where === "" && !pending} onClick={(event) => { focusBeside(event.currentTarget); onDelete(); }} />
          </span>
        </div>
        <ConditionBuilder
          label={title}
          text={any ? "" : rule.where}
          tables={rule.tables}
          around={around}
          scope={scope}
          counts={counts}
          empty={any ? "Any row of a person is such a row." : undefined}
          onPending={setPending}
          onChange={(where, tables, label) => onChange({ where: where === "" && aboutRows(rule) ? ANY_ROW : where, tables: keptTables(rule, tables, rowsOf(rule, scope, around)) }, label)}
        />
        <RowsForm rule={rule} title={title} scope={scope} around={around} onChange={onChange} />
      </section>
    </li>
  );
}
