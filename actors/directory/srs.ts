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
import type { DirectoryContract } from "./contract.ts";
import { type DirectoryTurn, realDomain } from "./state.ts";

type Rewrite = DirectoryContract["rewriteSender"];

const DAY_MS = 86_400_000;
/** A report comes back within the days that mail may wait somewhere, and then some. */
const DAYS = 21;
const KEY_BYTES = 32;
/** Characters of the hash: 30 bits, each guess is an SMTP dialogue that reaches one address at best. */
const HASH_CHARS = 6;
const DIGITS = "abcdefghijklmnopqrstuvwxyz234567";

/** The sender under which mail is sent on from an address of ours to one outside (M01); our own senders stay. */
export function rewriteSender({ from, by }: Rewrite["request"], turn: DirectoryTurn): Rewrite["reply"] {
  const at = from.lastIndexOf("@");
  const domain = from.slice(at + 1).toLowerCase();
  const ours = by.slice(by.lastIndexOf("@") + 1).toLowerCase();
  if (at <= 0 || realDomain(turn, domain) || !realDomain(turn, ours)) return { from };
  const plain = { stamp: stampOf(dayOf(turn)), domain, local: from.slice(0, at) };
  const local = formatRewritten({ ...plain, hash: hashOf(plain, keyOf(turn) ?? makeKey(turn)) });
  return { from: local === null ? from : `${local}@${ours}` };
}

/** Where a report for a rewritten sender goes; null for every other local part. Fault `not_found`: not ours, or too old. */
export function originalSender(local: string, turn: DirectoryTurn): string | null {
  const sender = parseRewritten(local);
  if (!sender) return null;
  const key = keyOf(turn);
  const wanted = key === null ? "" : hashOf(sender, key);
  const same = sender.hash.length === wanted.length &&
    timingSafeEqual(new TextEncoder().encode(sender.hash), new TextEncoder().encode(wanted));
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

const NAME = "srs-key";

/** This server's key; null before the first sender was rewritten. */
function keyOf(turn: DirectoryTurn): string | null {
  return turn.db.get<{ value: string }>("SELECT value FROM settings WHERE name=?", NAME)?.value ?? null;
}

function makeKey(turn: DirectoryTurn): string {
  const key = [...turn.random.bytes(KEY_BYTES)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  turn.db.run("INSERT INTO settings(name,value) VALUES(?,?)", NAME, key);
  return key;
}
