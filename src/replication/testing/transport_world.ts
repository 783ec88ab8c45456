import type { ActorRequest, Outcome } from "../../actor/request.ts";
import { type Clock, systemClock } from "../../base/clock.ts";
import { seededRandom } from "../../base/id.ts";
import { createLog } from "../../base/log.ts";
import { createMetrics, type Metrics } from "../../base/metrics.ts";
import { makeCertificateAuthority, makeLeaf } from "../../net/certificate.ts";
import type { CertificatePair } from "../../net/tls.ts";
import type { PeerLink } from "../link.ts";
import { createPeerTransport, type PeerTransportOptions } from "../peer_transport.ts";

/** The authority of the pair that tests link, another one of the same name, and the two servers' certificates. */
export const authority = await makeCertificateAuthority("Pair");
export const stranger = await makeCertificateAuthority("Pair");
export const certificates = { a: await leaf(["a"]), b: await leaf(["b"]) };

/** A certificate for these names. */
export function leaf(names: string[], ca: CertificatePair = authority): Promise<CertificatePair> {
  return makeLeaf(ca, { names, days: 30, clientAuth: true });
}

/** One line of a server's log. */
export type LogLine = { event: string; reason?: string; peer?: string; [field: string]: unknown };

/** A server of the pair with everything that happens to it. */
export interface TestServer {
  transport: ReturnType<typeof createPeerTransport>;
  lines: LogLine[];
  metrics: Metrics;
  ups: PeerLink[];
  downs: { link: PeerLink; reason: string }[];
  asked: ActorRequest[];
  /** Lines of one event. */
  logged(event: string): LogLine[];
  /** How asks are answered; echoes the request unless replaced. */
  onAsk: (request: ActorRequest, answer: (outcome: Outcome) => void) => void;
}

/** Makes a server: `a` calls the port of `b`. Not started. */
export function testServer(
  nodeId: "a" | "b",
  port: number,
  more: Partial<PeerTransportOptions> = {},
): TestServer {
  const lines: LogLine[] = [];
  const peerId = nodeId === "a" ? "b" : "a";
  const clock: Clock = more.clock ?? systemClock;
  const server: Omit<TestServer, "transport"> = {
    lines,
    metrics: createMetrics(),
    ups: [],
    downs: [],
    asked: [],
    logged: (event) => lines.filter((line) => line.event === event),
    onAsk: (request, answer) => answer({ ok: true, reply: request.request }),
  };
  const transport = createPeerTransport({
    nodeId,
    dataId: `data-${nodeId}`,
    listen: { address: "127.0.0.1", port: nodeId === "b" ? port : 0 },
    peer: { id: peerId, address: "127.0.0.1", port },
    ca: authority.cert,
    ...certificates[nodeId],
    clock,
    random: seededRandom(nodeId.charCodeAt(0)),
    log: createLog({
      level: "debug",
      format: "json",
      nowMs: () => 0,
      sink: (line) => void lines.push(JSON.parse(line)),
    }),
    metrics: server.metrics,
    events: {
      onUp: (link) => void server.ups.push(link),
      onDown: (link, reason) => void server.downs.push({ link, reason }),
      onAsk(_, request, answer) {
        server.asked.push(request);
        server.onAsk(request, answer);
      },
    },
    ...more,
  });
  return Object.assign(server, { transport });
}

/** The value of a metric without labels. */
export function metric(server: TestServer, name: string): number | undefined {
  return server.metrics.snapshot().find((sample) => sample.name === name)?.value;
}

/** Waits until something holds; fails with what it waited for. */
export async function until(what: string, holds: () => boolean): Promise<void> {
  const end = performance.now() + 8_000;
  while (!holds()) {
    if (performance.now() > end) throw new Error(`in vain: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

/** Asks over a link. */
export function ask(link: PeerLink, request: unknown, timeoutMs?: number): Promise<Outcome> {
  const message: ActorRequest = { to: "mailbox:m1", name: "echo", request, requestId: "r1" };
  return new Promise((resolve) => link.ask(message, resolve, timeoutMs));
}
