import type { RowChange } from "../../src/actor/rows.ts";
import type { Hlc } from "../../src/base/hlc.ts";
import { uidList } from "../../src/codec/imap/uid_set.ts";
import type { FolderId } from "./contract.ts";
import type { JoinChange, JoinRow, LogChange, LogEntry, MessageChange } from "./log_change.ts";
import { flagBit } from "./flags.ts";
import { SHARED_SEEN } from "./own_seen.ts";

/** A message that came into a folder after the common mark, as its side has it now. */
export interface Birth {
  readonly folder: FolderId;
  readonly uid: number;
  /** Content and save date: names one message of a folder for ever, whatever its UID (see `twins.ts`). */
  readonly key: string;
  readonly hash: string;
  readonly size: number;
  readonly internalDateMs: number;
  readonly saveDateMs: number;
  modSeq: number;
  flags: number;
  keywords: string;
  hlc: Hlc;
  /**
   * What it was moved from, over however many folders: `folder uid` of a common message, or with a `+` the birth that
   * came first. `match_births.ts` gives births of both sides that are one message the name on this side, and those of
   * the other side alone a `-`.
   */
  origin: string | null;
  /** The request that brought it; null when only a join tells of it. */
  readonly request: string | null;
  /** It was expunged or moved on. */
  gone: boolean;
}

/** When a flag was set or taken last. `name` in its spelling. */
export interface FlagOp {
  name: string;
  on: boolean;
  hlc: Hlc;
}

/** What one side did to a folder after the common mark. */
export interface BranchFolder {
  births: Map<number, Birth>;
  /** Last word on each flag of a message, by UID and lower-case flag. */
  flagOps: Map<number, Map<string, FlagOp>>;
  /** Common messages that are gone. */
  expunged: Set<number>;
  /** The last modseq of each touched UID. */
  modSeqs: Map<number, number>;
  named: { name: string; hlc: Hlc } | null;
  /** It was deleted. */
  gone: boolean;
  /** Messages came, went or changed. */
  touched: boolean;
  /** Whether \Seen is common or each reader's own was said anew. */
  seenRule: boolean;
  highestModSeq: number;
  highestUid: number;
}

/** One side's entries after the common mark, by what they came to. */
export interface BranchIndex {
  folders: Map<FolderId, BranchFolder>;
  subscriptions: Map<string, { on: boolean; hlc: Hlc }>;
  /** The births of each request, in order: a request that both sides executed has the same id on both. */
  requests: Map<string, Birth[]>;
}

/** The name of a message that both sides had at the common mark. */
export function handle(folder: FolderId, uid: number): string {
  return `${folder} ${uid}`;
}

/** Goes through entries and keeps what they came to. */
export function indexBranch(entries: readonly LogEntry[]): BranchIndex {
  const index: BranchIndex = { folders: new Map(), subscriptions: new Map(), requests: new Map() };
  for (const entry of entries) {
    for (const change of entry.changes) take(index, entry, change);
  }
  return index;
}

/** What the branch did to a folder. */
export function branchFolder(index: BranchIndex, id: FolderId): BranchFolder {
  let folder = index.folders.get(id);
  if (!folder) {
    folder = {
      births: new Map(),
      flagOps: new Map(),
      expunged: new Set(),
      modSeqs: new Map(),
      named: null,
      gone: false,
      touched: false,
      seenRule: false,
      highestModSeq: 0,
      highestUid: 0,
    };
    index.folders.set(id, folder);
  }
  return folder;
}

function take(index: BranchIndex, entry: LogEntry, change: LogChange): void {
  const { hlc } = entry;
  switch (change.op) {
    case "folder": {
      const folder = branchFolder(index, change.id);
      folder.named = { name: change.name, hlc };
      folder.gone = false;
      return;
    }
    case "folder-gone": {
      const folder = branchFolder(index, change.id);
      folder.gone = true;
      for (const birth of folder.births.values()) birth.gone = true;
      return;
    }
    case "subscription":
      index.subscriptions.set(change.name, { on: change.on, hlc });
      return;
    case "message":
      return takeMessage(index, entry, change);
    case "flags": {
      const folder = touch(index, change.folder, change.modSeq);
      for (const uid of uidList(change.uids)) takeFlags(folder, uid, change, hlc);
      return;
    }
    case "expunge": {
      const folder = touch(index, change.folder, change.modSeq);
      for (const uid of uidList(change.uids)) expunge(folder, uid);
      return;
    }
    case "join":
      return takeJoin(index, change, hlc);
    case "row": // joined by its table's own rules
      return takeRule(index, change);
    case "home":
      return;
  }
}

function takeRule(index: BranchIndex, { table, key }: Pick<RowChange, "table" | "key">): void {
  if (table === "annotation" && key[1] === SHARED_SEEN) branchFolder(index, String(key[0])).seenRule = true;
}

function touch(index: BranchIndex, id: FolderId, modSeq: number): BranchFolder {
  const folder = branchFolder(index, id);
  folder.touched = true;
  folder.highestModSeq = Math.max(folder.highestModSeq, modSeq);
  return folder;
}

