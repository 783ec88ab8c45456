import { assert } from "../base/assert.ts";
import type { Hlc } from "../base/hlc.ts";
import { newId, type Random } from "../base/id.ts";
import type { Log } from "../base/log.ts";
import type { Activation, Waiting } from "./activation.ts";
import type { ActorAddress, OutboxReply, Turn } from "./actor.ts";
import { readHome, type ReplicaNode } from "./replica.ts";
import { Fault } from "../base/fault.ts";
import { doneReply, dropOutbox, type OutboxRow, putOutbox, rememberDone } from "./host_tables.ts";

/** The host's own reminder: an actor has outbox requests that may be unanswered. */
export const OUTBOX_WAKEUP = "host-outbox";

/** What a turn wants to happen once it is durable; dropped when it throws. */
export class TurnEffects {
  readonly events: [topic: string, event: unknown][] = [];
  readonly requests: OutboxRow[] = [];
  readonly reminders: [name: string, atMs: number][] = [];
  /** The turn wrote a log entry that is not the other server's own. */
  logged = false;
}

/** What the host gives to every turn. */
export interface TurnContext {
  hlc: Hlc;
  nowMs: number;
  random: Random;
  log: Log;
  node: ReplicaNode;
}

/**
 * Runs one handler inside the open transaction and returns its reply. A request id that was committed before is
 * answered from then; an outbox answer removes its row in the same turn that handles it.
 */
export function runTurn(
  activation: Activation,
  waiting: Waiting,
  context: TurnContext,
  out: TurnEffects,
): unknown {
  const { db } = activation.file;
  let request = waiting.request;
  if (waiting.settled) {
    const { id, outcome, replyTo } = waiting.settled;
    if (!dropOutbox(db, id) || !replyTo) return null;
    request = {
      request: waiting.settled.request,
      ...(outcome.ok
        ? { reply: outcome.reply }
        : { fault: { code: outcome.code, message: outcome.message } }),
    } satisfies OutboxReply;
  }
  if (waiting.requestId !== null) {
    const done = doneReply(db, waiting.requestId);
    if (done) return done.reply;
  }
  if (waiting.homeOnly && activation.actor.changes?.(waiting.name, request)) {
    const { home } = readHome(db, context.node);
    if (home !== context.node.id) throw new Fault("moved", `${activation.address} is at home on ${home}`);
  }
  const turn: Turn = {
    self: activation.address,
    name: activation.name,
    now: context.hlc,
    nowMs: context.nowMs,
    requestId: waiting.requestId ?? newId(context.nowMs, context.random),
    db,
    random: context.random,
    log: context.log,
    node: context.node,
    tail: activation.tail,
    state: activation.state,
    publish: (topic, event) => void out.events.push([topic, event]),
    send(to: ActorAddress, name: string, request: unknown, replyTo?: string, id?: string) {
      const row = {
        id: id ?? newId(context.nowMs, context.random),
        to,
        name,
        request,
        replyTo: replyTo ?? null,
      };
      putOutbox(db, row);
      out.reminders.push([OUTBOX_WAKEUP, context.nowMs + 60_000]);
      out.requests.push(row);
    },
    remind: (name, atMs) => void out.reminders.push([name, atMs]),
  };
  const { last } = activation.tail;
  const reply: unknown = activation.actor.handlers[waiting.name](request, turn);
  out.logged = activation.tail.last !== last && waiting.name !== "applyLog";
  assert(!(reply instanceof Promise), `${waiting.name} returned a promise`);
  assert(reply !== undefined, `${waiting.name} returned nothing`);
  if (waiting.requestId !== null) rememberDone(db, waiting.requestId, context.nowMs, reply);
  return reply;
}
