import type { MimePart } from "../codec/message/summary.ts";
import type { Call } from "./call.ts";
import type { Run } from "./run_state.ts";

const CURRENT = Symbol("current part");

/** The part that the innermost `foreverypart` is at; null outside of one (RFC 5703 §3). */
export function currentPart(run: Run): MimePart | null {
  return run.state<{ part: MimePart | null }>(CURRENT, () => ({ part: null })).part;
}

/** Moves to a part, or out of the outermost loop. */
export function setCurrentPart(run: Run, part: MimePart | null): void {
  run.state<{ part: MimePart | null }>(CURRENT, () => ({ part: null })).part = part;
}

/** The parts that a test with `:mime` looks at: the current one, and with `:anychild` all inside it (RFC 5703 §4). */
export function partsInView(call: Call, run: Run): MimePart[] {
  const top = currentPart(run) ?? run.view.tree;
  return call.tags.has("anychild") ? [top, ...descendants(top, run)] : [top];
}

/** All parts inside a part, in the order in which they stand in the message. */
export function descendants(part: MimePart, run: Run): MimePart[] {
  const out: MimePart[] = [], waiting = [...part.children].reverse();
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    run.charge(1);
    out.push(next);
    for (let i = next.children.length - 1; i >= 0; i--) waiting.push(next.children[i]);
  }
  return out;
}
