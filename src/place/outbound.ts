import type { Configuration } from "../config/schema.ts";
import type { FrontendContext } from "../frontend/context.ts";
import { createResolver, type Resolver } from "../net/resolver.ts";
import { createDispatcher } from "../outbound/dispatcher.ts";
import type { Asking } from "./filtering.ts";

/** Mail on its way out, as main runs it. */
export interface Outbound {
  start(): void;
  stop(): Promise<void>;
  /** Asks the configured name servers, without a memory of what they said before. */
  resolver(): Resolver;
  /** Goes on with other settings: attempts under way end as they began. */
  configure(configuration: Configuration): void;
}

/** The dispatcher with the configured name servers, routes and smarthost. */
export function createOutbound(
  context: FrontendContext,
  configuration: Configuration,
  asking: Asking,
): Outbound {
  const parts = ({ hostname, outbound, listeners }: Configuration) => ({
    resolver: createResolver({ servers: outbound.resolver, clock: context.clock, random: context.random }),
    settings: {
      hostname,
      routes: outbound.routes,
      smarthost: outbound.smarthost,
      port: outbound.port,
      perDomain: outbound.perDomain,
      concurrency: outbound.concurrency,
      ca: outbound.ca === null ? [] : readAuthorities(outbound.ca),
      ownEndpoints: listeners.filter((l) => l.protocol === "smtp").map(({ address, port }) => ({
        address,
        port,
      })),
    },
  });
  const { system, clock, random, log, metrics } = context;
  let servers = configuration.outbound.resolver;
  const dispatcher = createDispatcher({
    system,
    clock,
    random,
    log,
    metrics,
    ...asking,
    ...parts(configuration),
  });
  const relevant = (of: Configuration) => JSON.stringify([of.hostname, of.outbound, of.listeners]);
  let seen = relevant(configuration);
  return {
    start: () => dispatcher.start(),
    stop: () => dispatcher.stop(),
    resolver: () => createResolver({ servers, clock, random }),
    configure(next) {
      if (relevant(next) === seen) return;
      seen = relevant(next);
      dispatcher.configure(parts(next));
      servers = next.outbound.resolver;
    },
  };
}

/** The certificates of a PEM file. Throws when it has none: a mistyped path must not turn checking off. */
function readAuthorities(file: string): string[] {
  const found = Deno.readTextFileSync(file).match(
    /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g,
  );
  if (!found) throw new Error(`${file} has no certificate (outbound.ca)`);
  return found;
}
