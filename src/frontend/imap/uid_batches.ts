import { LIMITS } from "../../base/limits.ts";
import type { CommandHandler } from "./command.ts";
import type { FolderView } from "./folder_view.ts";
import { bad, no, ok } from "./reply.ts";

/**
 * UIDBATCHES (RFC 10022 §3): UID ranges that split the folder into batches of so many messages, from the newest down;
 * of all batches, or from the m-th to the n-th.
 */
export const uidBatches: CommandHandler = (session, args, call) => {
  args.space();
  const size = args.nzNumber();
  let first = 1, last = Infinity;
  if (args.accept(" ")) {
    first = args.nzNumber();
    args.expect(":");
    last = args.nzNumber();
  }
  args.end();
  if (first > last) return { ...bad("The range of batches is the wrong way round"), code: "CLIENTBUG" };
  if (size < LIMITS.uidBatchMessages) {
    return no(`A batch has at least ${LIMITS.uidBatchMessages} messages`, "TOOFEW");
  }
  if (last < Infinity && (last - first + 1) * size > LIMITS.uidBatchesMessages) {
    return no(`Ask for at most ${LIMITS.uidBatchesMessages} messages at once`, "TOOMANY");
  }
  const ranges = batches(session.folder, size).slice(first - 1, last).map((range) => range.join(":"));
  session.write(`* UIDBATCHES (TAG "${call.tag}")${ranges.length ? ` ${ranges.join(",")}` : ""}\r\n`);
  return ok("UIDBATCHES completed");
};

/**
 * Upper and lower end of each batch. Each begins right below the one before it and the last one goes down to 1, so that
 * no UID is left out.
 */
function batches(view: FolderView, size: number): [number, number][] {
  const lowest: number[] = [];
  for (let seq = view.count - size + 1; seq > 1; seq -= size) lowest.unshift(seq, seq);
  const uids = view.uidsOfSeqs(lowest);
  const out: [number, number][] = [];
  let upper = view.lastUid;
  for (let i = uids.length - 2; i >= 0; i -= 2) {
    out.push([upper, uids[i]]);
    upper = uids[i] - 1;
  }
  if (view.count) out.push([upper, 1]);
  return out;
}
