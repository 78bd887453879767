/*
 * grid: a list of things with columns, for mouse and keyboard.
 *
 * Flow: one stop of Tab; arrows move the cell, Home/End within the row, Ctrl+Home/End and PageUp/PageDown among rows; Enter opens, Space selects.
 * Invariants: rows of 36 px; the head stays; numbers stand right; controls within a cell are reached by Enter or F2 and left by Escape.
 * Not here: very many rows (virtual-rows.tsx).
 */
import { Checkbox, makeStyles, mergeClasses, tokens } from "@fluentui/react-components";
import { ArrowDownRegular, ArrowUpRegular } from "@fluentui/react-icons";
import { useCallback, useEffect, useRef, useState, type KeyboardEvent, type ReactNode } from "react";

/** A column of a grid. */
export interface GridColumn<T> {
  key: string;
  title: string;
  /** `end` for numbers. */
  align?: "start" | "end" | "center";
  render: (row: T, index: number) => ReactNode;
  /** Sorts by it: true lets `onSort` do it; a function gives what to compare and the grid sorts by itself. */
  sort?: boolean | ((row: T) => string | number | null | undefined);
  /** A CSS width: `120px`, `30%`. */
  width?: string;
  /** Leave out on narrow screens. */
  optional?: boolean;
}

/** How a grid is sorted. */
export interface GridSort {
  key: string;
  descending: boolean;
}

/** What a grid shows. */
export interface GridProps<T> {
  columns: GridColumn<T>[];
  rows: T[];
  rowKey: (row: T, index: number) => string;
  /** Enter or a click opens a row. */
  onOpen?: (row: T) => void;
  /** Keys of the selected rows; shows boxes to check. */
  selected?: ReadonlySet<string>;
  onSelect?: (selected: Set<string>) => void;
  /** What stands there without rows. */
  empty?: ReactNode;
  sort?: GridSort;
  onSort?: (sort: GridSort) => void;
  /** What the list is, for those who cannot see it. */
  label: string;
  /** Greyed: an answer to an older question. */
  stale?: boolean;
  /** The most height before it scrolls by itself: `480px`. */
  maxHeight?: string;
}

const useStyles = makeStyles({
  scroll: { overflowX: "auto", border: `1px solid ${tokens.colorNeutralStroke2}`, borderRadius: tokens.borderRadiusMedium, backgroundColor: tokens.colorNeutralBackground1 },
  table: { width: "100%", borderCollapse: "separate", borderSpacing: 0, fontSize: tokens.fontSizeBase300 },
  head: { position: "sticky", top: 0, zIndex: 1, backgroundColor: tokens.colorNeutralBackground2 },
  cell: { height: "36px", padding: "0 12px", textAlign: "start", borderBottom: `1px solid ${tokens.colorNeutralStroke3}`, whiteSpace: "nowrap", maxWidth: "420px", overflow: "hidden", textOverflow: "ellipsis" },
  headCell: { fontWeight: tokens.fontWeightSemibold, color: tokens.colorNeutralForeground2, fontSize: tokens.fontSizeBase200 },
  end: { textAlign: "end", fontVariantNumeric: "tabular-nums" },
  center: { textAlign: "center" },
  row: { ":hover": { backgroundColor: tokens.colorSubtleBackgroundHover }, ":last-child > td": { borderBottomColor: "transparent" } },
  opens: { cursor: "pointer" },
  chosen: { backgroundColor: tokens.colorBrandBackground2 },
  focus: { ":focus-visible": { outline: `2px solid ${tokens.colorStrokeFocus2}`, outlineOffset: "-2px" } },
  sort: { border: "none", background: "none", padding: 0, font: "inherit", color: "inherit", cursor: "pointer", display: "inline-flex", gap: "4px", alignItems: "center", minHeight: "24px" },
  stale: { opacity: 0.55 },
  optional: { "@media (max-width: 640px)": { display: "none" } },
});

/** Focuses the control beside one of the same cell; false when there is none, or the arrows are the control's own. */
export function nextControl(cell: HTMLElement, from: HTMLElement, key: string): boolean {
  const by = key === "ArrowRight" ? 1 : key === "ArrowLeft" ? -1 : 0;
  if (by === 0 || /^(INPUT|SELECT|TEXTAREA)$/.test(from.tagName)) return false;
  const all = [...cell.querySelectorAll<HTMLElement>(CONTROLS)];
  const next = all[all.indexOf(from) + by];
  next?.focus();
  return next !== undefined;
}

