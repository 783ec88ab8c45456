import { LIMITS } from "../../src/base/limits.ts";
import { idKey } from "../../src/codec/message/brief.ts";
import { uidCount, type UidSet, uidTake } from "../../src/codec/imap/uid_set.ts";
import { type Brief, makeBrief } from "./brief.ts";
import type { MailboxContract } from "./contract.ts";
import { keptContents } from "./folder_contents.ts";
import { keepAnswer, recall } from "./kept_answers.ts";
import { search } from "./search.ts";
import { readBriefs } from "./sort.ts";
import { folderById, type MailboxTurn } from "./state.ts";

type Thread = MailboxContract["threadRows"];
type Columns = Omit<Thread["reply"], "next" | "highestModSeq">;

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

/**
 * One page of what THREAD works on (RFC 5256 §3), as numbers only: subjects and ids are told apart by their hash. That of
 * a whole folder is kept while nothing comes or goes.
 */
export function threadRows(request: Thread["request"], turn: MailboxTurn): Thread["reply"] {
  const { uids, next, highestModSeq } = search(request, turn);
  const folder = folderById(turn, request.folder);
  const whole = next === null && request.from === undefined && uidCount(uids) === folder.messages;
  const answers = whole ? keptContents(turn, folder)?.answers : undefined;
  const name = request.references ? "references" : "subjects";
  const known = answers && recall<Columns>(answers, name);
  if (known) return { ...known, next: null, highestModSeq };
  const cut = uidTake(uids, LIMITS.searchPageRows);
  const { columns, ...read } = readColumns(turn, request, cut.first);
  const rest = read.next ?? cut.next ?? next;
  if (answers && rest === null) {
    const bytes = Object.values(columns).reduce((sum, column) => sum + column.byteLength, 0);
    keepAnswer(answers, name, columns, bytes);
  }
  return { ...columns, next: rest, highestModSeq };
}

function readColumns(
  turn: MailboxTurn,
  { folder, references }: Thread["request"],
  found: UidSet,
): { columns: Columns; next: number | null } {
  const rows = new Gathered();
  const wanted = ["b.sent_ms", "b.subject", "b.is_reply"];
  if (references) wanted.push("b.id_key", "b.refs");
  let made = 0, next: number | null = null;
  for (const row of readBriefs<Row>(turn, folder, found, wanted)) {
    const [uid, contentId, internalMs, known, sentMs, subject, isReply, id, refs] = row;
    if (known) {
      rows.add(uid, sentMs ?? internalMs, subject, isReply, id ?? null, refs ?? null);
      continue;
    }
    if (made++ >= LIMITS.briefPageRows) {
      next = uid;
      break;
    }
    const brief: Brief = makeBrief(turn, contentId);
    const [ownId, ownRefs] = references ? [brief.id_key, brief.refs] : [null, null];
    rows.add(uid, brief.sent_ms ?? internalMs, brief.subject, brief.is_reply, ownId, ownRefs);
  }
  return { columns: rows.columns(), next };
}

/** Rows so far. */
class Gathered {
  readonly #uid: number[] = [];
  readonly #sentMs: number[] = [];
  readonly #subject: number[] = [];
  readonly #isReply: number[] = [];
  readonly #id: number[] = [];
  readonly #refs: Uint8Array[] = [];
  readonly #refCount: number[] = [];
  #refBytes = 0;
  readonly #subjects = new Map<string, number>([["", 0]]);

  add(
    uid: number,
    sentMs: number,
    subject: string,
    isReply: number,
    id: number | null,
    refs: Uint8Array | null,
  ): void {
    let key = this.#subjects.get(subject);
    if (key === undefined) this.#subjects.set(subject, key = idKey(subject));
    this.#uid.push(uid);
    this.#sentMs.push(sentMs);
    this.#subject.push(key);
    this.#isReply.push(isReply);
    this.#id.push(id ?? 0);
    this.#refCount.push(refs ? refs.length / 8 : 0);
    if (!refs) return;
    this.#refs.push(refs);
    this.#refBytes += refs.length;
  }

  columns(): Columns {
    const refs = new Uint8Array(this.#refBytes);
    let at = 0;
    for (const bytes of this.#refs) {
      refs.set(bytes, at);
      at += bytes.length;
    }
    return {
      uid: Uint32Array.from(this.#uid),
      sentMs: Float64Array.from(this.#sentMs),
      subject: Float64Array.from(this.#subject),
      isReply: Uint8Array.from(this.#isReply),
      id: Float64Array.from(this.#id),
      refs: new Float64Array(refs.buffer),
      refCount: Uint8Array.from(this.#refCount),
    };
  }
}
