// text-diff: how two texts differ, line by line (longest common subsequence; definitions are short).
import type { DiffLine } from "../api/types";

/** Lines of `before` that went (`-`) and of `after` that came (`+`), with all that stayed. */
export function diffLines(before: string, after: string): DiffLine[] {
  const a = before.split("\n");
  const b = after.split("\n");
  const width = b.length + 1;
  const length = new Uint32Array((a.length + 1) * width);
  for (let i = a.length - 1; i >= 0; i -= 1) {
    for (let j = b.length - 1; j >= 0; j -= 1) {
      const at = i * width + j;
      length[at] = a[i] === b[j] ? (length[at + width + 1] ?? 0) + 1 : Math.max(length[at + width] ?? 0, length[at + 1] ?? 0);
    }
  }
  const lines: DiffLine[] = [];
  let i = 0;
  let j = 0;
  while (i < a.length || j < b.length) {
    const [x, y] = [a[i], b[j]];
    if (x !== undefined && x === y) {
      lines.push({ sign: " ", line: j + 1, text: x });
      i += 1;
      j += 1;
    } else if (y === undefined || (x !== undefined && (length[(i + 1) * width + j] ?? 0) >= (length[i * width + j + 1] ?? 0))) {
      lines.push({ sign: "-", line: i + 1, text: x ?? "" });
      i += 1;
    } else {
      lines.push({ sign: "+", line: j + 1, text: y });
      j += 1;
    }
  }
  return lines;
}
