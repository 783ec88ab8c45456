import type { FetchRow, FolderId, Identity, MailboxContract } from "../../actors/mailbox/contract.ts";
import type { ActorAddress } from "../../src/actor/actor.ts";
import { uidHas, uidIntersect, uidList, uidSet } from "../../src/codec/imap/uid_set.ts";
import { FolderView } from "../../src/frontend/imap/folder_view.ts";
import type { Ledger } from "./ledger.ts";
import type { SimNode } from "./node.ts";

interface Cache {
  uidValidity: number;
  modSeq: number;
  /** UIDNEXT as it was told last: what comes later lies above. */
  uidNext: number;
  flags: Map<number, string>;
  ids: Map<number, string>;
}

type Select = MailboxContract["select"]["reply"];

/**
 * An IMAP client with QRESYNC (RFC 7162) that remembers what it was told and goes from server to server. After each
 * synchronisation its cache must be what the server holds: law 6.
 */
export class SimClient {
  readonly #caches = new Map<FolderId, Cache>();
  /** The largest HIGHESTMODSEQ that it was told, and when that was. */
  readonly #told = new Map<FolderId, { moment: string; modSeq: number }>();
  /** A synchronisation is under way. */
  busy = false;

  constructor(
    readonly name: string,
    readonly mailbox: ActorAddress,
    private readonly ledger: Ledger,
    /** Equal at two moments when both servers were one all the time between them; null when they are not one. */
    private readonly moment: (mailbox: ActorAddress) => string | null,
    /** Somebody with whom the folders are shared, if it is not the owner's. */
    private readonly as?: Identity,
  ) {}

  /** Forgets everything, like a client that is set up anew. */
  forget(): void {
    this.#caches.clear();
    this.#told.clear();
  }

