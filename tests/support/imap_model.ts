import { strict as assert } from "node:assert";
import {
  type FlagLedger,
  flagsOf,
  formatSet,
  noteFlags,
  parseStore,
  type StoreAction,
} from "./imap_flags.ts";
import { fetchedOne } from "./imap_world.ts";

/** What a client knows of one message of its folder. */
export interface KnownMessage {
  /** 0 until the client was told. */
  uid: number;
  modSeq: number;
  /** The largest UID that was told before this message was: it must have a larger one. */
  above: number;
  /** Null until the client was told. */
  flags: Set<string> | null;
}

/** What is said of a message must be said to everybody alike. */
export interface Ledger {
  /** UID → size and subject. */
  texts: Map<number, { size?: string; subject?: string }>;
  /** As one reader sees them: \\Seen may be each one's own. */
  flags: FlagLedger;
  /** Without \\Seen, as all see them. */
  common: FlagLedger;
}

/** What a client has enabled: it decides in which form changes may be told. */
export interface ModelOptions {
  condstore: boolean;
  qresync: boolean;
  uidOnly: boolean;
  notify: boolean;
}

/** UIDs or numbers of a wire set without `*`. */
export function numbersOf(set: string): number[] {
  if (!set) return [];
  return set.split(",").flatMap((range) => {
    const [first, last = first] = range.split(":").map(Number);
    return Array.from({ length: last - first + 1 }, (_, i) => first + i);
  });
}

/**
 * One client's folder as the server's responses make it, where each must be allowed at its moment and fit all that
 * was said before (RFC 9051 §5.5, §7.5.1; RFC 7162 §3.2.10; RFC 9586 §3). Throws an AssertionError where one does not.
 */
export class FolderModel {
  messages: KnownMessage[] = [];
  uidValidity = 0;
  /** All changes up to here were told when it was. */
  highestModSeq = 0;
  /** UIDs the client was told are gone: none of them may come back. */
  readonly #gone = new Set<number>();
  #highestUid = 0;
  /** What the answer that is being read says of mod-sequences. */
  #codeModSeq: number | null = null;
  #fetchedModSeq = 0;
  /** What a silent STORE will have changed, and who was told of other flags meanwhile. */
  #store: { action: StoreAction; targets: KnownMessage[]; told: Set<KnownMessage> } | null = null;

  constructor(readonly options: ModelOptions, readonly ledger: Ledger) {}

  /** Begins a SELECT: nothing is known, or what `keep` says (QRESYNC). */
  reset(keep: KnownMessage[] = []): void {
    this.messages = keep;
    this.#highestUid = keep.at(-1)?.uid ?? 0;
  }

  /** Before the answer to `command`: whose flags it is to change. */
  begin(command: string): void {
    // RFC 7162 §3.1: whoever asks for MODSEQ is told it from then on.
    if (/\bMODSEQ\b/.test(command)) this.options.condstore = true;
    const action = parseStore(command);
    this.#store = action && { action, targets: this.#targets(command), told: new Set() };
  }

  /** After its tagged answer. */
  end(command: string, status: string, text: string): void {
    const store = this.#store;
    this.#store = null;
    const modSeq = /\[HIGHESTMODSEQ (\d+)\]/.exec(text);
    this.#learnModSeq(command, modSeq ? Number(modSeq[1]) : this.#codeModSeq);
    if (!store || status !== "OK") return;
    for (const message of store.targets) {
      if (store.told.has(message)) {
        // Without MODSEQ nobody can tell whether what was told is from before the own silent change or from after it.
        const after = message.flags && store.action.change(message.flags);
        const sure = !store.action.silent || this.options.condstore || !after;
        if (!sure && formatSet(after) !== formatSet(message.flags!)) message.flags = null;
      } else if (store.action.silent) message.flags &&= store.action.change(message.flags);
      else if (!command.startsWith("UID ")) {
        // RFC 9051 §6.4.6: the new value comes back, but for messages that are gone by now.
        assert.match(text, /EXPUNGEISSUED/, `${command}: nothing was said of a message`);
      }
    }
  }

