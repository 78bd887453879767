/*
 * virtual-rows: rows of a big table, loaded by pages as they come into sight.
 *
 * Flow: `load` answers a page; `source` names the question, and a new question forgets the pages.
 * Invariants: at most a few screens of cells are in the page; the same keys as in a grid.
 */
import { makeStyles, mergeClasses, tokens } from "@fluentui/react-components";
import { useVirtualizer } from "@tanstack/react-virtual";
import { useQueries } from "@tanstack/react-query";
import { useEffect, useRef, useState, type KeyboardEvent, type ReactNode } from "react";
import { useProject } from "../api/hooks";
import type { ColumnView, Value } from "../api/types";
import { CONTROLS, nextControl } from "./grid";
import { formatNumber, valueText } from "./show";
import { ErrorView } from "./states";
import { TypeIcon } from "./type-icon";

/** What is shown. */
export interface VirtualRowsProps {
  columns: ColumnView[];
  /** Names the question: its path and body. A new one forgets what was loaded. */
  source: unknown;
  /** How many rows there are. */
  total: number;
  /** Rows from `offset` on, in the order of columns. */
  load: (offset: number, limit: number, signal: AbortSignal) => Promise<Value[][]>;
  label: string;
  /** Enter or a click opens a row. */
  onOpen?: (row: Value[], index: number) => void;
  /** Pixels; 560 when absent. */
  height?: number;
  /** Below a column's name: a quality bar, a button. */
  head?: (column: ColumnView, index: number) => ReactNode;
  /** Another look for a cell. */
  cell?: (value: Value, column: ColumnView, row: Value[], index: number) => ReactNode;
  /** Pixels of a column; by its type when absent. */
  width?: (column: ColumnView) => number;
}

const PAGE = 100;
const ROW = 36;
/** Browsers end scrolling at some 17 million pixels. */
const MOST = 400_000;
/** The row of the head, for keys. */
const HEAD = -1;

const useStyles = makeStyles({
  scroll: { overflow: "auto", border: `1px solid ${tokens.colorNeutralStroke2}`, borderRadius: tokens.borderRadiusMedium, backgroundColor: tokens.colorNeutralBackground1, position: "relative" },
  head: { display: "flex", position: "sticky", top: 0, zIndex: 2, backgroundColor: tokens.colorNeutralBackground2, width: "max-content", minWidth: "100%", borderBottom: `1px solid ${tokens.colorNeutralStroke2}` },
  headCell: { flexShrink: 0, padding: "6px 12px", fontSize: tokens.fontSizeBase200, fontWeight: tokens.fontWeightSemibold, color: tokens.colorNeutralForeground2, overflow: "hidden" },
  name: { display: "flex", gap: "6px", alignItems: "center", whiteSpace: "nowrap", overflow: "hidden", textOverflow: "ellipsis" },
  row: { display: "flex", position: "absolute", left: 0, height: `${ROW}px`, minWidth: "100%", width: "max-content", borderBottom: `1px solid ${tokens.colorNeutralStroke3}`, ":hover": { backgroundColor: tokens.colorSubtleBackgroundHover } },
  opens: { cursor: "pointer" },
  cell: { flexShrink: 0, padding: "0 12px", lineHeight: `${ROW - 1}px`, whiteSpace: "nowrap", overflow: "hidden", textOverflow: "ellipsis", ":focus-visible": { outline: `2px solid ${tokens.colorStrokeFocus2}`, outlineOffset: "-2px" } },
  end: { textAlign: "end", fontVariantNumeric: "tabular-nums" },
  none: { color: tokens.colorNeutralForeground3, fontStyle: "italic" },
  body: { position: "relative" },
  focus: { ":focus-visible": { outline: `2px solid ${tokens.colorStrokeFocus2}`, outlineOffset: "-2px" } },
  note: { color: tokens.colorNeutralForeground2, fontSize: tokens.fontSizeBase200, margin: "4px 0 0" },
  headEnd: { justifyContent: "flex-end" },
});

const isNumber = (type: string): boolean => /^(integer|number|decimal|double)/.test(type);
const usual = ({ name, type }: ColumnView): number =>
  Math.max(isNumber(type) ? 112 : type === "date" ? 120 : type.startsWith("date") ? 180 : type === "boolean" ? 96 : 200, Math.min(name.length * 8 + 48, 260));

