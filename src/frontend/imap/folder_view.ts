import type { FetchRow, FolderId, Stamp } from "../../../actors/mailbox/contract.ts";
import { RIGHTS } from "../../codec/imap/rights.ts";
import { uidIntersect, type UidSet, uidSubtract, uidUnion } from "../../codec/imap/uid_set.ts";
import type { UpdateContext } from "./contexts.ts";
import type { KeptFlags } from "./kept_flags.ts";
import type { KeptThreads } from "./kept_threads.ts";
import { NumberedUids } from "./numbered_uids.ts";
import { ToldKeywords } from "./told_keywords.ts";

/** What is kept of a row. */
type FlagsOf = Pick<FetchRow, "uid" | "flags" | "keywords">;

/** How a folder looked when it was opened. */
export interface OpenedFolder {
  id: FolderId;
  name: string;
  /** Opened by EXAMINE: read only, whatever the rights are. */
  examined: boolean;
  /** What may be done with it (RFC 4314); left out for all. */
  rights?: string;
  uidValidity: number;
  uidNext: number;
  modSeq: number;
  uids: UidSet;
  recent: UidSet;
  /** Modseqs that only the other server of a pair can have told; see `select` of the mailbox's contract. */
  foreign?: [number, number] | null;
  /** What stands before the name for the client, in another owner's mailbox. */
  prefix?: string;
  /** What the client was told in FLAGS. */
  keywords?: readonly string[];
}

/**
 * The selected folder as this client knows it: which message has which number (RFC 9051 §2.3.1.2), up to which
 * mod-sequence it was told everything, and what it has yet to be told. UIDs are kept as runs, so that a folder of a
 * million messages costs a few numbers. Nothing here talks to anybody.
 */
export class FolderView {
  readonly id: FolderId;
  /** As of the last SELECT or own RENAME. */
  name: string;
  readonly prefix: string;
  readonly keywords: ToldKeywords;
  rights: string;
  /** Rights have changed, and the client has yet to be told. */
  rightsUntold = false;
  readonly #examined: boolean;
  readonly uidValidity: number;
  uidNext: number;
  /** Everything up to here is known, and told except for `vanished`. */
  modSeq: number;
  /** Messages that this session was the first to see (RFC 3501 §2.3.2). */
  recent: UidSet;
  /** The saved search result `$` (RFC 5182). */
  saved: UidSet = [];
  /** Results that the client follows (RFC 5267): own changes have to be looked at for their sake. */
  contexts: UpdateContext[] = [];
  /** New messages came that nobody has claimed as \Recent yet. */
  unclaimedRecent = false;
  readonly #foreign: { from: number; to: number; above: number } | null;
  readonly #messages: NumberedUids;
  #vanished: UidSet = [];
  #announced = 0;
  #stale = false;
  #own: number[] = [];
  #flags: KeptFlags | null = null;
  #threads: KeptThreads | null = null;
  #toldModSeq = 0;

  constructor(opened: OpenedFolder) {
    this.id = opened.id;
    this.name = opened.name;
    this.prefix = opened.prefix ?? "";
    this.keywords = new ToldKeywords(opened.keywords ?? []);
    this.#examined = opened.examined;
    this.rights = opened.rights ?? RIGHTS;
    this.uidValidity = opened.uidValidity;
    this.uidNext = opened.uidNext;
    this.modSeq = opened.modSeq;
    this.recent = opened.recent;
    this.#messages = new NumberedUids(opened.uids);
    const { foreign } = opened;
    this.#foreign = foreign ? { from: foreign[0], to: foreign[1], above: opened.modSeq } : null;
  }

  /**
   * From where a client that knows everything up to `modSeq` has to be told anew: from the beginning, when it got that
   * number from the other server while this one could not see it.
   */
  knownSince(modSeq: number): number {
    const foreign = this.#foreign;
    if (!foreign || modSeq <= foreign.from) return modSeq;
    return modSeq <= foreign.to || modSeq > Math.max(this.modSeq, foreign.above) ? 0 : modSeq;
  }

  /** Who may change nothing reads only (RFC 4314 §5.2). */
  get readOnly(): boolean {
    return this.#examined || !/[iswte]/.test(this.rights);
  }

  /** Takes note of changed rights. */
  takeRights(rights: string): void {
    if (rights !== this.rights) this.rightsUntold = true;
    this.rights = rights;
  }

  /** Messages the client counts, those it has yet to be told are gone included. */
  get count(): number {
    return this.#messages.count;
  }

  /** All UIDs the client knows, as they are now: the list goes on changing, so nobody keeps it past a command. */
  get uids(): UidSet {
    return this.#messages.uids;
  }

  /** The largest UID the client knows; 0 in an empty folder. */
  get lastUid(): number {
    return this.#messages.lastUid;
  }

  /** Gone messages that the client still counts. */
  get vanished(): UidSet {
    return this.#vanished;
  }

  /** Whether the actor has to be asked for changes. */
  get behind(): boolean {
    return this.#stale || this.#announced > this.modSeq;
  }

  /** Nothing is known to have happened that the client has not been told. */
  get current(): boolean {
    return !this.behind && !this.#vanished.length;
  }

  /** All messages' flags as of `modSeq`, when they are kept. */
  get flags(): KeptFlags | null {
    const flags = this.#flags;
    return flags && flags.usable && flags.modSeq === this.modSeq ? flags : null;
  }

