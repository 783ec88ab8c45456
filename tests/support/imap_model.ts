import { strict as assert } from "node:assert";
import { fetchedOne } from "./imap_world.ts";

/** What a client knows of one message of its folder. */
export interface KnownMessage {
  /** 0 until the client was told. */
  uid: number;
  modSeq: number;
  /** The largest UID that was told before this message was: it must have a larger one. */
  above: number;
}

/** What is said of a message must be said to everybody alike: UID → size and subject. */
export type Ledger = Map<number, { size?: string; subject?: string }>;

/** What a client has enabled: it decides in which form changes may be told. */
export interface ModelOptions {
  condstore: boolean;
  qresync: boolean;
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
 * was said before (RFC 9051 §5.5, §7.5.1; RFC 7162 §3.2.10). Throws an AssertionError where one does not.
 */
export class FolderModel {
  messages: KnownMessage[] = [];
  /** UIDs the client was told are gone: none of them may come back. */
  readonly #gone = new Set<number>();
  #highestUid = 0;

  constructor(readonly options: ModelOptions, readonly ledger: Ledger) {}

  /** A SELECT begins: nothing is known. */
  reset(): void {
    this.messages = [];
    this.#highestUid = 0;
  }

  /** Checks and applies one untagged line that came while `command` was the oldest one without an answer. */
  apply(line: string, command: string): void {
    const number = /^(\d+) (EXISTS|EXPUNGE|FETCH)\b/.exec(line);
    if (number) {
      const value = Number(number[1]);
      if (number[2] === "EXISTS") this.#exists(value, line);
      else if (number[2] === "EXPUNGE") this.#expunge(value, command, line);
      else this.#fetch(value, command, line);
    } else if (line.startsWith("VANISHED ")) this.#vanished(line, command);
    else if (/^SEARCH\b/.test(line)) {
      this.#found(
        line.slice(6).replace(/\(.*/, "").trim().split(" ").filter(Boolean).map(Number),
        command,
        line,
      );
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

  #exists(count: number, line: string): void {
    assert.ok(count >= this.messages.length, `${line}: fewer than ${this.messages.length}`);
    while (this.messages.length < count) {
      this.messages.push({ uid: 0, modSeq: 0, above: this.#highestUid });
    }
  }

  /** Never where numbers must stay (RFC 9051 §7.5.1). */
  #mayShrink(command: string, line: string): void {
    assert.ok(!/^(FETCH|STORE|SEARCH)\b/.test(command), `${line} while ${command} was answered`);
    assert.notEqual(command, "", `${line} while no command was in progress`);
  }

  #expunge(number: number, command: string, line: string): void {
    this.#mayShrink(command, line);
    assert.ok(!this.options.qresync, `${line}, but QRESYNC is on`);
    assert.ok(number >= 1 && number <= this.messages.length, `${line} of ${this.messages.length}`);
    const [{ uid }] = this.messages.splice(number - 1, 1);
    if (uid) this.#gone.add(uid);
  }

  #vanished(line: string, command: string): void {
    assert.ok(this.options.qresync, `${line}, but QRESYNC is off`);
    const [, earlier, set] = /^VANISHED (\(EARLIER\) )?([\d:,]+)$/.exec(line)!;
    if (!earlier) this.#mayShrink(command, line);
    for (const uid of numbersOf(set)) {
      let at = this.messages.findIndex((message) => message.uid === uid);
      if (at < 0 && !earlier) {
        // One whose UID was not told: it stands before the first known larger one.
        const after = this.messages.findIndex((message) => message.uid > uid);
        at = (after < 0 ? this.messages.length : after) - 1;
        assert.equal(this.messages[at]?.uid, 0, `${line}: ${uid} is not known`);
      } else if (earlier) assert.ok(at < 0, `${line}: ${uid} counts`);
      if (at >= 0) this.messages.splice(at, 1);
      this.#gone.add(uid);
    }
  }

  #fetch(number: number, command: string, line: string): void {
    assert.ok(number >= 1 && number <= this.messages.length, `${line} of ${this.messages.length}`);
    const message = this.messages[number - 1];
    const items = fetchedOne([line], number);
    const uid = Number(items.get("UID") ?? 0);
    if (command.startsWith("UID ")) assert.ok(uid, `${line}: no UID in the answer to ${command}`);
    if (uid) this.#learnUid(number - 1, uid, line);
    if (items.has("FLAGS") && this.options.condstore && !/^(UID )?FETCH/.test(command)) {
      assert.ok(items.has("MODSEQ"), `${line}: CONDSTORE is on`);
    }
    const modSeq = Number(items.get("MODSEQ")?.slice(1, -1) ?? 0);
    if (modSeq) {
      assert.ok(modSeq >= message.modSeq, `${line}: MODSEQ was ${message.modSeq}`);
      message.modSeq = modSeq;
    }
    if (!message.uid) return;
    const entry = this.ledger.get(message.uid) ?? {};
    const size = items.get("RFC822.SIZE"), subject = items.get("BODY[HEADER.FIELDS (SUBJECT)]");
    if (size) assert.equal(entry.size ??= size, size, line);
    if (subject) assert.equal(entry.subject ??= subject, subject, line);
    this.ledger.set(message.uid, entry);
  }

  #learnUid(at: number, uid: number, line: string): void {
    const message = this.messages[at];
    assert.ok(!message.uid || message.uid === uid, `${line}: it was UID ${message.uid}`);
    assert.ok(!this.#gone.has(uid), `${line}: this one was gone`);
    if (message.uid) return;
    assert.ok(uid > message.above, `${line}: UID ${message.above} was there before it`);
    message.uid = uid;
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
