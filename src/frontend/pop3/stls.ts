import { ConnectionClosed } from "../../net/connection.ts";
import type { Pop3Session } from "./session.ts";

/** STLS, RFC 2595 §4. What was pipelined in clear text is dropped by the connection; USER before it is forgotten. */
export async function onStls(session: Pop3Session): Promise<void> {
  if (!session.offersTls) {
    return session.mistake(session.connection.tls ? "TLS is already on" : "TLS is not offered");
  }
  // RFC 6856 §2.1: a client must not; allowing it would leave a mode that was set in clear text.
  if (session.utf8) return session.mistake("not after UTF8");
  session.ok("begin TLS negotiation");
  session.userName = null;
  try {
    await session.connection.startTls();
  } catch (error) {
    if (!(error instanceof ConnectionClosed)) throw error;
    session.log.info("tls.handshake", {
      protocol: "pop3",
      session: session.connection.id,
      ip: session.connection.remote.address,
      reason: error.message,
    });
    session.context.metrics.count("tls_handshake_failures", { protocol: "pop3" });
    throw error;
  }
}
