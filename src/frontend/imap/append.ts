import type { NewMessage } from "../../../actors/mailbox/contract.ts";
import type { Arguments } from "../../codec/imap/arguments.ts";
import { formatUidSet } from "../../codec/imap/uid_set.ts";
import { summarize } from "../../codec/message/summarize.ts";
import { AppendQueue } from "./append_queue.ts";
import type { Call, CommandHandler } from "./command.ts";
import { locate } from "./place.ts";
import { no, ok, type Reply, withTryCreate } from "./reply.ts";
import type { Session } from "./session.ts";

interface Upload {
  raw: Uint8Array;
  binary: boolean;
  flags: string[];
  internalDateMs: number | null;
}

/**
 * APPEND (RFC 9051 §6.3.12), several messages at once too (RFC 3502). Pipelined ones overlap: each is sent to the
 * mailbox as soon as it is here, and answered in its turn.
 */
export const append: CommandHandler = async (session, args, call) => {
  args.space();
  const name = args.mailbox();
  const uploads: Upload[] = [];
  do uploads.push(parseUpload(args)); while (!args.atEnd());
  const refusal = refuse(uploads);
  const queue = session.appends ??= new AppendQueue(session);
  const bytes = call.heldBytes;
  await queue.room(bytes);
  session.appends ??= queue;
  call.heldBytes = 0;
  const result = refusal ? Promise.resolve(refusal) : send(session, call, name, uploads);
  queue.add(call, bytes, result.finally(() => session.context.ingest.give(bytes)));
  return null;
};

/** `[SP flag-list] [SP date-time] SP literal`. */
function parseUpload(args: Arguments): Upload {
  args.space();
  let flags: string[] = [], internalDateMs: number | null = null;
  if (args.peek() === "(") {
    flags = args.flagList();
    args.space();
  }
  if (args.peek() === '"') {
    internalDateMs = args.dateTime();
    args.space();
  }
  const { bytes, literal, binary } = args.literalOrString();
  if (!literal) throw new SyntaxError("a message must be a literal");
  if (!binary && bytes.includes(0)) throw new SyntaxError("NUL in a message");
  return { raw: bytes, binary, flags, internalDateMs };
}

function refuse(uploads: readonly Upload[]): Reply | null {
  // RFC 3502 §6.3.11: this is how a client takes back what it has begun.
  if (uploads.some((upload) => !upload.raw.length)) return no("A message without octets cancels the APPEND");
  // RFC 3516 §4.4: content that would have to be encoded anew is not taken.
  if (uploads.some((upload) => upload.binary && upload.raw.includes(0))) {
    return no("Binary content is not stored", "UNKNOWN-CTE");
  }
  return null;
}

function send(session: Session, call: Call, name: string, uploads: readonly Upload[]): Promise<Reply> {
  return withTryCreate(async () => {
    const nowMs = session.context.clock.nowMs();
    const messages: NewMessage[] = uploads.map(({ raw, flags, internalDateMs }) => ({
      raw,
      summary: summarize(raw),
      flags,
      internalDateMs: internalDateMs ?? nowMs,
    }));
    const place = await locate(session, name);
    const { limits } = place;
    const reply = await place.mailbox.ask("append", { name: place.name, messages, limits });
    if (session.view?.id === reply.stamp.folder) session.view.announce(reply.stamp.modSeq);
    return ok(`${call.name} completed`, `APPENDUID ${reply.uidValidity} ${formatUidSet(reply.uids)}`);
  });
}
