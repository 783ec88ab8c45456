import type {
  ActorAddress,
  ActorRef,
  ActorSystem,
  AskOptions,
  Contract,
  StatelessActor,
  StatelessContext,
} from "../actor/actor.ts";
import { kindOf } from "../actor/actor.ts";
import { ActorHost } from "../actor/host.ts";
import type { Port, PortMessage } from "../actor/port.ts";
import { type ReplicaNode, replicaNode } from "../actor/replica.ts";
import { type ActorRequest, failed, type Outcome } from "../actor/request.ts";
import { WatchList } from "../actor/watch_list.ts";
import { systemClock } from "../base/clock.ts";
import { Fault } from "../base/fault.ts";
import { systemRandom } from "../base/id.ts";
import {
  createLog,
  errorFields,
  type Log,
  type LogFormat,
  type LogLevel,
  type LogOptions,
} from "../base/log.ts";
import { createMetrics } from "../base/metrics.ts";
import { fileDisk } from "../storage/disk.ts";
import type { PlaceActors } from "./place_actors.ts";
import { socketPort } from "./socket_port.ts";
import { tidyMemory } from "./tidy_memory.ts";
import { bucketFolder, bucketOf, mayAsk, type PlaceKind } from "./table.ts";

/**
 * The process of one place: `child.ts PLACE SOCKET DATA SHARDS NODE PEER [LEVEL FORMAT]`. Hosts the place's actors and speaks to main over one
 * local socket; when main is gone it ends by itself.
 */
async function main(
  place: string,
  socketPath: string,
  data: string,
  shards: number,
  node: ReplicaNode,
  logging: Pick<LogOptions, "level" | "format">,
): Promise<void> {
  const log = createLog({ ...logging, sink: writeLine, nowMs: systemClock.nowMs, pid: Deno.pid }, { place });
  tidyMemory();
  const make = await loadActors(place === "control" ? "control" : "shard");
  let socket: Deno.UnixConn;
  try {
    socket = await Deno.connect({ transport: "unix", path: socketPath });
  } catch (error) {
    log.error("place.connect", errorFields(error));
    Deno.exit(1);
  }
  const port = socketPort(socket);
  port.onClosed = () => Deno.exit(0);
  serve(port, make, place, data, shards, node, log);
}

type MakeActors = (context: StatelessContext) => PlaceActors;

/** Loads the code of this place's actors, and only that. */
async function loadActors(kind: PlaceKind): Promise<MakeActors> {
  if (kind === "control") return (await import("./control_actors.ts")).controlActors;
  return (await import("./shard_actors.ts")).shardActors;
}

