import type { Clock } from "../base/clock.ts";
import { errorFields, type Log } from "../base/log.ts";
import type { Metrics } from "../base/metrics.ts";
import type { ByteStream } from "./byte_stream.ts";
import type { FrameReader } from "./frame.ts";
import type { PeerEvents, PeerHello, PeerLink } from "./link.ts";
import { PeerSession } from "./peer_session.ts";

/** What the keeper needs to make sessions. */
export interface LinkKeeperOptions {
  clock: Clock;
  log: Log;
  metrics: Metrics;
  heartbeatMs: number;
  events: PeerEvents;
}

/** Holds the one link that there is, and tells who uses it. */
export interface LinkKeeper {
  /**
   * Makes the link of a connection that introduced itself. An older one is closed first: the peer has one link only, so
   * the older connection is probably dead and just not known to be. `onDown` is for whoever made the connection.
   */
  adopt(peer: PeerHello, reader: FrameReader, stream: ByteStream, onDown: () => void): void;
  /** Says goodbye and closes. */
  close(reason: string): void;
}

/** A keeper without a link. */
export function createLinkKeeper(options: LinkKeeperOptions): LinkKeeper {
  const { log, metrics, events } = options;
  let current: PeerLink | null = null;
  metrics.gauge("replication_linked", 0);
  return {
    adopt(peer, reader, stream, onDown) {
      current?.close("replaced by a newer connection");
      const link = new PeerSession({
        ...options,
        peer,
        reader,
        stream,
        events: {
          onAsk: events.onAsk,
          onDown(_, reason) {
            if (current === link) current = null;
            metrics.gauge("replication_linked", current ? 1 : 0);
            log.warn("replication.unlinked", { peer: peer.node, reason });
            tell(() => events.onDown(link, reason));
            onDown();
          },
        },
      });
      current = link;
      metrics.gauge("replication_linked", 1);
      metrics.count("replication_links");
      log.info("replication.linked", { peer: peer.node, version: peer.version });
      tell(() => events.onUp(link));
      link.start();
    },
    close: (reason) => current?.close(reason),
  };

  /** What the link is used for must not take the server down with it. */
  function tell(run: () => void): void {
    try {
      run();
    } catch (error) {
      log.error("replication.internal", errorFields(error));
    }
  }
}
