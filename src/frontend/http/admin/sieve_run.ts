import { createRoute, type OpenAPIHono } from "@hono/zod-openapi";
import type { DirectoryContract } from "../../../../actors/directory/contract.ts";
import type { MailboxContract } from "../../../../actors/mailbox/contract.ts";
import type { HttpContext, HttpEnv } from "../context.ts";
import { body, failures, json } from "../route.ts";
import { AddressParam } from "../schemas.ts";
import { SieveRun, SieveRunPage } from "../sieve_schemas.ts";

const run = createRoute({
  method: "post",
  path: "/api/v1/accounts/{address}/sieve-run",
  tags: ["scripts"],
  summary: "Rehearse a script over the messages of a folder, or apply it; a page at a time, by UID",
  request: { params: AddressParam, body: body(SieveRun) },
  responses: { 200: json(SieveRunPage, "What the script makes of each message"), ...failures },
});

/** `/api/v1/accounts/{address}/sieve-run`: a new script over mail that is there already. */
export function addSieveRun(
  app: OpenAPIHono<HttpEnv>,
  { system, clock, nodeId, version }: HttpContext,
): void {
  const directory = system.ref<DirectoryContract>("directory:main");
  app.openapi(run, async (c) => {
    const { folder, content, from, apply } = c.req.valid("json");
    const account = await directory.ask("getAccount", c.req.valid("param"));
    const { global } = await directory.ask("siteScripts", {});
    const page = await system.ref<MailboxContract>(`mailbox:${account.id}`).ask("runScript", {
      folder,
      content: content ?? null,
      from,
      apply,
      filter: {
        site: { global },
        owner: { address: account.address, name: account.displayName, aliases: [] },
        user: account.address,
        zoneMinutes: -new Date(clock.nowMs()).getTimezoneOffset(),
        environment: { name: "Mallard", version },
        hostname: nodeId,
        limits: account.effective,
      },
    }, { requestId: c.get("requestId") });
    return c.json({ items: page.verdicts, next: page.next }, 200);
  });
}
