import type { HealResult, LogMark, ReplicaContract } from "../../../src/actor/replica.ts";
import type { MessageSummary } from "../../../src/codec/message/summary.ts";
import type { LogChange, LogEntry, MailboxTip } from "../log_change.ts";

/** A message of the peer: its bytes and what was worked out about them here. */
export interface Content {
  raw: Uint8Array;
  summary: MessageSummary;
}

/** What a mailbox answers the other server of a pair, beside what any actor does; part of `MailboxContract`. */
export type MailboxReplicaContract = Omit<ReplicaContract<LogChange, MailboxTip>, "heal"> & {
  /** Hash over everything a user can see, in a canonical order: equal on two servers when they agree. */
  hash: { request: Record<string, never>; reply: { position: number; hash: string } };
  /**
   * Committed changes after a position, for the peer. With `contents` the messages that came with them, as far as they
   * are still there and but for those of requests in `except`: about a page of bytes, one at least. `absent` names
   * those that are gone.
   */
  readLog: {
    request: { after: number; limit: number; contents?: boolean; except?: string[] };
    reply: { entries: LogEntry[]; end: number; contents: Uint8Array[]; absent: string[] };
  };
  /** Which of these content hashes the mailbox lacks. */
  missingContents: { request: { hashes: string[] }; reply: { missing: string[] } };
  /** Messages by content hash, about a page of bytes, one at least; `next` is the index to go on from. Null: not here. */
  readContents: {
    request: { hashes: string[] };
    reply: { contents: (Uint8Array | null)[]; next: number | null };
  };
  /** Keeps messages from the peer until a log entry needs them. */
  stageContents: { request: { contents: Content[] }; reply: { staged: number } };
  /** Gives every folder and row of this side anew to the peer's: see `ReplicaContract`. */
  heal: {
    request: { common: LogMark; theirs: { entries: LogEntry[]; end: LogMark; tip: MailboxTip } };
    reply: HealResult;
  };
};
