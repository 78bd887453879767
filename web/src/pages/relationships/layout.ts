/*
 * layout: where each table stands: layers from left to right or from top to bottom.
 *
 * Invariants: the same graph is laid out the same way every time.
 */
import { Graph, layout as lay } from "@dagrejs/dagre";
import type { GraphEdge, GraphTable } from "../../api/types";

export type Direction = "LR" | "TB";

export interface Box {
  name: string;
  x: number;
  y: number;
  width: number;
  height: number;
  columns: string[];
  more: number;
}

export const WIDTH = 232;
const HEAD = 46;
const LINE = 20;

/** How far below the top of its box a column stands; the middle of the box for one that is not shown. */
export function columnAt(box: Box, column: string): number {
  const at = box.columns.indexOf(column);
  return at === -1 ? box.height / 2 : HEAD + LINE * at + LINE / 2;
}

/** The columns a box shows: the key and those that relationships use. */
function columnsOf(table: GraphTable, edges: GraphEdge[]): string[] {
  const used = edges.flatMap((edge) => [...(edge.from_table === table.name ? [edge.from_column] : []), ...(edge.to_table === table.name ? [edge.to_column] : [])]);
  return [...new Set([...(table.key ? [table.key] : []), ...used])].slice(0, 6);
}

export function layout(tables: GraphTable[], edges: GraphEdge[], direction: Direction): Box[] {
  const graph = new Graph({ multigraph: true });
  graph.setGraph({ rankdir: direction, nodesep: 28, ranksep: direction === "LR" ? 110 : 80, marginx: 16, marginy: 16 });
  graph.setDefaultEdgeLabel(() => ({}));
  const boxes = tables.map((table): Box => {
    const columns = columnsOf(table, edges);
    const more = Math.max(0, table.columns.length - columns.length);
    return { name: table.name, x: 0, y: 0, width: WIDTH, height: HEAD + LINE * (columns.length + (more > 0 ? 1 : 0)) + 8, columns, more };
  });
  for (const box of boxes) graph.setNode(box.name, { width: box.width, height: box.height });
  for (const edge of edges) if (edge.from_table !== edge.to_table) graph.setEdge(edge.from_table, edge.to_table, {}, edge.name);
  lay(graph);
  return boxes.map((box) => {
    const place = graph.node(box.name) as { x: number; y: number };
    return { ...box, x: place.x - box.width / 2, y: place.y - box.height / 2 };
  });
}
