import type { Pop3Command } from "../../codec/pop3/command.ts";
import { NO_SUCH_MESSAGE } from "./listing.ts";
import { indexOf, totals } from "./maildrop.ts";
import type { Pop3Session } from "./session.ts";

/** DELE, RFC 1939 §5: marked now, removed at QUIT. */
export function onDele(session: Pop3Session, command: Extract<Pop3Command, { verb: "DELE" }>): void {
  const drop = session.drop!;
  const index = indexOf(drop, command.message);
  if (index === null) return session.err(NO_SUCH_MESSAGE);
  drop.deleted.add(index);
  session.ok(`message ${command.message} deleted`);
}

/** RSET, RFC 1939 §5. */
export function onRset(session: Pop3Session): void {
  const drop = session.drop!;
  drop.deleted.clear();
  const { count, bytes } = totals(drop);
  session.ok(`maildrop has ${count} messages (${bytes} octets)`);
}
