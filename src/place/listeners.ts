import { newId } from "../base/id.ts";
import type { Configuration } from "../config/schema.ts";
import type { FrontendContext, ListenerSettings, Protocol, ServeSession } from "../frontend/context.ts";
import { serveImap } from "../frontend/imap/server.ts";
import { serveManageSieve } from "../frontend/managesieve/server.ts";
import { servePop3 } from "../frontend/pop3/server.ts";
import { serveSmtp } from "../frontend/smtp/server.ts";
import type { TlsContexts } from "../net/connection.ts";
import { ConnectionCounts, listen, type Listener } from "../net/listener.ts";

type MailSettings = ListenerSettings & { protocol: Exclude<Protocol, "http"> };

const SERVE: Record<MailSettings["protocol"], { serve: ServeSession; busy: string }> = {
  smtp: { serve: serveSmtp, busy: "421 4.7.0 too many connections, try again later\r\n" },
  submission: { serve: serveSmtp, busy: "421 4.7.0 too many connections, try again later\r\n" },
  lmtp: { serve: serveSmtp, busy: "421 4.7.0 too many connections, try again later\r\n" },
  imap: { serve: serveImap, busy: "* BYE too many connections, try again later\r\n" },
  managesieve: {
    serve: serveManageSieve,
    busy: 'BYE (TRYLATER) "too many connections, try again later"\r\n',
  },
  pop3: { serve: servePop3, busy: "-ERR [SYS/TEMP] too many connections, try again later\r\n" },
};

/** The mail ports that are open, by their settings. */
export interface MailListeners {
  /**
   * Opens what is configured and not open, closes what is open and no longer configured; sessions go on. Throws when a
   * port cannot be had, after all others were.
   */
  apply(listeners: Configuration["listeners"], tls: TlsContexts | null): Promise<void>;
  /** Ports in the order of the configuration, as bound. */
  bound(): { protocol: string; address: string; port: number; tls: string }[];
  /** Connections that are open now. */
  sessionCount(): number;
  /** Takes nothing new. */
  stop(): void;
}

/** Mail listeners over a frontend context. */
export function mailListeners(context: FrontendContext): MailListeners {
  const open = new Map<string, { listener: Listener; settings: ListenerSettings }>();
  const closing = new Set<Listener>();
  const counts = new ConnectionCounts();
  const start = async (settings: MailSettings, tls: TlsContexts | null): Promise<Listener> => {
    const { serve, busy } = SERVE[settings.protocol];
    return await listen({
      address: settings.address,
      port: settings.port,
      implicitTls: settings.tls === "implicit",
      tls: settings.tls === "none" ? null : tls,
      protocol: settings.protocol,
      newSessionId: () => newId(context.clock.nowMs(), context.random),
      log: context.log,
      metrics: context.metrics,
      serve: (connection) => serve(connection, settings, context),
      busyGreeting: busy,
      counts,
    });
  };
  return {
    async apply(listeners, tls) {
      const wanted = listeners.filter(isMail);
      const keys = new Set(wanted.map(keyOf));
      for (const [key, { listener }] of open) {
        if (keys.has(key)) continue;
        listener.stop();
        closing.add(listener);
        open.delete(key);
      }
      const failed: unknown[] = [];
      for (const settings of wanted) {
        const key = keyOf(settings);
        if (open.has(key) && settings.port !== 0) continue;
        try {
          const listener = await start(settings, tls);
          open.set(`${key}${settings.port === 0 ? open.size : ""}`, { listener, settings });
        } catch (error) {
          failed.push(error);
        }
      }
      if (failed.length) throw failed[0];
    },
    bound: () =>
      [...open.values()].map(({ listener, settings }) => ({
        protocol: settings.protocol,
        address: settings.address,
        port: listener.port,
        tls: settings.tls,
      })),
    sessionCount: () =>
      [...open.values()].reduce((sum, { listener }) => sum + listener.sessions.size, 0) +
      [...closing].reduce((sum, listener) => sum + listener.sessions.size, 0),
    stop() {
      for (const { listener } of open.values()) listener.stop();
    },
  };
}

function isMail(settings: ListenerSettings): settings is MailSettings {
  return settings.protocol !== "http";
}

function keyOf(settings: Configuration["listeners"][number]): string {
  return JSON.stringify([
    settings.protocol,
    settings.address,
    settings.port,
    settings.tls,
    settings.tlsRequired,
    settings.auth,
  ]);
}