  /** Checks and applies one untagged line that came while `command` was the oldest one without an answer. */
  apply(line: string, command: string): void {
    const number = /^(\d+) (EXISTS|EXPUNGE|FETCH|UIDFETCH)\b/.exec(line);
    const code = /^OK \[(UIDVALIDITY|UIDNEXT|HIGHESTMODSEQ) (\d+)\]/.exec(line);
    if (number) {
      const value = Number(number[1]);
      if (number[2] === "EXISTS") this.#exists(value, line);
      else if (number[2] === "EXPUNGE") this.#expunge(value, command, line);
      else this.#fetch(value, number[2] === "UIDFETCH", command, line);
    } else if (code) this.#code(code[1], Number(code[2]), line);
    else if (line.startsWith("VANISHED ")) this.#vanished(line, command);
    else if (/^(SEARCH|SORT)\b/.test(line)) {
      const found = line.replace(/^\w+/, "").replace(/\(.*/, "").trim().split(" ").filter(Boolean);
      this.#found(found.map(Number), command, line);
    } else if (line.startsWith("ESEARCH ")) {
      assert.equal(/ UID\b/.test(line), command.startsWith("UID "), line);
      for (const [, set] of line.matchAll(/ (?:ALL|MIN|MAX) ([\d:,]+)/g)) {
        this.#found(numbersOf(set), command, line);
      }
    }
  }

  /** The UIDs that are known, in order. */
  get uids(): number[] {
    return this.messages.map(({ uid }) => uid).filter(Boolean);
  }

  /** The messages a STORE names, as far as they are known. */
  #targets(command: string): KnownMessage[] {
    const [, uid, set] = /^(UID )?STORE (\S+)/.exec(command)!;
    if (!uid) return numbersOf(set).map((n) => this.messages[n - 1]).filter(Boolean);
    const last = this.messages.every(({ uid }) => uid) ? this.uids.at(-1) ?? 0 : Infinity;
    const ranges = set.split(",").map((range) => {
      const [a, b = a] = range.split(":").map((one) => one === "*" ? last : Number(one));
      return [Math.min(a, b), Math.max(a, b)];
    });
    return this.messages.filter((message) =>
      message.uid && ranges.some(([a, b]) => message.uid >= a && message.uid <= b)
    );
  }

  #code(name: string, value: number, line: string): void {
    if (name === "UIDVALIDITY") {
      assert.ok(this.uidValidity === 0 || this.uidValidity === value, line);
      this.uidValidity = value;
    } else if (name === "UIDNEXT") {
      assert.ok(value > this.#highestUid, `${line}: UID ${this.#highestUid} is known`);
      this.#highestUid = value - 1;
    } else this.#codeModSeq = value;
  }

  /** RFC 7162 §6: what a code says counts, even when it is less; otherwise the largest MODSEQ of the answer. */
  #learnModSeq(command: string, told: number | null): void {
    const opens = /^(SELECT|EXAMINE)\b/.test(command);
    if (opens && told !== null) assert.ok(told >= this.highestModSeq, `${command}: ${told}`);
    this.highestModSeq = told ?? Math.max(this.highestModSeq, this.#fetchedModSeq);
    this.#codeModSeq = null;
    this.#fetchedModSeq = 0;
  }

  #exists(count: number, line: string): void {
    assert.ok(count >= this.messages.length, `${line}: fewer than ${this.messages.length}`);
    while (this.messages.length < count) {
      this.messages.push({ uid: 0, modSeq: 0, above: this.#highestUid, flags: null });
    }
  }

  /** Never where numbers must stay (RFC 9051 §7.5.1; SORT answers numbers as SEARCH does). */
  #mayShrink(command: string, line: string): void {
    assert.ok(!/^(FETCH|STORE|SEARCH|SORT)\b/.test(command), `${line} while ${command} was answered`);
    assert.notEqual(command, "", `${line} while no command was in progress`);
  }

