import { Fault } from "../base/fault.ts";
import type { ActorSync } from "./actor_sync.ts";
import { carryLog } from "./carry.ts";
import { type Copies, reconcile } from "./reconcile.ts";

/** What a pump tells the engine. */
export interface PumpEvents {
  /** Branches were joined. */
  healed(sync: ActorSync, renumbered: number): void;
  /** The other copy holds all of this log as it was after so many changes. */
  shipped(sync: ActorSync, changes: number): void;
  /** The other server is the home: it has to look. */
  offered(sync: ActorSync): Promise<void>;
}

/** Brings one actor's copies in step: looks how they stand, then ships this log for as long as there is something. */
export async function pumpActor(sync: ActorSync, copies: Copies, events: PumpEvents): Promise<void> {
  const { changes } = sync;
  if (!sync.peerEnd && !(await standing(sync, copies, events))) return;
  const { peerEnd, readFrom } = sync;
  if (!peerEnd) return;
  await carryLog({
    copies,
    after: peerEnd,
    readFrom,
    except: sync.forwarded,
    onTaken(end, { entries }) {
      for (const { requestId } of entries) sync.forwarded.delete(requestId);
      // Somebody has asked meanwhile to look anew how the copies stand, or the link went.
      if (!sync.peerEnd || !copies.live()) return false;
      sync.notePeerEnd(end);
      return true;
    },
  });
  if (!copies.live()) throw new Fault("unavailable", "the link is gone");
  if (sync.peerEnd) events.shipped(sync, changes);
}

/** False when this server has nothing to do about it. */
async function standing(sync: ActorSync, copies: Copies, events: PumpEvents): Promise<boolean> {
  const { changes } = sync;
  const found = await reconcile(copies);
  sync.home = found.home;
  if (found.kind === "elsewhere") {
    if (found.dirty) await events.offered(sync);
    else events.shipped(sync, changes);
    return false;
  }
  if (found.home === copies.node) sync.settle();
  if (found.kind === "ahead") sync.notePeerEnd(found.peerEnd);
  else {
    sync.noteJoined(found.peerEnd, found.readFrom);
    events.healed(sync, found.renumbered);
  }
  return true;
}
