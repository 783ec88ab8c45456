import type { Account, DirectoryContract } from "../../../actors/directory/contract.ts";
import { LIMITS } from "../../base/limits.ts";
import { errorFields, type Log } from "../../base/log.ts";
import { formatReply } from "../../codec/smtp/reply.ts";
import type { Connection, Line } from "../../net/connection.ts";
import { followAccount } from "../account_watch.ts";
import type { FrontendContext, ListenerSettings } from "../context.ts";
import type { Reply } from "./reply.ts";
import type { Transaction } from "./transaction.ts";

/** Replies written and not yet sent; past it the client has to read before it is heard again. */
const UNSENT_CHARS = 32 * 1024;
const ACCOUNT_CHANGED: Reply = {
  code: 421,
  enhanced: "4.7.0",
  text: "the account was changed, log in again",
};

/** One client's state. Handlers change it and write replies; the loop in `server.ts` reads commands. */
export class SmtpSession {
  readonly log: Log;
  readonly startedMs: number;
  /** What the client called itself and how: EHLO offers extensions, HELO does not. */
  hello: { verb: "EHLO" | "HELO" | "LHLO"; name: string } | null = null;
  account: Account | null = null;
  transaction: Transaction | null = null;
  /** Bad commands, wrong passwords, transactions begun and messages taken so far. */
  errors = 0;
  authFailures = 0;
  transactions = 0;
  messages = 0;
  /** Commands so far: the watchdog sees by it whether anything moves. */
  commands = 0;
  /** Waiting for a command: a goodbye can be said at once. */
  waiting = false;
  /** Set when the session must end: the last reply. */
  ending: Reply | null = null;
  #unwatch: (() => void) | null = null;
  #unsentChars = 0;
  #saidGoodbye = false;

  constructor(
    readonly connection: Connection,
    readonly listener: ListenerSettings,
    readonly context: FrontendContext,
  ) {
    this.log = context.log;
    this.startedMs = context.clock.monotonicMs();
  }

  get isLmtp(): boolean {
    return this.listener.protocol === "lmtp";
  }

  get isSubmission(): boolean {
    return this.listener.protocol === "submission";
  }

  /** Passwords may travel: TLS, or a server set up for tests. */
  get isPrivate(): boolean {
    return this.connection.tls !== null || this.context.allowPlaintext;
  }

  /** STARTTLS makes sense here. */
  get offersTls(): boolean {
    return this.listener.tls === "starttls" && this.connection.tls === null;
  }

  /** This port takes AUTH at all: submission always, port 25 only when configured. */
  get hasAuth(): boolean {
    return this.isSubmission || (this.listener.protocol === "smtp" && this.listener.auth);
  }

  /** A client that sends to outside domains without a login: port 25 from a configured network (P11). */
  get mayRelay(): boolean {
    const { context, connection } = this;
    return this.listener.protocol === "smtp" && context.mayRelay?.(connection.remote.address) === true;
  }

  /** Nothing but hello and STARTTLS before TLS (RFC 3207 §4). */
  get needsTls(): boolean {
    return this.connection.tls === null &&
      (this.listener.tlsRequired || (this.isSubmission && !this.isPrivate));
  }

  /** Largest message: the account's own bound, or that of the server. */
  get messageBytes(): number {
    return this.account?.limits.messageBytes ?? this.context.messageBytes;
  }

  get directory() {
    return this.context.system.ref<DirectoryContract>("directory:main");
  }

  /** Writes a reply. */
  reply(code: number, enhanced: string | null, text: string | readonly string[]): void {
    const wire = formatReply(code, enhanced, text);
    this.#unsentChars += wire.length;
    this.connection.write(wire);
  }

  send(reply: Reply): void {
    this.reply(reply.code, reply.enhanced, reply.text);
  }

  /** Writes a refusal that says something about mail, and logs it. */
  reject(reply: Reply, fields: { from?: string | null; to?: string; id?: string } = {}): void {
    this.send(reply);
    this.log.info("smtp.reject", {
      session: this.connection.id,
      ip: this.connection.remote.address,
      account: this.account?.address,
      ...fields,
      code: reply.code,
      reason: typeof reply.text === "string" ? reply.text : reply.text[0],
    });
  }

  /** Writes a refusal of a command that a proper client would not send. */
  mistake(reply: Reply): void {
    this.errors++;
    this.send(reply);
  }

  /** The next line; null when the client has ended. A client that sends without reading waits until it has read. */
  async nextLine(): Promise<Line | null> {
    if (this.#unsentChars > UNSENT_CHARS) {
      this.#unsentChars = 0;
      await this.connection.flush();
    }
    this.waiting = true;
    try {
      return await this.connection.readLine(LIMITS.smtpCommandBytes, LIMITS.smtpIdleMs);
    } finally {
      this.waiting = false;
    }
  }

  /** Forgets the transaction (RFC 5321 §4.1.1.5) and gives back what it holds. */
  resetTransaction(): void {
    this.transaction?.collected?.release();
    this.transaction = null;
  }

  logIn(account: Account): void {
    this.account = account;
    this.#unwatch = followAccount(this.context, account.id, {
      settings: (now) => void (this.account = now),
      end: () => this.end(ACCOUNT_CHANGED),
      failed: (error) =>
        this.log.warn("smtp.account", { session: this.connection.id, ...errorFields(error) }),
    });
  }

  /** Forgets who logged in (RFC 3207 §4.2: what was said in clear text does not count under TLS). */
  logOut(): void {
    this.#unwatch?.();
    this.#unwatch = null;
    this.account = null;
  }

  /** Ends the session with a last reply: at once while it waits for the client, else after the command that runs. */
  end(reply: Reply): void {
    if (this.ending) return;
    this.ending = reply;
    if (!this.waiting) return;
    // The reader waits: it is woken by the close and ends the session.
    this.#goodbyeAndClose().catch((error: unknown) => {
      this.log.debug("smtp.close", errorFields(error));
      this.connection.destroy();
    });
  }

  async #goodbyeAndClose(): Promise<void> {
    this.sayGoodbye();
    await this.connection.close();
  }

  /** Writes the last reply, once. */
  sayGoodbye(): void {
    if (this.ending && !this.#saidGoodbye) this.send(this.ending);
    this.#saidGoodbye = true;
  }

  dispose(): void {
    this.resetTransaction();
    this.logOut();
  }
}
