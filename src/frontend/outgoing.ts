import { ConnectionClosed } from "../net/connection.ts";

/** Somebody who waits for room. */
interface Waiting {
  share: OutgoingShare;
  bytes: number;
  granted: () => void;
}

/**
 * Octets of messages on their way to clients, over all sessions: asked of a mailbox, or written and not read yet. A
 * session takes room before it asks and gives it back when the client has read. Past the bound an account has a few
 * pages under way and its other sessions wait: clients that do not read hold up nobody but their own account, however
 * many they are.
 */
export class Outgoing {
  /** What is under way now. */
  takenBytes = 0;
  readonly #byAccount = new Map<string, number>();
  #waiting: Waiting[] = [];

  /** `accountBytes`: what an account has whatever others hold; a single message may be larger. */
  constructor(private readonly bytes: number, private readonly accountBytes: number) {}

  /** What one session of an account takes; `closed` is asked for only when there is no room. */
  share(account: string, closed: () => AbortSignal): OutgoingShare {
    return new OutgoingShare(this, account, closed);
  }

  /** For shares: takes room if there is some and nobody waits for it. */
  tryTake(account: string, bytes: number): boolean {
    return this.#fit(account, bytes, this.#waiting.length > 0);
  }

  /** For shares: waits in line. */
  wait(waiting: Waiting): void {
    this.#waiting.push(waiting);
  }

  /** For shares: leaves the line. */
  leave(share: OutgoingShare): void {
    this.#waiting = this.#waiting.filter((one) => one.share !== share);
  }

  /** For shares: gives room back, to those who wait. */
  give(account: string, bytes: number): void {
    this.takenBytes -= bytes;
    const held = this.#byAccount.get(account)! - bytes;
    if (held > 0) this.#byAccount.set(account, held);
    else this.#byAccount.delete(account);
    if (this.#waiting.length) this.#admit();
  }

  #fit(account: string, bytes: number, full: boolean): boolean {
    const held = this.#byAccount.get(account) ?? 0;
    const own = held === 0 || held + bytes <= this.accountBytes;
    if (!own && (full || this.takenBytes + bytes > this.bytes)) return false;
    this.takenBytes += bytes;
    if (bytes) this.#byAccount.set(account, held + bytes);
    return true;
  }

  /** In the order in which they came, but nobody waits for others to have what is the account's own. */
  #admit(): void {
    let full = false;
    this.#waiting = this.#waiting.filter(({ share, bytes, granted }) => {
      if (!this.#fit(share.account, bytes, full)) return full = true;
      granted();
      return false;
    });
  }
}

/** What one session has under way. One that waits holds nothing, or others might wait for it. */
export class OutgoingShare {
  #held = 0;
  #ended = false;

  constructor(
    private readonly outgoing: Outgoing,
    readonly account: string,
    private readonly closed: () => AbortSignal,
  ) {}

  /** Takes room, perhaps later. Rejects when the connection has gone meanwhile. */
  async take(bytes: number): Promise<void> {
    if (this.tryTake(bytes)) return;
    const closed = this.closed();
    await new Promise<void>((resolve, reject) => {
      const leave = () => {
        this.outgoing.leave(this);
        reject(new ConnectionClosed("closed"));
      };
      if (closed.aborted) return leave();
      closed.addEventListener("abort", leave);
      const granted = () => {
        closed.removeEventListener("abort", leave);
        this.#held += bytes;
        resolve();
      };
      this.outgoing.wait({ share: this, bytes, granted });
    });
  }

  /** Takes room if there is some now. */
  tryTake(bytes: number): boolean {
    if (!this.outgoing.tryTake(this.account, bytes)) return false;
    this.#held += bytes;
    return true;
  }

  /** Gives back what the client has read. */
  give(bytes: number): void {
    if (!bytes || this.#ended) return;
    this.#held -= bytes;
    this.outgoing.give(this.account, bytes);
  }

  /** Gives back everything, once and for all. */
  end(): void {
    this.give(this.#held);
    this.#ended = true;
  }
}
