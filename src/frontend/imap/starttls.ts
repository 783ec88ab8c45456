import type { CommandHandler } from "./command.ts";
import { bad, ok } from "./reply.ts";
import { newReceiver } from "./session.ts";

/** STARTTLS (RFC 9051 §6.2.1). What the client sent after it in clear text is thrown away, parsed or not. */
export const starttls: CommandHandler = (session, args) => {
  args.end();
  const { connection, listener } = session;
  if (connection.tls || session.compressed || listener.tls !== "starttls") {
    return bad("TLS is not offered here");
  }
  const reply = ok("Begin TLS negotiation now");
  reply.after = async () => {
    await session.flush();
    session.receiver = newReceiver();
    await connection.startTls();
  };
  return reply;
};
