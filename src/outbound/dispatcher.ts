import type { DirectoryContract } from "../../actors/directory/contract.ts";
import type { QueueContract, QueueLease } from "../../actors/queue/contract.ts";
import type { ActorRef } from "../actor/actor.ts";
import type { Timer } from "../base/clock.ts";
import { asFault } from "../base/fault.ts";
import { newId } from "../base/id.ts";
import { errorFields } from "../base/log.ts";
import { attempt, type Attempted } from "./attempt.ts";
import { DEFAULT_OUTBOUND, type OutboundContext, type OutboundSettings } from "./context.ts";
import { AttemptFailure } from "./failure.ts";
import { deliverLocally } from "./local_delivery.ts";
import { createSessionPool } from "./pool.ts";
import { openQueuedMessage } from "./queued_message.ts";
import { forwardedEnvelope } from "./forwarded_envelope.ts";
import { chooseRoute } from "./route.ts";

/** What a dispatcher is made of; settings that are not given are those of `DEFAULT_OUTBOUND`. */
export type DispatcherOptions = Omit<OutboundContext, "settings" | "stopping"> & {
  settings: Partial<OutboundSettings> & { hostname: string };
};

/** Takes mail out of the queue and sees to it that it arrives. */
export interface Dispatcher {
  start(): void;
  /** Goes on with other settings and name servers; attempts under way end as they began. */
  configure(change: Pick<DispatcherOptions, "settings" | "resolver">): void;
  /** Claims no more, waits for attempts under way (`graceMs`), then cuts them; they are made again at the next start. */
  stop(): Promise<void>;
}

/** Looks at the queue so often even when no event comes: an event may be lost with the place that sent it. */
const LOOK_MS = 30_000;
const MEASURE_MS = 10_000;
/** Waits between tries to tell the queue what became of an attempt. */
const REPORT_RETRY_MS = 1_000;
const REPORT_TRIES = 600;

/**
 * Makes the dispatcher. One a server; it alone claims from `queue:main`.
 *
 * What a kill -9 can do. Before a remote server's 250 nothing is promised: the lease ends with this run (the next one
 * claims under another holder) and the attempt is made again. After the queue's commit of our report the recipient is
 * done for good. Between the two, the remote server has the message and the queue does not know: it is sent a second
 * time. That window is as long as one commit of the queue, and no sender can close it, since SMTP has no message ids
 * to refuse a repeat by (RFC 1047 has the argument); losing the message instead is worse. Local deliveries have no
 * such window: they carry a request id made of the queue's id and the mailbox, and a mailbox answers a repeat from
 * its first commit. The queue's own restart opens no window either: its leases live on in its file, and results are
 * reported again until they are taken.
 */
