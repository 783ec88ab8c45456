import type { MailtoUri } from "../../codec/sieve/mailto.ts";
import { decodedValue } from "../message/header_view.ts";
import type { NotifyAction } from "../outcome.ts";
import type { Run } from "../run_state.ts";
import { composeMessage, derivedMessageId } from "./auto_message.ts";
import { formatMailbox } from "./mailbox_text.ts";
import { threadFields } from "./thread_fields.ts";

/** What `notify` says besides its URI. */
export interface NotifyTags {
  from: { name: string; address: string } | null;
  subject: string | null;
  importance: string;
}

/** Fields that a URI must not set (RFC 5436 §2.7), and those that are made here. */
const RESERVED = new Set([
  "from",
  "auto-submitted",
  "received",
  "return-path",
  "message-id",
  "date",
  "references",
  "in-reply-to",
  "mime-version",
  "sender",
  "x-priority",
]);
/** X-Priority for importance 1 to 3. */
const PRIORITIES: Readonly<Record<string, string>> = {
  "1": "1 (Highest)",
  "2": "3 (Normal)",
  "3": "5 (Lowest)",
};

/** The notification message and its envelope's sender, by RFC 5436 §2.7. */
export function composeNotification(
  uri: MailtoUri,
  tags: NotifyTags,
  run: Run,
): Pick<NotifyAction, "envelopeFrom" | "message"> {
  const { input: { owner, envelope, nowMs }, message } = run;
  const from = tags.from ?? { name: owner.name, address: owner.address };
  const [original] = message.header.fields("subject");
  const subject = tags.subject ?? uri.subject ?? (original ? decodedValue(original) : "");
  return {
    // The null sender stays null, so that no circle comes about.
    envelopeFrom: envelope !== null && envelope.from === null ? null : from.address,
    message: composeMessage({
      fields: [
        ["Auto-Submitted", `auto-notified; owner-email="${owner.address.replace(/["\\]/g, "\\$&")}"`],
        ["From", formatMailbox(from.name, from.address)],
        ["To", listOf(uri.to)],
        ["Cc", listOf(uri.cc)],
        ["Subject", subject],
        ["X-Priority", PRIORITIES[tags.importance] ?? null],
        ...threadFields(message.header).filter(([name]) => name === "References"),
        ...uri.fields.filter(([name]) => !RESERVED.has(name) && !name.startsWith("content-"))
          .map(([name, value]) => [capitalized(name), value] as const),
      ],
      body: { text: (uri.body ?? "").replace(/\r\n|\r|\n/g, "\r\n"), isMime: false },
      dateMs: nowMs,
      messageId: derivedMessageId(
        message.raw,
        `notify ${[...uri.to, ...uri.cc, ...uri.bcc].join()}`,
        owner.address,
      ),
    }),
  };
}

function listOf(addresses: readonly string[]): string | null {
  return addresses.length === 0 ? null : addresses.join(", ");
}

function capitalized(name: string): string {
  return name.slice(0, 1).toUpperCase() + name.slice(1);
}
