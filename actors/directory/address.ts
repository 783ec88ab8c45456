import { domainToASCII } from "node:url";
import { Fault } from "../../src/base/fault.ts";

/** An address in the one form in which it is stored and compared: local part unquoted, NFC, lower-case; domain as A-labels. */
export interface Address {
  local: string;
  domain: string;
}

/** Separates a user from a tag (RFC 5233 §1). */
const TAG_SEPARATOR = "+";
/** Longest local part, RFC 5321 §4.5.3.1.1. */
export const LOCAL_BYTES = 64;
/** RFC 5321 §4.5.3.1.2. */
const DOMAIN_BYTES = 253;

const ATOM = "[a-z0-9!#$%&'*+\\-/=?^_`{|}~\\u0080-\\u{10ffff}]+";
const DOT_STRING = new RegExp(`^${ATOM}(?:\\.${ATOM})*$`, "u");
const QUOTED_STRING = /^"((?:[^"\\\p{Cc}]|\\[^\p{Cc}])*)"$/u;
const DOMAIN = /^[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?(?:\.[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?)*$/;
const NOT_ASCII = /[^\0-\x7f]/;

/**
 * Reads `local@domain`, quoted local parts included (RFC 5321 §4.1.2, RFC 6531 §3.3).
 * Fault `invalid` when it is not an address; address literals are not.
 */
export function parseAddress(text: string): Address {
  const at = text.lastIndexOf("@");
  if (at <= 0) throw new Fault("invalid", `not an address: ${shown(text)}`);
  return { local: normaliseLocal(text.slice(0, at), text), domain: normaliseDomain(text.slice(at + 1)) };
}

/** `local@domain` as it is written: the local part is quoted only where it must be. */
export function formatAddress({ local, domain }: Address): string {
  return `${DOT_STRING.test(local) ? local : `"${local.replace(/["\\]/g, "\\$&")}"`}@${domain}`;
}

/** A domain name in lower-case A-labels without the final dot. Fault `invalid` when it is none. */
export function normaliseDomain(text: string): string {
  let name = text.endsWith(".") ? text.slice(0, -1) : text;
  name = NOT_ASCII.test(name) ? domainToASCII(name).toLowerCase() : name.toLowerCase();
  if (name.length > DOMAIN_BYTES || !DOMAIN.test(name)) {
    throw new Fault("invalid", `not a domain name: ${shown(text)}`);
  }
  return name;
}

/** The local part without its tag, and the tag; null when there is none. */
export function splitTag(local: string): { base: string; tag: string } | null {
  const at = local.indexOf(TAG_SEPARATOR);
  return at > 0 ? { base: local.slice(0, at), tag: local.slice(at + 1) } : null;
}

function normaliseLocal(text: string, whole: string): string {
  const local = text.toLowerCase();
  let plain = local;
  if (!DOT_STRING.test(local)) {
    const quoted = QUOTED_STRING.exec(local);
    if (!quoted) throw new Fault("invalid", `not an address: ${shown(whole)}`);
    plain = quoted[1].replace(/\\(.)/gu, "$1");
    if (plain === "") throw new Fault("invalid", `empty local part: ${shown(whole)}`);
  }
  if (NOT_ASCII.test(plain)) plain = plain.normalize("NFC");
  if (new TextEncoder().encode(plain).length > LOCAL_BYTES) {
    throw new Fault("invalid", `local part over ${LOCAL_BYTES} bytes: ${shown(whole)}`);
  }
  return plain;
}

function shown(text: string): string {
  return JSON.stringify(text.length > 100 ? text.slice(0, 100) + "…" : text);
}
