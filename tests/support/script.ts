import { strict as assert } from "node:assert";
import type { FakeConnection } from "./fake_connection.ts";

/**
 * Plays a protocol script. `C: text` sends a line, `S: text` expects the next line; `C2:` and `S2:` are the second
 * connection. `…` in an expected line stands for anything. Other lines are comments.
 */
export async function playScript(connections: readonly FakeConnection[], script: string): Promise<void> {
  let step = 0;
  for (const raw of script.split("\n")) {
    step++;
    const match = /^\s*([CS])(\d?): ?(.*)$/.exec(raw);
    if (!match) continue;
    const connection = connections[Number(match[2] || 1) - 1];
    if (match[1] === "C") connection.send(`${match[3]}\r\n`);
    else {
      let line: string | null;
      try {
        line = await connection.line();
      } catch (error) {
        throw new Error(`script line ${step}, expected ${match[3]}: ${(error as Error).message}`);
      }
      assert.ok(
        matches(line ?? "(closed)", match[3]),
        `script line ${step}: got\n  ${line}\nexpected\n  ${match[3]}`,
      );
    }
  }
}

function matches(line: string, pattern: string): boolean {
  const pieces = pattern.split("…");
  const first = pieces[0], last = pieces[pieces.length - 1];
  if (pieces.length === 1) return line === pattern;
  if (!line.startsWith(first)) return false;
  let at = first.length;
  for (const piece of pieces.slice(1, -1)) {
    const found = line.indexOf(piece, at);
    if (found < 0) return false;
    at = found + piece.length;
  }
  return line.length - last.length >= at && line.endsWith(last);
}