/** Rows of a big table. */
export function VirtualRows({ columns, source, total: all, load, label, onOpen, height = 560, head, cell, width = usual }: VirtualRowsProps) {
  const styles = useStyles();
  const { timeZone } = useProject();
  const total = Math.min(all, MOST);
  const box = useRef<HTMLDivElement>(null);
  const [at, setAt] = useState<[number, number]>([0, 0]);
  const rows = useVirtualizer({ count: total, getScrollElement: () => box.current, estimateSize: () => ROW, overscan: 8 });
  const items = rows.getVirtualItems();
  const first = Math.floor((items[0]?.index ?? 0) / PAGE);
  const last = Math.floor((items.at(-1)?.index ?? 0) / PAGE);
  const pages = Array.from({ length: total === 0 ? 0 : last - first + 1 }, (_, index) => first + index);
  const loaded = useQueries({
    queries: pages.map((page) => ({
      queryKey: ["rows", source, page],
      queryFn: ({ signal }: { signal: AbortSignal }) => load(page * PAGE, PAGE, signal),
      staleTime: 60_000,
    })),
  });
  const rowAt = (index: number): Value[] | undefined => loaded[Math.floor(index / PAGE) - first]?.data?.[index % PAGE];
  const failed = loaded.find((one) => one.error);
  const widths = columns.map((column) => width(column));

  const move = (row: number, column: number) => {
    const next: [number, number] = [Math.max(HEAD, Math.min(row, total - 1)), Math.max(0, Math.min(column, columns.length - 1))];
    setAt(next);
    if (next[0] !== HEAD) rows.scrollToIndex(next[0]);
    const find = (tries: number) => {
      const found = box.current?.querySelector<HTMLElement>(`[data-row="${next[0]}"][data-column="${next[1]}"]`);
      if (found) {
        found.focus({ preventScroll: true });
        found.scrollIntoView({ block: "nearest", inline: "nearest" });
      } else if (tries > 0) requestAnimationFrame(() => find(tries - 1));
    };
    find(6);
  };
  const onKeyDown = (event: KeyboardEvent<HTMLDivElement>) => {
    const target = event.target as HTMLElement;
    const place = target.closest<HTMLElement>("[data-row]");
    if (!place) return;
    if (target !== place) {
      if (event.key === "Escape") place.focus();
      else if (!nextControl(place, target, event.key)) return;
      event.preventDefault();
      return;
    }
    const [row, column] = [Number(target.dataset.row), Number(target.dataset.column)];
    const page = Math.max(1, Math.floor(height / ROW) - 2);
    const steps: Record<string, [number, number]> = {
      ArrowDown: [row + 1, column], ArrowUp: [row - 1, column], ArrowRight: [row, column + 1], ArrowLeft: [row, column - 1],
      PageDown: [row + page, column], PageUp: [Math.max(0, row - page), column],
      Home: [event.ctrlKey ? 0 : row, 0], End: [event.ctrlKey ? total - 1 : row, columns.length - 1],
    };
    const step = steps[event.key];
    if (step) {
      event.preventDefault();
      move(step[0], step[1]);
    } else if ((event.key === "Enter" || event.key === "F2") && (row === HEAD || event.key === "F2" || !onOpen)) {
      place.querySelector<HTMLElement>(CONTROLS)?.focus();
      event.preventDefault();
    } else if (event.key === "Enter" && onOpen) {
      const data = rowAt(row);
      if (data) onOpen(data, row);
      event.preventDefault();
    }
  };
  // Controls in cells are not stops of Tab; the cell is.
  useEffect(() => {
    box.current?.querySelectorAll<HTMLElement>("[data-row] :is(a[href],button,input,select,textarea)").forEach((control) => {
      control.tabIndex = -1;
    });
  });
  const place: [number, number] = at[0] === HEAD || items.some((item) => item.index === at[0]) ? at : [items[0]?.index ?? HEAD, at[1]];
  if (failed) return <ErrorView problem={failed.error} retry={() => void failed.refetch()} />;
  return (
    <>
    <div ref={box} className={styles.scroll} style={{ height }} role="grid" aria-label={label} aria-rowcount={all + 1} aria-colcount={columns.length} onKeyDown={onKeyDown}>
      <div role="rowgroup">
        <div role="row" aria-rowindex={1} className={styles.head}>
          {columns.map((column, index) => (
            <div key={column.name} role="columnheader" aria-colindex={index + 1} className={mergeClasses(styles.headCell, styles.focus)} style={{ width: widths[index] }} title={`${column.name} (${column.type})`} data-row={HEAD} data-column={index} tabIndex={place[0] === HEAD && place[1] === index ? 0 : -1} onFocus={() => setAt([HEAD, index])}>
              <div className={mergeClasses(styles.name, isNumber(column.type) && styles.headEnd)}>
                <TypeIcon type={column.type} />
                {column.name}
              </div>
              {head?.(column, index)}
            </div>
          ))}
        </div>
      </div>
      <div role="rowgroup" className={styles.body} style={{ height: rows.getTotalSize() }}>
        {items.map((item) => {
          const row = rowAt(item.index);
          return (
            <div
              key={item.key}
              role="row"
              aria-rowindex={item.index + 2}
              className={mergeClasses(styles.row, onOpen && styles.opens)}
              style={{ transform: `translateY(${item.start}px)` }}
              onClick={(event) => {
                if (!onOpen || !row || (event.target as HTMLElement).closest("a,button,input")) return;
                if (getSelection()?.toString()) return;
                onOpen(row, item.index);
              }}
            >
              {columns.map((column, index) => {
                const value = row?.[index] ?? null;
                return (
                  <div
                    key={column.name}
                    role="gridcell"
                    aria-colindex={index + 1}
                    data-row={item.index}
                    data-column={index}
                    tabIndex={place[0] === item.index && place[1] === index ? 0 : -1}
                    onFocus={() => setAt([item.index, index])}
                    className={mergeClasses(styles.cell, isNumber(column.type) && styles.end)}
                    style={{ width: widths[index] }}
                    title={row && typeof value === "string" && value.length > 24 ? value : undefined}
                  >
                    {!row ? "…" : cell ? cell(value, column, row, item.index) : value === null ? <span className={styles.none}>empty</span> : valueText(value, column.type, timeZone)}
                  </div>
                );
              })}
            </div>
          );
        })}
      </div>
    </div>
    {all > total ? <p className={styles.note}>The first {formatNumber(total)} of {formatNumber(all)} rows. Search or filter to see others.</p> : null}
    </>
  );
}
