/*
 * TransformGrid: the rows of a table after a step: type, quality and distribution in each head, and a menu that adds steps.
 *
 * Invariants: quality is said in words and numbers, colour only helps; an answer to an older question stays, greyed.
 */
import { Button, makeStyles, Menu, MenuDivider, MenuItem, MenuItemRadio, MenuList, MenuPopover, MenuTrigger, mergeClasses, tokens, Tooltip } from "@fluentui/react-components";
import { ChevronDownRegular, ErrorCircleFilled } from "@fluentui/react-icons";
import { memo } from "react";
import { useProject } from "../../api/hooks";
import type { ColumnQuality, CorruptCell, Value } from "../../api/types";
import { formatNumber, valueText } from "../../parts/show";
import { TypeIcon } from "../../parts/type-icon";
import { TYPES } from "./steps";

const useStyles = makeStyles({
  scroll: { overflow: "auto", flexGrow: 1, minHeight: "240px", border: `1px solid ${tokens.colorNeutralStroke2}`, borderRadius: tokens.borderRadiusMedium, backgroundColor: tokens.colorNeutralBackground1 },
  stale: { opacity: 0.55 },
  table: { borderCollapse: "separate", borderSpacing: 0, fontSize: tokens.fontSizeBase200 },
  head: { position: "sticky", top: 0, zIndex: 1, backgroundColor: tokens.colorNeutralBackground2, borderBottom: `1px solid ${tokens.colorNeutralStroke1}`, borderRight: `1px solid ${tokens.colorNeutralStroke3}`, padding: "4px 8px 6px", textAlign: "left", verticalAlign: "top", minWidth: "196px", maxWidth: "280px", fontWeight: tokens.fontWeightRegular },
  lit: { backgroundColor: tokens.colorBrandBackground2 },
  number: { position: "sticky", left: 0, zIndex: 2, minWidth: "52px", textAlign: "right", color: tokens.colorNeutralForeground3, backgroundColor: tokens.colorNeutralBackground2, padding: "0 8px", fontVariantNumeric: "tabular-nums", fontWeight: tokens.fontWeightRegular },
  line: { display: "flex", alignItems: "center", gap: "2px" },
  name: { fontWeight: tokens.fontWeightSemibold, flexGrow: 1, overflow: "hidden", textOverflow: "ellipsis", whiteSpace: "nowrap", minWidth: 0 },
  tool: { minWidth: "24px", width: "24px", height: "24px", padding: 0 },
  bar: { display: "flex", height: "4px", width: "100%", backgroundColor: tokens.colorNeutralBackground5, borderRadius: "2px", overflow: "hidden", marginTop: "4px" },
  valid: { backgroundColor: tokens.colorPaletteGreenBackground3 },
  error: { backgroundColor: tokens.colorPaletteRedBackground3 },
  words: { display: "flex", justifyContent: "space-between", gap: "6px", fontVariantNumeric: "tabular-nums", color: tokens.colorNeutralForeground2, marginTop: "2px", fontSize: tokens.fontSizeBase100, whiteSpace: "nowrap" },
  bad: { color: tokens.colorPaletteRedForeground1, fontWeight: tokens.fontWeightSemibold },
  spread: { display: "flex", alignItems: "flex-end", gap: "2px", height: "24px", marginTop: "4px" },
  column: { flex: "1 1 0", maxWidth: "20px", backgroundColor: tokens.colorBrandStroke1, opacity: 0.55, minHeight: "2px" },
  cell: { height: "28px", padding: "0 8px", borderBottom: `1px solid ${tokens.colorNeutralStroke3}`, borderRight: `1px solid ${tokens.colorNeutralStroke3}`, whiteSpace: "nowrap", maxWidth: "280px", overflow: "hidden", textOverflow: "ellipsis" },
  end: { textAlign: "right", fontVariantNumeric: "tabular-nums" },
  none: { color: tokens.colorNeutralForeground3, fontStyle: "italic" },
  wrong: { color: tokens.colorPaletteRedForeground1, display: "inline-flex", gap: "4px", alignItems: "center" },
});

/** What the menu of a column asks for. */
export type Command =
  | "filter" | "sort" | "sort_down" | "remove" | "keep_only" | "rename" | "first" | "replace" | "lowercase" | "uppercase" | "trim"
  | "distinct" | "group" | "expand" | "add_column" | { type: string };

const percent = (part: number, whole: number) => {
  if (whole === 0) return "0 %";
  const value = (100 * part) / whole;
  if (part > 0 && value < 1) return "<1 %";
  if (part < whole && value > 99) return ">99 %";
  return `${Math.round(value)} %`;
};

export interface TransformGridProps {
  columns: ColumnQuality[];
  rows: Value[][];
  corrupt: CorruptCell[];
  stale: boolean;
  lit?: string;
  canEdit: boolean;
  onCommand: (column: ColumnQuality, command: Command) => void;
  onErrors: (column: string) => void;
  label: string;
}

export function TransformGrid(props: TransformGridProps) {
  const styles = useStyles();
  return (
    <div className={mergeClasses(styles.scroll, props.stale && styles.stale)} tabIndex={0} role="region" aria-label={props.label} aria-busy={props.stale}>
      <table className={styles.table}>
        <thead>
          <tr>
            <th className={mergeClasses(styles.head, styles.number)} scope="col" style={{ zIndex: 3 }}><span className="visually-hidden">Row</span></th>
            {props.columns.map((column) => <Head key={column.name} column={column} {...props} />)}
          </tr>
        </thead>
        <Body columns={props.columns} rows={props.rows} corrupt={props.corrupt} />
      </table>
    </div>
  );
}

