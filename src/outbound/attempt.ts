import type { AttemptResult, QueueLease } from "../../actors/queue/contract.ts";
import { Fault } from "../base/fault.ts";
import { LIMITS } from "../base/limits.ts";
import type { OutboundContext } from "./context.ts";
import { AttemptFailure } from "./failure.ts";
import { lookUpExchangers, lookUpHost } from "./mx_lookup.ts";
import type { SessionPool } from "./pool.ts";
import type { QueuedMessage } from "./queued_message.ts";
import type { Route } from "./route.ts";
import { openSession, type SessionOptions, type SmtpSession } from "./smtp_client.ts";
import { type Recipient, sendMessage, StaleSession } from "./smtp_transaction.ts";
import type { Target, TlsPolicy } from "./smtp_wire.ts";

/** A result with how it came to be, for the log. */
export interface Attempted {
  result: AttemptResult;
  via: { host: string; address: string; tls: string | null } | null;
}

const IMPLICIT_TLS_PORT = 465;

/**
 * One attempt for the recipients of a lease: over a connection that is open already, else over the servers of the
 * route in their order until one takes or refuses the mail for good. A server that says "later" is followed by the
 * next one, within `LIMITS.outboundSessions`.
 */
export async function attempt(
  lease: QueueLease,
  route: Route,
  message: QueuedMessage,
  pool: SessionPool,
  context: OutboundContext,
): Promise<Attempted[]> {
  const run = new Run(lease.recipients);
  try {
    for (let kept = pool.take(poolKey(route, lease)); kept; kept = pool.take(poolKey(route, lease))) {
      if (await send(kept, message, run, context.stopping)) {
        pool.give(poolKey(route, lease), kept);
        break;
      }
      kept.wire.destroy();
    }
    if (run.waiting.length) await tryTargets(lease, route, message, pool, context, run);
  } catch (error) {
    run.note(asFailure(error), null);
  }
  return run.finish();
}

/** What is known so far of each recipient. */
class Run {
  waiting: Recipient[];
  sessions = 0;
  readonly #done: Attempted[] = [];
  readonly #later = new Map<number, Attempted>();
  #failure: AttemptFailure | null = null;
  #via: Attempted["via"] = null;

  constructor(readonly recipients: readonly Recipient[]) {
    this.waiting = [...recipients];
  }

  take(results: readonly AttemptResult[], via: Attempted["via"]): void {
    this.sessions++;
    for (const result of results) {
      if (result.outcome === "temporary") this.#later.set(result.recipient, { result, via });
      else this.#done.push({ result, via });
    }
    const later = new Set(results.filter((r) => r.outcome === "temporary").map((r) => r.recipient));
    this.waiting = this.waiting.filter(({ id }) => later.has(id));
  }

  /** A server, or the whole attempt, came to nothing: what is temporary outlives what is permanent. */
  note(failure: AttemptFailure, via: Attempted["via"]): void {
    if (this.#failure?.outcome === "temporary" && failure.outcome === "permanent") return;
    this.#failure = failure;
    this.#via = via;
  }

  /** One answer a recipient. A server's own "later" says more than that another could not be reached. */
  finish(): Attempted[] {
    const left = this.waiting.map(({ id }): Attempted => {
      const later = this.#later.get(id);
      if (later) return later;
      const { outcome, status, message, remoteMta } = this.#failure ?? NOTHING_TRIED;
      return {
        result: { recipient: id, outcome, status, reply: message, remoteMta },
        via: this.#via,
      };
    });
    return [...this.#done, ...left];
  }
}

const NOTHING_TRIED = new AttemptFailure("temporary", "4.4.1", "451 4.4.1 no server could be tried");

async function tryTargets(
  lease: QueueLease,
  route: Route,
  message: QueuedMessage,
  pool: SessionPool,
  context: OutboundContext,
  run: Run,
): Promise<void> {
  const options = sessionOptions(lease, route, context);
  for (const target of await targetsOf(route, context)) {
    if (!run.waiting.length || run.sessions >= LIMITS.outboundSessions || context.stopping.aborted) break;
    let session: SmtpSession;
    try {
      context.metrics.count("outbound_connections");
      session = await openSession(target, options);
    } catch (error) {
      run.note(asFailure(error), { host: target.host, address: target.address, tls: null });
      continue;
    }
    await send(session, message, run, context.stopping);
    pool.give(poolKey(route, lease), session);
  }
}

function targetsOf(route: Route, context: OutboundContext): Promise<Target[]> {
  const { resolver, random, settings } = context;
  if (route.kind === "host") return lookUpHost(route.host, route.port, resolver);
  const own = { hostname: settings.hostname, endpoints: settings.ownEndpoints };
  return lookUpExchangers(route.domain, settings.port, own, resolver, random);
}

/** Sends over one session; false when it had ended before anything was tried. */
async function send(
  session: SmtpSession,
  message: QueuedMessage,
  run: Run,
  stopping: AbortSignal,
): Promise<boolean> {
  const { target, tls } = session.wire;
  const cut = () => session.wire.destroy();
  stopping.addEventListener("abort", cut, { once: true });
  try {
    const results = await sendMessage(session, message, run.waiting);
    run.take(results, { host: target.host, address: target.address, tls: tls?.version ?? null });
    return true;
  } catch (error) {
    if (error instanceof StaleSession) return false;
    throw error;
  } finally {
    stopping.removeEventListener("abort", cut);
  }
}

/** Mail that must be encrypted never shares a connection that need not be. */
function poolKey(route: Route, lease: QueueLease): string {
  return lease.envelope.requireTls ? `${route.key} tls` : route.key;
}

function sessionOptions(lease: QueueLease, route: Route, context: OutboundContext): SessionOptions {
  const { settings, clock, random } = context;
  const smarthost = route.kind === "host" ? route.smarthost : null;
  const { user, password } = smarthost ?? {};
  const login = user !== undefined && password !== undefined ? { user, password } : null;
  // RFC 8689 §4.2.1 wants a certificate that is verified; a login is not given to a listener (R06).
  const wanted: TlsPolicy["level"] = lease.envelope.requireTls
    ? "verify"
    : smarthost?.tls ?? (login ? "must" : "may");
  return {
    hostname: settings.hostname,
    tls: { level: wanted, ca: settings.ca.length ? settings.ca : undefined },
    implicitTls: route.kind === "host" && route.port === IMPLICIT_TLS_PORT,
    login,
    timeouts: settings.timeouts,
    clock,
    random,
  };
}

/** What went wrong inside this server is temporary; bugs go on to whoever logs them. */
function asFailure(error: unknown): AttemptFailure {
  if (error instanceof AttemptFailure) return error;
  if (error instanceof Fault) return new AttemptFailure("temporary", "4.3.0", `451 4.3.0 ${error.message}`);
  throw error;
}
