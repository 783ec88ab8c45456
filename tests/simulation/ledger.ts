import type { FolderId } from "../../actors/mailbox/contract.ts";

/** What the world was promised about one message. */
export interface Promised {
  text: string;
  /** A server said that it has the message. */
  acknowledged: boolean;
  /** Somebody asked for its removal, or put it where everything may be removed: it need not be there. */
  removable: boolean;
  /** Copies that there may be at most. */
  copies: number;
  /** A server said that it is gone, and nobody ever moved or copied it: it must not come back. */
  expunged: boolean;
  moved: boolean;
  /** Keywords that a server said it has, and nobody took away. */
  keywords: Set<string>;
}

/** Everything promised and seen in one history; says what was broken. */
export class Ledger {
  readonly violations: string[] = [];
  /** By EMAILID. */
  readonly messages = new Map<string, Promised>();
  /** What each (folder, UIDVALIDITY, UID) was ever seen to stand for, on any server. */
  readonly #uids = new Map<string, string>();
  /** UIDNEXT and HIGHESTMODSEQ, by server and folder. */
  readonly #heads = new Map<string, [number, number]>();

  violate(what: string): void {
    if (this.violations.length < 20) this.violations.push(what);
  }

  /** Notes a message on its way. */
  expect(emailId: string, text: string): Promised {
    const promised: Promised = {
      text,
      acknowledged: false,
      removable: false,
      copies: 1,
      expunged: false,
      moved: false,
      keywords: new Set(),
    };
    this.messages.set(emailId, promised);
    return promised;
  }

  /** A UID was seen. Law 2: it names one content for ever. */
  sawUid(where: string, folder: FolderId, uidValidity: number, uid: number, emailId: string): void {
    const key = `${folder} ${uidValidity} ${uid}`;
    const before = this.#uids.get(key);
    if (before === undefined) this.#uids.set(key, emailId);
    else if (before !== emailId) {
      const name = (id: string) => this.messages.get(id)?.text ?? id;
      this.violate(`${where}: UID ${uid} of ${folder} names ${name(emailId)}, and named ${name(before)}`);
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

  /** A server lost its disk: its counters begin anew. */
  forgetHeads(node: string): void {
    for (const key of this.#heads.keys()) if (key.startsWith(`${node} `)) this.#heads.delete(key);
  }
}
