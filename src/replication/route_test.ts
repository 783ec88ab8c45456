import assert from "node:assert/strict";
import type { ActorAddress } from "../actor/actor.ts";
import { replicaNode } from "../actor/replica.ts";
import { type ActorRequest, failed, type Outcome } from "../actor/request.ts";
import { ManualClock } from "../base/clock.ts";
import { seededRandom } from "../base/id.ts";
import { silentLog } from "../base/log.ts";
import { createMetrics } from "../base/metrics.ts";
import { AcknowledgePolicy } from "./acknowledge.ts";
import type { PeerLink } from "./link.ts";
import { Replicator } from "./replicator.ts";
import { Route } from "./route.ts";

const MAILBOX: ActorAddress = "mailbox:ann";

/** Server mx1 with a link to mx2; both sides answer as told. */
function server(own: (request: ActorRequest) => Outcome) {
  const clock = new ManualClock();
  const [log, metrics] = [silentLog, createMetrics()];
  const asked: { request: ActorRequest; answer: (outcome: Outcome) => void }[] = [];
  const here: string[] = [];
  const link: PeerLink = {
    peer: { node: "mx2", dataId: "d2", version: 1 },
    ask: (request, answer) => void asked.push({ request, answer }),
    close: () => {},
  };
  const replicator = new Replicator({
    node: replicaNode("mx1", "mx2"),
    peer: "mx2",
    local: {
      ask(request, answer) {
        here.push(request.name);
        answer(own(request));
      },
    },
    clock,
    random: seededRandom(1),
    log,
    metrics,
    changes: (_to, name) => name === "store",
  });
  replicator.onUp(link);
  const policy = new AcknowledgePolicy({
    of: () => Promise.resolve("local"),
    whenSplit: "degrade",
    log,
    metrics,
  });
  return { route: new Route(replicator, policy), replicator, link, asked, here };
}

const mark = (position: number) => ({ position, tag: `t${position}` });
const request = (name: string): ActorRequest => ({ to: MAILBOX, name, request: {}, requestId: null });

async function forwarded(own: (request: ActorRequest) => Outcome) {
  const world = server(own);
  const sync = world.replicator.sync(MAILBOX);
  sync.home = "mx2";
  const answers: Outcome[] = [];
  world.route.request(request("store"), (outcome) => answers.push(outcome));
  await Promise.resolve();
  assert.deepEqual(world.asked.map((one) => one.request.name), ["store"]);
  world.replicator.onDown(world.link, "cut");
  world.asked[0].answer(failed("unavailable", "the link went"));
  return { answers, ...world };
}

Deno.test("route: a change whose home went before it answered is made here, under the same id", async () => {
  const { answers, asked, here } = await forwarded(() => ({ ok: true, reply: "done here" }));
  assert.notEqual(asked[0].request.requestId, null);
  assert.deepEqual([here, answers], [["store"], [{ ok: true, reply: "done here" }]]);
});

Deno.test("route: what only this copy refuses, after the home may have done it, is told as not known", async () => {
  const { answers } = await forwarded(() => failed("not_found", "no such message"));
  assert.deepEqual(answers.map((one) => one.ok || one.code), ["unavailable"]);
});

Deno.test("route: a SELECT that waited for the other server asks this copy alone whether it is the home", () => {
  for (const [home, believed] of [["mx2", null], ["mx1", "mx1"]] as const) {
    const state: Outcome = { ok: true, reply: { home, end: mark(11) } };
    const { route, replicator, asked } = server(({ name }) =>
      name === "commonMark" ? { ok: true, reply: { mark: mark(11) } } : state
    );
    const answers: Outcome[] = [];
    route.request(request("select"), (outcome) => answers.push(outcome));
    // The other server has not heard yet of the move that this one ordered.
    asked[0].answer({ ok: true, reply: { home: "mx1", end: mark(11) } });
    assert.equal(answers.length, 1);
    assert.equal(replicator.sync(MAILBOX).home, believed);
  }
});
