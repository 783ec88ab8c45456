import type { NewMessage } from "../../actors/mailbox/contract.ts";
import type { DeliveryFilter } from "../../actors/mailbox/filter/contract.ts";
import type { QueueContract } from "../../actors/queue/contract.ts";
import type { ActorAddress } from "../../src/actor/actor.ts";
import type { ActorRequest, Outcome } from "../../src/actor/request.ts";
import { latin1 } from "../../src/base/bytes.ts";
import { summarize } from "../../src/codec/message/summarize.ts";
import type { World } from "./world.ts";

/** Histories in which every delivery is filtered: it is sent on, and its sender gets a vacation reply. */

const SENDERS = ["ann@out.test", "ben@out.test", "cat@out.test"];
const FRIEND = "friend@out.test";
const OWNER = "owner@sim.test";
const SCRIPT = [
  'require ["copy", "vacation", "duplicate"];',
  `redirect :copy "${FRIEND}";`,
  "if duplicate :seconds 60 { stop; }",
  'vacation :days 365 "away";',
].join("\r\n");

/** How long an outbox may take to come to its end after a restart, in milliseconds. */
export const OUTBOX_MS = 150_000;

/** What left the mailboxes of both servers. Queues have disks of their own, so nothing of it is ever lost. */
export class SentMail {
  readonly #byId = new Map<string, QueueContract["submit"]["request"]>();

  /** A queue's answer: a repeat under the same id is the same submission. */
  take({ requestId, request }: ActorRequest, answer: (outcome: Outcome) => void): void {
    this.#byId.set(requestId!, request as QueueContract["submit"]["request"]);
    answer({ ok: true, reply: { id: requestId } });
  }

  /** How often each text was sent on. */
  redirects(): Map<string, number> {
    return this.#count(({ source, messageId }) =>
      source === "redirect" ? messageId?.replace(/@.*$/, "") : undefined
    );
  }

  /** How many vacation replies each sender got from each mailbox. */
  replies(): Map<string, number> {
    return this.#count(({ source, accountId, envelope }) =>
      source === "vacation" ? `${envelope.recipients[0].address} from ${accountId}` : undefined
    );
  }

  #count(key: (submission: QueueContract["submit"]["request"]) => string | undefined): Map<string, number> {
    const counts = new Map<string, number>();
    for (const submission of this.#byId.values()) {
      const name = key(submission);
      if (name !== undefined) counts.set(name, (counts.get(name) ?? 0) + 1);
    }
    return counts;
  }
}

/** A message of one of few senders, so that they meet again, and how it is filtered. */
export function filteredMail(text: string, number: number, nowMs: number): {
  message: NewMessage;
  filter: DeliveryFilter;
} {
  const from = SENDERS[number % SENDERS.length];
  const raw = latin1(
    `Message-ID: <${text}@sim.test>\r\nFrom: ${from}\r\nTo: ${OWNER}\r\nSubject: ${text}\r\n\r\n${text}\r\n`,
  );
  return {
    message: { raw, summary: summarize(raw), flags: [], internalDateMs: nowMs },
    filter: {
      site: { before: null, default: SCRIPT, after: null, global: {} },
      envelope: { from, to: OWNER, originalTo: null, auth: null, smtpUtf8: false },
      owner: { address: OWNER, name: "", aliases: [] },
      zoneMinutes: 0,
      environment: {},
      spamPercent: null,
      virusLevel: null,
      mayRefuse: true,
      hostname: "sim.test",
    },
  };
}

/**
 * What is acknowledged is sent on, and nobody is answered twice, whatever was cut or died; but a server whose disk was
 * lost may have forgotten an answer that only it knew.
 */
export function checkSent(world: World): void {
  const redirects = world.sent.redirects();
  for (const { text, least } of world.ledger.messages.values()) {
    const count = redirects.get(text) ?? 0;
    if (world.filteredTexts.has(text) && count < least) {
      world.ledger.violate(`${text} was sent on ${count} times of ${least}`);
    }
    if (!world.troubled && count > least) {
      world.ledger.violate(`${text} was sent on ${count} times, not ${least}`);
    }
  }
  if (world.loss) return;
  for (const [who, count] of world.sent.replies()) {
    if (count > 1) world.ledger.violate(`${who}: ${count} vacation replies`);
  }
}

/** Whether requests to this actor end in `SentMail`. */
export function isQueue(to: ActorAddress): boolean {
  return to.startsWith("queue:");
}
