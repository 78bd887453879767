/*
 * condition-group: conditions that hold all or any, and groups among them, to any depth.
 *
 * Not here: one comparison (condition-row.tsx); how a change becomes text (condition-builder.tsx).
 */
import { Button, makeStyles, Select, tokens } from "@fluentui/react-components";
import { AddRegular } from "@fluentui/react-icons";
import type { Condition, DiagnosticView } from "../../api/types";
import { AttributePicker } from "../attributes/attribute-picker";
import type { Picked, Scope, UsedTables } from "../attributes/scope";
import { ConditionRow } from "./condition-row";
import type { CountsByKey } from "./counts";
import { RowActions } from "./row-actions";
import { group, insert, isGroup, put, type Node, type Place } from "./tree";
import { Kept } from "./kept";

/** What every row of a builder needs. */
export interface Editing {
  scope: Scope;
  used: UsedTables;
  disabled: boolean;
  /** What stands there while there is no condition. */
  empty?: string;
  label: string;
  edit: (next: Node, what: string, typing?: boolean, tables?: UsedTables) => void;
  add: (place: Place, picked: Picked) => void;
  addSegment: (place: Place) => void;
  addExpression: (place: Place) => void;
  name: (picked: Picked) => { column: string; written: string; tables: UsedTables };
  textOf: (condition: Condition) => Promise<string>;
  counts: CountsByKey | undefined;
  said: DiagnosticView[];
  /** The key of a row just added, which takes the cursor once. */
  fresh: { current: number | null };
}

const useStyles = makeStyles({
  list: { listStyle: "none", margin: 0, padding: 0, display: "flex", flexDirection: "column", gap: "4px" },
  inner: { borderLeft: `2px solid ${tokens.colorNeutralStroke1}`, paddingLeft: "12px", display: "flex", flexDirection: "column", gap: "4px" },
  head: { display: "flex", alignItems: "center", gap: "8px", minHeight: "32px", flexWrap: "wrap" },
  rest: { marginLeft: "auto", display: "flex", alignItems: "center", gap: "8px" },
  buttons: { display: "flex", gap: "4px", flexWrap: "wrap" },
  empty: { color: tokens.colorNeutralForeground3, margin: 0, fontSize: tokens.fontSizeBase200 },
});

export function ConditionGroup({ root, node, place, editing }: { root: Node; node: Node; place: Place; editing: Editing }) {
  const styles = useStyles();
  const { scope, disabled, edit } = editing;
  const deep = place.length > 0;
  const name = deep ? `Group ${place.map((step) => step + 1).join(".")} of ${editing.label}` : editing.label;
  const many = node.of.length > 1 || deep;
  return (
    <div className={deep ? styles.inner : undefined} role={deep ? "group" : undefined} aria-label={deep ? name : undefined}>
      {many ? (
        <div className={styles.head}>
          <Select
            size="small"
            value={node.op}
            disabled={disabled}
            aria-label={`How the conditions of ${name} go together`}
            onChange={(_, data) => edit(put(root, place, (one) => ({ ...one, op: data.value })), data.value === "and" ? "all of" : "any of")}
          >
            <option value="and">all of</option>
            <option value="or">any of</option>
          </Select>
          <span>these hold</span>
          {deep ? (
            <span className={styles.rest}>
              <Kept counts={editing.counts} of={node.key} />
              <RowActions root={root} place={place} editing={editing} name={name} />
            </span>
          ) : null}
        </div>
      ) : null}
      <ul className={styles.list}>
        {node.of.map((child, index) => (
          <li key={child.key}>
            {isGroup(child) ? (
              <ConditionGroup root={root} node={child} place={[...place, index]} editing={editing} />
            ) : (
              <ConditionRow root={root} node={child} place={[...place, index]} editing={editing} />
            )}
          </li>
        ))}
      </ul>
      {node.of.length === 0 ? <p className={styles.empty}>{deep ? "This group has no condition yet; it is left out until it has." : editing.empty ?? "No condition yet."}</p> : null}
      {disabled ? null : (
        <div className={styles.buttons}>
          <AttributePicker
            scope={scope}
            label="Condition"
            onPick={(picked) => editing.add(place, picked)}
            onSegment={scope.segments ? () => editing.addSegment(place) : undefined}
            trigger={
              <Button size="small" appearance="subtle" icon={<AddRegular />} aria-label={`Add a condition to ${name}`}>
                Condition
              </Button>
            }
          />
          <Button size="small" appearance="subtle" icon={<AddRegular />} aria-label={`Add a group to ${name}`} onClick={() => edit(insert(root, place, group(node.op === "and" ? "or" : "and", [])), "add a group")}>
            Group
          </Button>
          <Button size="small" appearance="subtle" icon={<AddRegular />} aria-label={`Add an expression to ${name}`} onClick={() => editing.addExpression(place)}>
            Expression
          </Button>
        </div>
      )}
    </div>
  );
}
