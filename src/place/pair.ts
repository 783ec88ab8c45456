import type { Acknowledge, DirectoryContract } from "../../actors/directory/contract.ts";
import { directoryChanges } from "../../actors/directory/replicated.ts";
import { mailboxChanges } from "../../actors/mailbox/replicated.ts";
import { type ActorAddress, kindOf, nameOf } from "../actor/actor.ts";
import { GENESIS, replicaNode, sameMark } from "../actor/replica.ts";
import { failed } from "../actor/request.ts";
import { newId } from "../base/id.ts";
import { LIMITS } from "../base/limits.ts";
import { errorFields } from "../base/log.ts";
import type { Configuration } from "../config/schema.ts";
import type { FrontendContext } from "../frontend/context.ts";
import type { ReplicationStatus } from "../frontend/http/context.ts";
import type { PeerEvents, PeerLink, PeerTransport } from "../replication/link.ts";
import { AcknowledgePolicy } from "../replication/acknowledge.ts";
import { createPeerTransport } from "../replication/peer_transport.ts";
import { QueueCopies } from "../replication/queue_copies.ts";
import { Replicator } from "../replication/replicator.ts";
import { isReplicated, Route } from "../replication/route.ts";
import { askSide } from "../replication/side.ts";
import { StaleCopy } from "../replication/stale_copy.ts";
import { compareCopies, type Comparison, CopyWatch } from "../replication/verify.ts";
import { PeerMemory } from "./peer_memory.ts";
import type { Router } from "./router.ts";

/** A server's part in a pair. */
export interface Pair {
  start(): Promise<void>;
  stop(): Promise<void>;
  status(): ReplicationStatus;
  /** Tells current figures to the metrics. */
  observe(): void;
  /** Compares both copies of an actor, and repairs the other one when they differ at the same position. */
  verify(address: ActorAddress): Promise<Comparison>;
}

/** Puts the engine, the link and the router together. Null for a server without a peer. */
export function createPair(
  context: FrontendContext,
  router: Router,
  configuration: Configuration,
): Pair | null {
  const { replication, node, dataDir } = configuration;
  if (!replication) return null;
  const { clock, random, log, metrics } = context;
  const memory = new PeerMemory(dataDir, () => newId(clock.nowMs(), random));
  const local = { ask: router.askHere.bind(router) };
  const engine = new Replicator({
    node: replicaNode(node.id, replication.peer.id),
    peer: replication.peer.id,
    local,
    clock,
    random,
    log,
    metrics,
    changes: (to, name, request) =>
      kindOf(to) === "mailbox" ? mailboxChanges(name, request) : directoryChanges(name),
  });
  const policy = new AcknowledgePolicy({
    of: acknowledgement(router, context, () => replication.acknowledge),
    whenSplit: replication.whenSplit,
    log,
    metrics,
  });
  const route = new Route(engine, policy);
  const copies = new QueueCopies(engine, policy);
  router.usePair({
    concerns: ({ to, name }) => isReplicated(to) || (kindOf(to) === "queue" && name === "submit"),
    request(request, answer) {
      // Of a server without any data nobody knows yet whether it is new or has lost them.
      const unsure = memory.empty && !memory.stale && request.name === "resolve";
      if (unsure) answer(failed("unavailable", "this server has no data yet"));
      else if (kindOf(request.to) === "queue") copies.submit(request, answer);
      else route.request(request, answer);
    },
    logged(address, end) {
      if (kindOf(address) === "directory") memory.empty = false;
      engine.onLogged(address, end);
    },
  });
  const stale = new StaleCopy(engine);
  if (memory.stale) engine.stale = stale;
  let met = () => {};
  const events: PeerEvents = {
    onUp(link) {
      const { peer } = link;
      const isFirst = node.id < peer.node;
      const known = memory.knows(peer);
      memory.see(peer);
      engine.stale = memory.stale ? stale : null;
      engine.onUp(link);
      if (known) {
        memory.note(peer, isFirst);
        return met();
      }
      // One of the two has other data than when they met last: either may lack anything.
      if (memory.stale) log.warn("replication.stale", { peer: peer.node });
      void offerEverything(engine, router, link, met).then(() => {
        memory.note(peer, isFirst);
        engine.stale = null;
      }).catch((error) => log.warn("replication.offer", errorFields(error)));
    },
    onDown: (link, reason) => engine.onDown(link, reason),
    onAsk(link, request, answer) {
      const denied = request.name === "offer" ? null : router.deniedToPeer(request);
      if (denied) answer(denied);
      else engine.onAsk(link, request, answer);
    },
  };
  const transport: PeerTransport = createPeerTransport({
    nodeId: node.id,
    dataId: memory.own,
    met: () => memory.met(),
    listen: replication.listen,
    peer: replication.peer,
    ca: Deno.readTextFileSync(replication.ca),
    cert: Deno.readTextFileSync(replication.cert),
    key: Deno.readTextFileSync(replication.key),
    clock,
    random,
    log,
    metrics,
    events,
    heartbeatMs: replication.silenceMs,
  });
  const watch = new CopyWatch(engine, () => listActors(router));
  return {
    async start() {
      const { reply } = await askSide<DirectoryContract, "replicaState">(
        local,
        "directory:main",
        "replicaState",
        {},
      );
      memory.empty = sameMark(reply.end, GENESIS);
      const meeting = new Promise<void>((resolve) => {
        met = resolve;
        clock.after(LIMITS.replicaGreetMs, resolve);
      });
      await transport.start();
      await meeting;
      watch.start();
      copies.start();
    },
    async stop() {
      watch.stop();
      copies.stop();
      engine.stop();
      await transport.stop();
    },
    status: () => ({
      node: node.id,
      peer: replication.peer.id,
      ...engine.figures(),
      divergences: watch.divergences,
    }),
    observe: () => engine.observe(),
    verify: (address) => compareCopies(engine, address),
  };
}

