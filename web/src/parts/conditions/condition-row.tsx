/*
 * condition-row: one comparison as a sentence: attribute, operator, values; or an expression as text.
 *
 * Keyboard: Alt+Up and Alt+Down move it.
 */
import { Button, Checkbox, makeStyles, Select, Textarea, tokens } from "@fluentui/react-components";
import { AddRegular, WarningRegular } from "@fluentui/react-icons";
import { useEffect, useRef, type KeyboardEvent } from "react";
import { AttributePicker } from "../attributes/attribute-picker";
import { columnOf, local, type Picked } from "../attributes/scope";
import { TypeIcon } from "../type-icon";
import type { Editing } from "./condition-group";
import { Kept } from "./kept";
import { firstOperator, needOf, operators, operatorsFor, words } from "./operators";
import { RowActions } from "./row-actions";
import { canMove, isComplete, move, put, type Node, type Place } from "./tree";
import { ValueInput } from "./value-input";

const useStyles = makeStyles({
  row: { display: "flex", alignItems: "flex-start", gap: "8px", padding: "2px 0" },
  words: { display: "flex", alignItems: "center", gap: "6px", flexWrap: "wrap", flex: "1 1 auto", minWidth: 0 },
  end: { display: "flex", alignItems: "center", gap: "4px", minHeight: "32px", flexShrink: 0, minWidth: "124px", justifyContent: "flex-end" },
  attribute: { maxWidth: "236px", justifyContent: "flex-start", minWidth: "0", padding: "0 8px", minHeight: "32px" },
  attributeWords: { overflow: "hidden", textOverflow: "ellipsis", whiteSpace: "nowrap" },
  table: { color: tokens.colorNeutralForeground3, fontWeight: tokens.fontWeightRegular },
  hint: { color: tokens.colorNeutralForeground3, fontSize: tokens.fontSizeBase200 },
  bad: { color: tokens.colorPaletteRedForeground1, fontSize: tokens.fontSizeBase200, display: "flex", gap: "4px", alignItems: "center" },
  expression: { flex: "1 1 320px", display: "flex", flexDirection: "column", gap: "4px", alignItems: "flex-start" },
  area: { width: "100%", fontFamily: tokens.fontFamilyMonospace },
});

export function ConditionRow({ root, node, place, editing }: { root: Node; node: Node; place: Place; editing: Editing }) {
  const styles = useStyles();
  const picked = columnOf(editing.scope, node.column, editing.used);
  const segment = node.operator === "in_segment" || node.operator === "not_in_segment";
  const title = picked ? picked.column.title || local(picked.table, picked.column) : segment ? "Segment" : node.op === "text" ? "expression" : (node.column ?? "attribute");
  const name = `${title}, condition ${place.map((step) => step + 1).join(".")} of ${editing.label}`;
  const keys = (event: KeyboardEvent) => {
    const by = event.altKey && !editing.disabled ? (event.key === "ArrowUp" ? -1 : event.key === "ArrowDown" ? 1 : 0) : 0;
    if (by === 0) return;
    event.preventDefault();
    event.stopPropagation();
    if (canMove(root, place, by)) editing.edit(move(root, place, by), by < 0 ? "move up" : "move down");
  };
  const done = isComplete(node);
  const row = useRef<HTMLDivElement>(null);
  // A row just added takes the cursor, once the picker has closed.
  useEffect(() => {
    if (editing.fresh.current !== node.key) return;
    editing.fresh.current = null;
    const timer = setTimeout(() => {
      const fields = "textarea, input:not([type=checkbox])";
      (row.current?.querySelector<HTMLElement>(fields) ?? row.current?.querySelector<HTMLElement>("select"))?.focus();
    }, 80);
    return () => clearTimeout(timer);
  }, [editing.fresh, node.key]);
  return (
    <div className={styles.row} ref={row} role="group" aria-label={name} onKeyDown={keys}>
      {node.op === "text" ? (
        <Expression root={root} node={node} place={place} editing={editing} />
      ) : (
        <div className={styles.words}>
          {segment ? null : <Attribute root={root} node={node} place={place} editing={editing} picked={picked} title={title} />}
          <OperatorSelect root={root} node={node} place={place} editing={editing} picked={picked} title={title} />
          <ValueInput
            node={node}
            picked={picked}
            scope={editing.scope}
            disabled={editing.disabled}
            about={title}
            onChange={(change, typing) => editing.edit(put(root, place, (one) => ({ ...one, ...change })), `value of ${title}`, typing)}
          />
          {operators[node.operator ?? ""]?.text && (!picked || ["text", "any"].includes(picked.column.type)) ? (
            <Checkbox
              label="ignore case"
              checked={node.ignore_case ?? false}
              disabled={editing.disabled}
              onChange={(_, data) => editing.edit(put(root, place, (one) => ({ ...one, ignore_case: data.checked === true })), "ignore case")}
            />
          ) : null}
          {!done ? <span className={styles.hint}>not complete yet</span> : null}
          {!picked && !segment && !editing.scope.loading && node.column ? (
            <span className={styles.bad}><WarningRegular aria-hidden /> unknown attribute</span>
          ) : null}
        </div>
      )}
      <span className={styles.end}>
        <Kept counts={editing.counts} of={node.key} />
        <RowActions root={root} place={place} editing={editing} name={name} />
      </span>
    </div>
  );
}

