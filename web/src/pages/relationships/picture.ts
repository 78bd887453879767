/*
 * picture: the graph as an SVG file, and as a PNG drawn from it in the browser.
 *
 * Invariants: attributes only, no style element and no style attribute; names are escaped.
 */
import { marks } from "./model";
import type { GraphEdge, GraphTable } from "../../api/types";
import { columnAt, type Box, type Direction } from "./layout";

const COLOURS = {
  user: { fill: "#e7f3ec", head: "#107c41", line: "#0b5a2f" },
  system: { fill: "#e8f1fb", head: "#0f65b0", line: "#0d4b82" },
};
const DASH: Record<string, string> = { user: "", system: "8 5", inherited: "2 4" };
const escaped = (words: string) => words.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;").replace(/"/g, "&quot;");
const cut = (words: string, most: number) => (words.length > most ? `${words.slice(0, most - 1)}…` : words);

/** The graph as SVG. */
export function svgOf(boxes: Box[], tables: GraphTable[], edges: GraphEdge[], direction: Direction, title: string): string {
  const width = Math.max(320, ...boxes.map((box) => box.x + box.width + 24));
  const height = Math.max(200, ...boxes.map((box) => box.y + box.height + 64));
  const font = `font-family="Segoe UI, system-ui, sans-serif"`;
  const parts: string[] = [];
  for (const edge of edges) {
    const from = boxes.find((box) => box.name === edge.from_table);
    const to = boxes.find((box) => box.name === edge.to_table);
    if (!from || !to) continue;
    const right = direction === "LR";
    const [x1, y1] = right ? [from.x + from.width, from.y + columnAt(from, edge.from_column)] : [from.x + from.width / 2, from.y + from.height];
    const [x2, y2] = right ? [to.x, to.y + columnAt(to, edge.to_column)] : [to.x + to.width / 2, to.y];
    const bend = right ? `C${(x1 + x2) / 2} ${y1} ${(x1 + x2) / 2} ${y2}` : `C${x1} ${(y1 + y2) / 2} ${x2} ${(y1 + y2) / 2}`;
    const [a, b] = marks(edge.cardinality);
    parts.push(`<path d="M${x1} ${y1} ${bend} ${x2} ${y2}" fill="none" stroke="#616161" stroke-width="1.5"${DASH[edge.kind] ? ` stroke-dasharray="${DASH[edge.kind]}"` : ""}/>`);
    parts.push(`<text x="${x1 + (right ? 6 : 8)}" y="${y1 + (right ? -6 : 14)}" ${font} font-size="13" fill="#242424">${a}</text>`);
    parts.push(`<text x="${x2 - (right ? 12 : -8)}" y="${y2 - 6}" ${font} font-size="13" fill="#242424">${b}</text>`);
  }
  for (const box of boxes) {
    const table = tables.find((one) => one.name === box.name);
    const colour = table?.kind === "system" ? COLOURS.system : COLOURS.user;
    parts.push(`<rect x="${box.x}" y="${box.y}" width="${box.width}" height="${box.height}" rx="4" fill="${colour.fill}" stroke="${colour.line}"/>`);
    parts.push(`<text x="${box.x + 10}" y="${box.y + 20}" ${font} font-size="12" font-weight="600" fill="${colour.line}">${escaped(cut(box.name, 30))}</text>`);
    parts.push(`<text x="${box.x + 10}" y="${box.y + 36}" ${font} font-size="11" fill="#424242">${table?.kind === "system" ? "system" : "source"}${table?.rows === null || table === undefined ? "" : `, ${table.rows.toLocaleString()} rows`}</text>`);
    box.columns.forEach((column, at) => parts.push(`<text x="${box.x + 10}" y="${box.y + 60 + at * 20}" ${font} font-size="12" fill="#242424"${column === table?.key ? ` font-weight="600"` : ""}>${escaped(cut(column, 34))}</text>`));
    if (box.more > 0) parts.push(`<text x="${box.x + 10}" y="${box.y + 60 + box.columns.length * 20}" ${font} font-size="11" fill="#616161">${box.more} more columns</text>`);
  }
  const foot = height - 20;
  const legend = [["yours", ""], ["system", "8 5"], ["inherited", "2 4"]].map(([words, dash], at) => `<path d="M${16 + at * 120} ${foot} h32" stroke="#616161" stroke-width="1.5"${dash ? ` stroke-dasharray="${dash}"` : ""}/><text x="${54 + at * 120}" y="${foot + 4}" ${font} font-size="12" fill="#242424">${words}</text>`).join("");
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img"><title>${escaped(title)}</title><rect width="${width}" height="${height}" fill="#ffffff"/>${parts.join("")}${legend}</svg>`;
}

/** Hands a file to the reader. */
export function hand(blob: Blob, name: string): void {
  const url = URL.createObjectURL(blob);
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}

/** An SVG as PNG, twice as fine as on the screen. */
export async function pngOf(svg: string): Promise<Blob> {
  const url = URL.createObjectURL(new Blob([svg], { type: "image/svg+xml" }));
  try {
    const image = new Image();
    await new Promise<void>((good, bad) => {
      image.onload = () => good();
      image.onerror = () => bad(new Error("The picture could not be drawn. Export it as SVG instead."));
      image.src = url;
    });
    const scale = Math.min(2, 8000 / Math.max(image.width, image.height));
    const canvas = document.createElement("canvas");
    canvas.width = Math.ceil(image.width * scale);
    canvas.height = Math.ceil(image.height * scale);
    canvas.getContext("2d")?.drawImage(image, 0, 0, canvas.width, canvas.height);
    return await new Promise<Blob>((good, bad) => canvas.toBlob((blob) => (blob ? good(blob) : bad(new Error("The picture could not be drawn. Export it as SVG instead."))), "image/png"));
  } finally {
    URL.revokeObjectURL(url);
  }
}