export function createDispatcher(options: DispatcherOptions): Dispatcher {
  const { system, clock, log, metrics } = options;
  const stopping = new AbortController();
  let context: OutboundContext = {
    ...options,
    settings: { ...DEFAULT_OUTBOUND, ...options.settings },
    stopping: stopping.signal,
  };
  const queue = system.ref<QueueContract>("queue:main");
  const holder = newId(clock.nowMs(), options.random);
  const pool = createSessionPool(clock);
  const running = new Set<Promise<void>>();
  /** Recipients of attempts under way. */
  const inFlight = new Set<number>();
  let claiming = false;
  let again = false;
  let stopped = true;
  let timer: Timer | null = null;
  let gauges: Timer | null = null;
  let unwatch: (() => void) | null = null;

  /** Claims as long as there is something due and room for it. */
  async function pump(): Promise<void> {
    again = true;
    if (claiming) return;
    claiming = true;
    let nextMs = LOOK_MS;
    try {
      while (again && !stopped && running.size < context.settings.concurrency) {
        again = false;
        const { settings } = context;
        const { leases, nextDueMs } = await queue.ask("claim", {
          max: settings.concurrency - running.size,
          perDomain: settings.perDomain,
          leaseMs: settings.leaseMs,
          holder,
        });
        for (const lease of leases) launch(lease);
        if (nextDueMs !== null) nextMs = Math.min(LOOK_MS, Math.max(100, nextDueMs - clock.nowMs()));
      }
    } catch (error) {
      log.warn("relay.claim_failed", { reason: asFault(error).message });
      nextMs = REPORT_RETRY_MS;
    }
    claiming = false;
    timer?.cancel();
    timer = stopped ? null : clock.after(nextMs, () => void pump());
  }

  function launch(lease: QueueLease): void {
    const ids = lease.recipients.map(({ id }) => id);
    // After a long sleep of the machine the queue may take a lease for dead whose attempt goes on.
    const twice = ids.some((id) => inFlight.has(id));
    for (const id of ids) if (!twice) inFlight.add(id);
    const work = twice ? putBack(lease, queue, context) : handleLease(lease, pool, queue, context);
    const run = work.finally(() => {
      running.delete(run);
      for (const id of ids) if (!twice) inFlight.delete(id);
      metrics.gauge("queue_attempts_running", running.size);
      if (!stopped) void pump();
    });
    running.add(run);
    metrics.gauge("queue_attempts_running", running.size);
  }

  /** What lies in the queue, for the metrics page. */
  async function measure(): Promise<void> {
    try {
      const { items, bytes, oldestMs } = await queue.ask("stats", {});
      metrics.gauge("queue_items", items);
      metrics.gauge("queue_bytes", bytes);
      metrics.gauge("queue_oldest_seconds", oldestMs === null ? 0 : (clock.nowMs() - oldestMs) / 1000);
    } catch (error) {
      log.warn("relay.stats_failed", { reason: asFault(error).message });
    }
    if (!stopped) gauges = clock.after(MEASURE_MS, () => void measure());
  }

  return {
    start() {
      stopped = false;
      void measure();
      unwatch = system.watch("queue:main", "due", () => void pump());
      void pump();
    },
    configure({ settings, resolver }) {
      context = { ...context, resolver, settings: { ...DEFAULT_OUTBOUND, ...settings } };
      if (!stopped) void pump();
    },
    async stop() {
      stopped = true;
      unwatch?.();
      timer?.cancel();
      gauges?.cancel();
      const cut = clock.after(context.settings.graceMs, () => stopping.abort());
      await Promise.race([
        Promise.all(running),
        new Promise<void>((resolve) =>
          stopping.signal.addEventListener("abort", () => clock.after(500, resolve))
        ),
      ]);
      cut.cancel();
      pool.close();
    },
  };
}

/** One lease from claim to report. Never throws. */
async function handleLease(
  lease: QueueLease,
  pool: ReturnType<typeof createSessionPool>,
  queue: ActorRef<QueueContract>,
  context: OutboundContext,
): Promise<void> {
  const { clock, stopping } = context;
  const startedMs = clock.monotonicMs();
  const stopRenewing = renewWhile(lease, queue, context);
  let attempted: Attempted[];
  try {
    attempted = await carryOut(lease, pool, queue, context);
  } catch (error) {
    attempted = failAll(lease, error, context);
  }
  logAttempts(lease, attempted, clock.monotonicMs() - startedMs, context);
  // What the stop cut short says nothing about the mail: without a report it is due at once in the next run.
  const cut = stopping.aborted;
  const results = attempted.map(({ result }) => result).filter(({ outcome }) =>
    !cut || outcome !== "temporary"
  );
  if (results.length) await reportUntilTaken(lease, results, queue, context);
  stopRenewing();
}

/** Gives a lease back unused; its recipients are due again after the first backoff. */
function putBack(lease: QueueLease, queue: ActorRef<QueueContract>, context: OutboundContext): Promise<void> {
  return reportUntilTaken(lease, [], queue, context);
}

