/*
 * compress: writes a .br and a .gz twin of every file of dist larger than 1 kB, for the server to send as they are.
 *
 * Invariants: a twin that is not smaller is not written; index.html has none, the server fills it per request.
 */
import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";

const dist = process.argv[2] ?? new URL("../dist", import.meta.url).pathname;
const TEXT = /\.(js|css|svg|json|txt|map|woff|ttf)$/;
const LEAST = 1024;

/** Every file under a folder. */
function* files(folder) {
  for (const name of readdirSync(folder)) {
    const path = join(folder, name);
    if (statSync(path).isDirectory()) yield* files(path);
    else yield path;
  }
}

let count = 0;
for (const path of files(dist)) {
  if (!TEXT.test(path)) continue;
  const data = readFileSync(path);
  if (data.length < LEAST) continue;
  const params = { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: data.length };
  for (const [end, twin] of [[".br", brotliCompressSync(data, { params })], [".gz", gzipSync(data, { level: 9 })]]) {
    if (twin.length < data.length) writeFileSync(path + end, twin);
  }
  count += 1;
}
console.log(`${count} files compressed`);
