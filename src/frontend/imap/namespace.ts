import { fromLatin1, utf8 } from "../../base/bytes.ts";
import { quoted } from "../../codec/imap/response.ts";
import { encodeMailboxName } from "../../codec/text/utf7.ts";
import type { CommandHandler } from "./command.ts";
import { SHARED } from "./place.ts";
import { ok } from "./reply.ts";
import { sharingOf } from "./sharing.ts";

/** NAMESPACE (RFC 2342 §5, RFC 9051 §6.3.10): the own folders and private namespaces, those that others share, the public ones by name. */
export const namespace: CommandHandler = async (session, args) => {
  args.end();
  const { publics, spaces } = await sharingOf(session.context).sources(session.user.id);
  const wire = (name: string) => quoted(session.utf8 ? fromLatin1(utf8(name)) : encodeMailboxName(name));
  const list = (names: readonly { name: string }[]) =>
    names.map(({ name }) => `(${wire(`#${name}/`)} "/")`).join("");
  const common = list(publics);
  const own = `(("" "/")${list(spaces)})`;
  session.write(`* NAMESPACE ${own} (("${SHARED}" "/")) ${common ? `(${common})` : "NIL"}\r\n`);
  return ok("NAMESPACE completed");
};
