import { type ActorAddress, kindOf } from "../actor/actor.ts";
import { GENESIS, type LogMark, type ReplicaState } from "../actor/replica.ts";
import { type ActorRequest, failed, type Outcome } from "../actor/request.ts";
import { newId } from "../base/id.ts";
import { LIMITS } from "../base/limits.ts";
import type { AcknowledgePolicy } from "./acknowledge.ts";
import type { ActorSync } from "./actor_sync.ts";
import type { PeerLink } from "./link.ts";
import type { Replicator } from "./replicator.ts";
import { messagesOf } from "./request_messages.ts";
import { seeRemotely } from "./see_remotely.ts";

type Answer = (outcome: Outcome) => void;
/** `both`: whether both servers have the change; left out when it was made here and that is yet to be seen. */
type ChangeAnswer = (outcome: Outcome, both?: boolean) => void;

/**
 * Takes every request of this server to where it belongs: reads stay here, changes go to the actor's home while the two
 * servers see each other, and are made here while they do not.
 */
export class Route {
  constructor(private readonly replicator: Replicator, private readonly policy: AcknowledgePolicy) {}

  /** Carries one request; `answer` is called exactly once. */
  request(request: ActorRequest, answer: Answer): void {
    const { stale } = this.replicator;
    if (stale) stale.hold(request.to, () => this.#request(request, answer), answer);
    else this.#request(request, answer);
  }

  #request(request: ActorRequest, answer: Answer): void {
    const { local, changes } = this.replicator.options;
    if (!changes(request.to, request.name, request.request)) return this.#read(request, answer);
    void this.policy.of(request.to).then((acknowledge) => {
      if (acknowledge === "local") return this.#change(request, answer);
      this.#changeOnBoth(request, answer);
    }, () => local.ask(request, answer));
  }

