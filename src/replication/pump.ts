import { GENESIS, type LogMark, sameMark } from "../actor/replica.ts";
import { Fault } from "../base/fault.ts";
import { LIMITS } from "../base/limits.ts";
import type { ActorSync } from "./actor_sync.ts";
import { bringContents } from "./contents.ts";
import { type Copies, reconcile } from "./reconcile.ts";
import { askEngine, type EngineEntry } from "./side.ts";

/** What a pump tells the engine. */
export interface PumpEvents {
  /** Branches were joined. */
  healed(sync: ActorSync, renumbered: number): void;
  /** The other copy holds all of this log. */
  shipped(sync: ActorSync): void;
  /** The other server is the home: it has to look. */
  offered(sync: ActorSync): Promise<void>;
}

/** Brings one actor's copies in step: looks how they stand, then ships this log for as long as there is something. */
export async function pumpActor(sync: ActorSync, copies: Copies, events: PumpEvents): Promise<void> {
  if (!sync.peerEnd && !(await standing(sync, copies, events))) return;
  while (sync.peerEnd) {
    const after = sync.peerEnd;
    const page = await askEngine(copies.mine, sync.address, "readLog", {
      after: sync.readFrom ?? after.position,
      limit: LIMITS.replicaPageEntries,
      contents: true,
      except: [...sync.forwarded],
    });
    // What was known of the other copy went with the link.
    if (sync.peerEnd !== after) throw new Fault("unavailable", "the link is gone");
    if (!page.entries.length) return events.shipped(sync);
    await ship(sync, copies, after, page);
  }
}

/** False when this server has nothing to do about it. */
async function standing(sync: ActorSync, copies: Copies, events: PumpEvents): Promise<boolean> {
  const found = await reconcile(copies);
  sync.home = found.home;
  if (found.kind === "elsewhere") {
    if (found.dirty) await events.offered(sync);
    else events.shipped(sync);
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

async function ship(
  sync: ActorSync,
  copies: Copies,
  after: LogMark,
  page: { entries: EngineEntry[]; contents?: Uint8Array[]; absent?: string[] },
): Promise<void> {
  const { mine, theirs, to } = copies;
  const [first] = page.entries;
  const isJoin = first.changes[0]?.op === "join";
  const empty = sameMark(after, GENESIS);
  if (first.position !== after.position + 1 && (empty || !isJoin)) {
    if (!empty) throw new Fault("conflict", "entries are missing");
    // The beginning was pruned: the other copy gets the whole state.
    const { entry } = await askEngine(mine, to, "snapshot", {});
    page = { entries: [entry] };
  }
  if (page.contents?.length) await copies.stageThere(page.contents);
  const apply = (absent: string[]) =>
    askEngine(theirs, to, "applyLog", { after, entries: page.entries, absent });
  let end;
  try {
    ({ end } = await apply(page.absent ?? []));
  } catch (error) {
    if (!(error instanceof Fault) || error.code !== "not_found") throw error;
    ({ end } = await apply(await bringContents(to, page.entries, mine, theirs, copies.stageThere)));
  }
  for (const { requestId } of page.entries) sync.forwarded.delete(requestId);
  sync.notePeerEnd(end);
}
