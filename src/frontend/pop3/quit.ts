import { asFault } from "../../base/fault.ts";
import { errorFields } from "../../base/log.ts";
import { removeDeleted } from "./maildrop.ts";
import { faultText, readable } from "./reply.ts";
import type { Pop3Session } from "./session.ts";
import type { Pop3Command } from "../../codec/pop3/command.ts";

/** QUIT: UPDATE state, RFC 1939 §6. `+OK` leaves when the removal is on disk. */
export async function onQuit(session: Pop3Session, _: Extract<Pop3Command, { verb: "QUIT" }>): Promise<void> {
  const { drop } = session;
  session.connection.clientLeaves = true;
  if (drop === null || drop.deleted.size === 0) return session.end("+OK goodbye");
  try {
    await removeDeleted(drop);
  } catch (error) {
    const fault = asFault(error);
    session.log.warn("pop3.update", { session: session.connection.id, ...errorFields(fault) });
    return session.end(`-ERR ${readable(faultText(fault))}; some deleted messages were not removed`);
  }
  session.removed = drop.deleted.size;
  session.end(`+OK goodbye, ${drop.deleted.size} messages removed`);
}
