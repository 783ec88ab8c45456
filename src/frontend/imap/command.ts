import type { Arguments } from "../../codec/imap/arguments.ts";
import type { Reply } from "./reply.ts";
import type { Session } from "./session.ts";

/** RFC 9051 §3. */
export type State = "not-authenticated" | "authenticated" | "selected";

/** One command being answered. */
export interface Call {
  readonly tag: string;
  /** Upper case; `UID FETCH` for the UID form. */
  readonly name: string;
  /** Whether it is the UID form: numbers are UIDs. */
  readonly uid: boolean;
  /** Octets of its literals taken from the ingest budget; given back after the command unless set to 0. */
  heldBytes: number;
  /** What the client may be told of the folder before the tagged answer; a command may lower it. */
  updates: Updates;
}

/**
 * `all`: everything. `no-expunge`: message numbers must not change (RFC 9051 §7.5.1: FETCH, STORE and SEARCH).
 * `none`: the folder is being opened or closed.
 */
export type Updates = "all" | "no-expunge" | "none";

/** A command's entry in the table. */
export interface Command {
  readonly states: readonly State[];
  readonly updates: Updates;
  /** Runs while earlier ones of the same kind are unanswered; it sees to the order itself. */
  readonly overlaps?: boolean;
  /** Parses the arguments after the name, acts, and says what to answer; null when it answers by itself. */
  readonly run: CommandHandler;
}

/** Runs one command; what it throws is answered by `replyToError`. */
export type CommandHandler = (
  session: Session,
  args: Arguments,
  call: Call,
) => Promise<Reply | null> | Reply | null;
