import { createHash } from "node:crypto";
import type { MetricSample } from "../base/metrics.ts";
import type { FrontendContext } from "../frontend/context.ts";
import type { ReplicationControl } from "../frontend/http/context.ts";
import type { Resolver } from "../net/resolver.ts";

/** What the admin interface is told by the server around it. */
export interface AdminOptions {
  /** The admin token that counts now. */
  token(): string;
  nodeId: string;
  health(): { ok: boolean; reason?: string };
  samples(): MetricSample[];
  resolver(): Resolver;
  replication?: ReplicationControl;
}

/** The admin interface's request handler. The web framework is loaded here, at the first request. */
export async function adminHandler(
  context: FrontendContext,
  options: AdminOptions,
): Promise<(request: Request) => Response | Promise<Response>> {
  const { createApp } = await import("../frontend/http/app.ts");
  const app = createApp({
    system: context.system,
    clock: context.clock,
    random: context.random,
    log: context.log,
    nodeId: options.nodeId,
    version: context.version,
    health: options.health,
    metrics: options.samples,
    resolver: options.resolver,
    replication: options.replication,
    tokenHashes: () => [createHash("sha256").update(options.token()).digest()],
  });
  return (request) => app.fetch(request);
}
