import type { Clock } from "../base/clock.ts";
import type { Random } from "../base/id.ts";
import { LIMITS } from "../base/limits.ts";
import type { Log } from "../base/log.ts";
import type { Metrics } from "../base/metrics.ts";
import type { ByteStream } from "./byte_stream.ts";
import type { Meetings, PeerEvents, PeerTransport } from "./link.ts";
import { createLinkKeeper } from "./link_keeper.ts";
import { SPOKEN, type VersionRange } from "./messages.ts";
import { type Acceptor, acceptPeer, type Admission } from "./peer_acceptor.ts";
import { checkOwnCertificate, createPeerCheck } from "./peer_certificate.ts";
import { createDialer, type Dialer } from "./peer_dialer.ts";
import { encodeFrame } from "./frame.ts";
import { shakeHands } from "./peer_handshake.ts";
import { createRefusals } from "./refusals.ts";

/** This server, its peer, and what the link is made with. */
export interface PeerTransportOptions {
  nodeId: string;
  /** See `PeerHello.dataId`. */
  dataId: string;
  /** See `PeerHello.met`; asked for each connection. */
  met?: () => Meetings;
  /** Where the peer reaches this server. */
  listen: { address: string; port: number };
  /** The other server: its `node.id`, and its name or IP address. */
  peer: { id: string; address: string; port: number };
  /** PEM texts: the authority of the pair, this server's certificate from it, and its key. */
  ca: string;
  cert: string;
  key: string;
  clock: Clock;
  random: Random;
  log: Log;
  metrics: Metrics;
  events: PeerEvents;
  /** Silence after which the link is down. */
  heartbeatMs?: number;
  /** Versions of the protocol to speak; what this release speaks unless a test says otherwise. */
  versions?: VersionRange;
}

/**
 * The link between the two servers of a pair, over mutually authenticated TLS. The server with the smaller id calls, the
 * other one is called: so there is one connection and no question of which of two counts. Both listen, so that whoever
 * knocks on either is refused and logged. `port` is the open port, null before `start`, which throws BadCertificate for
 * certificates that could never make a link.
 */
export function createPeerTransport(
  options: PeerTransportOptions,
): PeerTransport & { readonly port: number | null } {
  const { nodeId, peer, ca, cert, key, clock, log, metrics } = options;
  const keeper = createLinkKeeper({ ...options, heartbeatMs: options.heartbeatMs ?? LIMITS.linkSilenceMs });
  let acceptor: Acceptor | null = null;
  let dialer: Dialer | null = null;

  const introduce = (stream: ByteStream, admit: Admission, onDown: () => void) =>
    shakeHands({
      stream,
      nodeId,
      dataId: options.dataId,
      met: options.met?.(),
      peerId: peer.id,
      versions: options.versions ?? SPOKEN,
      onDone(hello, reader) {
        admit.done();
        keeper.adopt(hello, reader, stream, onDown);
      },
      onRefused: admit.refused,
    });

  return {
    get port() {
      return acceptor?.port ?? null;
    },
    async start() {
      checkOwnCertificate({ cert, key }, ca, nodeId, clock);
      const check = createPeerCheck(ca, peer.id, clock);
      const refusals = createRefusals(peer.id, clock, log, metrics);
      const shared = { ca, cert, key, check, clock, log, refusals };
      const calls = nodeId < peer.id;
      acceptor = await acceptPeer({
        ...shared,
        listen: options.listen,
        onConnection: calls ? sendAway : (stream, admit) => introduce(stream, admit, () => {}),
      });
      if (!calls) return;
      const calling = dialer = createDialer({
        ...shared,
        peer,
        random: options.random,
        onConnection: (stream, admit) => introduce(stream, admit, calling.redial),
      });
      dialer.start();
    },
    async stop() {
      const stopped = Promise.all([acceptor?.stop(), dialer?.stop()]);
      keeper.close("this server is stopping");
      await stopped;
    },
  };
}

/** The peer calls a server that does the calling: its configuration or its id is wrong. */
function sendAway(stream: ByteStream, admit: Admission): void {
  stream.write(encodeFrame({ type: "refuse", reason: "this server calls" }).pieces);
  stream.end();
  admit.refused("the other server called, and this server calls");
}
