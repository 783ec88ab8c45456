import { createHash } from "node:crypto";
import { newId } from "../../src/base/id.ts";
import { utf8 } from "../../src/base/bytes.ts";
import { formatDate } from "../../src/codec/text/date.ts";
import type { ChosenScripts } from "./chosen_scripts.ts";
import type { NewMessage } from "./contract.ts";
import type { DeliveryFilter } from "./filter/contract.ts";
import { writtenMessage } from "./filed_copies.ts";
import { remembers } from "./marks.ts";
import type { MailboxTurn } from "./state.ts";

/** The same problem is told again after a day. */
const AGAIN_MS = 24 * 3600_000;

/** A message to the owner about a script of theirs that does not run, and what keeps it from coming every time. */
export interface Notice {
  problem: string;
  message: NewMessage;
  mark: { kind: string; key: string; untilMs: number };
}

/** Tells the owner of a problem with their own script, once a day for each; null when there is nothing to tell. */
export function noticeOf(
  turn: MailboxTurn,
  filter: DeliveryFilter,
  { broken, own }: ChosenScripts,
  error: string | null,
): Notice | null {
  const problem = broken.find((one) => one.own)?.problem ?? (own ? error : null);
  if (problem === null || problem === undefined) return null;
  const key = createHash("sha256").update(problem).digest("hex").slice(0, 32);
  if (remembers(turn, "notice", key)) return null;
  const raw = compose(turn, filter, problem);
  return {
    problem,
    message: writtenMessage(turn, raw, []),
    mark: { kind: "notice", key, untilMs: turn.nowMs + AGAIN_MS },
  };
}

function compose(turn: MailboxTurn, { hostname, owner }: DeliveryFilter, problem: string): Uint8Array {
  return utf8([
    `From: Mail filter <postmaster@${hostname}>`,
    `To: <${owner.address}>`,
    "Subject: Your mail filter needs attention",
    `Date: ${formatDate(turn.nowMs)}`,
    `Message-ID: <${newId(turn.nowMs, turn.random)}@${hostname}>`,
    "Auto-Submitted: auto-generated",
    "MIME-Version: 1.0",
    "Content-Type: text/plain; charset=utf-8",
    "Content-Transfer-Encoding: 8bit",
    "",
    "Your active Sieve script could not be run on a message that came for you:",
    "",
    `    ${problem.replace(/[\x00-\x1f\x7f]+/g, " ").slice(0, 500)}`,
    "",
    "The message was kept in your INBOX. Until the script is mended, this may happen",
    "to others too; the same problem is told at most once a day.",
    "",
  ].join("\r\n"));
}
