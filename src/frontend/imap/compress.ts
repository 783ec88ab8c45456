import { CompressedConnection } from "../../net/compressed_connection.ts";
import type { CommandHandler } from "./command.ts";
import { bad, ok } from "./reply.ts";

/**
 * COMPRESS (RFC 4978 §3): everything after the tagged OK is compressed, both ways. A client waits for that answer; what it
 * sent before it all the same is taken for compressed data, as it counts from the end of the command.
 */
export const compress: CommandHandler = (session, args) => {
  args.space();
  const mechanism = args.atom().toUpperCase();
  args.end();
  if (mechanism !== "DEFLATE") return bad("Unknown compression");
  if (session.compressed) return { ...bad("DEFLATE is active"), code: "COMPRESSIONACTIVE" };
  const reply = ok("DEFLATE active");
  reply.after = async () => {
    await session.flush();
    session.connection.unread(session.receiver.takeRest());
    session.connection = new CompressedConnection(session.connection);
    session.compressed = true;
  };
  return reply;
};
