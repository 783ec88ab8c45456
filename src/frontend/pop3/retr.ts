import { asFault } from "../../base/fault.ts";
import { errorFields } from "../../base/log.ts";
import type { Pop3Command } from "../../codec/pop3/command.ts";
import { dotStuff } from "../../codec/smtp/dot_writer.ts";
import { ConnectionClosed } from "../../net/connection.ts";
import { NO_SUCH_MESSAGE } from "./listing.ts";
import { indexOf } from "./maildrop.ts";
import { faultText } from "./reply.ts";
import type { Pop3Session } from "./session.ts";

/** RETR, RFC 1939 §5. */
export async function onRetr(
  session: Pop3Session,
  command: Extract<Pop3Command, { verb: "RETR" }>,
): Promise<void> {
  const index = indexOf(session.drop!, command.message);
  if (index === null) return session.err(NO_SUCH_MESSAGE);
  try {
    const bytes = await session.bodies!.get(index);
    if (bytes === null) return session.err(GONE);
    session.ok(`${bytes.length} octets`);
    writeMessage(session, bytes);
    session.retrieved++;
  } catch (error) {
    return refuse(session, error);
  }
  await session.drain();
}

/** Another session has removed it. */
export const GONE = "[SYS/PERM] this message is gone";

/** Writes a message and its terminator after the positive answer. */
export function writeMessage(session: Pop3Session, bytes: Uint8Array): void {
  for (const piece of dotStuff(bytes)) session.write(piece);
}

/** Answers a command whose request failed. */
export function refuse(session: Pop3Session, error: unknown): void {
  if (error instanceof ConnectionClosed) throw error;
  const fault = asFault(error);
  if (fault.code === "internal") {
    session.log.error("pop3.internal", { session: session.connection.id, ...errorFields(fault) });
  }
  session.err(faultText(fault));
}
