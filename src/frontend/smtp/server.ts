import { LIMITS } from "../../base/limits.ts";
import { errorFields } from "../../base/log.ts";
import { parseCommand } from "../../codec/smtp/command.ts";
import { ConnectionClosed, ReadTimeout } from "../../net/connection.ts";
import { closeOnClientHello } from "../client_hello.ts";
import type { ServeSession } from "../context.ts";
import { FairShare } from "../fair_share.ts";
import { endWhenStuck } from "../watchdog.ts";
import { runCommand } from "./commands.ts";
import type { Reply } from "./reply.ts";
import { SmtpSession } from "./session.ts";

const TIMEOUT: Reply = { code: 421, enhanced: "4.4.2", text: "timeout, closing connection" };

/** Serves one connection of a listener of protocol smtp, submission or lmtp until it ends. */
export const serveSmtp: ServeSession = async (connection, listener, context) => {
  const session = new SmtpSession(connection, listener, context);
  const stop = () => session.end({ code: 421, enhanced: "4.3.2", text: "the server is stopping" });
  context.stopping.addEventListener("abort", stop);
  if (context.stopping.aborted) stop();
  const unwatch = endWhenStuck({
    clock: context.clock,
    everyMs: LIMITS.smtpIdleMs,
    progress: () => session.waiting ? session.commands : null,
    end: () => session.end(TIMEOUT),
  });
  try {
    if (!session.ending) await greet(session);
    await serve(session);
  } catch (error) {
    ended(session, error);
  } finally {
    unwatch();
    context.stopping.removeEventListener("abort", stop);
    logSession(session);
    session.dispose();
  }
};

/** The greeting, and a look at the first bytes: TLS spoken to a clear-text port is told apart here (P24). */
async function greet(session: SmtpSession): Promise<void> {
  const { connection, context } = session;
  session.reply(220, null, `${context.hostname} ${session.isLmtp ? "LMTP" : "ESMTP"}`);
  if (connection.tls) return;
  session.waiting = true;
  const first = await connection.read(LIMITS.smtpIdleMs);
  session.waiting = false;
  if (first === null) throw new ConnectionClosed("the client went away");
  if (closeOnClientHello(session, first)) throw new ConnectionClosed("TLS on a clear-text port");
  connection.unread(first);
}

async function serve(session: SmtpSession): Promise<void> {
  const share = new FairShare();
  while (!session.ending) {
    const pause = share.next();
    if (pause) {
      await pause;
      continue; // it may have been told to end meanwhile
    }
    const line = session.connection.tryReadLine(LIMITS.smtpCommandBytes) ?? await session.nextLine();
    if (line === null) return;
    if (session.ending) break;
    session.commands++;
    if (line.tooLong) session.mistake({ code: 500, enhanced: "5.5.2", text: "line too long" });
    else {
      const running = runCommand(session, parseCommand(line.bytes));
      if (running) await running;
    }
    if (session.errors >= LIMITS.smtpErrors) {
      session.end({ code: 421, enhanced: "4.7.0", text: "too many errors" });
    }
  }
  session.sayGoodbye();
}

/** The end of a session that did not come with QUIT; the listener closes the connection. */
function ended(session: SmtpSession, error: unknown): void {
  if (error instanceof ConnectionClosed) return;
  if (error instanceof ReadTimeout) return lastReply(session, TIMEOUT);
  session.log.error("session.internal", { session: session.connection.id, ...errorFields(error) });
  lastReply(session, { code: 421, enhanced: "4.3.0", text: "internal error, closing connection" });
}

function lastReply(session: SmtpSession, reply: Reply): void {
  try {
    session.send(reply);
  } catch (error) {
    if (!(error instanceof ConnectionClosed)) throw error;
  }
}

function logSession(session: SmtpSession): void {
  const { connection, listener, context } = session;
  session.log.info("smtp.session", {
    session: connection.id,
    protocol: listener.protocol,
    ip: connection.remote.address,
    helo: session.hello?.name,
    tls: connection.tls?.version,
    account: session.account?.address,
    messages: session.messages,
    errors: session.errors,
    ms: Math.round(context.clock.monotonicMs() - session.startedMs),
  });
}
