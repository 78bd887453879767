// Counts: which number of a preview belongs to which row of a tree.
//
// Invariants
// - The conditions of a text stand in the same order as in the tree that wrote it; so the n-th complete leaf has the n-th leaf of the preview,
//   however groups of one were folded. Where the numbers of leaves differ, nothing is shown rather than something wrong.

import type { PartPreview } from "../../api/types";
import type { Counts } from "./condition-builder";
import { isComplete, isGroup, leaves, type Node } from "./tree";

/** What each node keeps, by key. */
export interface CountsByKey {
  keeps: Map<number, number>;
  of: number;
  stale: boolean;
}

/** Puts numbers to nodes. */
export function countsOf(root: Node, { parts, of, stale }: Counts): CountsByKey {
  const keeps = new Map<number, number>();
  const ends = parts.filter((part) => !parts.some((other) => other !== part && begins(other.path, part.path)));
  const mine = leaves(root).filter(isComplete);
  if (ends.length === mine.length) {
    mine.forEach((leaf, index) => keeps.set(leaf.key, ends[index]!.keeps));
    const placeOf = new Map(mine.map((leaf, index) => [leaf.key, ends[index]!.path]));
    const visit = (node: Node) => {
      if (!isGroup(node)) return;
      node.of.forEach(visit);
      const paths = leaves(node).map((leaf) => placeOf.get(leaf.key)).filter((path): path is number[] => path !== undefined);
      if (paths.length < 2) return;
      const shared = paths.reduce(common);
      const part = parts.find((one) => same(one.path, shared));
      if (part) keeps.set(node.key, part.keeps);
    };
    root.of.forEach(visit);
  }
  return { keeps, of, stale: stale ?? false };
}

const begins = (path: PartPreview["path"], start: number[]) => path.length > start.length && start.every((step, index) => path[index] === step);
const same = (a: number[], b: number[]) => a.length === b.length && a.every((step, index) => step === b[index]);

function common(a: number[], b: number[]): number[] {
  const end = a.findIndex((step, index) => step !== b[index]);
  return end < 0 ? a : a.slice(0, end);
}
