import type { Pop3Command } from "../../codec/pop3/command.ts";
import { indexOf, totals } from "./maildrop.ts";
import type { Pop3Session } from "./session.ts";

type Listing = Extract<Pop3Command, { verb: "LIST" | "UIDL" }>;

/** The answer to a number that names nothing, or something deleted. */
export const NO_SUCH_MESSAGE = "no such message";

/** STAT, RFC 1939 §5. */
export function onStat(session: Pop3Session): void {
  const { count, bytes } = totals(session.drop!);
  session.ok(`${count} ${bytes}`);
}

/** LIST, RFC 1939 §5. */
export function onList(session: Pop3Session, command: Listing): void {
  list(session, command, (message) => message.size);
}

/** UIDL, RFC 1939 §7: the mailbox made the ids, and they never change. */
export function onUidl(session: Pop3Session, command: Listing): void {
  list(session, command, (message) => message.uidl);
}

function list(
  session: Pop3Session,
  command: Listing,
  show: (message: { size: number; uidl: string }) => number | string,
): void {
  const drop = session.drop!;
  if (command.message !== null) {
    const index = indexOf(drop, command.message);
    if (index === null) return session.err(NO_SUCH_MESSAGE);
    return session.ok(`${index + 1} ${show(drop.messages[index])}`);
  }
  const { count, bytes } = totals(drop);
  const lines = [`+OK ${count} messages (${bytes} octets)`];
  drop.messages.forEach((message, index) => {
    if (!drop.deleted.has(index)) lines.push(`${index + 1} ${show(message)}`);
  });
  lines.push(".\r\n");
  session.write(lines.join("\r\n"));
}
