import { type LogMark, markOf } from "../actor/replica.ts";
import { Fault } from "../base/fault.ts";
import { LIMITS } from "../base/limits.ts";
import { bringContents } from "./contents.ts";
import type { Copies } from "./reconcile.ts";
import { askEngine, type EngineEntry } from "./side.ts";

/** Some log entries with the messages that came with them; `absent`: those that are gone from the source, too. */
export interface Page {
  entries: EngineEntry[];
  contents?: Uint8Array[];
  absent?: string[];
}

/** One way to carry a log. */
export interface Carriage {
  copies: Copies;
  /** What the other copy holds of this log. */
  after: LogMark;
  /** Requests whose messages it has already. */
  except?: ReadonlySet<string>;
  /** Where to begin to read, when it is not `after`: an entry that joins the other branch. */
  readFrom?: number | null;
  /** A page was taken; in order. False: stop. */
  onTaken?: (end: LogMark, page: Page) => boolean;
}

/**
 * Carries the entries of this copy's log after a mark to the other copy; answers how far it came. While there is more,
 * the next pages are on their way when the one before is being taken in. Pages begin small: something shows at once.
 */
export async function carryLog(carriage: Carriage): Promise<LogMark> {
  const { copies, except, onTaken = () => true } = carriage;
  const flights: Promise<LogMark>[] = [];
  let sent = carriage.after, taken = carriage.after;
  let readFrom = carriage.readFrom ?? null;
  let limit: number = LIMITS.replicaFirstEntries;
  let going = true;
  let lanes = 0;
  const land = async () => taken = await flights.shift()!;
  try {
    while (going) {
      const { end, ...page } = await askEngine(copies.mine, copies.to, "readLog", {
        after: readFrom ?? sent.position,
        limit,
        contents: true,
        except: except && [...except],
      });
      if (!page.entries.length) break;
      const flight = takePage(copies, sent, page).then((end) => {
        going &&= onTaken(end, page);
        return end;
      });
      flight.catch(() => going = false);
      flights.push(flight);
      const last = page.entries[page.entries.length - 1];
      // A join, or the whole state in place of entries: nothing can follow before it has been taken.
      const alone = readFrom !== null || page.entries[0].position !== sent.position + 1;
      sent = markOf(last);
      readFrom = null;
      limit = Math.min(2 * limit, LIMITS.replicaPageEntries);
      if (alone || last.position >= end) {
        while (flights.length) sent = await land();
        if (last.position >= end) break;
      }
      while (flights.length > 1 + lanes) {
        if (copies.lanes.free > 0) {
          copies.lanes.free--;
          lanes++;
        } else await land();
      }
    }
    while (flights.length) await land();
    return taken;
  } finally {
    copies.lanes.free += lanes;
    await Promise.allSettled(flights);
  }
}

/** Has one page taken in by the other copy; messages that it turns out to lack are brought there first. */
async function takePage(copies: Copies, after: LogMark, page: Page): Promise<LogMark> {
  const { to, mine, theirs, takeThere, stageThere } = copies;
  const [first] = page.entries;
  const empty = after.position === 0;
  if (first.position !== after.position + 1 && (empty || first.changes[0]?.op !== "join")) {
    if (!empty) throw new Fault("conflict", "entries are missing");
    // The beginning was pruned: the other copy gets the whole state.
    const { entry } = await askEngine(mine, to, "snapshot", {});
    page = { entries: [entry] };
  }
  try {
    return await takeThere(after, page);
  } catch (error) {
    if (!(error instanceof Fault) || error.code !== "not_found") throw error;
    const absent = await bringContents(to, page.entries, mine, theirs, stageThere);
    return await takeThere(after, { entries: page.entries, absent });
  }
}
