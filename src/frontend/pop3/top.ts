import type { Pop3Command } from "../../codec/pop3/command.ts";
import { cutTop } from "../../codec/pop3/top.ts";
import { NO_SUCH_MESSAGE } from "./listing.ts";
import { indexOf, type Maildrop } from "./maildrop.ts";
import { GONE, refuse, writeMessage } from "./retr.ts";
import type { Pop3Session } from "./session.ts";

/** What is fetched for the header, and for each line asked for. */
const HEADER_BYTES = 16 * 1024;
const LINE_BYTES = 100;

/** TOP, RFC 1939 §7. */
export async function onTop(
  session: Pop3Session,
  command: Extract<Pop3Command, { verb: "TOP" }>,
): Promise<void> {
  const drop = session.drop!;
  const index = indexOf(drop, command.message);
  if (index === null) return session.err(NO_SUCH_MESSAGE);
  try {
    const bytes = command.lines === 0
      ? await session.headers!.get(index)
      : await fetchTop(drop, index, command.lines);
    if (bytes === null) return session.err(GONE);
    session.ok("top of message follows");
    writeMessage(session, bytes);
  } catch (error) {
    return refuse(session, error);
  }
  await session.drain();
}

/** Fetches the beginning of a message, more each time until there are lines enough. */
async function fetchTop(drop: Maildrop, index: number, lines: number): Promise<Uint8Array | null> {
  const { uid, size } = drop.messages[index];
  for (let count = HEADER_BYTES + lines * LINE_BYTES;; count *= 4) {
    count = Math.min(count, size);
    const { rows } = await drop.mailbox.ask("fetch", {
      folder: drop.folder,
      uids: [uid, uid],
      items: { sections: [{ part: [], kind: "all", partial: { offset: 0, count } }] },
    });
    const bytes = rows[0]?.sections?.[0];
    if (!(bytes instanceof Uint8Array)) return null;
    const top = cutTop(bytes, lines, count >= size || bytes.length < count);
    if (top) return top;
  }
}
