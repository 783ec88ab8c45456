import type { Clock } from "../base/clock.ts";
import type { Random } from "../base/id.ts";
import { replyFailure, TlsFailure } from "./failure.ts";
import { type Extensions, parseExtensions } from "./extensions.ts";
import { type Login, logIn } from "./log_in.ts";
import { openWire, type Target, type TlsPolicy, type Wire } from "./smtp_wire.ts";

/** Waits of a client, RFC 5321 §4.5.3.2; milliseconds. */
export interface Timeouts {
  connectMs: number;
  greetingMs: number;
  /** EHLO, STARTTLS, AUTH, MAIL, RCPT. */
  commandMs: number;
  dataMs: number;
  /** One block of the message. */
  blockMs: number;
  /** The answer to the final dot. */
  finalMs: number;
}

const MINUTE = 60_000;
/** What the RFC asks for at least; it names no time for connecting. */
export const DEFAULT_TIMEOUTS: Timeouts = {
  connectMs: 30_000,
  greetingMs: 5 * MINUTE,
  commandMs: 5 * MINUTE,
  dataMs: 2 * MINUTE,
  blockMs: 3 * MINUTE,
  finalMs: 10 * MINUTE,
};

/** How a session is set up. */
export interface SessionOptions {
  /** Our name in EHLO. */
  hostname: string;
  tls: TlsPolicy;
  /** TLS from the first byte (port 465). */
  implicitTls: boolean;
  /** Sent over TLS only, RFC 4954 §4. */
  login: Login | null;
  timeouts: Timeouts;
  clock: Clock;
  random: Random;
}

/** An SMTP session that is ready for MAIL. */
export interface SmtpSession {
  readonly wire: Wire;
  readonly extensions: Extensions;
  readonly timeouts: Timeouts;
  /** Messages sent over it so far. */
  sent: number;
  /** The last transaction ended cleanly, so that another may follow. */
  reusable: boolean;
}

/**
 * Connects, greets, takes TLS as the policy says, and logs in. When TLS may fail (`may`) and does, a new connection
 * goes on in clear text: opportunistic TLS protects from listeners only, and refused mail protects nobody (RFC 7435).
 */
export async function openSession(target: Target, options: SessionOptions): Promise<SmtpSession> {
  try {
    return await startSession(target, options);
  } catch (error) {
    if (!(error instanceof TlsFailure) || options.tls.level !== "may" || options.login) throw error;
    return await startSession(target, { ...options, tls: { level: "none" } });
  }
}

async function startSession(target: Target, options: SessionOptions): Promise<SmtpSession> {
  const { timeouts, tls } = options;
  const wire = await openWire(target, timeouts.connectMs, options.clock);
  try {
    if (options.implicitTls) await wire.startTls(tls, timeouts.commandMs);
    const greeting = await wire.readReply(timeouts.greetingMs, "while waiting for its greeting");
    if (greeting.code !== 220) throw replyFailure(greeting, target.host);
    let extensions = await greet(wire, options);
    if (!wire.tls && await upgrade(wire, extensions, options)) extensions = await greet(wire, options);
    const { login, random } = options;
    if (login) await logIn(wire, extensions, login, { timeoutMs: timeouts.commandMs, random });
    return { wire, extensions, timeouts, sent: 0, reusable: true };
  } catch (error) {
    if (!wire.closed) wire.quit();
    throw error;
  }
}

async function greet(wire: Wire, { hostname, timeouts }: SessionOptions): Promise<Extensions> {
  const host = wire.target.host;
  await wire.write(`EHLO ${hostname}\r\n`);
  const reply = await wire.readReply(timeouts.commandMs, "after EHLO");
  if (reply.code === 250) return parseExtensions(reply);
  if (reply.code < 500 || reply.code === 521 || reply.code === 554) throw replyFailure(reply, host);
  await wire.write(`HELO ${hostname}\r\n`);
  const helo = await wire.readReply(timeouts.commandMs, "after HELO");
  if (helo.code !== 250) throw replyFailure(helo, host);
  return new Map();
}

/** STARTTLS, RFC 3207. Whether it was done; throws `TlsFailure` when it had to be and could not. */
async function upgrade(wire: Wire, extensions: Extensions, options: SessionOptions): Promise<boolean> {
  const { tls, timeouts } = options;
  const { host } = wire.target;
  if (tls.level === "none") return false;
  const optional = tls.level === "may";
  if (!extensions.has("STARTTLS")) {
    if (optional) return false;
    throw new TlsFailure(
      "temporary",
      "4.7.4",
      `454 4.7.4 ${host} does not offer TLS, which is required`,
      host,
    );
  }
  await wire.write("STARTTLS\r\n");
  const reply = await wire.readReply(timeouts.commandMs, "after STARTTLS");
  if (reply.code !== 220) {
    if (optional) return false;
    const { status, message } = replyFailure(reply, host);
    throw new TlsFailure("temporary", status.replace(/^5/, "4"), message, host);
  }
  await wire.startTls(tls, timeouts.commandMs);
  return true;
}
