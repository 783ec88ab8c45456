import type { SieveEnvelope } from "../../src/sieve/input.ts";
import type { Action, Outcome } from "../../src/sieve/outcome.ts";
import { runAll } from "../../src/sieve/run.ts";
import type { Script } from "../../src/sieve/script.ts";
import type { StoredFilter } from "./filter/contract.ts";
import { sieveHost } from "./sieve_host.ts";
import type { MailboxTurn } from "./state.ts";
import type { StoredMessage } from "./stored_message.ts";

/** Actions that answer the delivery of a message, and so have no meaning later (RFC 6785 §3.11). */
const OF_DELIVERY: ReadonlySet<string> = new Set(["vacation", "reject"]);

const KEEP: Action = { type: "keep", implicit: true, flags: null, message: null };

/**
 * Runs a script over a stored message, whose flags are the script's from the start (RFC 6785 §2.2.3); `event` holds the
 * items of `environment` that tell of the IMAP event that it is run for, null where somebody asked for the run. Answers to
 * a delivery end the script as an error; as if it were one, with an envelope, they are left out.
 */
export function runOnStored(
  turn: MailboxTurn,
  script: Script,
  message: StoredMessage,
  filter: Omit<StoredFilter, "sends">,
  event: Readonly<Record<string, string>> | null,
  envelope: SieveEnvelope | null = null,
): Outcome {
  const outcome = runAll([script], {
    message: message.raw,
    parts: message.parts,
    envelope,
    imapEvent: event !== null,
    flags: message.flags,
    owner: filter.owner,
    nowMs: turn.nowMs,
    zoneMinutes: filter.zoneMinutes,
    environment: { ...filter.environment, location: "MS", phase: "post", ...event },
    spamPercent: null,
    virusLevel: null,
    host: sieveHost(turn, filter.site),
  });
  const wrong = outcome.actions.find(({ type }) => OF_DELIVERY.has(type));
  if (!wrong) return outcome;
  if (envelope) {
    const rest = outcome.actions.filter(({ type }) => !OF_DELIVERY.has(type));
    return { ...outcome, actions: rest.length ? rest : [KEEP], marks: [] };
  }
  return brokenOff(outcome, `${wrong.type} is for mail that is just being delivered`);
}

/** The outcome of a run that may not have its way: the message is kept, and an error says why. */
export function brokenOff(outcome: Outcome, message: string): Outcome {
  return { ...outcome, actions: [KEEP], marks: [], error: { script: null, line: 1, column: 1, message } };
}
