import type { Account } from "../../../actors/directory/contract.ts";
import { LIMITS } from "../../base/limits.ts";
import { errorFields, type Log } from "../../base/log.ts";
import type { Connection, Line } from "../../net/connection.ts";
import { followAccount } from "../account_watch.ts";
import type { FrontendContext, ListenerSettings } from "../context.ts";
import type { Maildrop } from "./maildrop.ts";
import type { ReadAhead } from "./read_ahead.ts";
import { readable } from "./reply.ts";

/** Output that may wait in this process before the client has to read. */
const UNSENT_BYTES = 256 * 1024;

/** One client's state: AUTHORIZATION until `drop` is set, then TRANSACTION (RFC 1939 §3). */
export class Pop3Session {
  readonly log: Log;
  readonly startedMs: number;
  /** Name of the last USER. */
  userName: string | null = null;
  account: Account | null = null;
  drop: Maildrop | null = null;
  bodies: ReadAhead | null = null;
  headers: ReadAhead | null = null;
  /** UTF8 was said: STLS is over (RFC 6856 §2.1). */
  utf8 = false;
  errors = 0;
  authFailures = 0;
  retrieved = 0;
  removed = 0;
  /** Commands so far: the watchdog sees by it whether anything moves. */
  commands = 0;
  /** Set when the session must end: its last line. */
  ending: string | null = null;
  /** Waiting for a command: a goodbye can be said at once. */
  waiting = false;
  #saidGoodbye = false;
  #unsentBytes = 0;
  #unwatch: (() => void) | null = null;

  constructor(
    readonly connection: Connection,
    readonly listener: ListenerSettings,
    readonly context: FrontendContext,
  ) {
    this.log = context.log;
    this.startedMs = context.clock.monotonicMs();
  }

  /** Passwords may travel: TLS, or a server set up for tests. */
  get isPrivate(): boolean {
    return this.connection.tls !== null || this.context.allowPlaintext;
  }

  get offersTls(): boolean {
    return this.listener.tls === "starttls" && this.connection.tls === null && this.drop === null;
  }

  ok(text: string): void {
    this.write(`+OK ${text}\r\n`);
  }

  /** A refusal; `text` may begin with a response code. */
  err(text: string): void {
    this.write(`-ERR ${readable(text)}\r\n`);
  }

  /** A refusal of a command that a proper client would not send. */
  mistake(text: string): void {
    this.errors++;
    this.err(text);
  }

  write(data: string | Uint8Array): void {
    this.#unsentBytes += data.length;
    this.connection.write(data);
  }

  /** Waits while the client has much left to read. */
  async drain(): Promise<void> {
    if (this.#unsentBytes < UNSENT_BYTES) return;
    this.#unsentBytes = 0;
    await this.connection.flush();
  }

  /** The next line; null when the client has ended, or the session was told to meanwhile. */
  async nextLine(maxBytes: number = LIMITS.pop3LineBytes): Promise<Line | null> {
    await this.drain();
    if (this.ending !== null) return null;
    this.waiting = true;
    try {
      return await this.connection.readLine(maxBytes, LIMITS.pop3IdleMs);
    } finally {
      this.waiting = false;
    }
  }

  /** The first bytes, to tell TLS from a command. */
  async peek(): Promise<Uint8Array | null> {
    this.waiting = true;
    try {
      return await this.connection.read(LIMITS.pop3IdleMs);
    } finally {
      this.waiting = false;
    }
  }

  logIn(account: Account, drop: Maildrop): void {
    this.account = account;
    this.drop = drop;
    this.#unwatch = followAccount(this.context, account.id, {
      end: () => this.end("-ERR [AUTH] the account was changed, log in again"),
      failed: (error) =>
        this.log.warn("pop3.account", { session: this.connection.id, ...errorFields(error) }),
    });
  }

  /** Ends the session with a last line: at once while it waits for the client, else after the command that runs. */
  end(line: string): void {
    if (this.ending !== null) return;
    this.ending = line;
    if (!this.waiting) return;
    // The reader waits: it is woken by the close and ends the session.
    this.#goodbyeAndClose().catch((error: unknown) => {
      this.log.debug("pop3.close", errorFields(error));
      this.connection.destroy();
    });
  }

  async #goodbyeAndClose(): Promise<void> {
    this.sayGoodbye();
    await this.connection.close();
  }

  /** Writes the last line, once. */
  sayGoodbye(): void {
    if (this.ending !== null && !this.#saidGoodbye) this.write(`${this.ending}\r\n`);
    this.#saidGoodbye = true;
  }

  dispose(): void {
    this.#unwatch?.();
    this.bodies?.end();
    this.headers?.end();
  }
}
