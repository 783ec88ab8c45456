import { formatDiagnostic } from "../../src/codec/sieve/diagnostic.ts";
import type { Outcome } from "../../src/sieve/outcome.ts";
import { runAll } from "../../src/sieve/run.ts";
import { applyOutcome } from "./apply_outcome.ts";
import { type ChosenScripts, chosenScripts } from "./chosen_scripts.ts";
import type { MailboxContract } from "./contract.ts";
import type { DeliveryFilter } from "./filter/contract.ts";
import { filingPlace } from "./filing_place.ts";
import { refuseIfAsked } from "./refuse.ts";
import { sieveHost } from "./sieve_host.ts";
import { noticeOf } from "./sieve_notice.ts";
import type { MailboxTurn } from "./state.ts";

type Deliver = MailboxContract["deliver"];

/**
 * Delivery by the scripts that hold for this mailbox; null when there is none and the message is filed as it is. What
 * they decide, and what they remember, is one transaction with the copies; what leaves is in the outbox with it.
 */
export function filterDelivery(
  request: Deliver["request"],
  filter: DeliveryFilter,
  turn: MailboxTurn,
): Deliver["reply"] | null {
  const chosen = chosenScripts(turn.db, filter.site);
  for (const { name, problem } of chosen.broken) turn.log.info("sieve.broken", { script: name, problem });
  const outcome = chosen.scripts.length ? runScripts(request, filter, chosen, turn) : keepAll(chosen);
  if (!outcome) return null;
  const error = outcome.error && formatDiagnostic({ severity: "error", ...outcome.error });
  if (error) turn.log.info("sieve.error", { script: outcome.error!.script, problem: error });
  refuseIfAsked(outcome, filter);
  const notice = noticeOf(turn, filter, chosen, error);
  return applyOutcome({ outcome, request, filter, notice, error: notice?.problem ?? error }, turn);
}

function runScripts(
  { message }: Deliver["request"],
  filter: DeliveryFilter,
  { scripts }: ChosenScripts,
  turn: MailboxTurn,
): Outcome {
  return runAll(scripts, {
    message: message.raw,
    parts: message.summary.parts,
    envelope: filter.envelope,
    owner: filter.owner,
    nowMs: turn.nowMs,
    zoneMinutes: filter.zoneMinutes,
    environment: filter.environment,
    spamPercent: filter.spamPercent,
    virusLevel: filter.virusLevel,
    host: sieveHost(turn, filter.site, (name) => filingPlace(filter, name) !== null),
  });
}

/** A script of the owner's that cannot run is told to them, and the message kept (RFC 5228 §2.10.6). */
function keepAll({ broken }: ChosenScripts): Outcome | null {
  if (!broken.some(({ own }) => own)) return null;
  return {
    actions: [{ type: "keep", implicit: true, flags: null, message: null }],
    marks: [],
    error: null,
    notes: [],
    steps: 0,
  };
}
