// AttributePicker: choose a column, by searching first.
//
// Flow: a button opens a list; what is typed narrows it; arrows move, Enter takes, Escape goes back to the button.
// At the side the column that the cursor is on, with its commonest values.
// Not here: what picking does to `tables:` (`scope.aliasFor`).

import { Button, makeStyles, Popover, PopoverSurface, PopoverTrigger, SearchBox, tokens, type PositioningShorthand } from "@fluentui/react-components";
import { ChevronDownRegular } from "@fluentui/react-icons";
import { useEffect, useId, useMemo, useRef, useState, type KeyboardEvent, type ReactElement } from "react";
import { Num } from "../show";
import { TypeIcon } from "../type-icon";
import { chain, local, type Picked, type Scope } from "./scope";
import { quiet, useValues } from "./values";

const useStyles = makeStyles({
  surface: { padding: 0, width: "min(680px, calc(100vw - 32px))", overflow: "hidden" },
  search: { padding: "8px" },
  box: { width: "100%", maxWidth: "none" },
  body: { display: "grid", gridTemplateColumns: "minmax(0, 1fr) 232px", borderTop: `1px solid ${tokens.colorNeutralStroke2}`, "@media (max-width: 640px)": { gridTemplateColumns: "minmax(0, 1fr)" } },
  list: { maxHeight: "min(380px, 50vh)", overflowY: "auto", padding: "4px 0", margin: 0 },
  side: { borderLeft: `1px solid ${tokens.colorNeutralStroke2}`, padding: "12px", fontSize: tokens.fontSizeBase200, "@media (max-width: 640px)": { display: "none" } },
  head: { position: "sticky", top: "-4px", backgroundColor: tokens.colorNeutralBackground1, padding: "8px 12px 4px", fontSize: tokens.fontSizeBase200, fontWeight: tokens.fontWeightSemibold, color: tokens.colorNeutralForeground2, display: "flex", gap: "8px", justifyContent: "space-between", zIndex: 1 },
  way: { fontWeight: tokens.fontWeightRegular, color: tokens.colorNeutralForeground3, overflow: "hidden", textOverflow: "ellipsis", whiteSpace: "nowrap" },
  option: { display: "flex", alignItems: "center", gap: "8px", padding: "0 12px", minHeight: "32px", cursor: "pointer" },
  on: { backgroundColor: tokens.colorNeutralBackground1Hover, outline: `2px solid ${tokens.colorStrokeFocus2}`, outlineOffset: "-2px" },
  title: { overflow: "hidden", textOverflow: "ellipsis", whiteSpace: "nowrap" },
  name: { color: tokens.colorNeutralForeground3, fontSize: tokens.fontSizeBase200, overflow: "hidden", textOverflow: "ellipsis", whiteSpace: "nowrap", marginLeft: "auto" },
  none: { padding: "16px 12px", color: tokens.colorNeutralForeground3 },
  value: { display: "flex", justifyContent: "space-between", gap: "8px", padding: "2px 0" },
  words: { overflow: "hidden", textOverflow: "ellipsis", whiteSpace: "nowrap" },
  label: { fontWeight: tokens.fontWeightSemibold, margin: "0 0 4px" },
  soft: { color: tokens.colorNeutralForeground3 },
  gap: { marginTop: "12px" },
});

/** A row of the list: a column, or membership of a segment. */
type Row = { kind: "column"; picked: Picked } | { kind: "segment" };

export interface AttributePickerProps {
  scope: Scope;
  onPick: (picked: Picked) => void;
  /** Takes membership of a segment; without it that is not offered. */
  onSegment?: () => void;
  /** What the button says. */
  label: string;
  /** The name of the button for those who do not see it. */
  ariaLabel?: string;
  /** Another button. */
  trigger?: ReactElement;
  /** Only some columns. */
  only?: (picked: Picked) => boolean;
  disabled?: boolean;
  /** Open at once, as for a condition just added. */
  openAtFirst?: boolean;
  /** Told when it closes without a choice. */
  onDismiss?: () => void;
  positioning?: PositioningShorthand;
}

