import type { SmtpReply } from "../codec/smtp/reply.ts";

/** What a server offers in its EHLO reply (RFC 5321 §4.1.1.1); empty after HELO. Names in upper case. */
export type Extensions = ReadonlyMap<string, string>;

/** Reads them; the first line is the greeting. */
export function parseExtensions(reply: SmtpReply): Extensions {
  const out = new Map<string, string>();
  for (const line of reply.lines.slice(1)) {
    // Old servers write AUTH=LOGIN.
    const [name, ...rest] = line.trim().split(/[\s=]+/);
    const key = name.toUpperCase();
    const known = out.get(key);
    const value = rest.join(" ");
    out.set(key, known ? `${known} ${value}` : value);
  }
  return out;
}

/** The size limit of RFC 1870; null when there is none or it is not told. */
export function sizeLimit(extensions: Extensions): number | null {
  const value = Number(extensions.get("SIZE") ?? 0);
  return Number.isSafeInteger(value) && value > 0 ? value : null;
}
