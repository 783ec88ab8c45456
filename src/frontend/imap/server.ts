import { errorFields } from "../../base/log.ts";
import { ConnectionClosed, ReadTimeout } from "../../net/connection.ts";
import type { ServeSession } from "../context.ts";
import { FairShare } from "../fair_share.ts";
import { capabilities } from "./capability.ts";
import { countError } from "./answer.ts";
import { runCommand } from "./dispatch.ts";
import { nextEvent } from "./input.ts";
import { answerLiteral, releaseLiterals } from "./literals.ts";
import { bad, formatReply } from "./reply.ts";
import { Session, SessionEnded } from "./session.ts";

/** Serves IMAP4rev1 and IMAP4rev2 (RFC 3501, RFC 9051) on one connection until it ends. */
export const serveImap: ServeSession = async (connection, listener, context) => {
  const session = new Session(connection, listener, context);
  const stop = () => session.end("Server shutting down");
  context.stopping.addEventListener("abort", stop);
  try {
    session.write(`* OK [CAPABILITY ${capabilities(session)}] ${context.hostname} Mallard ready\r\n`);
    if (context.stopping.aborted) session.stop("Server shutting down");
    await converse(session);
  } catch (error) {
    lastWords(session, error);
  } finally {
    context.stopping.removeEventListener("abort", stop);
    await session.appends?.tail;
    session.dispose();
    await session.connection.close().catch(() => connection.destroy());
    logEnd(session);
  }
};

async function converse(session: Session): Promise<void> {
  const share = new FairShare();
  while (!session.loggedOut) {
    const pause = share.next();
    if (pause) {
      await pause;
      continue; // it may have been told to end meanwhile
    }
    const event = await nextEvent(session);
    if (!event) return;
    if (event.kind === "literal") answerLiteral(session, event);
    else if (event.kind === "command") {
      await runCommand(session, event.parts);
      await session.holdBack();
    } else {
      releaseLiterals(session);
      await session.appends?.tail;
      session.write(formatReply(event.tag ?? "*", bad("Command line too long"), session.language));
      countError(session);
    }
    if (session.ending !== null) session.stop(session.ending);
  }
}

function lastWords(session: Session, error: unknown): void {
  if (error instanceof ConnectionClosed) return;
  if (error instanceof ReadTimeout) session.ending ??= "Autologout, idle for too long";
  else if (!(error instanceof SessionEnded)) {
    session.log.error("imap.session", errorFields(error));
    session.ending ??= "Internal error";
  }
  try {
    session.sayGoodbye();
  } catch (closed) {
    if (!(closed instanceof ConnectionClosed)) throw closed;
  }
}

function logEnd(session: Session): void {
  session.log.info("imap.logout", {
    account: session.account?.address,
    bytesIn: session.bytesIn,
    bytesOut: session.bytesOut,
    durationMs: Math.round(session.context.clock.monotonicMs() - session.startedMs),
    reason: session.ending ?? undefined,
  });
}