type RowProps = { root: Node; node: Node; place: Place; editing: Editing; picked: Picked | undefined; title: string };

function Attribute({ root, place, editing, picked, title }: RowProps) {
  const styles = useStyles();
  const table = picked && editing.scope.own === undefined && !["Customer", "Customer_Measure"].includes(picked.table.table) ? picked.table.title || picked.table.alias : "";
  const take = (next: Picked) => {
    const { column, tables } = editing.name(next);
    editing.edit(
      put(root, place, (one) => {
        const keep = picked && picked.column.type === next.column.type;
        return { ...one, column, operator: keep ? one.operator : firstOperator(next.column.type), values: [] };
      }),
      `attribute ${next.column.title || next.column.name}`,
      false,
      tables,
    );
  };
  return (
    <AttributePicker
      scope={editing.scope}
      label={title}
      onPick={take}
      trigger={
        <Button className={styles.attribute} size="medium" disabled={editing.disabled} icon={picked ? <TypeIcon type={picked.column.type} /> : undefined} aria-label={`Attribute: ${table ? `${table}, ` : ""}${title}`} title={table ? `${table}: ${title}` : title}>
          <span className={styles.attributeWords}>
            {table ? <span className={styles.table}>{table} › </span> : null}
            {title}
          </span>
        </Button>
      }
    />
  );
}

function OperatorSelect({ root, node, place, editing, picked, title }: RowProps) {
  const segment = node.operator === "in_segment" || node.operator === "not_in_segment";
  const list = segment ? ["in_segment", "not_in_segment"] : operatorsFor(picked?.column.type, node.operator).filter((one) => editing.scope.own === undefined || !one.endsWith("in_list"));
  const change = (operator: string) =>
    editing.edit(
      put(root, place, (one) => {
        const [before, after] = [needOf(one.operator), needOf(operator)];
        const fits = before === after || (before === "one" && (after === "many" || after === "two")) || (after === "one" && !["span", "part", "list"].includes(before));
        const values = fits ? (after === "one" ? (one.values ?? []).slice(0, 1) : (one.values ?? [])) : after === "span" ? [30] : [];
        return { ...one, operator, values, ignore_case: operators[operator]?.text === true && one.ignore_case === true, unit: after === "span" ? (one.unit ?? "day") : null };
      }),
      `${title} ${words(operator, picked?.column.type)}`,
    );
  return (
    <Select value={node.operator ?? ""} onChange={(_, data) => change(data.value)} aria-label={`Operator of ${title}`} disabled={editing.disabled}>
      {list.map((operator) => (
        <option key={operator} value={operator}>{words(operator, picked?.column.type)}</option>
      ))}
    </Select>
  );
}

function Expression({ root, node, place, editing }: Omit<RowProps, "picked" | "title">) {
  const styles = useStyles();
  const area = useRef<HTMLTextAreaElement>(null);
  const text = node.text ?? "";
  const write = (next: string, typing: boolean, tables?: Editing["used"]) => editing.edit(put(root, place, (one) => ({ ...one, text: next })), "expression", typing, tables);
  const insert = (picked: Picked) => {
    const { written, tables } = editing.name(picked);
    const [from, to] = [area.current?.selectionStart ?? text.length, area.current?.selectionEnd ?? text.length];
    write(text.slice(0, from) + written + text.slice(to), false, tables);
  };
  return (
    <div className={styles.expression}>
      <Textarea
        className={styles.area}
        textarea={{ ref: area, className: styles.area, spellCheck: false }}
        resize="vertical"
        value={text}
        disabled={editing.disabled}
        aria-label={`Expression of ${editing.label}`}
        placeholder="lower(Customer.city) = 'lisboa'"
        onChange={(_, data) => write(data.value, true)}
      />
      {editing.said.map((one, index) => (
        <span key={index} className={styles.bad} role="status">
          <WarningRegular aria-hidden /> {one.message}
          {one.hint ? ` (${one.hint})` : ""}
        </span>
      ))}
      {editing.disabled ? null : (
        <AttributePicker
          scope={editing.scope}
          label="Attribute"
          onPick={insert}
          trigger={<Button size="small" appearance="subtle" icon={<AddRegular />}>Insert an attribute</Button>}
        />
      )}
    </div>
  );
}
