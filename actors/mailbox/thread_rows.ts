import { LIMITS } from "../../src/base/limits.ts";
import { type Brief, idKey, makeBrief } from "./brief.ts";
import type { MailboxContract } from "./contract.ts";
import { search } from "./search.ts";
import { readBriefs } from "./sort.ts";
import type { MailboxTurn } from "./state.ts";

type Thread = MailboxContract["threadRows"];

type Row = [
  uid: number,
  contentId: number,
  internalMs: number,
  known: number,
  sentMs: number | null,
  subject: string,
  isReply: number,
  id: number | null,
  refs: Uint8Array | null,
];

/** One page of what THREAD works on (RFC 5256 §3), as numbers only: subjects and ids are told apart by their hash. */
export function threadRows(request: Thread["request"], turn: MailboxTurn): Thread["reply"] {
  const page = search(request, turn);
  const out: Thread["reply"] = {
    uid: [],
    sentMs: [],
    subject: [],
    isReply: [],
    id: [],
    refs: [],
    refCount: [],
    next: page.next,
    highestModSeq: page.highestModSeq,
  };
  const columns = ["b.sent_ms", "b.subject", "b.is_reply"];
  if (request.references) columns.push("b.id_key", "b.refs");
  let made = 0;
  const subjects = new Map<string, number>([["", 0]]);
  for (const row of readBriefs<Row>(turn, request.folder, page.uids, columns)) {
    const [uid, contentId, internalMs, known, sentMs, subject, isReply, id, refs] = row;
    if (known) add(out, subjects, internalMs, uid, sentMs, subject, isReply, id ?? null, refs ?? null);
    else {
      if (made++ >= LIMITS.briefPageRows) return { ...out, next: uid };
      const brief: Brief = makeBrief(turn, contentId);
      add(
        out,
        subjects,
        internalMs,
        uid,
        brief.sent_ms,
        brief.subject,
        brief.is_reply,
        brief.id_key,
        brief.refs,
      );
    }
  }
  return out;
}

function add(
  out: Thread["reply"],
  subjects: Map<string, number>,
  internalMs: number,
  uid: number,
  sentMs: number | null,
  subject: string,
  isReply: number,
  id: number | null,
  refs: Uint8Array | null,
): void {
  let key = subjects.get(subject);
  if (key === undefined) subjects.set(subject, key = idKey(subject));
  out.uid.push(uid);
  out.sentMs.push(sentMs ?? internalMs);
  out.subject.push(key);
  out.isReply.push(isReply);
  out.id.push(id ?? 0);
  const keys = refs ? new Float64Array(refs.slice().buffer) : [];
  out.refCount.push(keys.length);
  for (const ref of keys) out.refs.push(ref);
}
