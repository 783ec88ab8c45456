import type { ActorAddress } from "../actor/actor.ts";
import type { LogMark } from "../actor/replica.ts";
import type { ActorRequest, Outcome } from "../actor/request.ts";
import { asFault } from "../base/fault.ts";
import { LIMITS } from "../base/limits.ts";
import { summarize } from "../codec/message/summarize.ts";
import type { ActorSync } from "./actor_sync.ts";
import type { PeerLink } from "./link.ts";
import type { Replicator } from "./replicator.ts";
import type { EngineContract, Side } from "./side.ts";
import { repairPeer } from "./verify.ts";

/** Answers one request of the other server: of its engine, or of a client that is connected there. */
export function answerPeer(
  engine: Replicator,
  link: PeerLink,
  request: ActorRequest,
  answer: (outcome: Outcome) => void,
): void {
  const { options: { local }, stale } = engine;
  const { to, name } = request;
  const sync = engine.sync(to);
  switch (name) {
    case "offer":
      sync.peerEnd = null;
      engine.pump(sync);
      return answer({ ok: true, reply: {} });
    case "repair":
      void repairPeer(engine, link, to).then(() => answer({ ok: true, reply: {} }), (error) => {
        const { code, message } = asFault(error);
        answer({ ok: false, code, message });
      });
      return;
    case "stageContents": {
      const { contents } = request.request as { contents: Uint8Array[] };
      return stage(local, to, contents, answer);
    }
    case "applyLog":
      return apply(engine, sync, request, answer);
    case "acked": {
      const { changes } = sync;
      sync.notePeerHas((request.request as { mark: LogMark }).mark.position);
      return local.ask(request, (outcome) => {
        if (outcome.ok && (outcome.reply as { clean: boolean }).clean) sync.settleAt(changes);
        answer(outcome);
      });
    }
  }
  if (!request.homeOnly) return local.ask(request, answer);
  if (request.requestId !== null) noteForwarded(sync, request.requestId);
  const go = () =>
    engine.whenReady(sync, () =>
      local.ask(request, (outcome) => {
        if (request.name === "moveHome") sync.home = null;
        answer(outcome);
      }));
  if (stale) stale.hold(to, go, answer);
  else go();
}

/** Keeps messages of the other server here until entries need them; what is told about them is worked out anew. */
export function stage(
  local: Side,
  to: ActorAddress,
  contents: readonly Uint8Array[],
  answer: (outcome: Outcome) => void,
): void {
  const request = { contents: contents.map((raw) => ({ raw, summary: summarize(raw) })) };
  local.ask({ to, name: "stageContents", request, requestId: null }, answer);
}

function noteForwarded(sync: ActorSync, id: string): void {
  if (sync.forwarded.size >= LIMITS.replicaForwarded) sync.forwarded.clear();
  sync.forwarded.add(id);
}

/** Entries of the home. */
function apply(
  engine: Replicator,
  sync: ActorSync,
  request: ActorRequest,
  answer: (outcome: Outcome) => void,
): void {
  const { changes } = sync;
  takeIn(engine, request, (outcome) => {
    if (outcome.ok) {
      sync.noteApplied((outcome.reply as { end: LogMark }).end.position);
      if (sync.dirty) sync.settleAt(changes);
    }
    answer(outcome);
  });
}

/** Takes over entries: with them come their messages, and those that this server sent to the other one itself. */
function takeIn(
  { options: { local, log }, sent }: Replicator,
  request: ActorRequest,
  answer: (outcome: Outcome) => void,
): void {
  const { contents = [], ...page } = request.request as EngineContract["applyLog"]["request"];
  const own = page.entries.flatMap(({ requestId }) => sent.get(requestId) ?? []);
  if (own.length || contents.length) {
    // Both are asked at once, so that they share one transaction; without the messages the entries are refused.
    stage(local, request.to, [...own, ...contents], (outcome) => {
      if (!outcome.ok) log.warn("replication.stage", { code: outcome.code });
    });
  }
  local.ask({ ...request, request: page }, answer);
}
