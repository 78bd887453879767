/*
 * condition-builder: a condition edited by clicking and typing; its text stays the truth.
 *
 * Flow: text -> tree (server) -> edits -> tree -> text (server) -> `onChange`. What is not complete yet stays here and is not in the text.
 * Invariants: a text that comes from elsewhere (undo, YAML) replaces the tree; one that was written here does not; a late answer never wins over a newer edit.
 * Not here: how a row looks (condition-row.tsx), what a condition keeps (the owner asks a preview and hands `counts` down).
 *
 * Use: `<ConditionBuilder text={where} tables={rule.tables} scope={useReachable()} onChange={(text, tables, label) => …} />`; for a table's own
 * columns: `scope={ownScope(table, columns)}`; then `tables` is not needed.
 */
import { makeStyles, MessageBar, MessageBarBody, tokens } from "@fluentui/react-components";
import { useEffect, useMemo, useRef, useState } from "react";
import { toProblem } from "../../api/client";
import { useProject } from "../../api/hooks";
import type { Condition, DiagnosticView, PartPreview } from "../../api/types";
import { PathPicker } from "../attributes/path-picker";
import { aliasFor, tableOf, written, type Picked, type Scope, type UsedTables } from "../attributes/scope";
import { ConditionGroup, type Editing } from "./condition-group";
import { countsOf } from "./counts";
import { firstOperator, operators } from "./operators";
import { comparison, complete, expression, insert, leaves, rooted, uses, type Node, type Place } from "./tree";
import { translate } from "./translate";

const useStyles = makeStyles({
  whole: { display: "flex", flexDirection: "column", gap: "8px" },
  stale: { opacity: 0.6 },
  said: { margin: 0, paddingLeft: "20px", color: tokens.colorPaletteRedForeground1, fontSize: tokens.fontSizeBase200 },
  paths: { display: "flex", flexWrap: "wrap", gap: "4px 16px", color: tokens.colorNeutralForeground2 },
});

/** What conditions keep, as a preview answers it. */
export interface Counts {
  parts: PartPreview[];
  /** How many there are in all. */
  of: number;
  /** Of an older text. */
  stale?: boolean;
}

export interface ConditionBuilderProps {
  /** The condition; empty for none. */
  text: string;
  /** Related tables by alias that may be changed here. */
  tables?: UsedTables;
  /** Related tables that are named around it and stay as they are. */
  around?: UsedTables;
  scope: Scope;
  /** A new text and the tables it needs; `label` says what was done, for undo. */
  onChange: (text: string, tables: UsedTables, label: string) => void;
  counts?: Counts;
  /** What it is, for those who cannot see it: `Rule 1`. */
  label: string;
  disabled?: boolean;
  /** What stands there while there is no condition. */
  empty?: string;
  /** Told whether the tree holds more than the text does. */
  onPending?: (pending: boolean) => void;
}

const none: UsedTables = {};

