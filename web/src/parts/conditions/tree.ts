// Tree: a condition as builders hold it, and every change to it. Pure; nothing here knows React or the network.
//
// Invariants
// - The root that people edit is always a group (`and` or `or`), though a text may be one comparison alone.
// - A place is the list of indexes of `of` from the root.
// - Every node has a key of its own that it keeps when it moves, so that inputs keep their focus.
//
// Not here: text. The server turns trees into text and back.

import type { Condition, Value } from "../../api/types";
import { needOf } from "./operators";

/** A condition with a key. */
export interface Node extends Omit<Condition, "of"> {
  key: number;
  of: Node[];
}

/** A place in a tree. */
export type Place = number[];

let counter = 0;
const nextKey = () => ++counter;

const listed = /^\s*(not\s+)?in_list\(\s*((?:"(?:[^"]|"")+"|[A-Za-z_]\w*)(?:\.(?:"(?:[^"]|"")+"|[A-Za-z_]\w*))*)\s*,\s*'((?:[^']|'')*)'\s*\)\s*$/i;

/** A question for a list of values as a comparison; the condition itself when it is no such question. */
export function withList(condition: Condition): Condition {
  const found = condition.op === "text" ? listed.exec(condition.text ?? "") : null;
  if (!found) return condition;
  const column = found[2]!.replace(/"((?:[^"]|"")+)"/g, (_, inner: string) => inner.replaceAll('""', '"'));
  return { op: "is", column, operator: found[1] ? "not_in_list" : "in_list", values: [found[3]!.replaceAll("''", "'")] };
}

/** The same as an expression: the API knows such questions only so. */
function listText(node: Node): Condition {
  const [alias, rest] = split(node.column);
  const name = (part: string) => (/^[A-Za-z_]\w*(\.[A-Za-z_]\w*)*$/.test(part) ? part : `"${part.replaceAll('"', '""')}"`);
  return { op: "text", text: `${node.operator === "not_in_list" ? "not " : ""}in_list(${alias === "" ? name(rest) : `${alias}.${name(rest)}`}, '${String(node.values?.[0] ?? "").replaceAll("'", "''")}')` };
}

/** A condition of the API with keys. */
export function keyed(given: Condition): Node {
  const condition = withList(given);
  return { ...condition, key: nextKey(), of: (condition.of ?? []).map(keyed) };
}

/** A tree to edit: the condition itself when it is a group, else a group around it; an empty group for none. */
export function rooted(condition: Condition | null): Node {
  if (!condition) return group("and", []);
  const node = keyed(condition);
  return isGroup(node) ? node : group("and", [node]);
}

/** Whether a node is a group. */
export const isGroup = (node: Node): boolean => node.op === "and" || node.op === "or";

/** A group. */
export function group(op: "and" | "or", of: Node[]): Node {
  return { op, of, key: nextKey() };
}

/** A comparison. */
export function comparison(column: string | null, operator: string, values: Value[] = []): Node {
  return { op: "is", of: [], column, operator, values, key: nextKey() };
}

/** An expression. */
export function expression(text: string): Node {
  return { op: "text", of: [], text, key: nextKey() };
}

/** The node at a place. */
export function at(root: Node, place: Place): Node | undefined {
  return place.reduce<Node | undefined>((node, index) => node?.of[index], root);
}

/** The tree with another node at a place. */
export function put(root: Node, place: Place, change: (node: Node) => Node): Node {
  const [index, ...rest] = place;
  if (index === undefined) return change(root);
  return { ...root, of: root.of.map((child, i) => (i === index ? put(child, rest, change) : child)) };
}

/** The tree with a node more in the group at a place, last or at an index. */
export function insert(root: Node, place: Place, node: Node, index?: number): Node {
  return put(root, place, (parent) => {
    const of = [...parent.of];
    of.splice(index ?? of.length, 0, node);
    return { ...parent, of };
  });
}

/** The tree without the node at a place; a group left empty goes with it. */
export function remove(root: Node, place: Place): Node {
  if (place.length === 0) return { ...root, of: [] };
  const parent = place.slice(0, -1);
  const index = place[place.length - 1]!;
  const next = put(root, parent, (node) => ({ ...node, of: node.of.filter((_, i) => i !== index) }));
  return parent.length > 0 && at(next, parent)?.of.length === 0 ? remove(next, parent) : next;
}