  #expunge(number: number, command: string, line: string): void {
    this.#mayShrink(command, line);
    assert.ok(!this.options.qresync && !this.options.uidOnly, `${line}, but VANISHED is on`);
    assert.ok(number >= 1 && number <= this.messages.length, `${line} of ${this.messages.length}`);
    const [{ uid }] = this.messages.splice(number - 1, 1);
    if (uid) this.#gone.add(uid);
  }

  #vanished(line: string, command: string): void {
    assert.ok(this.options.qresync || this.options.uidOnly, `${line}, but VANISHED is off`);
    const [, earlier, set] = /^VANISHED (\(EARLIER\) )?([\d:,]+)$/.exec(line)!;
    if (!earlier) this.#mayShrink(command, line);
    for (const uid of numbersOf(set)) {
      let at = this.messages.findIndex((message) => message.uid === uid);
      if (at < 0 && !earlier) {
        // One whose UID was not told: it stands before the first known larger one.
        const after = this.messages.findIndex((message) => message.uid > uid);
        at = (after < 0 ? this.messages.length : after) - 1;
        if (this.options.uidOnly) at = this.messages.indexOf(this.#counted(uid, line));
        assert.equal(this.messages[at]?.uid, 0, `${line}: ${uid} is not known`);
      } else if (earlier) assert.ok(at < 0, `${line}: ${uid} counts`);
      if (at >= 0) this.messages.splice(at, 1);
      this.#gone.add(uid);
    }
  }

  #fetch(number: number, byUid: boolean, command: string, line: string): void {
    assert.equal(byUid, this.options.uidOnly, line);
    if (!byUid) {
      assert.ok(number >= 1 && number <= this.messages.length, `${line} of ${this.messages.length}`);
    }
    const items = fetchedOne([line.replace("UIDFETCH", "FETCH")], number);
    const message = byUid ? this.#byUid(number, line) : this.messages[number - 1];
    const uid = Number(items.get("UID") ?? 0);
    if (command.startsWith("UID ") && !byUid) assert.ok(uid, `${line}: no UID in the answer to ${command}`);
    if (uid) this.#learnUid(message, uid, line);
    // What NOTIFY says of new messages has the items that were asked for (RFC 5465 §5.2).
    const { condstore, notify } = this.options;
    if (items.has("FLAGS") && condstore && !notify && !/^(UID )?FETCH/.test(command)) {
      assert.ok(items.has("MODSEQ"), `${line}: CONDSTORE is on`);
    }
    this.#learnFlags(message, items, line);
    if (!message.uid) return;
    const { texts } = this.ledger;
    const entry = texts.get(message.uid) ?? {};
    const size = items.get("RFC822.SIZE"), subject = items.get("BODY[HEADER.FIELDS (SUBJECT)]");
    if (size) assert.equal(entry.size ??= size, size, line);
    if (subject) assert.equal(entry.subject ??= subject, subject, line);
    texts.set(message.uid, entry);
  }

  #learnFlags(message: KnownMessage, items: ReadonlyMap<string, string>, line: string): void {
    const modSeq = Number(items.get("MODSEQ")?.slice(1, -1) ?? 0);
    if (modSeq) {
      this.#fetchedModSeq = Math.max(this.#fetchedModSeq, modSeq);
      assert.ok(modSeq >= message.modSeq, `${line}: MODSEQ was ${message.modSeq}`);
      message.modSeq = modSeq;
    }
    const list = items.get("FLAGS");
    if (!list && modSeq && this.#store?.action.silent) {
      // RFC 7162 §3.1.3: the own silent change has this MODSEQ.
      message.flags &&= this.#store.action.change(message.flags);
      this.#store.told.add(message);
    }
    if (!list) return;
    message.flags = flagsOf(list);
    this.#store?.told.add(message);
    if (!modSeq || !message.uid) return;
    noteFlags(this.ledger.flags, message.uid, modSeq, message.flags, line);
    const common = new Set(message.flags);
    common.delete("\\Seen");
    noteFlags(this.ledger.common, message.uid, modSeq, common, line);
  }

  /** The message of a UIDFETCH; one of those that are only counted when it is new (RFC 9586 §3). */
  #byUid(uid: number, line: string): KnownMessage {
    assert.ok(!this.#gone.has(uid), `${line}: this one was gone`);
    const known = this.messages.find((message) => message.uid === uid);
    if (known) return known;
    const counted = this.#counted(uid, line);
    counted.uid = uid;
    this.messages.sort((a, b) => (a.uid || Infinity) - (b.uid || Infinity));
    return counted;
  }

  /** One that is only counted and may have this UID: the latest, so that the others fit smaller ones. */
  #counted(uid: number, line: string): KnownMessage {
    const fits = this.messages.filter((message) => message.uid === 0 && message.above < uid);
    assert.ok(fits.length, `${line}: more messages than EXISTS told`);
    return fits.reduce((best, one) => one.above > best.above ? one : best);
  }

  #learnUid(message: KnownMessage, uid: number, line: string): void {
    assert.ok(!message.uid || message.uid === uid, `${line}: it was UID ${message.uid}`);
    assert.ok(!this.#gone.has(uid), `${line}: this one was gone`);
    if (message.uid) return;
    assert.ok(uid > message.above, `${line}: UID ${message.above} was there before it`);
    message.uid = uid;
    const at = this.messages.indexOf(message);
    const before = this.messages.findLast((other, i) => i < at && other.uid > 0)?.uid ?? 0;
    const after = this.messages.find((other, i) => i > at && other.uid > 0)?.uid ?? Infinity;
    assert.ok(before < uid && uid < after, `${line}: between ${before} and ${after}`);
    if (uid > this.#highestUid) this.#highestUid = uid;
  }

  #found(numbers: number[], command: string, line: string): void {
    const all = this.messages.every(({ uid }) => uid);
    for (const number of numbers) {
      if (!command.startsWith("UID ")) {
        assert.ok(number >= 1 && number <= this.messages.length, `${line} of ${this.messages.length}`);
      } else {
        assert.ok(!this.#gone.has(number), `${line}: ${number} was gone`);
        if (all) {
          assert.ok(this.messages.some(({ uid }) => uid === number), `${line}: ${number} is not known`);
        }
      }
    }
  }
}
