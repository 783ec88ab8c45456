import type { Run } from "./run_state.ts";

const FLAGS = Symbol("flags");
/** System flags in the spelling of RFC 9051 §2.3.2. */
const SYSTEM_FLAGS = new Map(
  ["\\Seen", "\\Answered", "\\Flagged", "\\Deleted", "\\Draft"].map((flag) => [flag.toLowerCase(), flag]),
);
/** An IMAP atom, or a backslash and one. */
const FLAG = /^\\?[^\x00-\x20\x7f-\uffff(){%*"\\\]]+$/;
const MOST_FLAG_CHARS = 100;

/**
 * The script's own list of flags, which `setflag` and its like change (RFC 5232 §3). It begins with those that the
 * message has; null: it has none, and the script never said anything of them.
 */
export function currentFlags(run: Run): string[] | null {
  return own(run).flags;
}

/** Replaces it. */
export function setCurrentFlags(run: Run, flags: string[]): void {
  own(run).flags = flags;
}

function own(run: Run): { flags: string[] | null } {
  return run.state(FLAGS, () => ({ flags: run.input.flags ? [...run.input.flags] : null }));
}

/**
 * Flags of strings that each may hold several, with spaces between (RFC 5232 §2). Doubles go, in any case; what is no
 * flag is left out, as is `\Recent`, which nobody can set.
 */
export function parseFlags(texts: readonly string[], most: number): string[] {
  const found = new Map<string, string>();
  for (const text of texts) {
    for (const word of text.split(/\s+/)) {
      const name = word.toLowerCase();
      if (found.size >= most || found.has(name) || word.length > MOST_FLAG_CHARS || !FLAG.test(word)) {
        continue;
      }
      const system = SYSTEM_FLAGS.get(name);
      if (word.startsWith("\\") && system === undefined) continue;
      found.set(name, system ?? word);
    }
  }
  return [...found.values()];
}
