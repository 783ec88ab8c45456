import type { ImapValue } from "./imap_client.ts";

/**
 * Where we answer otherwise than Dovecot 2.3, on purpose. docs/interop/mime.md argues each one under its name. Only
 * what fits one of these patterns exactly may differ.
 */
export type Difference =
  | "empty-address"
  | "obsolete-local-part"
  | "invalid-content-type"
  | "lenient-parameters"
  | "boundary-line-end"
  | "no-empty-line"
  | "message-global"
  | "broken-base64"
  | "binary-whole"
  | "binary-size"
  | "header-past-boundary";

/** The names of the differences between two answers, or null when something differs that is not on the list. */
export function explain(label: string, theirs: ImapValue, ours: ImapValue, raw: string): Difference[] | null {
  const found = new Set<Difference>();
  const same = /^(ENVELOPE|BODYSTRUCTURE|BODY)$/.test(label)
    ? sameValue(theirs, ours, found, raw)
    : sameSection(label, theirs, ours, found, raw);
  return same ? [...found] : null;
}

function sameSection(
  label: string,
  theirs: ImapValue,
  ours: ImapValue,
  found: Set<Difference>,
  raw: string,
): boolean {
  if (theirs === ours) return true;
  const note = (difference: Difference) => found.add(difference) !== undefined;
  if (/content-type: message\/global\r/i.test(raw) && /^(BODY|BINARY.*)\[\d/.test(label)) {
    return note("message-global");
  }
  if (typeof theirs !== "string" || typeof ours !== "string") return false;
  if (label.includes("HEADER.FIELDS") && (theirs === ours + "\r\n" || theirs === ours + "\r\n\r\n")) {
    return note("no-empty-line");
  }
  if (label.includes("HEADER.FIELDS.NOT") && theirs.startsWith(ours + "--")) {
    return note("header-past-boundary");
  }
  if (/^(BODY|BINARY)\[[\d.]+(TEXT)?\]$/.test(label) && theirs === ours + "\r\n") {
    return note("boundary-line-end");
  }
  if (label === "BINARY[]" && ours === raw) return note("binary-whole");
  if (label === "BINARY.SIZE[]" && ours === `${raw.length}`) return note("binary-whole");
  if (/^BINARY.SIZE\[\d/.test(label) && Number(theirs) === Number(ours) + 2) return note("boundary-line-end");
  if (label.startsWith("BINARY") && theirs === "!PARSE") return note("broken-base64");
  return false;
}

function sameValue(theirs: ImapValue, ours: ImapValue, found: Set<Difference>, raw: string): boolean {
  if (!Array.isArray(theirs) || !Array.isArray(ours)) return theirs === ours;
  if (theirs.length === ours.length) {
    const noted = new Set(found);
    if (theirs.every((value, i) => sameValue(value, ours[i], noted, raw))) {
      for (const difference of noted) found.add(difference);
      return true;
    }
  }
  if (isAddressList(theirs) && isAddressList(ours)) return sameAddresses(theirs, ours, found, raw);
  return samePart(theirs, ours, found, raw);
}

/** A body part whose Content-Type, parameters or size we see otherwise. */
function samePart(theirs: ImapValue[], ours: ImapValue[], found: Set<Difference>, raw: string): boolean {
  const [type, subtype] = theirs;
  if ((type === "" || subtype === "") && ours.length >= theirs.length) {
    found.add("invalid-content-type");
    return true;
  }
  if (type === "message" && subtype === "global" && ours[0] === "message" && ours[1] === "global") {
    found.add("message-global");
    return true;
  }
  if (type === "message" && ours[0] === "message" && theirs.length === ours.length && theirs.length >= 10) {
    const shorter = Number(ours[6]) + 2 === Number(theirs[6]) && Number(ours[9]) + 1 === Number(theirs[9]);
    if (shorter) {
      found.add("boundary-line-end");
      return sameValue(
        theirs.toSpliced(9, 1).toSpliced(6, 1),
        ours.toSpliced(9, 1).toSpliced(6, 1),
        found,
        raw,
      );
    }
  }
  if (type === "text" && ours[0] === "text" && theirs.length === ours.length && /;\s*;/.test(raw)) {
    found.add("lenient-parameters");
    return sameValue(theirs.toSpliced(2, 1), ours.toSpliced(2, 1), found, raw);
  }
  return false;
}

function isAddressList(value: ImapValue[]): value is ImapValue[][] {
  return value.length > 0 && value.every((item) => Array.isArray(item) && item.length === 4);
}

function sameAddresses(
  theirs: ImapValue[][],
  ours: ImapValue[][],
  found: Set<Difference>,
  raw: string,
): boolean {
  const kept = theirs.filter((address) => !isMissing(address));
  const rest = ours.filter((address) => !isMissing(address));
  if (kept.length < theirs.length && equal(kept, rest)) {
    found.add("empty-address");
    return true;
  }
  if (kept.length !== rest.length && theirs.length !== ours.length) return false;
  const [a, b] = theirs.length === ours.length ? [theirs, ours] : [kept, rest];
  return a.every((address, i) => {
    if (equal(address, b[i])) return true;
    // `a . b @ c` and `"a".b@c`: they see a name without an address.
    if (address[2] !== "MISSING_MAILBOX" || !/[\w"]\s+\.|"\.|\.\s+["\w]/.test(raw)) return false;
    found.add("obsolete-local-part");
    return true;
  });
}

function isMissing([name, , mailbox]: ImapValue[]): boolean {
  return name === null && mailbox === "MISSING_MAILBOX";
}

function equal(a: ImapValue, b: ImapValue): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