export function AttributePicker(props: AttributePickerProps) {
  const styles = useStyles();
  const [open, setOpen] = useState(props.openAtFirst ?? false);
  const close = (chosen: boolean) => {
    setOpen(false);
    if (!chosen) props.onDismiss?.();
  };
  return (
    <Popover open={open} onOpenChange={(_, data) => (data.open ? setOpen(true) : close(false))} positioning={props.positioning ?? "below-start"} trapFocus>
      <PopoverTrigger disableButtonEnhancement>
        {props.trigger ?? (
          <Button disabled={props.disabled} icon={<ChevronDownRegular />} iconPosition="after" aria-label={props.ariaLabel}>
            {props.label}
          </Button>
        )}
      </PopoverTrigger>
      <PopoverSurface className={styles.surface} aria-label="Choose an attribute">
        {open ? <Finder {...props} onDone={() => close(true)} /> : null}
      </PopoverSurface>
    </Popover>
  );
}

function Finder({ scope, onPick, onSegment, only, onDone }: AttributePickerProps & { onDone: () => void }) {
  const styles = useStyles();
  const id = useId();
  const [typed, setTyped] = useState("");
  const [cursor, setCursor] = useState(0);
  const list = useRef<HTMLDivElement>(null);
  const groups = useMemo(() => found(scope, typed, only), [scope, typed, only]);
  const rows = useMemo<Row[]>(() => {
    const columns = groups.flatMap((group) => group.picked.map<Row>((picked) => ({ kind: "column", picked })));
    const wanted = onSegment && scope.segments && matches("segment membership in segment", typed) > 0;
    return wanted ? [...columns, { kind: "segment" }] : columns;
  }, [groups, onSegment, scope.segments, typed]);
  const at = Math.min(cursor, Math.max(0, rows.length - 1));
  const active = rows[at];
  useEffect(() => {
    list.current?.querySelector(`[data-at="${at}"]`)?.scrollIntoView({ block: "nearest" });
  }, [at]);
  const take = (row: Row | undefined) => {
    if (!row) return;
    if (row.kind === "segment") onSegment?.();
    else onPick(row.picked);
    onDone();
  };
  const keys = (event: KeyboardEvent) => {
    const steps: Record<string, number> = { ArrowDown: 1, ArrowUp: -1, PageDown: 10, PageUp: -10 };
    const step = steps[event.key];
    if (step !== undefined) {
      event.preventDefault();
      setCursor(Math.max(0, Math.min(rows.length - 1, at + step)));
    } else if (event.key === "Enter") {
      event.preventDefault();
      take(active);
    }
  };
  let index = -1;
  return (
    <>
      <div className={styles.search}>
        <SearchBox
          className={styles.box}
          placeholder="Search attributes and tables"
          value={typed}
          autoFocus
          onChange={(_, data) => {
            setTyped(data.value);
            setCursor(0);
          }}
          onKeyDown={keys}
          input={{
            role: "combobox",
            "aria-label": "Search attributes",
            "aria-expanded": true,
            "aria-controls": `${id}list`,
            "aria-autocomplete": "list",
            "aria-activedescendant": active ? `${id}o${at}` : undefined,
          }}
        />
      </div>
      <div className={styles.body}>
        <div className={styles.list} role="listbox" id={`${id}list`} aria-label="Attributes" ref={list} tabIndex={-1}>
          {groups.map((group) => (
            <div key={group.key} role="group" aria-label={group.title}>
              <div className={styles.head} aria-hidden>
                <span>{group.title}</span>
                <span className={styles.way} title={group.way}>{group.way}</span>
              </div>
              {group.picked.map((picked) => {
                index += 1;
                return <Option key={picked.column.name} id={id} at={index} on={index === at} row={{ kind: "column", picked }} onTake={take} onOver={setCursor} />;
              })}
            </div>
          ))}
          {rows.at(-1)?.kind === "segment" ? (
            <div role="group" aria-label="Segments">
              <div className={styles.head} aria-hidden>Segments</div>
              <Option id={id} at={rows.length - 1} on={at === rows.length - 1} row={{ kind: "segment" }} onTake={take} onOver={setCursor} />
            </div>
          ) : null}
          {rows.length === 0 ? <div className={styles.none}>{scope.loading ? "Reading the tables …" : typed ? `Nothing is called "${typed}".` : "There are no attributes yet. Run the project first."}</div> : null}
        </div>
        <div className={styles.side}>{active?.kind === "column" ? <About scope={scope} picked={active.picked} /> : active ? <p className={styles.soft}>Members of another segment, as of the last run.</p> : null}</div>
      </div>
    </>
  );
}

