import { createRoute, type OpenAPIHono } from "@hono/zod-openapi";
import type { DirectoryContract } from "../../../../actors/directory/contract.ts";
import type { MailboxContract } from "../../../../actors/mailbox/contract.ts";
import type { HttpContext, HttpEnv, ReplicationStatus } from "../context.ts";
import { failures, json } from "../route.ts";
import { AddressParam, CheckResult, DirectoryState, MailboxState, Replication } from "../schemas.ts";

const tags = ["replication"];
const path = "/api/v1/replication";

const status = createRoute({
  method: "get",
  path,
  tags,
  summary: "State of the link to the other server",
  responses: { 200: json(Replication, "The link"), ...failures },
});
const mailbox = createRoute({
  method: "get",
  path: `${path}/mailboxes/{address}`,
  tags,
  summary: "Where a mailbox stands",
  request: { params: AddressParam },
  responses: { 200: json(MailboxState, "Position and hash"), ...failures },
});
const directoryState = createRoute({
  method: "get",
  path: `${path}/directory`,
  tags,
  summary: "Where the directory stands",
  responses: { 200: json(DirectoryState, "Position and hash"), ...failures },
});
const check = createRoute({
  method: "get",
  path: "/api/v1/mailboxes/{address}/check",
  tags: ["mailboxes"],
  summary: "Check the invariants of a mailbox's file",
  request: { params: AddressParam },
  responses: { 200: json(CheckResult, "One line for each broken invariant"), ...failures },
});

/** `/api/v1/replication` and `/api/v1/mailboxes` */
export function addReplication(app: OpenAPIHono<HttpEnv>, context: HttpContext): void {
  const directory = context.system.ref<DirectoryContract>("directory:main");
  const find = async (request: { address: string }) => {
    const { id, address } = await directory.ask("getAccount", request);
    return { address, box: context.system.ref<MailboxContract>(`mailbox:${id}`) };
  };

  app.openapi(status, async (c) => c.json(await context.replication?.() ?? alone(context.nodeId), 200));
  app.openapi(directoryState, async (c) => c.json(await directory.ask("hash", {}), 200));
  app.openapi(mailbox, async (c) => {
    const { address, box } = await find(c.req.valid("param"));
    const { position, hash } = await box.ask("hash", {});
    return c.json({ address, home: context.nodeId, position, hash }, 200);
  });
  app.openapi(check, async (c) => {
    const { address, box } = await find(c.req.valid("param"));
    return c.json({ address, problems: (await box.ask("check", {})).problems }, 200);
  });
}

/** A server without another one. */
function alone(node: string): ReplicationStatus {
  return { node, peer: null, linked: false, lag: { entries: 0, ms: 0 }, forks: 0, heals: 0, renumbered: 0 };
}