  /** Keeps the flags of all messages from now on, or no longer. */
  keepFlags(flags: KeptFlags | null): void {
    this.#flags?.drop();
    this.#flags = flags;
  }

  /** Another number whenever messages came or went. */
  get revision(): number {
    return this.#messages.revision;
  }

  /** What was kept of the command's last answer, when nothing has happened since that it depends on. */
  threadsFor(command: string): readonly string[] | null {
    return this.current && this.#threads?.answers(command, this.revision) ? this.#threads.pieces : null;
  }

  /** Keeps an answer of THREAD from now on, or no longer. */
  keepThreads(threads: KeptThreads | null): void {
    this.#threads?.drop();
    this.#threads = threads;
  }

  /** The sequence number of a UID; 0 when the client does not know it. */
  seqOf(uid: number): number {
    return this.#messages.seqOf(uid);
  }

  /** The UIDs of sequence numbers; numbers past the count are left out. */
  uidsOfSeqs(seqs: UidSet): UidSet {
    return this.#messages.uidsOf(seqs);
  }

  /** The sequence numbers of UIDs; unknown UIDs are left out. */
  seqsOfUids(uids: UidSet): UidSet {
    return this.#messages.seqsOf(uids);
  }

  /** Adds new messages; says how many. Throws when they do not lie after all known ones: numbers would shift. */
  append(uids: UidSet): number {
    const added = this.#messages.append(uids);
    if (added) this.#flags?.grow(this.count);
    return added;
  }

  /** Notes messages that are gone; the client counts them until `takeVanished`. */
  vanish(uids: UidSet): void {
    const gone = uidIntersect(uids, this.uids);
    if (!gone.length) return;
    if (!this.#vanished.length) this.#toldModSeq = this.modSeq;
    this.#vanished = uidUnion(this.#vanished, gone);
  }

  /**
   * While something is held back (gone messages, or changes that the mailbox could not be asked for, or that came after
   * the shared answer to a question): up to which mod-sequence the client has heard of everything.
   */
  get heldBackFrom(): number | null {
    if (this.#vanished.length) return this.#toldModSeq;
    return this.behind ? this.modSeq : null;
  }

  /** Forgets the gone messages: what the client must be told now, as UIDs and as the numbers they had. */
  takeVanished(): { uids: UidSet; seqs: UidSet } {
    const uids = this.#vanished;
    if (!uids.length) return { uids, seqs: [] };
    const seqs = this.seqsOfUids(uids);
    this.#vanished = [];
    this.#messages.remove(uids);
    this.recent = uidSubtract(this.recent, uids);
    this.saved = uidSubtract(this.saved, uids);
    this.#flags?.remove(seqs);
    return { uids, seqs };
  }

  /** An event said that the folder has changed up to `modSeq`. */
  announce(modSeq: number): void {
    if (modSeq > this.#announced) this.#announced = modSeq;
  }

  /** Events may have been missed: look again. */
  markStale(): void {
    this.#stale = true;
  }

  /**
   * Takes note of a change that this session made itself. When nothing came between, nothing has to be asked. When
   * something did, the change comes again with the catch-up; `told` says that the client has seen its result. `rows`
   * hold every message whose flags it changed, when they came with the answer.
   */
  noteOwn(stamp: Stamp, told: boolean, rows: readonly FlagsOf[] | null): void {
    if (stamp.previousModSeq === this.modSeq && this.contexts.length && stamp.modSeq > this.modSeq) {
      // What a context follows has to be looked at for own changes, too.
      this.#own.push(stamp.modSeq);
      this.announce(stamp.modSeq);
    } else if (stamp.previousModSeq === this.modSeq) {
      const flags = rows && this.flags;
      if (flags) this.#setFlags(flags, rows);
      this.modSeq = stamp.modSeq;
      if (flags) flags.modSeq = stamp.modSeq;
    } else if (stamp.modSeq > this.modSeq) {
      // A request that changed nothing bears the mod-sequence of somebody else's change.
      if (told && stamp.modSeq > stamp.previousModSeq) this.#own.push(stamp.modSeq);
      this.announce(stamp.modSeq);
    }
  }

  /** Whether the row got its mod-sequence from a change of this session that the client was told about. */
  isOwn(modSeq: number): boolean {
    return this.#own.includes(modSeq);
  }

  /** Call before asking for changes. True when events may have been missed: the question must be a new one. */
  startCatchUp(): boolean {
    const stale = this.#stale;
    this.#stale = false;
    return stale;
  }

  /** All changes up to `modSeq` are in: `rows` have the flags. When more were announced the next question must be a new one. */
  finishCatchUp(modSeq: number, rows: readonly FetchRow[]): void {
    const flags = modSeq < this.modSeq ? null : this.flags;
    if (flags) this.#setFlags(flags, rows);
    if (modSeq > this.modSeq) this.modSeq = modSeq;
    if (flags) flags.modSeq = modSeq;
    if (this.#announced > this.modSeq) this.#stale = true;
    this.#own = [];
  }

  #setFlags(flags: KeptFlags, rows: readonly FlagsOf[]): void {
    for (const row of rows) {
      const seq = this.seqOf(row.uid);
      if (seq) flags.set(seq, row);
    }
  }
}