/** What can be worked within a cell. */
export const CONTROLS = "a[href],button:not([disabled]),input:not([disabled]),select,textarea,[tabindex='0']";

/** A list of things with columns. */
export function Grid<T>(props: GridProps<T>) {
  const { columns, rowKey, onOpen, selected, onSelect, empty, label, stale, maxHeight } = props;
  const styles = useStyles();
  const table = useRef<HTMLTableElement>(null);
  const [own, setOwn] = useState<GridSort | null>(null);
  const [at, setAt] = useState<[number, number]>([0, 0]);
  const sort = props.sort ?? own;
  const rows = useSorted(props.rows, columns, props.onSort ? null : sort);
  const picks = selected !== undefined && onSelect !== undefined;
  const lastColumn = columns.length - 1 + (picks ? 1 : 0);
  const place: [number, number] = [Math.min(at[0], rows.length), Math.min(at[1], lastColumn)];

  const cellAt = useCallback(
    (row: number, column: number) => table.current?.querySelector<HTMLElement>(`[data-row="${row}"][data-column="${column}"]`) ?? null,
    [],
  );
  const move = (row: number, column: number) => {
    const next: [number, number] = [Math.max(0, Math.min(row, rows.length)), Math.max(0, Math.min(column, lastColumn))];
    setAt(next);
    cellAt(next[0], next[1])?.focus();
  };
  // Controls in cells are not stops of Tab; the cell is.
  useEffect(() => {
    table.current?.querySelectorAll<HTMLElement>("td :is(a[href],button,input,select,textarea)").forEach((control) => {
      control.tabIndex = -1;
    });
  });

  const choose = (row: T, index: number) => {
    if (!picks) return;
    const key = rowKey(row, index);
    const next = new Set(selected);
    if (!next.delete(key)) next.add(key);
    onSelect(next);
  };
  const onKeyDown = (event: KeyboardEvent<HTMLTableElement>) => {
    const target = event.target as HTMLElement;
    const cell = target.closest<HTMLElement>("[data-row]");
    if (!cell) return;
    if (target !== cell) {
      // Within a control of a cell: Escape goes back to the cell, arrows go to its next control, the rest is the control's.
      if (event.key === "Escape") {
        cell.focus();
        event.preventDefault();
      } else if (cell.tagName !== "TH") {
        if (nextControl(cell, target, event.key)) event.preventDefault();
        return;
      } else if (!(target instanceof HTMLButtonElement)) return;
    }
    const row = Number(cell.dataset.row);
    const column = Number(cell.dataset.column);
    const page = 10;
    const steps: Record<string, [number, number]> = {
      ArrowDown: [row + 1, column],
      ArrowUp: [row - 1, column],
      ArrowRight: [row, column + 1],
      ArrowLeft: [row, column - 1],
      PageDown: [row + page, column],
      PageUp: [Math.max(1, row - page), column],
      Home: [event.ctrlKey ? 1 : row, 0],
      End: [event.ctrlKey ? rows.length : row, lastColumn],
    };
    const step = steps[event.key];
    if (step) {
      event.preventDefault();
      move(step[0], step[1]);
      return;
    }
    if (target !== cell) return;
    const thing = row > 0 ? rows[row - 1] : undefined;
    if (event.key === "Enter" || event.key === "F2") {
      const control = cell.querySelector<HTMLElement>(CONTROLS);
      const many = cell.querySelectorAll(CONTROLS).length > 1;
      if (row === 0) control?.click();
      else if (many && !onOpen) control?.focus();
      else if (event.key === "F2" || !onOpen) {
        control?.focus();
        if (event.key === "Enter" && control instanceof HTMLAnchorElement) control.click();
      } else if (control) control instanceof HTMLInputElement ? control.focus() : control.click();
      else if (thing !== undefined) onOpen(thing);
      event.preventDefault();
    } else if (event.key === " " && thing !== undefined) {
      if (picks) choose(thing, row - 1);
      event.preventDefault();
    }
  };
  const cellProps = (row: number, column: number) => ({
    "data-row": row,
    "data-column": column,
    tabIndex: place[0] === row && place[1] === column ? 0 : -1,
    onFocus: () => setAt([row, column]),
  });
  const sortBy = (column: GridColumn<T>) => {
    const next = { key: column.key, descending: sort?.key === column.key ? !sort.descending : false };
    if (props.onSort) props.onSort(next);
    else setOwn(next);
  };
  if (rows.length === 0 && empty) return <>{empty}</>;
  const all = picks && rows.length > 0 && rows.every((row, index) => selected.has(rowKey(row, index)));
  const align = (column: GridColumn<T>) =>
    mergeClasses(column.align === "end" && styles.end, column.align === "center" && styles.center, column.optional && styles.optional);
  return (
    <div className={styles.scroll} style={maxHeight ? { maxHeight, overflowY: "auto" } : undefined}>
      {/* The grid is told whole, so that it can be read as one. */}
      <table
        ref={table}
        role="grid"
        aria-label={label}
        aria-rowcount={rows.length + 1}
        aria-multiselectable={picks || undefined}
        aria-busy={stale || undefined}
        className={mergeClasses(styles.table, stale && styles.stale)}
        onKeyDown={onKeyDown}
      >
        <thead className={styles.head}>
          <tr role="row">
            {picks ? (
              <th role="columnheader" className={mergeClasses(styles.cell, styles.focus)} style={{ width: "44px" }} {...cellProps(0, 0)}>
                <Checkbox
                  aria-label="Select all"
                  checked={all ? true : selected.size > 0 ? "mixed" : false}
                  input={{ tabIndex: -1 }}
                  onChange={() => onSelect(all ? new Set() : new Set(rows.map(rowKey)))}
                />
              </th>
            ) : null}
            {columns.map((column, index) => {
              const on = sort?.key === column.key;
              return (
                <th
                  key={column.key}
                  role="columnheader"
                  scope="col"
                  className={mergeClasses(styles.cell, styles.headCell, styles.focus, align(column))}
                  style={column.width ? { width: column.width } : undefined}
                  aria-sort={on ? (sort.descending ? "descending" : "ascending") : column.sort ? "none" : undefined}
                  {...cellProps(0, index + (picks ? 1 : 0))}
                >
                  {column.sort ? (
                    <button type="button" className={styles.sort} tabIndex={-1} onClick={() => sortBy(column)}>
                      {column.title}
                      {on ? sort.descending ? <ArrowDownRegular aria-hidden /> : <ArrowUpRegular aria-hidden /> : null}
                    </button>
                  ) : column.title === "" ? (
                    <span className="visually-hidden">Actions</span>
                  ) : (
                    column.title
                  )}
                </th>
              );
            })}
          </tr>
        </thead>
        <tbody>
          {rows.map((row, index) => {
            const key = rowKey(row, index);
            const chosen = picks && selected.has(key);
            return (
              <tr
                key={key}
                role="row"
                aria-rowindex={index + 2}
                aria-selected={picks ? chosen : undefined}
                className={mergeClasses(styles.row, onOpen && styles.opens, chosen && styles.chosen)}
                onClick={(event) => {
                  if (!onOpen || (event.target as HTMLElement).closest(`a,button,input,label,[role="menu"]`)) return;
                  if (getSelection()?.toString()) return;
                  onOpen(row);
                }}
              >
                {picks ? (
                  <td role="gridcell" className={mergeClasses(styles.cell, styles.focus)} {...cellProps(index + 1, 0)}>
                    <Checkbox aria-label={`Select ${key}`} checked={chosen} input={{ tabIndex: -1 }} onChange={() => choose(row, index)} />
                  </td>
                ) : null}
                {columns.map((column, at) => (
                  <td
                    key={column.key}
                    role="gridcell"
                    className={mergeClasses(styles.cell, styles.focus, align(column))}
                    {...cellProps(index + 1, at + (picks ? 1 : 0))}
                  >
                    {column.render(row, index)}
                  </td>
                ))}
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}

/** The rows in the order of a column that knows how to compare itself; nothing comes last. */
function useSorted<T>(rows: T[], columns: GridColumn<T>[], sort: GridSort | null): T[] {
  const by = sort ? columns.find((column) => column.key === sort.key)?.sort : undefined;
  if (!sort || typeof by !== "function") return rows;
  const sign = sort.descending ? -1 : 1;
  return [...rows].sort((a, b) => {
    const [x, y] = [by(a), by(b)];
    if (x === y) return 0;
    if (x === null || x === undefined) return 1;
    if (y === null || y === undefined) return -1;
    if (typeof x === "number" && typeof y === "number") return (x - y) * sign;
    return String(x).localeCompare(String(y), undefined, { numeric: true, sensitivity: "base" }) * sign;
  });
}
