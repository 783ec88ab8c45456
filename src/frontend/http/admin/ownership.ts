import { createRoute, type OpenAPIHono } from "@hono/zod-openapi";
import { createHash } from "node:crypto";
import type { DirectoryContract, DomainView } from "../../../../actors/directory/contract.ts";
import { Fault } from "../../../base/fault.ts";
import type { HttpContext, HttpEnv } from "../context.ts";
import { failures, json } from "../route.ts";
import { NameParam, Ownership } from "../schemas.ts";

const PREFIX = "mallard-verification=";

const ownership = createRoute({
  method: "get",
  path: "/api/v1/domains/{name}/ownership",
  tags: ["domains"],
  summary: "Ask DNS whether the TXT record is there that only the domain's owner can publish",
  request: { params: NameParam },
  responses: { 200: json(Ownership, "The record to publish, and what is there"), ...failures },
});

/** `/api/v1/domains/{name}/ownership` (M02): provider's and customers' domains live side by side, proven or not. */
export function addOwnership(app: OpenAPIHono<HttpEnv>, context: HttpContext): void {
  const directory = context.system.ref<DirectoryContract>("directory:main");
  app.openapi(ownership, async (c) => {
    const domain = await directory.ask("getDomain", c.req.valid("param"));
    if (!context.resolver) throw new Fault("unavailable", "this server has no name server to ask");
    const record = `_mallard.${domain.name}`;
    const value = PREFIX + codeOf(domain);
    const answer = await context.resolver().resolve(record, "TXT");
    const found = answer.outcome === "found" ? answer.records.filter((text) => text.startsWith(PREFIX)) : [];
    const state = answer.outcome === "failed"
      ? "unknown" as const
      : found.includes(value)
      ? "verified" as const
      : found.length
      ? "different" as const
      : "missing" as const;
    return c.json({ name: domain.name, record, value, state, found }, 200);
  });
}

/**
 * A code for this domain as it was made here. It need not be secret, since only the owner can publish it; it is the same
 * on both servers of a pair, and another one once the domain is made anew.
 */
function codeOf({ name, createdAtMs }: DomainView): string {
  return createHash("sha256").update(`mallard domain ${name} ${createdAtMs}`).digest("hex").slice(0, 32);
}
