import { strict as assert } from "node:assert";

/** What one MODSEQ of one message stands for: `UID/MODSEQ` → its flags. Equal whoever is told (RFC 7162 §3.1). */
export type FlagLedger = Map<string, string>;

/** Flags of a wire list, without \Recent, which is each session's own. */
export function flagsOf(list: string): Set<string> {
  return new Set(list.slice(1, -1).split(" ").filter((flag) => flag && flag !== "\\Recent"));
}

/** The same in one order. */
export function formatSet(flags: ReadonlySet<string>): string {
  return [...flags].sort().join(" ");
}

/** A STORE as a client sends it: what it does to the flags that the client knows. */
export interface StoreAction {
  silent: boolean;
  change(flags: ReadonlySet<string>): Set<string>;
}

/** Reads `… STORE set ±FLAGS(.SILENT) (…)`; null when the command is another one. */
export function parseStore(command: string): StoreAction | null {
  const match = /^(?:UID )?STORE \S+ ([+-]?)FLAGS(\.SILENT)? \(([^)]*)\)$/.exec(command);
  if (!match) return null;
  const named = match[3].split(" ").filter(Boolean);
  return {
    silent: match[2] !== undefined,
    change(flags) {
      if (match[1] === "+") return new Set([...flags, ...named]);
      if (match[1] === "-") return new Set([...flags].filter((flag) => !named.includes(flag)));
      return new Set(named);
    },
  };
}

/** Notes that a message had these flags at that MODSEQ; nobody may have been told otherwise. */
export function noteFlags(ledger: FlagLedger, uid: number, modSeq: number, flags: Set<string>, line: string) {
  const key = `${uid}/${modSeq}`, text = formatSet(flags), before = ledger.get(key);
  if (before !== undefined) assert.equal(text, before, `${line}: others were told (${before})`);
  ledger.set(key, text);
  if (ledger.size > 50_000) ledger.clear();
}
