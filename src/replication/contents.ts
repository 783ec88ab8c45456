import { type ActorAddress, kindOf } from "../actor/actor.ts";
import { askEngine, type EngineEntry, type Side } from "./side.ts";

/** Where the hash stands in a row of a join; see `JoinRow` of the mailbox's contract. */
const ROW_HASH = 7;
/** Hashes asked for at once. */
const HASHES = 1000;

/** The contents that entries need. */
export function hashesOf(entries: readonly EngineEntry[]): string[] {
  const hashes = new Set<string>();
  for (const { changes } of entries) {
    for (const change of changes) {
      if (change.op === "message" && change.hash) hashes.add(change.hash);
      for (const folder of change.op === "join" ? change.folders ?? [] : []) {
        for (const row of folder.rows) hashes.add(String(row[ROW_HASH]));
      }
    }
  }
  return [...hashes];
}

/**
 * Brings the contents that entries need to where they are missing; a page at a time, each answered before the next.
 * `stage` keeps a page there. Answers what the source has no more: some later entry removes those messages.
 */
export async function bringContents(
  to: ActorAddress,
  entries: readonly EngineEntry[],
  source: Side,
  target: Side,
  stage: (contents: Uint8Array[]) => Promise<void>,
): Promise<string[]> {
  const absent: string[] = [];
  if (kindOf(to) !== "mailbox") return absent;
  const hashes = hashesOf(entries);
  for (let i = 0; i < hashes.length; i += HASHES) {
    const { missing } = await askEngine(target, to, "missingContents", {
      hashes: hashes.slice(i, i + HASHES),
    });
    for (let from = 0; from < missing.length;) {
      const { contents, next } = await askEngine(source, to, "readContents", { hashes: missing.slice(from) });
      await stage(contents.filter((raw) => raw !== null));
      for (const [n, raw] of contents.entries()) if (raw === null) absent.push(missing[from + n]);
      if (next === null) break;
      from += next;
    }
  }
  return absent;
}
