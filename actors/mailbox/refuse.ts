import { Fault } from "../../src/base/fault.ts";
import type { Outcome } from "../../src/sieve/outcome.ts";
import type { DeliveryFilter } from "./filter/contract.ts";

/** Lines of a reason that are told in the dialogue, and the length of each with its codes (RFC 5321 §4.5.3.1.5). */
const LINES = 20;
const LINE_CHARS = 400;
const INTRODUCTION = "the recipient's mail filter refuses this message:";

/**
 * Refuses the message by a Fault, which rolls this turn back, where the scripts want that and it can be told to whoever
 * hands the message over. `ereject` always wants it (RFC 5429 §2.1): for one of several recipients the queue makes a
 * delivery report of it. `reject` only where its words arrive as they are (RFC 5429 §2.2); else a report goes out.
 */
export function refuseIfAsked({ actions }: Outcome, { mayRefuse }: DeliveryFilter): void {
  for (const action of actions) {
    if (action.type !== "reject") continue;
    if (action.protocolOnly || (mayRefuse && isAscii(action.reason))) {
      throw new Fault("rejected", spoken(action.reason));
    }
  }
}

/** Whether the dialogue can carry a reason as it is. */
function isAscii(reason: string): boolean {
  return /^[\x20-\x7e\r\n\t]*$/.test(reason);
}

/** A reason in lines that SMTP can carry; what is not ASCII is replaced as a whole (RFC 5429 §2.1.1). */
function spoken(reason: string): string {
  if (!isAscii(reason)) return `${INTRODUCTION} it is not wanted`;
  const lines = reason.replaceAll("\t", " ").split(/\r?\n/).filter((line) => line.trim() !== "")
    .flatMap((line) => line.match(new RegExp(`.{1,${LINE_CHARS}}`, "g")) ?? []).slice(0, LINES);
  return [INTRODUCTION, ...lines].join("\n");
}