function expunge(folder: BranchFolder, uid: number): void {
  const birth = folder.births.get(uid);
  if (birth) birth.gone = true;
  else folder.expunged.add(uid);
}

function takeMessage(index: BranchIndex, entry: LogEntry, change: MessageChange): void {
  const birth: Birth = {
    folder: change.folder,
    uid: change.uid,
    key: `${change.hash}.${change.saveDateMs}`,
    hash: change.hash,
    size: change.size,
    internalDateMs: change.internalDateMs,
    saveDateMs: change.saveDateMs,
    modSeq: change.modSeq,
    flags: change.flags,
    keywords: change.keywords,
    hlc: entry.hlc,
    origin: originOf(index, change),
    request: entry.requestId,
    gone: false,
  };
  addBirth(touch(index, change.folder, change.modSeq), birth);
  const list = index.requests.get(entry.requestId);
  if (list) list.push(birth);
  else index.requests.set(entry.requestId, [birth]);
}

function originOf(index: BranchIndex, { from }: MessageChange): string | null {
  if (!from) return null;
  const before = index.folders.get(from.folder)?.births.get(from.uid);
  const name = handle(from.folder, from.uid);
  return before ? before.origin ?? `+${name}` : name;
}

function addBirth(folder: BranchFolder, birth: Birth): void {
  folder.births.set(birth.uid, birth);
  folder.highestUid = Math.max(folder.highestUid, birth.uid);
}

function takeFlags(
  folder: BranchFolder,
  uid: number,
  change: Extract<LogChange, { op: "flags" }>,
  hlc: Hlc,
): void {
  let ops = folder.flagOps.get(uid);
  if (!ops) folder.flagOps.set(uid, ops = new Map());
  for (const name of change.remove) ops.set(name.toLowerCase(), { name, on: false, hlc });
  for (const name of change.add) ops.set(name.toLowerCase(), { name, on: true, hlc });
  folder.modSeqs.set(uid, change.modSeq);
  const birth = folder.births.get(uid);
  if (!birth) return;
  birth.modSeq = change.modSeq;
  for (const name of change.remove) Object.assign(birth, withFlag(birth, name, false));
  for (const name of change.add) Object.assign(birth, withFlag(birth, name, true));
}

/** Flags of a row with one more or less. */
export function withFlag(
  row: { flags: number; keywords: string },
  name: string,
  on: boolean,
): { flags: number; keywords: string } {
  const bit = flagBit(name);
  if (bit) return { flags: on ? row.flags | bit : row.flags & ~bit, keywords: row.keywords };
  const lower = name.toLowerCase();
  const words = (row.keywords ? row.keywords.split(" ") : []).filter((word) => word.toLowerCase() !== lower);
  if (on) words.push(name);
  return { flags: row.flags, keywords: words.sort().join(" ") };
}

/** An earlier join that the other side never took over: its messages are births like any others of this side. */
function takeJoin(index: BranchIndex, join: JoinChange, hlc: Hlc): void {
  for (const head of join.folders) {
    const folder = branchFolder(index, head.id);
    const byKey = new Map([...folder.births.values()].map((birth) => [birth.key, birth]));
    if (head.rows.length || head.gone.length) touch(index, head.id, head.modSeq);
    for (const uid of uidList(head.gone)) expunge(folder, uid);
    for (const row of head.rows) {
      folder.modSeqs.set(row[0], row[1]);
      if (!row[9]) continue;
      const known = byKey.get(`${row[7]}.${row[5]}`);
      const birth = { ...birthOf(head.id, row), hlc, ...known && sameAs(known) };
      addBirth(folder, birth);
      const born = known?.request ? index.requests.get(known.request) : undefined;
      if (born) index.requests.set(known!.request!, born.map((one) => one === known ? birth : one));
      const ops = known && folder.flagOps.get(known.uid);
      if (ops && known.uid !== row[0]) folder.flagOps.set(row[0], new Map(ops));
    }
  }
  for (const row of join.rows) takeRule(index, row);
  const kept = new Set(join.folders.map((head) => head.id));
  for (const [id, folder] of index.folders) {
    if (kept.has(id)) continue;
    folder.gone = true;
    for (const birth of folder.births.values()) birth.gone = true;
  }
}

/** What a message keeps when a join gives it another number. */
function sameAs({ hlc, origin, request }: Birth): Pick<Birth, "hlc" | "origin" | "request"> {
  return { hlc, origin, request };
}

function birthOf(folder: FolderId, row: JoinRow): Birth {
  const [uid, modSeq, flags, keywords, internalDateMs, saveDateMs, size, hash] = row;
  return {
    folder,
    uid,
    key: `${hash}.${saveDateMs}`,
    hash,
    size,
    internalDateMs,
    saveDateMs,
    modSeq,
    flags,
    keywords,
    hlc: 0,
    origin: null,
    request: null,
    gone: false,
  };
}
