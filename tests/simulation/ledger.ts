import type { FolderId } from "../../actors/mailbox/contract.ts";
import { Words } from "./words.ts";

/** What the world was promised about one message. */
export interface Promised {
  text: string;
  /** How many servers said that they have the message, each asked to file it anew: so many there must be. */
  least: number;
  /** Somebody asked for its removal, or put it where everything may be removed: it need not be there. */
  removable: boolean;
  /** Copies that there may be at most. */
  copies: number;
  /** A server said that it is gone, and nobody ever moved or copied it: it must not come back. */
  expunged: boolean;
  moved: boolean;
  /** Keywords that a server said it has, and nobody took away. */
  keywords: Set<string>;
  /** What was said about keywords that are set and taken away again. */
  toggles: Map<string, Words<boolean>>;
  /** What readers said about having seen it, by mailbox and reader. */
  seen: Map<string, Words<boolean>>;
}

/** Everything promised and seen in one history; says what was broken. */
export class Ledger {
  readonly violations: string[] = [];
  /** By EMAILID. */
  readonly messages = new Map<string, Promised>();
  /** What each (folder, UIDVALIDITY, UID) was ever seen to stand for, on any server. */
  readonly #uids = new Map<string, { emailId: string; by: Set<string> }>();
  /** What was said about subscriptions, names of folders and rights, by mailbox. */
  readonly #named = new Map<string, Map<string, Words<string>>>();
  /** UIDNEXT and HIGHESTMODSEQ, by server and folder. */
  readonly #heads = new Map<string, [number, number]>();

  violate(what: string): void {
    // The same again, at another time, says nothing new.
    const known = (one: string) => one.replace(/\d+/g, "") === what.replace(/\d+/g, "");
    if (this.violations.length < 20 && !this.violations.some(known)) this.violations.push(what);
  }

  /** What was said about things of one sort in a mailbox, by their names. */
  named(mailbox: string, sort: "subscription" | "folder" | "rights"): Map<string, Words<string>> {
    const key = `${sort} ${mailbox}`;
    const known = this.#named.get(key) ?? new Map<string, Words<string>>();
    this.#named.set(key, known);
    return known;
  }

  /** A STORE took away every flag that it did not name, from messages that nobody knows: no keyword is sure to stay. */
  forgetKeywords(): void {
    for (const one of this.messages.values()) {
      one.keywords.clear();
      for (const words of one.toggles.values()) words.giveUp();
    }
  }

  /** Notes a message on its way. */
  expect(emailId: string, text: string): Promised {
    const promised: Promised = {
      text,
      least: 0,
      removable: false,
      copies: 1,
      expunged: false,
      moved: false,
      keywords: new Set(),
      toggles: new Map(),
      seen: new Map(),
    };
    this.messages.set(emailId, promised);
    return promised;
  }

  /** A UID was seen. Law 2: it names one content for ever. */
  sawUid(where: string, folder: FolderId, uidValidity: number, uid: number, emailId: string): void {
    const key = `${folder} ${uidValidity} ${uid}`;
    const before = this.#uids.get(key);
    before?.by.add(where);
    if (!before) this.#uids.set(key, { emailId, by: new Set([where]) });
    else if (before.emailId !== emailId) {
      const name = (id: string) => this.messages.get(id)?.text ?? id;
      this.violate(
        `${where}: UID ${uid} of ${folder} names ${name(emailId)}, and named ${name(before.emailId)}`,
      );
    }
  }

  /** A folder's counters were seen. Law 2: they never go back on one server. */
  sawHead(node: string, folder: FolderId, uidNext: number, modSeq: number): void {
    const key = `${node} ${folder}`;
    const before = this.#heads.get(key);
    if (before && (uidNext < before[0] || modSeq < before[1])) {
      this.violate(
        `${node}: ${folder} went back from UIDNEXT ${before[0]}, modseq ${
          before[1]
        } to ${uidNext}, ${modSeq}`,
      );
    }
    this.#heads.set(key, [uidNext, modSeq]);
  }

  /** A server lost its disk: its counters begin anew, and numbers that only it ever showed are free again. */
  forgetServer(node: string): void {
    for (const key of this.#heads.keys()) if (key.startsWith(`${node} `)) this.#heads.delete(key);
    for (const [key, { by }] of this.#uids) if (by.delete(node) && !by.size) this.#uids.delete(key);
  }
}
