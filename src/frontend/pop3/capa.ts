import { exchangeNames } from "../exchanges.ts";
import type { Pop3Session } from "./session.ts";

/** CAPA, RFC 2449 §5. Nothing is ever removed by itself: EXPIRE NEVER. */
export function onCapa(session: Pop3Session): void {
  const lines = ["TOP", "UIDL", "RESP-CODES", "AUTH-RESP-CODE", "PIPELINING", "EXPIRE NEVER", "UTF8", "LANG"];
  if (session.offersTls) lines.push("STLS");
  if (session.isPrivate) {
    lines.push("USER", `SASL ${exchangeNames(session.context, session.connection).join(" ")} PLAIN`);
  }
  lines.push(`IMPLEMENTATION Mallard-${session.context.version}`);
  session.write(`+OK capabilities\r\n${lines.join("\r\n")}\r\n.\r\n`);
}
