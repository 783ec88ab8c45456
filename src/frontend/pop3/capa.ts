import { scramNames } from "../../codec/text/scram.ts";
import type { Pop3Session } from "./session.ts";

/** CAPA, RFC 2449 §5. Nothing is ever removed by itself: EXPIRE NEVER. */
export function onCapa(session: Pop3Session): void {
  const lines = ["TOP", "UIDL", "RESP-CODES", "AUTH-RESP-CODE", "PIPELINING", "EXPIRE NEVER", "UTF8", "LANG"];
  if (session.offersTls) lines.push("STLS");
  if (session.isPrivate) {
    lines.push("USER", `SASL ${scramNames(session.connection.tls?.endPoint).join(" ")} PLAIN`);
  }
  lines.push(`IMPLEMENTATION Mallard-${session.context.version}`);
  session.write(`+OK capabilities\r\n${lines.join("\r\n")}\r\n.\r\n`);
}