/** What acknowledges a change of an actor: asked of the directory once in a while, not for every message. */
function acknowledgement(router: Router, { clock }: FrontendContext, fallback: () => Acknowledge) {
  const known = new Map<ActorAddress, { value: Acknowledge; untilMs: number }>();
  return async (to: ActorAddress | null): Promise<Acknowledge> => {
    if (to === null || kindOf(to) !== "mailbox") return fallback();
    const now = clock.monotonicMs();
    const last = known.get(to);
    if (last && last.untilMs > now) return last.value;
    const directory = router.ref<DirectoryContract>("directory:main");
    const value = await directory.ask("account", { id: nameOf(to) }).then(
      (account) => account.acknowledge,
      () => last?.value ?? fallback(),
    );
    if (known.size >= LIMITS.resolutions) known.clear();
    known.set(to, { value, untilMs: now + LIMITS.acknowledgeMs });
    return value;
  };
}

/** Attempts to bring one actor in step, some seconds each, before it is left for the next time the servers meet. */
const OFFER_TRIES = 10;

async function looked(engine: Replicator, address: ActorAddress): Promise<boolean> {
  if (engine.stale && !(await engine.stale.meet(address))) return false;
  return await engine.lookAt(address);
}

/**
 * Every actor that two servers hold: the directory, then the mailboxes of the accounts in it, private namespaces among them, and the
 * public ones.
 */
async function* listActors(router: Router): AsyncIterableIterator<ActorAddress> {
  yield "directory:main";
  const directory = router.ref<DirectoryContract>("directory:main");
  let after: string | undefined;
  for (;;) {
    const page = await directory.ask("listAccounts", { after, limit: LIMITS.pageItems });
    for (const { id, address } of page.items) {
      yield `mailbox:${id}`;
      const { items } = await directory.ask("listSpaces", { account: address });
      for (const space of items) yield `mailbox:${space.id}`;
    }
    if (page.next === null) break;
    after = page.next;
  }
  const { items } = await directory.ask("listPublics", {});
  for (const { id } of items) yield `mailbox:${id}`;
}

/** Has every actor looked at; the directory first (`onDirectory`), as it may bring accounts along. */
async function offerEverything(
  engine: Replicator,
  router: Router,
  link: PeerLink,
  onDirectory: () => void,
): Promise<void> {
  let offered = 0;
  for await (const address of listActors(router)) {
    for (let tries = 1; !(await looked(engine, address)); tries++) {
      if (engine.link !== link) throw new Error("the link went down meanwhile");
      if (tries === OFFER_TRIES) throw new Error(`${address} cannot be brought in step`);
    }
    if (offered++ === 0) onDirectory();
  }
  engine.options.log.info("replication.offered", { actors: offered, peer: link.peer.node });
}
