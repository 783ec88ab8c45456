/** Throws when something that must hold by construction does not: a bug of ours, never a client's mistake. */
export function assert(condition: unknown, message: string): asserts condition {
  if (!condition) throw new Error(`assertion failed: ${message}`);
}
