import { createRoute, type OpenAPIHono } from "@hono/zod-openapi";
import type { DirectoryContract } from "../../../../actors/directory/contract.ts";
import type { MailboxContract } from "../../../../actors/mailbox/contract.ts";
import type { QueueContract } from "../../../../actors/queue/contract.ts";
import type { ActorRef } from "../../../actor/actor.ts";
import type { HttpContext, HttpEnv, ReplicationStatus } from "../context.ts";
import { Fault } from "../../../base/fault.ts";
import { body, failures, json } from "../route.ts";
import {
  DirectoryState,
  HomePatch,
  MailboxState,
  ReplicaComparison,
  Replication,
  TakenOver,
  TakeOver,
} from "../replication_schemas.ts";
import { AddressParam, CheckResult } from "../schemas.ts";

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
const move = createRoute({
  method: "patch",
  path: `${path}/mailboxes/{address}`,
  tags,
  summary: "Give a mailbox another home; clients stay connected",
  request: { params: AddressParam, body: body(HomePatch) },
  responses: { 200: json(MailboxState, "Where it stands now"), ...failures },
});
const verify = createRoute({
  method: "post",
  path: `${path}/mailboxes/{address}/verify`,
  tags,
  summary: "Compare both copies of a mailbox; a difference is repaired from its home",
  request: { params: AddressParam },
  responses: { 200: json(ReplicaComparison, "Both copies"), ...failures },
});
const verifyDirectory = createRoute({
  method: "post",
  path: `${path}/directory/verify`,
  tags,
  summary: "Compare both copies of the directory; a difference is repaired from its home",
  responses: { 200: json(ReplicaComparison, "Both copies"), ...failures },
});
const takeOver = createRoute({
  method: "post",
  path: `${path}/queue/take-over`,
  tags,
  summary: "Send the mail that a server which is gone for good had on its way, as far as copies are here",
  request: { body: body(TakeOver) },
  responses: { 200: json(TakenOver, "How many messages"), ...failures },
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
  const queue = context.system.ref<QueueContract>("queue:main");
  const find = async (request: { address: string }) => {
    const { id, address } = request.address.startsWith("#")
      ? await findPublic(directory, request.address)
      : await directory.ask("getAccount", request);
    return { address, box: context.system.ref<MailboxContract>(`mailbox:${id}`) };
  };

  const stateOf = async (request: { address: string }) => {
    const { address, box } = await find(request);
    const { home } = await box.ask("replicaState", {});
    const { position, hash } = await box.ask("hash", {});
    return { address, home, position, hash };
  };
  const pair = () => {
    if (!context.replication) throw new Fault("conflict", "this server has no peer");
    return context.replication;
  };

  app.openapi(status, (c) => c.json(context.replication?.status() ?? alone(context.nodeId), 200));
  app.openapi(directoryState, async (c) => c.json(await directory.ask("hash", {}), 200));
  app.openapi(mailbox, async (c) => c.json(await stateOf(c.req.valid("param")), 200));
  app.openapi(move, async (c) => {
    const { home } = c.req.valid("json");
    const { node, peer } = pair().status();
    if (home !== node && home !== peer) throw new Fault("invalid", `${home} is no server of this pair`);
    const { box } = await find(c.req.valid("param"));
    await box.ask("moveHome", { to: home }, { requestId: c.get("requestId") });
    return c.json(await stateOf(c.req.valid("param")), 200);
  });
  app.openapi(verify, async (c) => {
    const { box } = await find(c.req.valid("param"));
    return c.json(await pair().verify(box.address), 200);
  });
  app.openapi(verifyDirectory, async (c) => c.json(await pair().verify("directory:main"), 200));
  app.openapi(takeOver, async (c) => {
    const { node, linked } = pair().status();
    const { node: gone } = c.req.valid("json");
    if (gone === node) throw new Fault("invalid", `${gone} is this server`);
    if (linked) throw new Fault("conflict", `${gone} is not gone: it sends its mail itself`);
    let taken = 0;
    for (let more = true; more;) {
      const page = await queue.ask("takeOver", { node: gone });
      taken += page.taken;
      more = page.more;
    }
    return c.json({ taken }, 200);
  });
  app.openapi(check, async (c) => {
    const { address, box } = await find(c.req.valid("param"));
    return c.json({ address, problems: (await box.ask("check", {})).problems }, 200);
  });
}

/** A server without another one. */
function alone(node: string): ReplicationStatus {
  const lag = { entries: 0, ms: 0 };
  return { node, peer: null, linked: false, lag, forks: 0, heals: 0, renumbered: 0, divergences: 0 };
}

/** The mailbox of a public namespace, which has `#Name` for an address. */
async function findPublic(
  directory: ActorRef<DirectoryContract>,
  address: string,
): Promise<{ id: string; address: string }> {
  const { items } = await directory.ask("listPublics", {});
  const found = items.find(({ name }) => `#${name}` === address.normalize("NFC"));
  if (!found) throw new Fault("not_found", `no such namespace: ${address}`);
  return { id: found.id, address: `#${found.name}` };
}