/** The tree with a copy of the node at a place behind it. */
export function duplicate(root: Node, place: Place): Node {
  const node = at(root, place);
  const index = place[place.length - 1];
  if (!node || index === undefined) return root;
  return insert(root, place.slice(0, -1), rekeyed(node), index + 1);
}

function rekeyed(node: Node): Node {
  return { ...node, key: nextKey(), of: node.of.map(rekeyed) };
}

/** Whether a node can be moved: `-1` up, `1` down. */
export function canMove(root: Node, place: Place, by: -1 | 1): boolean {
  const index = place[place.length - 1];
  if (index === undefined) return false;
  if (place.length > 1) return true;
  const siblings = at(root, place.slice(0, -1))?.of.length ?? 0;
  return index + by >= 0 && index + by < siblings;
}

/** The tree with a node moved a step up or down: over its neighbour, and out of its group at the group's ends. */
export function move(root: Node, place: Place, by: -1 | 1): Node {
  const node = at(root, place);
  const index = place[place.length - 1];
  if (!node || index === undefined) return root;
  const parent = place.slice(0, -1);
  const siblings = at(root, parent)?.of ?? [];
  const target = index + by;
  if (target >= 0 && target < siblings.length) {
    return put(root, parent, (owner) => {
      const of = [...owner.of];
      const [taken] = of.splice(index, 1);
      if (taken) of.splice(target, 0, taken);
      return { ...owner, of };
    });
  }
  if (parent.length === 0) return root;
  const above = parent.slice(0, -1);
  const groupIndex = parent[parent.length - 1]!;
  const emptied = siblings.length === 1;
  if (emptied) return put(root, parent, () => node);
  const without = put(root, parent, (owner) => ({ ...owner, of: owner.of.filter((_, i) => i !== index) }));
  return insert(without, above, node, by < 0 ? groupIndex : groupIndex + 1);
}

/** The tree with a node put in a group of its own. */
export function wrap(root: Node, place: Place): Node {
  const parent = at(root, place.slice(0, -1));
  return put(root, place, (node) => group(parent?.op === "and" ? "or" : "and", [node]));
}

/** Whether a comparison says all it must. */
export function isComplete(node: Node): boolean {
  if (isGroup(node)) return node.of.some(isComplete);
  if (node.op === "text") return (node.text ?? "").trim() !== "";
  const need = needOf(node.operator);
  const values = (node.values ?? []).filter((value) => value !== null && value !== "");
  if (need === "segment") return values.length === 1;
  if (need === "list") return Boolean(node.column) && values.length === 1;
  if (!node.column || !node.operator) return false;
  if (need === "nothing") return true;
  if (need === "two") return values.length === 2;
  if (need === "span") return values.length === 1 && Boolean(node.unit);
  return values.length >= 1;
}

/** The tree without what is not complete and without keys, as the API takes it; none when nothing is left. */
export function complete(node: Node): Condition | null {
  if (isGroup(node)) {
    const of = node.of.map(complete).filter((part): part is Condition => part !== null);
    if (of.length === 0) return null;
    return of.length === 1 ? of[0]! : { op: node.op, of };
  }
  if (!isComplete(node)) return null;
  if (needOf(node.operator) === "list") return listText(node);
  const { key: _key, of: _of, ...rest } = node;
  return rest;
}

/** The comparisons and expressions of a tree, from left to right. */
export function leaves(node: Node): Node[] {
  return isGroup(node) ? node.of.flatMap(leaves) : [node];
}

/** The word before the first dot of a column, and the rest. */
export function split(column: string | null | undefined): [string, string] {
  const text = column ?? "";
  const dot = text.indexOf(".");
  return dot < 0 ? ["", text] : [text.slice(0, dot), text.slice(dot + 1)];
}

/** Whether an alias is used in a tree; expressions are looked through as text. */
export function uses(root: Node, alias: string): boolean {
  return leaves(root).some((leaf) =>
    leaf.op === "text" ? mentions(leaf.text ?? "", alias) : split(leaf.column)[0] === alias,
  );
}

/** Whether an expression speaks of an alias. */
export function mentions(text: string, alias: string): boolean {
  const word = alias.replace(/[^\w]/g, "\\$&");
  return new RegExp(`(^|[^\\w."'])"?${word}"?\\.`).test(text);
}
