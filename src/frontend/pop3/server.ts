import { LIMITS } from "../../base/limits.ts";
import { errorFields } from "../../base/log.ts";
import { parsePop3Command } from "../../codec/pop3/command.ts";
import { ConnectionClosed, ReadTimeout } from "../../net/connection.ts";
import { closeOnClientHello } from "../client_hello.ts";
import type { ServeSession } from "../context.ts";
import { FairShare } from "../fair_share.ts";
import { endWhenStuck } from "../watchdog.ts";
import { runCommand } from "./commands.ts";
import { Pop3Session } from "./session.ts";

/** Serves one connection of a listener of protocol pop3 until it ends (RFC 1939). */
export const servePop3: ServeSession = async (connection, listener, context) => {
  const session = new Pop3Session(connection, listener, context);
  const stop = () => session.end("-ERR [SYS/TEMP] the server is stopping");
  context.stopping.addEventListener("abort", stop);
  if (context.stopping.aborted) stop();
  const unwatch = endWhenStuck({
    clock: context.clock,
    everyMs: LIMITS.pop3IdleMs,
    progress: () => session.waiting ? session.commands : null,
    end: () => connection.destroy(),
  });
  try {
    if (session.ending === null) await greet(session);
    await serve(session);
  } catch (error) {
    ended(session, error);
  } finally {
    unwatch();
    context.stopping.removeEventListener("abort", stop);
    session.dispose();
    logSession(session);
  }
};

/** The greeting, and a look at the first bytes: TLS spoken to a clear-text port is told apart here (P24). */
async function greet(session: Pop3Session): Promise<void> {
  const { connection, context } = session;
  session.ok(`${context.hostname} POP3 ready`);
  if (connection.tls) return;
  const first = await session.peek();
  if (first === null) throw new ConnectionClosed("the client went away");
  if (closeOnClientHello(session, first)) throw new ConnectionClosed("TLS on a clear-text port");
  connection.unread(first);
}

async function serve(session: Pop3Session): Promise<void> {
  const share = new FairShare();
  while (session.ending === null) {
    const pause = share.next();
    if (pause) {
      await pause;
      continue; // it may have been told to end meanwhile
    }
    const line = session.connection.tryReadLine(LIMITS.pop3LineBytes) ?? await session.nextLine();
    if (line === null || session.ending !== null) break;
    session.commands++;
    if (line.tooLong) session.mistake("line too long");
    else {
      const running = runCommand(session, parsePop3Command(line.bytes));
      if (running) await running;
    }
    if (session.errors >= LIMITS.pop3Errors) session.end("-ERR too many errors");
  }
  session.sayGoodbye();
}

/** The end of a session that did not come with QUIT: nothing is removed, and after a timeout nothing said (RFC 1939 §3). */
function ended(session: Pop3Session, error: unknown): void {
  if (error instanceof ConnectionClosed || error instanceof ReadTimeout) return;
  session.log.error("session.internal", { session: session.connection.id, ...errorFields(error) });
  try {
    session.err("[SYS/TEMP] internal error, closing connection");
  } catch (closed) {
    if (!(closed instanceof ConnectionClosed)) throw closed;
  }
}

function logSession(session: Pop3Session): void {
  const { connection, context } = session;
  session.log.info("pop3.session", {
    session: connection.id,
    ip: connection.remote.address,
    tls: connection.tls?.version,
    account: session.account?.address,
    retrieved: session.retrieved,
    removed: session.removed,
    errors: session.errors,
    ms: Math.round(context.clock.monotonicMs() - session.startedMs),
  });
}
