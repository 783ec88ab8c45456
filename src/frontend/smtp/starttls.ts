import { ConnectionClosed } from "../../net/connection.ts";
import { BAD_SEQUENCE } from "./reply.ts";
import type { SmtpSession } from "./session.ts";

/** STARTTLS, RFC 3207. The connection drops what was pipelined in clear text; the session forgets all it was told. */
export async function onStartTls(session: SmtpSession): Promise<void> {
  if (!session.offersTls) {
    const text = session.connection.tls ? "TLS is already on" : "command not implemented";
    return session.mistake({ code: session.connection.tls ? 503 : 502, enhanced: BAD_SEQUENCE, text });
  }
  session.reply(220, "2.0.0", "ready to start TLS");
  session.hello = null;
  session.logOut();
  try {
    await session.connection.startTls();
  } catch (error) {
    if (!(error instanceof ConnectionClosed)) throw error;
    session.log.info("tls.handshake", {
      protocol: session.listener.protocol,
      session: session.connection.id,
      ip: session.connection.remote.address,
      reason: error.message,
    });
    session.context.metrics.count("tls_handshake_failures", { protocol: session.listener.protocol });
    throw error;
  }
}
