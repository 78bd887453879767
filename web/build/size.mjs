/*
 * size: what a browser loads before the first page can be used, compressed; fails above the limit.
 *
 * Reads: dist/build.json, which the build writes. Flow: the entry, then what Home needs, each with all it imports at once.
 * Invariants: script and style count; what is loaded later (charts, graphs, editors) does not.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { brotliCompressSync, gzipSync } from "node:zlib";

const LIMIT = 300_000;
const FIRST = ["index.html", "src/pages/home/Home.tsx"];

const dist = process.argv[2] ?? new URL("../dist", import.meta.url).pathname;
const parts = JSON.parse(readFileSync(join(dist, "build.json"), "utf8"));
const files = new Set();
const seen = new Set();

/** A part and all it imports at once. */
function follow(key) {
  if (seen.has(key)) return;
  seen.add(key);
  const part = parts[key];
  if (!part) throw new Error(`the build holds no ${key}; change FIRST in build/size.mjs`);
  files.add(part.file);
  for (const file of part.css ?? []) files.add(file);
  for (const next of part.imports ?? []) follow(next);
}
FIRST.forEach(follow);

let gzip = 0;
let brotli = 0;
for (const file of files) {
  const data = readFileSync(join(dist, file));
  gzip += gzipSync(data, { level: 9 }).length;
  brotli += brotliCompressSync(data).length;
}
const kB = (bytes) => `${(bytes / 1000).toFixed(1)} kB`;
console.log(`first load: ${files.size} files, ${kB(brotli)} brotli, ${kB(gzip)} gzip, limit ${kB(LIMIT)}`);
if (gzip > LIMIT) {
  console.error("the first load is too large: load what the first page does not need with lazy()");
  process.exit(1);
}