function Option({ id, at, on, row, onTake, onOver }: { id: string; at: number; on: boolean; row: Row; onTake: (row: Row) => void; onOver: (at: number) => void }) {
  const styles = useStyles();
  const title = row.kind === "segment" ? "Is in a segment" : row.picked.column.title || local(row.picked.table, row.picked.column);
  const name = row.kind === "segment" ? "" : local(row.picked.table, row.picked.column);
  return (
    <div
      role="option"
      id={`${id}o${at}`}
      data-at={at}
      aria-selected={on}
      className={`${styles.option} ${on ? styles.on : ""}`}
      onMouseMove={() => onOver(at)}
      onMouseDown={(event) => event.preventDefault()}
      onClick={() => onTake(row)}
    >
      <TypeIcon type={row.kind === "segment" ? "segment" : row.picked.column.type} />
      <span className={styles.title}>{title}</span>
      {name && name !== title ? <span className={styles.name}>{name}</span> : null}
    </div>
  );
}

function About({ scope, picked }: { scope: Scope; picked: Picked }) {
  const styles = useStyles();
  const personal = quiet(picked);
  const { values, loading } = useValues(scope, picked, "", 6);
  return (
    <>
      <p className={styles.label}>{picked.column.title || picked.column.name}</p>
      <div className={styles.soft}>
        {picked.column.type}
        {picked.column.semantic ? `, ${picked.column.semantic}` : ""}
        {picked.column.key ? ", key" : ""}
      </div>
      <div className={styles.soft}>{picked.table.table}</div>
      <p className={`${styles.label} ${styles.gap}`}>Commonest values</p>
      {values.map((bucket, index) => (
        <div key={index} className={styles.value}>
          <span className={styles.words}>{bucket.value === null ? "no value" : String(bucket.value)}</span>
          <Num value={bucket.count} />
        </div>
      ))}
      {values.length === 0 ? <span className={styles.soft}>{personal ? "not shown: it names people" : loading ? "…" : "not known yet"}</span> : null}
    </>
  );
}

interface Group {
  key: string;
  title: string;
  way: string;
  picked: Picked[];
}

/** The most columns a table shows while nothing is typed. */
const few = 60;

function found(scope: Scope, typed: string, only?: (picked: Picked) => boolean): Group[] {
  const groups: (Group & { best: number; near: number })[] = [];
  for (const table of scope.tables) {
    const around = `${table.title} ${table.alias} ${table.table}`;
    const scored = table.columns
      .map((column) => ({ picked: { table, column }, score: matches(`${column.title} ${local(table, column)}`, typed, around) }))
      .filter((one) => one.score > 0 && (!only || only(one.picked)));
    if (scored.length === 0) continue;
    // Numbers and keys of the system come last.
    scored.sort((a, b) => (typed.trim() === "" ? 0 : b.score - a.score) || Number(made(a.picked)) - Number(made(b.picked)));
    groups.push({
      key: `${table.table}/${table.alias}`,
      title: table.title || table.table,
      way: table.paths[0]?.tables.length ? chain(table.paths[0].tables, scope) : "",
      picked: scored.slice(0, few).map((one) => one.picked),
      best: Math.max(...scored.map((one) => one.score)),
      near: table.distance,
    });
  }
  return groups.sort((a, b) => (typed.trim() === "" ? a.near - b.near : b.best - a.best || a.near - b.near));
}

/** Whether a column is there for the system's sake. */
const made = ({ table, column }: Picked): boolean => /^(profile_no|PreviousCustomerId|.*_Alternate|.*_precision)$/.test(local(table, column)) || (column.name === "CustomerId" && table.table !== "Customer");

/** How well words fit a text: 0 for not at all, more for the beginning of a word, most for the beginning of the text. A word may stand in the text around it, for little. */
function matches(text: string, typed: string, around = ""): number {
  const low = text.toLowerCase();
  const lowAround = around.toLowerCase();
  let score = 4;
  for (const word of typed.toLowerCase().split(/\s+/).filter(Boolean)) {
    const at = low.indexOf(word);
    if (at < 0) {
      if (!lowAround.includes(word)) return 0;
      score = Math.min(score, 0.5);
      continue;
    }
    const begins = at === 0 ? 3 : /[^a-z0-9]/.test(low[at - 1] ?? "") ? 2 : 1;
    score = Math.min(score, begins);
  }
  return score;
}
