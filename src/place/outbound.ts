import type { Configuration } from "../config/schema.ts";
import type { FrontendContext } from "../frontend/context.ts";
import { createResolver } from "../net/resolver.ts";
import { createDispatcher, type Dispatcher } from "../outbound/dispatcher.ts";

/** Mail on its way out, as main runs it. */
export interface Outbound {
  start(): void;
  stop(): Promise<void>;
  /** Goes on with other settings: attempts under way end as they began. */
  configure(configuration: Configuration): void;
}

/** The dispatcher with the configured name servers, routes and smarthost. */
export function createOutbound(context: FrontendContext, configuration: Configuration): Outbound {
  const make = ({ hostname, outbound, listeners }: Configuration): Dispatcher =>
    createDispatcher({
      system: context.system,
      clock: context.clock,
      random: context.random,
      log: context.log,
      metrics: context.metrics,
      resolver: createResolver({ servers: outbound.resolver, clock: context.clock, random: context.random }),
      settings: {
        hostname,
        routes: outbound.routes,
        smarthost: outbound.smarthost,
        perDomain: outbound.perDomain,
        concurrency: outbound.concurrency,
        ownEndpoints: listeners.filter((l) => l.protocol === "smtp").map(({ address, port }) => ({
          address,
          port,
        })),
      },
    });
  let dispatcher = make(configuration);
  let seen = JSON.stringify([configuration.hostname, configuration.outbound, configuration.listeners]);
  return {
    start: () => dispatcher.start(),
    stop: () => dispatcher.stop(),
    configure(next) {
      const now = JSON.stringify([next.hostname, next.outbound, next.listeners]);
      if (now === seen) return;
      seen = now;
      const old = dispatcher;
      dispatcher = make(next);
      void old.stop();
      dispatcher.start();
    },
  };
}
