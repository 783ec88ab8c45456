import { ConnectionClosed } from "../../net/connection.ts";
import { writeCapabilities } from "./capability.ts";
import { no, ok, type Reply } from "./reply.ts";
import { newReceiver, type SieveSession } from "./session.ts";

/**
 * STARTTLS (RFC 5804 §2.2). What the client sent after it in clear text is thrown away, parsed or not; capabilities
 * come anew under TLS.
 */
export function onStartTls(session: SieveSession): Reply {
  const { connection } = session;
  if (!session.offersTls) return no(connection.tls ? "TLS is on already" : "TLS is not offered here");
  const reply = ok("begin TLS negotiation");
  reply.after = async () => {
    await session.flush();
    session.receiver = newReceiver();
    session.releaseLiterals();
    try {
      await connection.startTls();
    } catch (error) {
      if (!(error instanceof ConnectionClosed)) throw error;
      session.log.info("tls.handshake", { protocol: "managesieve", reason: error.message });
      session.context.metrics.count("tls_handshake_failures", { protocol: "managesieve" });
      throw error;
    }
    writeCapabilities(session, "TLS negotiation done");
  };
  return reply;
}