export function ConditionBuilder({ text, tables = none, around = none, scope, onChange, counts, label, disabled, empty, onPending }: ConditionBuilderProps) {
  const styles = useStyles();
  const project = useProject();
  const path = project.p("/conditions");
  const [root, setRoot] = useState<Node>(() => rooted(null));
  const [pending, setPending] = useState<UsedTables | null>(null);
  const [said, setSaid] = useState<DiagnosticView[]>([]);
  const [problem, setProblem] = useState<string | null>(null);
  const [blocked, setBlocked] = useState(false);
  const [loading, setLoading] = useState(text.trim() !== "");
  const known = useRef<string | null>(null);
  const turn = useRef(0);
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  const used = pending ?? tables;
  const fresh = useRef<number | null>(null);
  const latest = useRef({ onChange, tables, around });
  latest.current = { onChange, tables, around };
  useEffect(() => () => clearTimeout(timer.current), []);

  // A text from elsewhere becomes the tree.
  useEffect(() => {
    if (known.current === text) return;
    known.current = text;
    turn.current += 1;
    const mine = turn.current;
    clearTimeout(timer.current);
    setPending(null);
    setBlocked(false);
    if (text.trim() === "") {
      setRoot(rooted(null));
      setSaid([]);
      setLoading(false);
      return;
    }
    setLoading(true);
    translate(path, { text, ...naming(scope, { ...latest.current.around, ...latest.current.tables }) })
      .then((view) => {
        if (turn.current !== mine) return;
        setRoot(rooted(view.tree ?? { op: "text", text }));
        setSaid(view.diagnostics);
        setProblem(null);
        setLoading(false);
      })
      .catch((error: unknown) => {
        if (turn.current !== mine) return;
        setRoot(rooted({ op: "text", text }));
        setProblem(toProblem(error).message);
        setLoading(false);
      });
  }, [text, path, scope.own]);

  // An edit becomes the text, a breath after the last keystroke.
  const edit = (next: Node, what: string, typing = false, nextTables: UsedTables = used) => {
    setRoot(next);
    setPending(nextTables);
    turn.current += 1;
    const mine = turn.current;
    clearTimeout(timer.current);
    timer.current = setTimeout(() => void write(next, nextTables, what, mine), typing ? 150 : 0);
  };
  const write = async (next: Node, nextTables: UsedTables, what: string, mine: number) => {
    const whole = complete(next);
    const kept = prune(next, nextTables, latest.current.tables);
    const emit = (value: string) => {
      setPending(null);
      setProblem(null);
      if (value === known.current && kept === latest.current.tables) return;
      known.current = value;
      latest.current.onChange(value, kept, what);
    };
    if (!whole) {
      setSaid([]);
      setBlocked(false);
      emit("");
      return;
    }
    try {
      const view = await translate(path, { tree: whole, ...naming(scope, { ...latest.current.around, ...nextTables }) });
      if (turn.current !== mine) return;
      setSaid(view.diagnostics);
      // What cannot be written yet is not taken over: the text of before stays the definition's.
      const unwritten = view.text.trim() === "";
      setBlocked(unwritten);
      if (!unwritten) emit(view.text);
    } catch (error) {
      if (turn.current === mine) setProblem(toProblem(error).message);
    }
  };

  const add = (place: Place, picked: Picked) => {
    const { alias, tables: next } = scope.own !== undefined ? { alias: "", tables: used } : aliasFor(picked.table, used, around);
    const operator = firstOperator(picked.column.type);
    const node = comparison(columnName(alias, picked), operator, operators[operator]?.need === "span" ? [30] : []);
    addNode(place, { ...node, unit: operators[operator]?.need === "span" ? "day" : null }, `add ${picked.column.title || picked.column.name}`, next);
  };
  const addNode = (place: Place, node: Node, what: string, nextTables: UsedTables = used) => {
    fresh.current = node.key;
    edit(insert(root, place, node), what, false, nextTables);
  };
  // One expression shows its own faults; else they stand below.
  const single = leaves(root).filter((leaf) => leaf.op === "text").length === 1;
  const editing: Editing = {
    scope,
    used: { ...around, ...used },
    disabled: disabled ?? false,
    label,
    empty,
    edit,
    add,
    addSegment: (place) => addNode(place, comparison(null, "in_segment", []), "add a segment"),
    addExpression: (place) => addNode(place, expression(""), "add an expression"),
    name: (picked) => {
      const { alias, tables: next } = scope.own !== undefined ? { alias: "", tables: used } : aliasFor(picked.table, used, around);
      return { column: columnName(alias, picked), written: written(alias, columnName("", picked)), tables: next };
    },
    textOf: async (condition: Condition) => (await translate(path, { tree: condition, ...naming(scope, { ...around, ...used }) })).text,
    counts: useMemo(() => (counts ? countsOf(root, counts) : undefined), [root, counts]),
    said: single ? said : [],
    fresh,
  };
  const own = Object.keys(used);
  const more = !loading && (blocked || incomplete(root));
  useEffect(() => onPending?.(more), [more, onPending]);
  return (
    <div className={`${styles.whole} ${loading ? styles.stale : ""}`} role="group" aria-label={label} aria-busy={loading || undefined}>
      {own.length > 0 ? (
        <div className={styles.paths}>
          {own.map((alias) => (
            <PathPicker
              key={alias}
              alias={alias}
              used={used[alias]!}
              table={tableOf(scope, alias, used)}
              scope={scope}
              disabled={disabled}
              onChange={(way) => edit(root, `path of ${alias}`, false, { ...used, [alias]: { ...used[alias]!, path: way } })}
            />
          ))}
        </div>
      ) : null}
      <ConditionGroup root={root} node={root} place={[]} editing={editing} />
      {!single && said.length > 0 ? (
        <ul className={styles.said} role="status">
          {said.map((one, index) => <li key={index}>{one.message}{one.hint ? ` (${one.hint})` : ""}</li>)}
        </ul>
      ) : null}
      {blocked ? <MessageBar intent="warning"><MessageBarBody>This cannot be read yet. Until it can, the definition keeps the condition of before.</MessageBarBody></MessageBar> : null}
      {problem ? (
        <MessageBar intent="error"><MessageBarBody>The condition could not be written: {problem}</MessageBarBody></MessageBar>
      ) : null}
    </div>
  );
}

/** The tables as the API wants them: by alias, or the one table meant. */
function naming(scope: Scope, used: UsedTables): { tables?: Record<string, string>; table?: string } {
  if (scope.own !== undefined) return { table: scope.own };
  return { tables: Object.fromEntries(Object.entries(used).map(([alias, one]) => [alias, one.table])) };
}

/** The column as trees name it. */
function columnName(alias: string, picked: Picked): string {
  const prefix = `${picked.table.alias}.`;
  const name = picked.table.alias !== "" && picked.column.name.startsWith(prefix) ? picked.column.name.slice(prefix.length) : picked.column.name;
  return alias === "" ? name : `${alias}.${name}`;
}

/** The tables without those that nothing names any more; the same object when nothing changed. */
function prune(root: Node, next: UsedTables, before: UsedTables): UsedTables {
  const names = Object.keys(next).filter((alias) => uses(root, alias));
  if (names.length === Object.keys(before).length && names.every((alias) => before[alias] === next[alias])) return before;
  return Object.fromEntries(names.map((alias) => [alias, next[alias]!]));
}

/** Whether something is not in the text yet. */
function incomplete(node: Node): boolean {
  if (node.op === "and" || node.op === "or") return node.of.some((one) => (one.op === "and" || one.op === "or" ? one.of.length === 0 || incomplete(one) : complete(one) === null));
  return complete(node) === null;
}