function Head({ column, lit, canEdit, onCommand, onErrors }: { column: ColumnQuality } & TransformGridProps) {
  const styles = useStyles();
  const all = column.valid + column.empty + column.error;
  const top = Math.max(1, ...column.top.map((bucket) => bucket.count));
  const commonest = column.top.slice(0, 5).map((bucket) => `${bucket.value === null ? "nothing" : valueText(bucket.value)} (${formatNumber(bucket.count)})`).join(", ");
  const run = (command: Command) => () => onCommand(column, command);
  const isText = ["text", "guid", "any"].includes(column.type);
  return (
    <th className={mergeClasses(styles.head, lit === column.name && styles.lit)} scope="col" aria-label={column.name}>
      <div className={styles.line}>
        {canEdit ? (
          <Menu checkedValues={{ type: [column.type] }} onCheckedValueChange={(_, data) => data.checkedItems[0] && onCommand(column, { type: data.checkedItems[0] })}>
            <MenuTrigger disableButtonEnhancement>
              <Button appearance="subtle" size="small" className={styles.tool} aria-label={`Type of ${column.name}: ${column.type}. Change it`} icon={<TypeIcon type={column.type} />} />
            </MenuTrigger>
            <MenuPopover>
              <MenuList>{TYPES.map((type) => <MenuItemRadio key={type} name="type" value={type}>{type}</MenuItemRadio>)}</MenuList>
            </MenuPopover>
          </Menu>
        ) : (
          <TypeIcon type={column.type} />
        )}
        <span className={styles.name} title={column.name}>{column.name}</span>
        {canEdit ? (
          <Menu>
            <MenuTrigger disableButtonEnhancement>
              <Button appearance="subtle" size="small" className={styles.tool} aria-label={`Steps for ${column.name}`} icon={<ChevronDownRegular />} />
            </MenuTrigger>
            <MenuPopover>
              <MenuList>
                <MenuItem onClick={run("filter")}>Filter rows…</MenuItem>
                <MenuItem onClick={run("sort")}>Sort, smallest first</MenuItem>
                <MenuItem onClick={run("sort_down")}>Sort, largest first</MenuItem>
                <MenuItem onClick={run("distinct")}>Remove duplicates</MenuItem>
                <MenuDivider />
                <MenuItem onClick={run("rename")}>Rename…</MenuItem>
                <MenuItem onClick={run("remove")}>Remove</MenuItem>
                <MenuItem onClick={run("keep_only")}>Keep this and choose others…</MenuItem>
                <MenuItem onClick={run("first")}>Put first</MenuItem>
                <MenuDivider />
                <MenuItem onClick={run("replace")}>Replace values…</MenuItem>
                <MenuItem disabled={!isText} onClick={run("lowercase")}>Small letters</MenuItem>
                <MenuItem disabled={!isText} onClick={run("uppercase")}>Capitals</MenuItem>
                <MenuItem disabled={!isText} onClick={run("trim")}>Trim spaces</MenuItem>
                <MenuDivider />
                <MenuItem onClick={run("add_column")}>Add a column from this…</MenuItem>
                <MenuItem onClick={run("group")}>Group by…</MenuItem>
                <MenuItem disabled={!["json", "text", "any"].includes(column.type)} onClick={run("expand")}>Expand…</MenuItem>
              </MenuList>
            </MenuPopover>
          </Menu>
        ) : null}
      </div>
      <div className={styles.bar} aria-hidden>
        <span className={styles.valid} style={{ width: `${all ? (100 * column.valid) / all : 0}%` }} />
        <span className={styles.error} style={{ width: `${all ? (100 * column.error) / all : 0}%` }} />
      </div>
      <div className={styles.words}>
        <span>{percent(column.valid, all)} valid</span>
        <span>{percent(column.empty, all)} empty</span>
        {column.error > 0 ? (
          <button type="button" className={styles.bad} style={{ all: "unset", cursor: "pointer" }} onClick={() => onErrors(column.name)}>
            <span className={styles.bad}>{formatNumber(column.error)} {column.error === 1 ? "error" : "errors"}</span>
          </button>
        ) : (
          <span>no errors</span>
        )}
      </div>
      <Tooltip relationship="description" content={commonest ? `commonest: ${commonest}` : "no values"}>
        <div className={styles.spread}>
          {column.top.slice(0, 10).map((bucket, at) => <span key={at} className={styles.column} style={{ height: `${Math.max(8, (100 * bucket.count) / top)}%` }} />)}
        </div>
      </Tooltip>
      <div className={styles.words}><span>{formatNumber(column.distinct)} different</span></div>
    </th>
  );
}

const Body = memo(function Body({ columns, rows, corrupt }: { columns: ColumnQuality[]; rows: Value[][]; corrupt: CorruptCell[] }) {
  const styles = useStyles();
  const { timeZone } = useProject();
  const wrong = new Map(corrupt.map((cell) => [`${cell.row} ${cell.column}`, cell]));
  return (
    <tbody>
      {rows.map((row, at) => (
        <tr key={at}>
          <th scope="row" className={styles.number} style={{ zIndex: 1 }}>{at + 1}</th>
          {columns.map((column, index) => {
            const value = row[index];
            const bad = value === null || value === undefined ? wrong.get(`${at} ${column.name}`) : undefined;
            const number = /^(integer|number|decimal)/.test(column.type);
            return (
              <td key={column.name} className={mergeClasses(styles.cell, number && styles.end)}>
                {bad ? (
                  <span className={styles.wrong} title={bad.reason}><ErrorCircleFilled aria-label="Error" />{bad.text}</span>
                ) : value === null || value === undefined ? (
                  <span className={styles.none}>empty</span>
                ) : (
                  valueText(value, column.type, timeZone)
                )}
              </td>
            );
          })}
        </tr>
      ))}
    </tbody>
  );
});
