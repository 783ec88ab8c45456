/** A sender that was rewritten by a forwarder (SRS0 of the Sender Rewriting Scheme): what the local part says. */
export interface RewrittenSender {
  hash: string;
  /** Two characters: the day, modulo 1024. */
  stamp: string;
  domain: string;
  local: string;
}

const DIGITS = "abcdefghijklmnopqrstuvwxyz234567";
const DAYS = 1024;
/** RFC 5321 §4.5.3.1.1. */
const LOCAL_BYTES = 64;
const ATOMS = /^[A-Za-z0-9!#$%&'*+\-/=?^_`{|}~.]+$/;

/** What the hash is made of; letters count the same in either case, as relays may change them. */
export function signedText({ stamp, domain, local }: Omit<RewrittenSender, "hash">): string {
  return `${stamp}=${domain}=${local}`.toLowerCase();
}

/**
 * The local part under which a forwarder sends on, so that the sender's domain does not have to name the forwarder in
 * its SPF record and reports still find their way back. Null where that would be too long, or is not plain text.
 */
export function formatRewritten(sender: RewrittenSender): string | null {
  const text = `SRS0=${sender.hash}=${sender.stamp}=${sender.domain}=${sender.local}`;
  return text.length <= LOCAL_BYTES && ATOMS.test(text) ? text : null;
}

/** Reads such a local part; null for any other. */
export function parseRewritten(local: string): RewrittenSender | null {
  const match = /^srs0[=+-]([a-z2-7]+)=([a-z2-7]{2})=([^=]+)=(.+)$/i.exec(local);
  if (!match) return null;
  const [, hash, stamp, domain, rest] = match;
  return { hash: hash.toLowerCase(), stamp: stamp.toLowerCase(), domain, local: rest };
}

/** The stamp of a day since 1970. */
export function stampOf(day: number): string {
  return DIGITS[(day % DAYS) >> 5] + DIGITS[day % 32];
}

/** How many days old a stamp is, seen from a day. */
export function stampAge(stamp: string, day: number): number {
  const then = DIGITS.indexOf(stamp[0]) * 32 + DIGITS.indexOf(stamp[1]);
  return ((day - then) % DAYS + DAYS) % DAYS;
}
