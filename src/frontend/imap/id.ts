import { formatString } from "../../codec/imap/response.ts";
import type { CommandHandler } from "./command.ts";
import { ok } from "./reply.ts";

/** RFC 2971 §3.3: at most 30 pairs, names of 30 and values of 1024 octets. */
const MAX_PAIRS = 30, MAX_NAME = 30, MAX_VALUE = 1024;

/** ID (RFC 2971). The version is told only after login. */
export const id: CommandHandler = (session, args) => {
  args.space();
  if (!args.acceptWord("NIL")) {
    let pairs = 0;
    args.list(() => {
      if (++pairs > MAX_PAIRS) throw new SyntaxError("too many fields");
      if (args.string().length > MAX_NAME) throw new SyntaxError("field name too long");
      args.space();
      if ((args.nstring() ?? "").length > MAX_VALUE) throw new SyntaxError("field value too long");
    });
  }
  args.end();
  const version = session.account ? ` "version" ${formatString(session.context.version)}` : "";
  session.write(`* ID ("name" "Mallard"${version})\r\n`);
  return ok("ID completed");
};
