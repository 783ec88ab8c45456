import type { Position } from "../codec/sieve/diagnostic.ts";

/** A run-time error of a script (RFC 5228 §2.10.6): ends the run, and the implicit keep is all that happens. */
export class ScriptProblem extends Error {
  /** Where; null until the command that was running is known. */
  position: Position | null = null;
  /** The included script; null for the first one. */
  script: string | null = null;
}
