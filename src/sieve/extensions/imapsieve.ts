import type { Extension } from "../extension.ts";

/**
 * The script runs for an event of IMAP (RFC 6785). All that it adds to the language are items of `environment`, which
 * whoever runs the script gives: imap.user, imap.email, imap.cause, imap.mailbox, imap.changedflags (§4).
 */
export const IMAPSIEVE: Extension = { name: "imapsieve", implies: ["environment"] };
