import type { CompileResult } from "./compile.ts";

/**
 * What a script may ask of the world. Every answer is given at once: a script runs inside a mailbox's turn, in which
 * nothing waits. Nothing here changes anything; what is to be remembered is told in `Outcome.marks`.
 */
export interface Host {
  /** Whether a message could be filed into this folder (RFC 5490 §3.1): it exists and the owner may insert there. */
  mailboxExists(name: string): boolean;
  /** Whether a folder has this MAILBOXID (RFC 9042 §3). */
  mailboxIdExists(id: string): boolean;
  /**
   * Whether the folder has the special-use attribute (`\Junk`), or with null, whether any folder of the owner's has
   * (RFC 8579 §3).
   */
  specialUseExists(mailbox: string | null, attribute: string): boolean;
  /** An annotation's value of a folder (RFC 5490 §3.3); null when there is none, or no such folder. */
  mailboxMetadata(mailbox: string, annotation: string): string | null;
  /** An annotation's value of the server (RFC 5490 §4.1); null when there is none. */
  serverMetadata(annotation: string): string | null;
  /** Whether a key that was told in `Outcome.marks` is remembered still. */
  remembers(kind: MarkKind, key: string): boolean;
  /** The compiled script that is included (RFC 6609 §3.2); null when there is none of that name. */
  includedScript(location: "personal" | "global", name: string): CompileResult | null;
  /** Whether an external list is known (RFC 6134 §2.6); the name is a URI as the script has it. */
  listExists(list: string): boolean;
  /** Whether the value is in the external list (RFC 6134 §2.2). */
  listHas(list: string, value: string): boolean;
  /** All addresses of an external list, for `redirect :list` (RFC 6134 §2.3); null when it cannot be listed. */
  listMembers(list: string): readonly string[] | null;
}

/** What is remembered from one message to the next: answers that were sent, and messages that were seen. */
export type MarkKind = "vacation" | "duplicate";

/** A host that knows nothing: no folder but INBOX, no memory, no lists. For checks and rehearsals without a mailbox. */
export const EMPTY_HOST: Host = {
  mailboxExists: (name) => name.toUpperCase() === "INBOX",
  mailboxIdExists: () => false,
  specialUseExists: () => false,
  mailboxMetadata: () => null,
  serverMetadata: () => null,
  remembers: () => false,
  includedScript: () => null,
  listExists: () => false,
  listHas: () => false,
  listMembers: () => null,
};
