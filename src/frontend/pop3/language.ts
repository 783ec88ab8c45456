import type { Pop3Command } from "../../codec/pop3/command.ts";
import type { Pop3Session } from "./session.ts";

/**
 * UTF8, RFC 6856 §2.1. Messages are octets here and leave as they came in either mode: refusing or rewriting the many
 * with raw 8-bit headers for clients that never say UTF8 (RFC 6856 §2.1 asks for one of both) would lock people out
 * of their mail, and every client in use copes.
 */
export function onUtf8(session: Pop3Session): void {
  session.utf8 = true;
  session.ok("UTF-8 it is");
}

/** LANG, RFC 6856 §3: English, and `i-default`, which is the same. */
export function onLang(session: Pop3Session, command: Extract<Pop3Command, { verb: "LANG" }>): void {
  if (command.range === null) {
    return session.write("+OK languages\r\nen English\r\ni-default Default\r\n.\r\n");
  }
  const range = command.range.toLowerCase();
  if (range === "i-default") return session.ok("i-default language changed");
  if (range === "*" || range === "en" || range.startsWith("en-")) return session.ok("en language changed");
  session.err("language is not available");
}
