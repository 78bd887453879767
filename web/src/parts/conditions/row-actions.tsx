/*
 * row-actions: what can be done with a condition or group as a whole: move, duplicate, group, delete.
 */
import { Button, makeStyles, Menu, MenuItem, MenuList, MenuPopover, MenuTrigger } from "@fluentui/react-components";
import { DeleteRegular, MoreHorizontalRegular } from "@fluentui/react-icons";
import { focusBeside } from "./beside";
import type { Editing } from "./condition-group";
import { at, canMove, complete, duplicate, expression, isGroup, move, put, remove, wrap, type Node, type Place } from "./tree";

const useStyles = makeStyles({ line: { display: "inline-flex" } });

export function RowActions({ root, place, editing, name }: { root: Node; place: Place; editing: Editing; name: string }) {
  const styles = useStyles();
  if (editing.disabled) return null;
  const node = at(root, place);
  const asText = async () => {
    const whole = node ? complete(node) : null;
    if (!whole) return;
    const text = await editing.textOf(whole);
    editing.edit(put(root, place, (one) => ({ ...expression(text), key: one.key })), "edit as an expression");
  };
  return (
    <span className={styles.line}>
      <Menu>
        <MenuTrigger disableButtonEnhancement>
          <Button size="small" appearance="subtle" icon={<MoreHorizontalRegular />} aria-label={`More for ${name}`} />
        </MenuTrigger>
        <MenuPopover>
          <MenuList>
            <MenuItem disabled={!canMove(root, place, -1)} secondaryContent="Alt+Up" onClick={() => editing.edit(move(root, place, -1), "move up")}>Move up</MenuItem>
            <MenuItem disabled={!canMove(root, place, 1)} secondaryContent="Alt+Down" onClick={() => editing.edit(move(root, place, 1), "move down")}>Move down</MenuItem>
            <MenuItem onClick={() => editing.edit(duplicate(root, place), "duplicate")}>Duplicate</MenuItem>
            <MenuItem onClick={() => editing.edit(wrap(root, place), "put in a group")}>Put in a group</MenuItem>
            {node && !isGroup(node) && node.op !== "text" ? <MenuItem disabled={complete(node) === null} onClick={() => void asText()}>Edit as an expression</MenuItem> : null}
          </MenuList>
        </MenuPopover>
      </Menu>
      <Button size="small" appearance="subtle" icon={<DeleteRegular />} aria-label={`Delete ${name}`} onClick={(event) => { focusBeside(event.currentTarget); editing.edit(remove(root, place), "delete"); }} />
    </span>
  );
}
