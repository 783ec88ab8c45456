import { parseAddress } from "../smtp/path.ts";

/** A mailto URI (RFC 6068), taken apart and decoded. */
export interface MailtoUri {
  /** Those of its path and of `to`. */
  to: string[];
  cc: string[];
  bcc: string[];
  subject: string | null;
  body: string | null;
  /** Other header fields by their names in lower case. */
  fields: [name: string, value: string][];
}

/** Reads a mailto URI; null when it is none, or names what is no address, or nobody at all. */
export function parseMailto(uri: string): MailtoUri | null {
  const match = /^mailto:([^?#]*)(?:\?([^#]*))?$/i.exec(uri);
  if (match === null || /[\s<>"\\^`{|}]/.test(uri)) return null;
  const out: MailtoUri = { to: [], cc: [], bcc: [], subject: null, body: null, fields: [] };
  if (!putAddresses(match[1], out.to)) return null;
  for (const pair of (match[2] ?? "").split("&").filter(Boolean)) {
    const equals = pair.indexOf("=");
    const name = equals < 1 ? null : decode(pair.slice(0, equals))?.toLowerCase() ?? null;
    if (name === null || !putField(name, pair.slice(equals + 1), out)) return null;
  }
  return out.to.length + out.cc.length + out.bcc.length > 0 ? out : null;
}

function putField(name: string, encoded: string, out: MailtoUri): boolean {
  if (name === "to" || name === "cc" || name === "bcc") return putAddresses(encoded, out[name]);
  const value = decode(encoded);
  if (value === null || !/^[!-9;-~]+$/.test(name)) return false;
  if (name === "subject" || name === "body") out[name] = value;
  else out.fields.push([name, value]);
  return true;
}

function putAddresses(encoded: string, out: string[]): boolean {
  for (const part of encoded.split(/,|%2c/i)) {
    if (part === "") continue;
    const address = parseAddress((decode(part) ?? "").trim());
    if (address === null) return false;
    out.push(address);
  }
  return true;
}

function decode(text: string): string | null {
  try {
    return decodeURIComponent(text);
  } catch (error) {
    if (!(error instanceof URIError)) throw error;
    return null;
  }
}
