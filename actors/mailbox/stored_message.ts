import type { MimePart } from "../../src/codec/message/summary.ts";
import { readRange } from "./content.ts";
import { flagNames } from "./flags.ts";
import type { Folder, MailboxTurn } from "./state.ts";

/** A stored message as scripts see it. */
export interface StoredMessage {
  uid: number;
  raw: Uint8Array;
  parts: MimePart;
  flags: string[];
  internalDateMs: number;
}

type Tuple = [
  flags: number,
  keywords: string,
  internal: number,
  id: number,
  header: number,
  size: number,
  parts: string,
];

/** Reads one message; null when it is gone. */
export function readStored(turn: MailboxTurn, folder: Folder, uid: number): StoredMessage | null {
  const [row] = turn.db.tuples<Tuple>(
    `SELECT m.flags, ifnull(m.keywords, ''), m.internal_ms, c.id, c.header_bytes, c.size, c.parts
     FROM message m JOIN content c ON c.id = m.content_id WHERE m.fid = ? AND m.uid = ?`,
    folder.fid,
    uid,
  );
  if (!row) return null;
  const [bits, keywords, internalDateMs, id, headerBytes, size, parts] = row;
  return {
    uid,
    raw: readRange(turn, id, headerBytes, 0, size),
    parts: JSON.parse(parts),
    flags: [...flagNames(bits), ...keywords ? keywords.split(" ") : []],
    internalDateMs,
  };
}
