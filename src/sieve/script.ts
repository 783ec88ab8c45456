/** A compiled script; what is in it is the engine's own matter. */
export interface Script {
  /** What the script requires. */
  readonly requires: readonly string[];
}
