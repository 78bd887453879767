/*
 * licences: every package of the lock file has a licence we may ship; build tools may also be weakly copyleft, used unchanged.
 *
 * Prints the count; ends with 1 and the names when one is not allowed.
 */
import { readFileSync } from "node:fs";

const SHIPPED = new Set(["MIT", "ISC", "Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "0BSD", "CC0-1.0", "Unlicense", "BlueOak-1.0.0", "Zlib"]);
const TOOLS = new Set([...SHIPPED, "MPL-2.0", "CC-BY-4.0", "Python-2.0"]);

const lock = JSON.parse(readFileSync(new URL("../package-lock.json", import.meta.url), "utf8"));
const packages = Object.entries(lock.packages).filter(([path]) => path !== "");
const wrong = [];
for (const [path, { license, dev, optional }] of packages) {
  const allowed = dev || optional ? TOOLS : SHIPPED;
  const choices = String(license ?? "none").replace(/[()]/g, "").split(/ OR /);
  if (!choices.some((choice) => choice.split(/ AND /).every((one) => allowed.has(one.trim())))) {
    wrong.push(`${path.replace(/^.*node_modules\//, "")}: ${license ?? "states no licence"}`);
  }
}
if (wrong.length > 0) {
  console.error(`licences that are not allowed:\n${wrong.join("\n")}`);
  process.exit(1);
}
console.log(`${packages.length} packages of the pages, licences ok`);
