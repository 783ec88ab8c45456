import { FLAG, type MailboxContract } from "../../actors/mailbox/contract.ts";
import type { ActorRequest, Outcome } from "../actor/request.ts";
import { appendUid } from "../codec/imap/uid_set.ts";
import type { Side } from "./side.ts";

type Fetch = MailboxContract["fetch"];
type Store = MailboxContract["store"];

/**
 * FETCH that sets \Seen, for a mailbox whose home is the other server: the page is read here, as bodies must not cross
 * the link again, and only the flag is set there.
 */
export function seeRemotely(
  request: ActorRequest,
  local: Side,
  store: (request: ActorRequest, answer: (outcome: Outcome) => void) => void,
  answer: (outcome: Outcome) => void,
): void {
  const fetch = request.request as Fetch["request"];
  local.ask({ ...request, requestId: null, request: { ...fetch, markSeen: false } }, (outcome) => {
    if (!outcome.ok) return answer(outcome);
    const reply = outcome.reply as Fetch["reply"];
    const uids = unseen(reply);
    if (!uids.length) return answer(outcome);
    const change: Store["request"] = {
      folder: fetch.folder,
      uids,
      mode: "add",
      flags: ["\\Seen"],
      silent: true,
      as: fetch.as,
    };
    store({ to: request.to, name: "store", request: change, requestId: request.requestId }, (stored) => {
      // Who may not set \\Seen reads without it, as at the home.
      if (!stored.ok) return answer(stored.code === "denied" ? outcome : stored);
      const { stamp } = stored.reply as Store["reply"];
      showSeen(reply, stamp.modSeq);
      answer({ ok: true, reply: { ...reply, stamp: stamp.modSeq > stamp.previousModSeq ? stamp : null } });
    });
  });
}

function unseen({ rows, columns }: Fetch["reply"]): number[] {
  const uids: number[] = [];
  for (const row of rows) if (!(row.flags & FLAG.seen)) appendUid(uids, row.uid);
  for (const [i, uid] of columns?.uid.entries() ?? []) {
    if (!(columns!.flags[i] & FLAG.seen)) appendUid(uids, uid);
  }
  return uids;
}

function showSeen({ rows, columns }: Fetch["reply"], modSeq: number): void {
  for (const row of rows) {
    if (row.flags & FLAG.seen) continue;
    row.flags |= FLAG.seen;
    row.modSeq = modSeq;
  }
  if (!columns) return;
  for (let i = 0; i < columns.uid.length; i++) {
    if (columns.flags[i] & FLAG.seen) continue;
    columns.flags[i] |= FLAG.seen;
    columns.modSeq[i] = modSeq;
  }
}
