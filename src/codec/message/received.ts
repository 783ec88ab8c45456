import { formatDate } from "../text/date.ts";
import { readHeader } from "./header.ts";

/** What a Received field tells (RFC 5321 §4.4). Texts are Unicode. */
export interface ReceivedTrace {
  /** The name the client gave in EHLO, HELO or LHLO. */
  helo: string;
  /** The client's address as the socket tells it. */
  ip: string;
  /** The client's name by reverse look-up, when somebody looked. */
  reverseName?: string | null;
  /** Our name. */
  by: string;
  /** Transmission type: `ESMTPSA`, `UTF8SMTP` …; see `transmissionType`. */
  protocol: string;
  /** Our id of the delivery. */
  id: string;
  /** The recipient, when there is just one: others must not learn of each other. */
  forAddress: string | null;
  tls?: { version: string; cipher: string } | null;
  dateMs: number;
}

/** The `with` name of a transmission (RFC 3848; with SMTPUTF8 in use RFC 6531 §4.3). */
export function transmissionType(
  options: { verb: "HELO" | "EHLO" | "LHLO"; tls: boolean; authenticated: boolean; utf8: boolean },
): string {
  const { verb, tls, authenticated, utf8 } = options;
  if (verb === "HELO") return "SMTP";
  const name = verb === "LHLO" ? "LMTP" : utf8 ? "SMTP" : "ESMTP";
  return (utf8 ? "UTF8" : "") + name + (tls ? "S" : "") + (authenticated ? "A" : "");
}

/** The folded Received field with its line end. What a client said cannot break out of its place. */
export function formatReceived(trace: ReceivedTrace): string {
  const literal = trace.ip.includes(":") ? `[IPv6:${trace.ip}]` : `[${trace.ip}]`;
  const peer = trace.reverseName ? `${domainText(trace.reverseName)} ${literal}` : literal;
  const helo = domainText(trace.helo) || literal;
  const tls = trace.tls ? `\r\n\t(${word(trace.tls.version)} cipher ${word(trace.tls.cipher)})` : "";
  const recipient = trace.forAddress === null ? "" : `\r\n\tfor <${addressText(trace.forAddress)}>`;
  return `Received: from ${helo} (${peer})\r\n\tby ${domainText(trace.by)} with ${
    word(trace.protocol)
  }${tls}` +
    `\r\n\tid ${word(trace.id)}${recipient};\r\n\t${formatDate(trace.dateMs)}\r\n`;
}

/** The Return-Path field of final delivery (RFC 5321 §4.4); null is the null sender. */
export function formatReturnPath(from: string | null): string {
  return `Return-Path: <${addressText(from ?? "")}>\r\n`;
}

/**
 * The Delivered-To field (RFC 9228): the address of the mailbox. Where an alias, a group or a catch-all led there,
 * X-Original-To keeps the recipient that the sender named.
 */
export function formatDeliveredTo(address: string, recipient: string): string {
  const same = address.toLowerCase() === recipient.toLowerCase();
  return `Delivered-To: ${address}\r\n${same ? "" : `X-Original-To: ${recipient}\r\n`}`;
}

/** Received fields of a message: too many mean a loop (RFC 5321 §6.3). */
export function countReceived(raw: Uint8Array): number {
  const header = readHeader(raw);
  let count = 0;
  for (const { start, nameEnd } of header.fields) {
    if (nameEnd - start === 8 && /received/iy.test(header.text.slice(start, nameEnd))) count++;
  }
  return count;
}

/** A domain or address literal as a client gave it, without anything that means something in a structured field. */
function domainText(text: string): string {
  return text.replace(/[^\w.:[\]\u0080-\u{10ffff}-]/gu, "?").slice(0, 255);
}

function word(text: string): string {
  return text.replace(/[^\w.+@-]/g, "?");
}

/** An address in canonical form; the local part is quoted again where it must be. */
function addressText(address: string): string {
  const clean = address.replace(/[\x00-\x1f\x7f]/g, "?");
  const at = clean.lastIndexOf("@");
  const local = at < 0 ? clean : clean.slice(0, at);
  if (local === "" || /^[\w!#$%&'*+/=?^`{|}~.\u0080-\u{10ffff}-]+$/u.test(local)) return clean;
  if (/^".*"$/.test(local)) return clean;
  return `"${local.replace(/["\\]/g, "\\$&")}"${at < 0 ? "" : clean.slice(at)}`;
}