function serve(
  port: Port,
  make: MakeActors,
  place: string,
  data: string,
  shards: number,
  node: ReplicaNode,
  log: Log,
): void {
  const kind: PlaceKind = place === "control" ? "control" : "shard";
  const metrics = createMetrics();
  const waiting = new Map<number, (outcome: Outcome) => void>();
  const watched = new Set<string>();
  const local = new WatchList();
  let nextAsk = 1;

  const forward = (request: ActorRequest, answer: (outcome: Outcome) => void) => {
    // Of a pair main alone knows where the home is.
    const here = isHere(kind, request.to);
    if (here && !(node.paired && changes.get(kindOf(request.to))?.(request.name, request.request))) {
      return dispatch(request, answer);
    }
    if (!mayAsk(kind, kindOf(request.to), request.name)) {
      return answer(failed("denied", "not allowed from here"));
    }
    waiting.set(nextAsk, answer);
    port.send(["ask", nextAsk++, request.to, request.name, request.request, request.requestId]);
  };
  const system: ActorSystem = {
    ref: <C extends Contract>(address: ActorAddress): ActorRef<C> => ({
      address,
      ask:
        ((name: string, request: unknown, options?: AskOptions) =>
          new Promise((resolve, reject) =>
            forward({ to: address, name, request, requestId: options?.requestId ?? null }, (outcome) => {
              if (outcome.ok) resolve(outcome.reply);
              else reject(new Fault(outcome.code, outcome.message));
            })
          )) as ActorRef<C>["ask"],
    }),
    watch(address, topic, listener) {
      local.add(address, topic, listener);
      return () => void local.remove(address, topic, listener);
    },
  };
  const context = { clock: systemClock, random: systemRandom, log, system };
  const { stored, stateless } = make(context);
  const changes = new Map(stored.map((actor) => [actor.kind, actor.changes]));
  const host = new ActorHost({
    actors: stored,
    disk: fileDisk((actorKind, name) => filePath(place, data, shards, actorKind, name)),
    clock: systemClock,
    random: systemRandom,
    log,
    metrics,
    forward,
    node,
    logged: node.paired ? (address, end) => port.send(["logged", address, end]) : undefined,
    publish(from, topic, event) {
      if (watched.has(`${from} ${topic}`)) port.send(["event", from, topic, event]);
      local.publish(from, topic, event, (error) => log.error("watch.internal", errorFields(error)));
    },
    fatal(error) {
      log.error("place.disk", errorFields(error));
      Deno.exit(3);
    },
  });

  const dispatch = (request: ActorRequest, answer: (outcome: Outcome) => void) => {
    const actor: StatelessActor<Contract> | undefined = stateless.get(kindOf(request.to));
    if (!actor) return host.handle(request, answer);
    if (!Object.hasOwn(actor.handlers, request.name)) return answer(failed("invalid", "unknown request"));
    actor.handlers[request.name](request.request).then(
      (reply) => answer({ ok: true, reply }),
      (error) => {
        if (error instanceof Fault) return answer(failed(error.code, error.message));
        log.error("actor.internal", { actor: request.to, request: request.name, ...errorFields(error) });
        answer(failed("internal", "internal error"));
      },
    );
  };
  const reply = (id: number) => (outcome: Outcome) =>
    port.send(
      outcome.ok ? ["ok", id, outcome.reply, outcome.mark] : ["fault", id, outcome.code, outcome.message],
    );
  const pong = (beat: number) => {
    const live = host.liveCount;
    metrics.gauge("actors_live", live, { place });
    port.send(["pong", beat, metrics.snapshot(), Deno.memoryUsage().rss, live === 0]);
  };
  const onMessage = (message: PortMessage) => {
    switch (message[0]) {
      case "ask": {
        const [, id, to, name, request, requestId, homeOnly] = message;
        if (!isHere(kind, to)) return reply(id)(failed("invalid", `${to} does not live in ${place}`));
        return dispatch({ to, name, request, requestId, homeOnly }, reply(id));
      }
      case "ok":
      case "fault": {
        const answer = waiting.get(message[1]);
        waiting.delete(message[1]);
        return answer?.(
          message[0] === "ok" ? { ok: true, reply: message[2] } : failed(message[2], message[3]),
        );
      }
      case "watch":
        return void watched.add(`${message[1]} ${message[2]}`);
      case "unwatch":
        return void watched.delete(`${message[1]} ${message[2]}`);
      case "ping":
        return pong(message[1]);
      case "stop":
        return void host.stop().then(() => port.close());
    }
  };
  port.onBatch = (messages) => {
    for (const message of messages) onMessage(message);
  };
  host.start();
  for (const address of host.unshipped()) port.send(["logged", address, null]);
  pong(0);
}

function isHere(kind: PlaceKind, to: ActorAddress): boolean {
  return (kindOf(to) === "mailbox") === (kind === "shard");
}

function filePath(place: string, data: string, shards: number, kind: string, name: string): string {
  if (place === "control") return `${data}/control/${kind}-${name}.db`;
  if (kind === "mailbox") return `${data}/mailboxes/${bucketFolder(bucketOf(name))}/${name}.db`;
  return shards === 1
    ? `${data}/mailboxes/${kind}-${name}.db`
    : `${data}/mailboxes/host-${place.slice(6)}/${kind}-${name}.db`;
}

const encoder = new TextEncoder();

function writeLine(line: string): void {
  Deno.stdout.writeSync(encoder.encode(line + "\n"));
}

const LEVELS: readonly LogLevel[] = ["debug", "info", "warn", "error"];
const FORMATS: readonly LogFormat[] = ["json", "pretty", "syslog"];
const [place, socketPath, data, shards, node, peer, level, format] = Deno.args;
await main(place, socketPath, data, Number(shards), replicaNode(node, peer || null), {
  level: LEVELS.find((one) => one === level) ?? "info",
  format: FORMATS.find((one) => one === format) ?? "json",
});
