import type { RunInput } from "./input.ts";
import type { Outcome } from "./outcome.ts";
import type { Script } from "./script.ts";

/** Runs a script over one message. Never throws for anything that a script or a message can do. */
export declare function run(script: Script, input: RunInput): Outcome;

/**
 * Runs several scripts one after the other: the administrator's before, the user's own, the administrator's after.
 * The next one runs as long as the message would be kept (by `keep` or implicitly); its keep takes the place of the
 * former one. An error in one of them ends with the implicit keep.
 */
export declare function runAll(scripts: readonly Script[], input: RunInput): Outcome;