  /** Opens a folder on a server, catches up from its cache, and compares. */
  async sync(node: SimNode, folder: string): Promise<void> {
    const { life } = node;
    const moment = this.moment(this.mailbox);
    const opened = await this.#ask<Select>(node, "select", { name: folder, claimRecent: false });
    if (!opened) return;
    const { status } = opened;
    this.#neverOlder(node, status, moment);
    let cache = this.#caches.get(status.id);
    if (!cache || cache.uidValidity !== status.uidValidity) {
      cache = { uidValidity: status.uidValidity, modSeq: 0, uidNext: 1, flags: new Map(), ids: new Map() };
      this.#caches.set(status.id, cache);
    }
    if (!(await this.#catchUp(node, opened, cache, moment))) return;
    const rows = await this.#rows(node, status.id);
    const after = await this.#ask<Select>(node, "select", { name: folder, claimRecent: false });
    if (!rows || !after || life !== node.life) return this.forget();
    for (const row of rows) {
      this.ledger.sawUid(node.id, status.id, status.uidValidity, row.uid, row.emailId!);
    }
    this.ledger.sawHead(node.id, status.id, after.status.uidNext, after.status.highestModSeq);
    // Something happened between: the next time will tell.
    if (after.status.id !== status.id || after.status.highestModSeq !== status.highestModSeq) return;
    this.#compare(node, folder, rows, cache);
  }

  /** While both servers see each other a client that goes over is not shown what it is past already. */
  #neverOlder(node: SimNode, { id, name, highestModSeq }: Select["status"], moment: string | null): void {
    const told = this.#told.get(id);
    const linked = moment !== null && moment === this.moment(this.mailbox);
    if (linked && told?.moment === moment && highestModSeq < told.modSeq) {
      this.ledger.violate(
        `${this.name} on ${node.id}, ${name}: HIGHESTMODSEQ ${highestModSeq} after ${told.modSeq}`,
      );
    }
    if (linked) this.#told.set(id, { moment, modSeq: highestModSeq });
  }

  async #catchUp(
    node: SimNode,
    opened: Select,
    cache: Cache,
    moment: string | null,
  ): Promise<boolean> {
    const { status, uids, foreign } = opened;
    const view = new FolderView({
      id: status.id,
      name: status.name,
      examined: true,
      uidValidity: status.uidValidity,
      uidNext: status.uidNext,
      modSeq: status.highestModSeq,
      uids,
      recent: [],
      foreign,
    });
    const since = view.knownSince(cache.modSeq);
    const known = uidSet(cache.flags.keys());
    if (known.length && since < status.highestModSeq) {
      const bounded = uidIntersect(known, [1, Math.max(1, status.uidNext - 1)]);
      const reply = await this.#ask<MailboxContract["vanished"]["reply"]>(node, "vanished", {
        folder: status.id,
        known: bounded,
        since,
      });
      if (!reply) return false;
      for (const uid of uidList(reply.uids)) cache.flags.delete(uid);
    }
    // UIDs beyond UIDNEXT cannot exist here: a client that is given a smaller UIDNEXT drops them (RFC 9051 §2.3.1.1).
    for (const uid of cache.flags.keys()) if (uid >= status.uidNext) cache.flags.delete(uid);
    const passed = cache.uidNext > status.uidNext ? 0 : cache.uidNext;
    cache.uidNext = Math.min(cache.uidNext, status.uidNext);
    if (since >= status.highestModSeq) {
      cache.uidNext = status.uidNext;
      return true;
    }
    const changes = await this.#ask<MailboxContract["changes"]["reply"]>(node, "changes", {
      folder: status.id,
      since,
    });
    if (!changes) return false;
    if (changes.highestModSeq !== status.highestModSeq) {
      // Something happened between the two answers: it was told more than HIGHESTMODSEQ says, and begins anew.
      this.#caches.delete(status.id);
      return false;
    }
    for (const row of changes.changed) {
      if (!uidHas(uids, row.uid)) continue;
      const late = row.uid < passed && !cache.flags.has(row.uid);
      // During a cut it may be one that the other server removed already.
      if (late && moment !== null && moment === this.moment(this.mailbox)) {
        this.ledger.violate(
          `${this.name} on ${node.id}, ${status.name}: UID ${row.uid} came after UIDNEXT ${passed}`,
        );
      }
      cache.flags.set(row.uid, flagsOf(row));
    }
    cache.modSeq = status.highestModSeq;
    cache.uidNext = status.uidNext;
    return true;
  }

  #compare(node: SimNode, folder: string, rows: readonly FetchRow[], cache: Cache): void {
    const wrong = new Set<string>();
    for (const row of rows) {
      const told = cache.flags.get(row.uid);
      if (told === undefined) wrong.add(`does not know UID ${row.uid}`);
      else if (told !== flagsOf(row)) {
        wrong.add(`thinks UID ${row.uid} has (${told}), it has (${flagsOf(row)})`);
      }
      const before = cache.ids.get(row.uid);
      if (before !== undefined && before !== row.emailId) {
        wrong.add(`cached another message as UID ${row.uid}`);
      }
    }
    const existing = new Set(rows.map((row) => row.uid));
    for (const uid of cache.flags.keys()) if (!existing.has(uid)) wrong.add(`still shows UID ${uid}`);
    cache.ids = new Map(rows.map((row) => [row.uid, row.emailId!]));
    for (const what of wrong) this.ledger.violate(`${this.name} on ${node.id}, ${folder}: ${what}`);
    // One lie is enough: go on from the truth.
    cache.flags = new Map(rows.map((row) => [row.uid, flagsOf(row)]));
  }

  async #rows(node: SimNode, folder: FolderId): Promise<FetchRow[] | null> {
    const reply = await this.#ask<MailboxContract["fetch"]["reply"]>(node, "fetch", {
      folder,
      uids: [1, 0xffffffff],
      items: { emailId: true },
    });
    return reply?.rows ?? null;
  }

  async #ask<R>(node: SimNode, name: string, asked: object): Promise<R | null> {
    const request = this.as ? { ...asked, as: this.as } : asked;
    const outcome = await node.ask({ to: this.mailbox, name, request, requestId: null });
    return outcome.ok ? outcome.reply as R : null;
  }
}

function flagsOf(row: FetchRow): string {
  return `${row.flags} ${row.keywords}`;
}
