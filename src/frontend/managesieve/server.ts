import { asFault } from "../../base/fault.ts";
import { errorFields } from "../../base/log.ts";
import { parseManageSieveCommand } from "../../codec/managesieve/command.ts";
import type { CommandParts } from "../../codec/imap/receiver.ts";
import { ConnectionClosed, ReadTimeout } from "../../net/connection.ts";
import type { ServeSession } from "../context.ts";
import { FairShare } from "../fair_share.ts";
import { writeCapabilities } from "./capability.ts";
import { runCommand } from "./commands.ts";
import { countError, nextParts } from "./input.ts";
import { faultReply, formatReply, type Reply } from "./reply.ts";
import { SessionEnded, SieveSession } from "./session.ts";

/** Serves ManageSieve (RFC 5804) on one connection until it ends. */
export const serveManageSieve: ServeSession = async (connection, listener, context) => {
  const session = new SieveSession(connection, listener, context);
  const stop = () => session.end({ code: "TRYLATER", text: "the server is stopping" });
  context.stopping.addEventListener("abort", stop);
  if (context.stopping.aborted) stop();
  try {
    if (session.ending !== null) session.stop(session.ending);
    writeCapabilities(session, `${context.hostname} Mallard ready`);
    await converse(session);
  } catch (error) {
    lastWords(session, error);
  } finally {
    context.stopping.removeEventListener("abort", stop);
    session.dispose();
    await connection.close().catch(() => connection.destroy());
    logSession(session);
  }
};

async function converse(session: SieveSession): Promise<void> {
  const share = new FairShare();
  while (!session.loggedOut) {
    const pause = share.next();
    if (pause) {
      await pause;
      continue; // it may have been told to end meanwhile
    }
    if (session.ending !== null) session.stop(session.ending);
    const parts = await nextParts(session);
    if (parts === null) return;
    session.commands++;
    await answer(session, parts);
    await session.drain();
  }
}

async function answer(session: SieveSession, parts: CommandParts): Promise<void> {
  const held = session.heldBytes;
  session.heldBytes = 0;
  const command = parseManageSieveCommand(parts);
  let reply: Reply;
  try {
    reply = await runCommand(session, command);
  } catch (error) {
    reply = replyToError(session, command.verb, error);
  } finally {
    if (held) session.context.ingest.give(held);
  }
  if (reply.status === "BYE") session.stop({ code: reply.code, text: reply.text });
  session.write(formatReply(reply));
  if (command.verb === "BAD") countError(session);
  await reply.after?.();
}

/** What a client is told when a command throws; what ends the session goes on upwards. */
function replyToError(session: SieveSession, command: string, error: unknown): Reply {
  if (error instanceof SessionEnded || error instanceof ConnectionClosed || error instanceof ReadTimeout) {
    throw error;
  }
  const fault = asFault(error);
  if (fault.code === "internal") session.log.error("managesieve.command", { command, ...errorFields(fault) });
  return faultReply(fault);
}

function lastWords(session: SieveSession, error: unknown): void {
  if (error instanceof ConnectionClosed) return;
  if (error instanceof ReadTimeout) session.ending ??= { code: null, text: "idle for too long" };
  else if (!(error instanceof SessionEnded)) {
    session.log.error("session.internal", errorFields(error));
    session.ending ??= { code: "TRYLATER", text: "internal error" };
  }
  try {
    session.sayGoodbye();
  } catch (closed) {
    if (!(closed instanceof ConnectionClosed)) throw closed;
  }
}

function logSession(session: SieveSession): void {
  const { connection, context } = session;
  session.log.info("managesieve.session", {
    tls: connection.tls?.version,
    account: session.account?.address,
    commands: session.commands,
    errors: session.errors,
    reason: session.ending?.text,
    ms: Math.round(context.clock.monotonicMs() - session.startedMs),
  });
}
