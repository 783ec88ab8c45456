import { formatAstring } from "../../codec/imap/response.ts";
import { type MessageUrl, parseMessageUrl } from "../../codec/imap/url.ts";
import type { ActorRef } from "../../actor/actor.ts";
import type { FolderId, MailboxContract } from "../../../actors/mailbox/contract.ts";
import { Fault } from "../../base/fault.ts";
import type { Call } from "./command.ts";
import { locate } from "./place.ts";
import { no, type Reply } from "./reply.ts";
import type { Session } from "./session.ts";

/** A folder that cannot be read is one that is not there. */
const NOT_THERE: ReadonlySet<string> = new Set(["not_found", "denied", "invalid"]);

/** What a message is put together from: octets that came, or a URL of what is here already. */
export type Part = { bytes: Uint8Array } | { url: string };

/**
 * The pieces of a message (RFC 4469 §3), or why there is none. Octets are copied as they are, \Seen is not set. A URL
 * names what is stored, so that it cannot lead in a circle; the sum of all is bounded as a message is.
 */
export async function catenate(
  session: Session,
  call: Call,
  parts: readonly Part[],
): Promise<Uint8Array[] | Reply> {
  const { messageBytes } = session.user.limits;
  const pieces: Uint8Array[] = [];
  let bytes = 0;
  for (const part of parts) {
    const piece = "bytes" in part ? part.bytes : await readUrl(session, part.url);
    if ("status" in piece) return piece;
    bytes += piece.length;
    if (bytes > messageBytes) return no(`Message larger than ${messageBytes} octets`, "TOOBIG");
    if ("url" in part) {
      if (!session.context.ingest.take(piece.length)) {
        return no("Server is receiving too much, try later", "UNAVAILABLE");
      }
      call.heldBytes += piece.length;
    }
    pieces.push(piece);
  }
  return pieces;
}

async function readUrl(session: Session, text: string): Promise<Uint8Array | Reply> {
  let url: MessageUrl;
  try {
    url = parseMessageUrl(text);
  } catch (error) {
    if (error instanceof SyntaxError) return badUrl(text);
    throw error;
  }
  const found = await findFolder(session, url);
  if (found === null) return badUrl(text);
  const { rows } = await found.mailbox.ask("fetch", {
    folder: found.folder,
    uids: [url.uid, url.uid],
    items: { sections: [url.section] },
  });
  const octets = rows[0]?.sections?.[0];
  return octets instanceof Uint8Array ? octets : badUrl(text);
}

interface FoundFolder {
  mailbox: ActorRef<MailboxContract>;
  folder: FolderId;
}

async function findFolder(
  session: Session,
  { folder, uidValidity }: MessageUrl,
): Promise<FoundFolder | null> {
  if (folder === null) {
    const { view } = session;
    if (!view || (uidValidity ?? view.uidValidity) !== view.uidValidity) return null;
    return { mailbox: session.selected, folder: view.id };
  }
  try {
    const { mailbox, name } = await locate(session, folder);
    const status = await mailbox.ask("status", { name });
    return (uidValidity ?? status.uidValidity) === status.uidValidity ? { mailbox, folder: status.id } : null;
  } catch (error) {
    if (error instanceof Fault && NOT_THERE.has(error.code)) return null;
    throw error;
  }
}

/** RFC 4469 §4.1; what could not stand in a response code is left out. */
function badUrl(text: string): Reply {
  const shown = /^[\x20-\x5b\x5e-\x7e]{1,500}$/.test(text) ? ` ${formatAstring(text)}` : "";
  return no("URL does not lead to a message here", `BADURL${shown || ' ""'}`);
}
