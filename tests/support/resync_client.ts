import { ImapClient } from "./imap_client.ts";
import type { TestServer } from "./harness.ts";

interface Cached {
  /** FLAGS, sorted. */
  flags: string;
  /** EMAILID, asked once: a UID names one message for ever. */
  emailId: string;
  modSeq?: number;
}

/**
 * A mail client that keeps what it was told of one folder and resynchronises by QRESYNC (RFC 7162 §3.2.5), on one server
 * or the other. `wrong` collects every difference between its cache and what the server then shows.
 */
export class ResyncClient {
  readonly wrong: string[] = [];
  #uidValidity = 0;
  #modSeq = 0;
  #cache = new Map<number, Cached>();

  constructor(
    private readonly account: string,
    private readonly password: string,
    private readonly folder = "INBOX",
  ) {}

  /** Messages that it knows. */
  get size(): number {
    return this.#cache.size;
  }

  /** Resynchronises with a server, and compares. Messages fetched anew are counted. */
  async sync(server: TestServer): Promise<number> {
    const imap = await ImapClient.login(server.ports.imaps, this.account, this.password, {
      host: server.address,
      tls: true,
    });
    try {
      await imap.ok("ENABLE QRESYNC");
      return await this.#sync(imap, server.address);
    } finally {
      await imap.close();
    }
  }

  async #sync(imap: ImapClient, where: string): Promise<number> {
    const known = [...this.#cache.keys()].join(",");
    const resync = this.#uidValidity
      ? ` (QRESYNC (${this.#uidValidity} ${this.#modSeq}${known && ` ${known}`}))`
      : "";
    const lines = await imap.ok(`SELECT ${this.folder}${resync}`);
    const code = (name: string) =>
      Number(lines.map((line) => new RegExp(`\\[${name} (\\d+)\\]`).exec(line)?.[1]).find(Boolean));
    const uidValidity = code("UIDVALIDITY");
    if (uidValidity !== this.#uidValidity) {
      if (this.#uidValidity) {
        this.wrong.push(`${where}: UIDVALIDITY ${this.#uidValidity} became ${uidValidity}`);
      }
      this.#cache.clear();
      this.#uidValidity = uidValidity;
    }
    for (const line of lines) this.#takeIn(line);
    this.#modSeq = code("HIGHESTMODSEQ");
    const all = await this.#all(imap);
    let fetched = 0;
    for (const [uid, now] of all) {
      const known = this.#cache.get(uid);
      if (!known) fetched++;
      else if (known.emailId && known.emailId !== now.emailId) {
        this.wrong.push(`${where}: UID ${uid} is another message`);
      } else if (known.flags !== now.flags && now.modSeq! <= this.#modSeq) {
        this.wrong.push(`${where}: UID ${uid} has ${now.flags}, the client was told ${known.flags}`);
      }
    }
    for (const uid of this.#cache.keys()) {
      if (!all.has(uid)) this.wrong.push(`${where}: UID ${uid} is gone, and the client was not told`);
    }
    this.#cache = all;
    return fetched;
  }

  /** Untagged answers of SELECT: VANISHED (EARLIER) and FETCH. */
  #takeIn(line: string): void {
    const vanished = /^VANISHED (?:\(EARLIER\) )?(\S+)/.exec(line);
    for (const range of vanished?.[1].split(",") ?? []) {
      const [first, last = first] = range.split(":").map(Number);
      for (const uid of this.#cache.keys()) if (uid >= first && uid <= last) this.#cache.delete(uid);
    }
    const fetch = /^\d+ FETCH \(UID (\d+) FLAGS \(([^)]*)\)/.exec(line);
    if (!fetch) return;
    const known = this.#cache.get(Number(fetch[1]));
    this.#cache.set(Number(fetch[1]), { flags: sorted(fetch[2]), emailId: known?.emailId ?? "" });
  }

  async #all(imap: ImapClient): Promise<Map<number, Cached>> {
    const all = new Map<number, Cached>();
    // What changes between SELECT and this is told here: flags with a later MODSEQ, and VANISHED in either answer.
    const lines = await imap.ok("UID FETCH 1:* (FLAGS EMAILID MODSEQ)");
    for (const line of lines) {
      const match = /UID (\d+) FLAGS \(([^)]*)\) EMAILID \((\S+)\) MODSEQ \((\d+)\)/.exec(line);
      if (!match) continue;
      all.set(Number(match[1]), { flags: sorted(match[2]), emailId: match[3], modSeq: Number(match[4]) });
    }
    for (const line of [...lines, ...await imap.ok("NOOP")]) {
      if (!line.startsWith("VANISHED ")) continue;
      this.#takeIn(line);
      for (const uid of all.keys()) if (!this.#cache.has(uid) && inSet(line, uid)) all.delete(uid);
    }
    return all;
  }
}

/** Whether a VANISHED line names a UID. */
function inSet(line: string, uid: number): boolean {
  return line.slice(line.lastIndexOf(" ") + 1).split(",").some((range) => {
    const [first, last = first] = range.split(":").map(Number);
    return uid >= first && uid <= last;
  });
}

/** Flags without \Recent, which is the session's own. */
function sorted(flags: string): string {
  return flags.split(" ").filter((flag) => flag && flag !== "\\Recent").sort().join(" ");
}