async function carryOut(
  lease: QueueLease,
  pool: ReturnType<typeof createSessionPool>,
  queue: ActorRef<QueueContract>,
  context: OutboundContext,
): Promise<Attempted[]> {
  const message = await openQueuedMessage(queue, lease);
  const { local } = await context.system.ref<DirectoryContract>("directory:main").ask("hasDomain", {
    domain: lease.domain,
  });
  if (local) return await deliverLocally(lease, message, context);
  message.envelope = await forwardedEnvelope(lease, context);
  const route = chooseRoute(lease.domain, context.settings.routes, context.settings.smarthost);
  return await attempt(lease, route, message, pool, context);
}

function failAll(lease: QueueLease, error: unknown, { log }: OutboundContext): Attempted[] {
  const fault = asFault(error);
  if (!(error instanceof AttemptFailure) && fault.code === "internal") {
    log.error("relay.bug", { queueId: lease.id, ...errorFields(error) });
  }
  const { outcome, status, message } = error instanceof AttemptFailure
    ? error
    : new AttemptFailure("temporary", "4.3.0", `451 4.3.0 ${fault.message}`);
  return lease.recipients.map(({ id }) => ({
    result: { recipient: id, outcome, status, reply: message, remoteMta: null },
    via: null,
  }));
}

/** Renews the lease while the attempt goes on; the function ends that. */
function renewWhile(
  lease: QueueLease,
  queue: ActorRef<QueueContract>,
  { clock, log, settings }: OutboundContext,
): () => void {
  let timer: Timer | null = null;
  let ended = false;
  const later = () => void (timer = clock.after(settings.leaseMs / 3, renew));
  const renew = async () => {
    try {
      await queue.ask("renew", { leaseId: lease.leaseId, leaseMs: settings.leaseMs });
    } catch (error) {
      log.warn("relay.renew_failed", { queueId: lease.id, reason: asFault(error).message });
    }
    if (!ended) later();
  };
  later();
  return () => {
    ended = true;
    timer?.cancel();
  };
}

/** A result that is not written down is mail sent twice, so the queue is asked until it answers. */
async function reportUntilTaken(
  lease: QueueLease,
  results: Attempted["result"][],
  queue: ActorRef<QueueContract>,
  { clock, log, settings, stopping }: OutboundContext,
): Promise<void> {
  const timeoutMs = settings.leaseMs;
  const requestId = `${lease.leaseId}:report`;
  for (let tries = 1; tries <= REPORT_TRIES; tries++) {
    try {
      await queue.ask("report", { leaseId: lease.leaseId, results }, { requestId, timeoutMs });
      return;
    } catch (error) {
      log.warn("relay.report_failed", { queueId: lease.id, tries, reason: asFault(error).message });
      if (stopping.aborted) return;
    }
    await new Promise<void>((resolve) => clock.after(REPORT_RETRY_MS, resolve));
  }
}

const COUNTERS = {
  delivered: "queue_delivered",
  relayed: "queue_relayed",
  temporary: "queue_deferred",
  permanent: "queue_failed",
} as const;

function logAttempts(
  lease: QueueLease,
  attempted: Attempted[],
  ms: number,
  { log, metrics }: OutboundContext,
): void {
  metrics.observe("queue_attempt_seconds", ms / 1000);
  for (const { result, via } of attempted) {
    const recipient = lease.recipients.find(({ id }) => id === result.recipient);
    metrics.count("queue_attempts");
    metrics.count(COUNTERS[result.outcome]);
    log.info("relay", {
      // The id that the client was told, where a session queued it.
      id: lease.deliveryId ?? lease.id,
      queueId: lease.id,
      messageId: lease.messageId,
      from: lease.envelope.from ?? "",
      to: recipient?.address,
      sizeBytes: lease.sizeBytes,
      outcome: result.outcome,
      status: result.status,
      reply: result.reply,
      mx: via?.host,
      mxIp: via?.address,
      tls: via?.tls,
      attempts: (recipient?.attempts ?? 0) + 1,
      ms: Math.round(ms),
    });
  }
}
