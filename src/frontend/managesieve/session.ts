import type { Account } from "../../../actors/directory/contract.ts";
import type { MailboxContract } from "../../../actors/mailbox/contract.ts";
import type { ActorRef } from "../../actor/actor.ts";
import { LIMITS } from "../../base/limits.ts";
import { errorFields, type Log } from "../../base/log.ts";
import { CommandReceiver } from "../../codec/imap/receiver.ts";
import { formatResponse } from "../../codec/managesieve/response.ts";
import type { Connection } from "../../net/connection.ts";
import { followAccount } from "../account_watch.ts";
import type { FrontendContext, ListenerSettings } from "../context.ts";

/** Output that may wait in this process before the client has to read. */
const UNSENT_BYTES = 256 * 1024;

/** A session that was told to end gets this long to finish what it is doing. */
const GOODBYE_MS = 3_000;

/** Why a session ends by the server: response code and text of its BYE. */
export interface Goodbye {
  code: string | null;
  text: string;
}

/** The session was ended with BYE: unwinds to the connection. */
export class SessionEnded extends Error {}

/** One client's state: non-authenticated until `account` is set (RFC 5804 §2). */
export class SieveSession {
  readonly log: Log;
  readonly startedMs: number;
  receiver: CommandReceiver;
  account: Account | null = null;
  errors = 0;
  authFailures = 0;
  commands = 0;
  bytesIn = 0;
  /** Literal octets of the command being received, taken from the ingest budget. */
  heldBytes = 0;
  /** Inside `connection.read`: a goodbye can be said at once. */
  waiting = false;
  /** LOGOUT was answered. */
  loggedOut = false;
  /** Set when the session must end. */
  ending: Goodbye | null = null;
  #saidGoodbye = false;
  #unsentBytes = 0;
  #unwatch: (() => void) | null = null;

  constructor(
    readonly connection: Connection,
    readonly listener: ListenerSettings,
    readonly context: FrontendContext,
  ) {
    this.log = context.log.with({ session: connection.id, ip: connection.remote.address });
    this.startedMs = context.clock.monotonicMs();
    this.receiver = newReceiver();
  }

  /** Passwords may travel: TLS, or a server set up for tests. */
  get private(): boolean {
    return this.connection.tls !== null || this.context.allowPlaintext;
  }

  get offersTls(): boolean {
    return this.listener.tls === "starttls" && this.connection.tls === null && this.account === null;
  }

  /** The account's mailbox; only after login. */
  get mailbox(): ActorRef<MailboxContract> {
    if (!this.account) throw new Error("no mailbox before login");
    return this.context.system.ref<MailboxContract>(`mailbox:${this.account.id}`);
  }

  /** Queues wire text. */
  write(text: string): void {
    this.#unsentBytes += text.length;
    this.connection.write(text);
  }

  /** Waits while the client has much left to read. */
  async drain(): Promise<void> {
    if (this.#unsentBytes >= UNSENT_BYTES) await this.flush();
  }

  /** Sends what is queued. */
  async flush(): Promise<void> {
    this.#unsentBytes = 0;
    await this.connection.flush();
  }

  logIn(account: Account): void {
    this.account = account;
    this.#unwatch = followAccount(this.context, account.id, {
      end: () => this.end({ code: null, text: "the account was changed, log in again" }),
      failed: (error) => this.log.warn("managesieve.account", errorFields(error)),
    });
  }

  /** Back to the state before login (RFC 5804 §2.14.1). */
  logOut(): void {
    this.#unwatch?.();
    this.#unwatch = null;
    this.account = null;
  }

  /** Ends the session with BYE from outside of it: at once when it waits for the client, else after its command. */
  end(goodbye: Goodbye): void {
    if (this.ending !== null) return;
    this.ending = goodbye;
    if (this.waiting) {
      this.sayGoodbye();
      this.connection.close().catch(() => this.connection.destroy());
    }
    this.context.clock.after(GOODBYE_MS, () => this.connection.destroy());
  }

  /** Ends the session with BYE from within. */
  stop(goodbye: Goodbye): never {
    this.ending ??= goodbye;
    throw new SessionEnded(goodbye.text);
  }

  /** Writes the BYE, once. */
  sayGoodbye(): void {
    const { ending } = this;
    if (ending !== null && !this.#saidGoodbye) this.write(formatResponse("BYE", ending.code, ending.text));
    this.#saidGoodbye = true;
  }

  /** Gives back what the command being received has taken. */
  releaseLiterals(): void {
    if (this.heldBytes) this.context.ingest.give(this.heldBytes);
    this.heldBytes = 0;
  }

  /** Lets go of everything outside the session. */
  dispose(): void {
    this.releaseLiterals();
    this.#unwatch?.();
  }
}

/** A fresh receiver: whatever was read before is gone. */
export function newReceiver(): CommandReceiver {
  return new CommandReceiver({ lineBytes: LIMITS.manageSieveLineBytes });
}
