import { createHmac, timingSafeEqual } from "node:crypto";
import { Fault } from "../../src/base/fault.ts";
import {
  formatRewritten,
  parseRewritten,
  type RewrittenSender,
  signedText,
  stampAge,
  stampOf,
} from "../../src/codec/smtp/srs.ts";
import { hex, utf8 } from "../../src/base/bytes.ts";
import type { Random } from "../../src/base/id.ts";
import type { Database } from "../../src/storage/database.ts";
import type { DirectoryContract } from "./contract.ts";
import { type DirectoryTurn, realDomain } from "./state.ts";

type Rewrite = DirectoryContract["rewriteSender"];

const DAY_MS = 86_400_000;
/** A report comes back within the days that mail may wait somewhere, and then some. */
const DAYS = 21;
const KEY_BYTES = 32;
/** Keys looked at: one of each server that was ever joined to this one. */
const KEYS = 8;
/** Characters of the hash: 30 bits, each guess is an SMTP dialogue that reaches one address at best. */
const HASH_CHARS = 6;
const DIGITS = "abcdefghijklmnopqrstuvwxyz234567";

/** The sender under which mail is sent on from an address of ours to one outside (M01); our own senders stay. */
export function rewriteSender({ from, by }: Rewrite["request"], turn: DirectoryTurn): Rewrite["reply"] {
  const at = from.lastIndexOf("@");
  const domain = from.slice(at + 1).toLowerCase();
  const ours = by.slice(by.lastIndexOf("@") + 1).toLowerCase();
  if (at <= 0 || realDomain(turn, domain) || !realDomain(turn, ours)) return { from };
  const key = senderKeys(turn.db)[0];
  if (key === undefined) return { from };
  const plain = { stamp: stampOf(dayOf(turn)), domain, local: from.slice(0, at) };
  const local = formatRewritten({ ...plain, hash: hashOf(plain, key) });
  return { from: local === null ? from : `${local}@${ours}` };
}

/** Where a report for a rewritten sender goes; null for every other local part. Fault `not_found`: not ours, or too old. */
export function originalSender(local: string, turn: DirectoryTurn): string | null {
  const sender = parseRewritten(local);
  if (!sender) return null;
  const same = senderKeys(turn.db).some((key) => isHash(sender.hash, hashOf(sender, key)));
  if (!same || stampAge(sender.stamp, dayOf(turn)) > DAYS) {
    throw new Fault("not_found", "no such user: not a sender that was rewritten here lately");
  }
  return `${sender.local}@${sender.domain}`;
}

function dayOf(turn: DirectoryTurn): number {
  return Math.floor(turn.nowMs / DAY_MS);
}

function hashOf(sender: Omit<RewrittenSender, "hash">, key: string): string {
  const digest = createHmac("sha256", key).update(signedText(sender)).digest();
  return [...digest.subarray(0, HASH_CHARS)].map((byte) => DIGITS[byte & 31]).join("");
}

function isHash(given: string, wanted: string): boolean {
  return given.length === wanted.length && timingSafeEqual(utf8(given), utf8(wanted));
}

/** Whether there is a key that signs senders. */
export function hasSenderKey({ db }: { db: Database }): boolean {
  return senderKeys(db).length > 0;
}

/** A new key in hexadecimal. */
export function makeSenderKey(random: Random): string {
  return hex(random.bytes(KEY_BYTES));
}

/** The key that signs, then those of servers that had their own when they met: what they signed is good as well. */
export function senderKeys(db: Database): string[] {
  const rows = db.all<{ value: string }>(
    "SELECT value FROM sender_keys ORDER BY made_at_ms, value LIMIT ?",
    KEYS,
  );
  return rows.map(({ value }) => value);
}