  /**
   * SELECT on the other server than the home first waits for what the home has: nobody is shown an older state. So it
   * does while nobody asked yet where the home is.
   */
  #read(request: ActorRequest, answer: Answer): void {
    const { local, node } = this.replicator.options;
    const sync = this.replicator.sync(request.to);
    const { link } = this.replicator;
    const opens = request.name === "select" || request.name === "popList";
    if (!opens || !link || sync.home === node.id) return local.ask(request, answer);
    const go = once(() => local.ask(request, answer));
    this.replicator.options.clock.after(LIMITS.replicaFreshMs, go);
    const ask = { to: request.to, name: "replicaState", request: {}, requestId: null };
    link.ask(ask, (outcome) => {
      if (!outcome.ok) return go();
      this.#whenHere(sync, (outcome.reply as ReplicaState).end, (reached) => {
        go();
        if (!reached || this.replicator.link !== link) return;
        // Only this copy, which now has what the other one has, can tell: the other need not know of a move from here.
        local.ask(ask, (own) => {
          if (own.ok && (own.reply as ReplicaState).home === node.id) sync.home ??= node.id;
        });
      });
    });
  }

  #change(request: ActorRequest, answer: ChangeAnswer): void {
    const { link } = this.replicator;
    const { node, local, clock } = this.replicator.options;
    const sync = this.replicator.sync(request.to);
    if (!link) return local.ask(request, answer);
    if (sync.dirty && sync.home !== node.id) {
      // A branch of this server is being joined: the home cannot know yet what the request speaks of.
      const go = once((settled: boolean) =>
        settled ? this.#change(request, answer) : local.ask(request, answer)
      );
      sync.whenSettled(go);
      clock.after(LIMITS.replicaSettleMs, () => go(false));
      return;
    }
    if (sync.home === link.peer.node) this.#forward(link, sync, request, answer, 0);
    else this.#atHome(sync, request, answer, 0);
  }

  #atHome(sync: ActorSync, request: ActorRequest, answer: ChangeAnswer, tries: number): void {
    const ask = (done: Answer) =>
      this.replicator.whenReady(
        sync,
        () => this.replicator.options.local.ask({ ...request, homeOnly: true }, done),
      );
    ask((outcome) => {
      if (outcome.ok || outcome.code !== "moved") {
        // Whoever gives the home away has to ask where it is.
        if (outcome.ok) sync.home = request.name === "moveHome" ? null : this.replicator.options.node.id;
        return answer(outcome);
      }
      const { link } = this.replicator;
      if (!link) return this.replicator.options.local.ask(request, answer);
      sync.home = link.peer.node;
      this.#forward(link, sync, request, answer, tries + 1);
    });
  }

  #forward(
    link: PeerLink,
    sync: ActorSync,
    request: ActorRequest,
    answer: ChangeAnswer,
    tries: number,
  ): void {
    const { local, clock, random } = this.replicator.options;
    if (request.name === "fetch") {
      return seeRemotely(request, local, (store, done) => this.#change(store, done), answer);
    }
    const requestId = request.requestId ?? newId(clock.nowMs(), random);
    const named = { ...request, requestId };
    const messages = messagesOf(request);
    if (messages.length) this.replicator.sent.set(requestId, messages);
    const finish: ChangeAnswer = (outcome, both) => {
      this.replicator.sent.delete(requestId);
      answer(outcome, both);
    };
    // The link went, and the home may have done it: made here too it counts once under its id. What this copy alone
    // refuses may yet come from there, so that is no answer.
    const again = () =>
      this.#change(named, (outcome, both) => {
        const sure = outcome.ok || outcome.code === "unavailable";
        finish(sure ? outcome : failed("unavailable", "the link went before the home's answer came"), both);
      });
    link.ask({ ...named, homeOnly: true }, (outcome) => {
      if (outcome.ok) {
        const go = once((reached: boolean) => {
          if (!reached && this.replicator.link !== link) again();
          else finish(outcome, reached);
        });
        clock.after(LIMITS.replicaCatchUpMs, () => go(false));
        return this.#whenHere(sync, outcome.mark ?? GENESIS, go);
      }
      if (this.replicator.link !== link) return again();
      if (outcome.code === "unavailable") {
        // Requests may hear of the link's end first.
        clock.after(0, () => this.replicator.link === link ? finish(outcome) : again());
        return;
      }
      if (outcome.code !== "moved") return finish(outcome);
      if (tries >= LIMITS.replicaHomeTries) return finish(failed("unavailable", "the mailbox is moving"));
      sync.home = null;
      clock.after(tries && 25, () => this.#atHome(sync, named, finish, tries + 1));
    });
  }

  /** Calls `go` once this server has applied the home's log up to a mark, or with false when nobody can say any more. */
  #whenHere(sync: ActorSync, mark: LogMark, go: (reached: boolean) => void): void {
    if (sync.applied >= mark.position) return go(true);
    sync.whenApplied(mark.position, go);
    // It may be here already. The position alone would not tell: this log may have gone its own way for as long.
    const ask = { to: sync.address, name: "commonMark", request: { marks: [mark] }, requestId: null };
    this.replicator.options.local.ask(ask, (outcome) => {
      if (outcome.ok && (outcome.reply as { mark: LogMark | null }).mark) sync.noteApplied(mark.position);
    });
  }

  #changeOnBoth(request: ActorRequest, answer: Answer): void {
    const { clock } = this.replicator.options;
    if (!this.replicator.link && this.policy.whenSplit === "refuse") return answer(this.policy.away(request));
    this.#change(request, (outcome, both) => {
      if (!outcome.ok) return answer(outcome);
      const done = once((reached: boolean) =>
        answer(reached ? outcome : this.policy.degrade(request, outcome))
      );
      if (both !== undefined || !this.replicator.link) return done(both === true);
      const position = outcome.mark?.position ?? 0;
      if (!position) return done(true);
      const sync = this.replicator.sync(request.to);
      sync.whenPeerHas(position, done);
      // Nothing was logged, so nobody looks by himself how far the other copy is.
      if (!sync.peerEnd) this.replicator.pump(sync);
      clock.after(LIMITS.replicaCatchUpMs, () => done(false));
    });
  }
}

/** Whether an address names an actor that lives on both servers. */
export function isReplicated(to: ActorAddress): boolean {
  return kindOf(to) === "mailbox" || kindOf(to) === "directory";
}

function once<A extends unknown[]>(run: (...args: A) => void): (...args: A) => void {
  let done = false;
  return (...args) => {
    if (done) return;
    done = true;
    run(...args);
  };
}
