import type { LogChange, LogEntry } from "../../actors/mailbox/log_change.ts";
import type { StoredActor, Turn } from "../../src/actor/actor.ts";
import type { ReplicaNode } from "../../src/actor/replica.ts";
import type { ActorRequest, Outcome } from "../../src/actor/request.ts";
import type { PeerLink } from "../../src/replication/link.ts";
import type { Acknowledge } from "../../actors/directory/contract.ts";
import type { DiskOptions } from "./disk.ts";

// deno-lint-ignore no-explicit-any -- actors of many contracts in one list
type AnyActor = StoredActor<any, any>;
// deno-lint-ignore no-explicit-any -- requests and replies of whichever handler a fault is put into
type Anything = any;

/** A fault of one line, put into both servers at one of their borders. */
export interface Planted {
  name: string;
  actor?: (actor: AnyActor) => AnyActor;
  /** The engine's view of the other server. */
  link?: (link: PeerLink) => PeerLink;
  node?: (node: ReplicaNode) => ReplicaNode;
  disk?: Partial<DiskOptions>;
  /** When changes are answered, whatever was promised. */
  acknowledge?: Acknowledge;
  /** After a restart nobody looks for what was not shipped. */
  forgetful?: true;
}

/** Puts something around one handler of a kind of actor; `run` is the handler as it is. */
export function around(
  kind: "mailbox" | "directory",
  name: string,
  handler: (request: Anything, turn: Turn<Anything>, run: (request: Anything) => Anything) => Anything,
): Planted["actor"] {
  return (actor) => {
    if (actor.kind !== kind) return actor;
    const real = actor.handlers[name];
    const wrapped = (request: Anything, turn: Turn<Anything>) =>
      handler(request, turn, (changed) => real(changed, turn));
    return { ...actor, handlers: { ...actor.handlers, [name]: wrapped } };
  };
}

/** Several of them. */
export function all(...plants: Planted["actor"][]): Planted["actor"] {
  return (actor) => plants.reduce((planted, plant) => plant!(planted), actor);
}

/** Changes what a heal is told of the other side's branch. */
export function branch(
  edit: (entries: LogEntry[], turn: Turn<Anything>) => LogEntry[],
  kind: "mailbox" | "directory" = "mailbox",
): Planted["actor"] {
  return around(kind, "heal", (request, turn, run) => {
    const { theirs } = request;
    return run({ ...request, theirs: { ...theirs, entries: edit(theirs.entries, turn) } });
  });
}

/** The same, change by change; null leaves one out. */
export function branchChanges(
  edit: (change: LogChange, turn: Turn<Anything>) => LogChange | null,
): Planted["actor"] {
  return branch((entries, turn) =>
    entries.map((entry) => ({
      ...entry,
      changes: entry.changes.map((change) => edit(change, turn)).filter((change) => change !== null),
    }))
  );
}

/** Does something to the database after every join, on the server that made it and on the other one. */
export function afterJoin(
  before: (turn: Turn<Anything>) => Anything,
  after: (turn: Turn<Anything>, known: Anything) => void,
): Planted["actor"] {
  return all(
    around("mailbox", "heal", (request, turn, run) => {
      const known = before(turn);
      const reply = run(request);
      after(turn, known);
      return reply;
    }),
    around("mailbox", "applyLog", (request, turn, run) => {
      if (request.entries[0]?.changes[0]?.op !== "join") return run(request);
      const known = before(turn);
      const reply = run(request);
      after(turn, known);
      return reply;
    }),
  );
}

/** Changes what goes over the link, and what comes back. */
export function link(
  ask: (request: ActorRequest) => ActorRequest,
  answer: (outcome: Outcome, request: ActorRequest) => Outcome = (outcome) => outcome,
): Planted["link"] {
  return (real) => ({
    peer: real.peer,
    ask: (request, done, timeoutMs) =>
      real.ask(ask(request), (outcome) => done(answer(outcome, request)), timeoutMs),
    close: (reason) => real.close(reason),
  });
}
