import { LIMITS } from "../../base/limits.ts";
import { formatCapability, formatResponse } from "../../codec/managesieve/response.ts";
import { extensionNames } from "../../sieve/compile.ts";
import { exchangeNames } from "../exchanges.ts";
import { ok, type Reply } from "./reply.ts";
import type { SieveSession } from "./session.ts";

/** Ways of notifying that scripts may name (RFC 5435 §3.1, RFC 5436). */
const NOTIFY_METHODS = "mailto";

/** CAPABILITY (RFC 5804 §2.4). */
export function onCapability(session: SieveSession): Reply {
  writeLines(session);
  return ok("CAPABILITY completed");
}

/** The capabilities as the server tells them by itself: at the beginning and after STARTTLS (RFC 5804 §1.7). */
export function writeCapabilities(session: SieveSession, text: string): void {
  writeLines(session);
  session.write(formatResponse("OK", null, text));
}

function writeLines(session: SieveSession): void {
  const { account, context } = session;
  const lines: [name: string, value?: string][] = [
    ["IMPLEMENTATION", `Mallard ${context.version}`],
    ["SIEVE", extensionNames().join(" ")],
    ["NOTIFY", NOTIFY_METHODS],
    ["SASL", mechanisms(session)],
    ["MAXREDIRECTS", String(LIMITS.sieve.redirects)],
    ["VERSION", "1.0"],
  ];
  if (session.offersTls) lines.push(["STARTTLS"]);
  if (account) lines.push(["OWNER", account.address], ["UNAUTHENTICATE"]);
  for (const [name, value] of lines) session.write(formatCapability(name, value));
}

/** Empty where TLS has to come first (RFC 5804 §1.7, SASL). */
function mechanisms(session: SieveSession): string {
  if (!session.private) return "";
  return [...exchangeNames(session.context, session.connection), "PLAIN", "LOGIN"].join(" ");
}
