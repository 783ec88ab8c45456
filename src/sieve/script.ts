import type { CommandCall } from "./call.ts";

/** A compiled script: depends on nothing and never changes, so it may be kept and run any number of times. */
export interface Script {
  /** What the script requires, with what that implies. */
  readonly requires: ReadonlySet<string>;
  readonly commands: readonly CommandCall[];
}
