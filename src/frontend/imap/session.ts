import type { ActorRef } from "../../actor/actor.ts";
import type { Account } from "../../../actors/directory/contract.ts";
import type { FolderEvent, MailboxContract } from "../../../actors/mailbox/contract.ts";
import type { Sends } from "../../../actors/mailbox/filter/contract.ts";
import { LIMITS } from "../../base/limits.ts";
import { errorFields, type Log } from "../../base/log.ts";
import { CommandReceiver } from "../../codec/imap/receiver.ts";
import type { Connection } from "../../net/connection.ts";
import { followAccount } from "../account_watch.ts";
import type { FrontendContext, ListenerSettings } from "../context.ts";
import type { AppendQueue } from "./append_queue.ts";
import type { State } from "./command.ts";
import type { FolderView } from "./folder_view.ts";
import { withEvents } from "./imap_events.ts";
import type { Notifier } from "./notifier.ts";
import type { Place } from "./place.ts";
import { localized } from "./reply.ts";
import { watchRights } from "./rights_watch.ts";
import type { Language } from "./texts.ts";

/** Output that may wait for a client before its next command does. */
const MAX_PENDING_BYTES = 64 * 1024;

/** What scripts may send in one command. */
const ALL_SENDS: Sends = { messages: LIMITS.commandSends, bytes: LIMITS.commandSendBytes };

/** A session that was told to end gets this long to finish what it is doing. */
const GOODBYE_MS = 3_000;

/** The session was ended with BYE: unwinds to the connection. */
export class SessionEnded extends Error {}

/** One client's state (RFC 9051 §3). Kept small: thousands of them do nothing but wait. */
export class Session {
  readonly log: Log;
  readonly startedMs: number;
  receiver: CommandReceiver;
  account: Account | null = null;
  view: FolderView | null = null;
  /** Extensions the client has enabled (RFC 5161). `condstore` also by using it (RFC 7162 §3.1). */
  rev2 = false;
  /** RFC 6855. */
  utf8Accept = false;
  condstore = false;
  qresync = false;
  /** Neither side uses message numbers (RFC 9586). */
  uidOnly = false;
  /** RFC 5255 §3. */
  language: Language = "i-default";
  /** COMPRESS is active (RFC 4978): `connection` is the compressing layer. */
  compressed = false;
  /** What scripts may still send in the command that runs. */
  sends: Sends = ALL_SENDS;
  errors = 0;
  authFailures = 0;
  bytesIn = 0;
  bytesOut = 0;
  /** Octets written since the client last had room for all of it. */
  #pending = 0;
  /** Literal octets of the command being received, taken from the ingest budget. */
  heldBytes = 0;
  /** All literal octets of the command being received. */
  literalBytes = 0;
  /** Inside `connection.read`: a goodbye can be said at once. */
  waiting = false;
  /** LOGOUT was answered. */
  loggedOut = false;
  /** Set when the session must end; the text of its BYE. */
  ending: string | null = null;
  /** Called when the view falls behind; IDLE sets it. */
  onBehind: (() => void) | null = null;
  /** What NOTIFY asked for; null before the first one. */
  notifier: Notifier | null = null;
  /** APPENDs in flight; null when there are none. */
  appends: AppendQueue | null = null;
  #mailbox: ActorRef<MailboxContract> | null = null;
  #saidGoodbye = false;
  #place: Place | null = null;
  #unwatchFolder: (() => void) | null = null;
  #unwatchAccount: (() => void) | null = null;

  constructor(
    public connection: Connection,
    readonly listener: ListenerSettings,
    readonly context: FrontendContext,
  ) {
    this.log = context.log.with({ session: connection.id, ip: connection.remote.address });
    this.startedMs = context.clock.monotonicMs();
    this.receiver = newReceiver();
  }

  get state(): State {
    if (!this.account) return "not-authenticated";
    return this.view ? "selected" : "authenticated";
  }

  /** Passwords may travel: TLS, or a server set up for tests. */
  get private(): boolean {
    return this.connection.tls !== null || this.context.allowPlaintext;
  }

  /** Folder names and quoted strings are UTF-8. */
  get utf8(): boolean {
    return this.rev2 || this.utf8Accept;
  }

  /** Unsolicited FETCH responses carry the UID (RFC 9051 Appendix E 21, RFC 7162 §3.2.4); UIDFETCH begins with it. */
  get uidInUpdates(): boolean {
    return !this.uidOnly && (this.rev2 || this.condstore);
  }

  /** The account's mailbox; only after login. */
  get mailbox(): ActorRef<MailboxContract> {
    if (!this.#mailbox) throw new Error("no mailbox before login");
    return this.#mailbox;
  }

  /** The account; only after login. */
  get user(): Account {
    if (!this.account) throw new Error("no account before login");
    return this.account;
  }

  /** The selected folder; only in selected state. */
  get folder(): FolderView {
    if (!this.view) throw new Error("no folder is selected");
    return this.view;
  }

  /** Where the selected folder is; only in selected state. */
  get place(): Place {
    if (!this.#place) throw new Error("no folder is selected");
    return this.#place;
  }

  /** The mailbox of the selected folder: the own one, or another owner's. */
  get selected(): ActorRef<MailboxContract> {
    return this.place.mailbox;
  }

  /** Queues wire text. */
  write(text: string): void {
    this.bytesOut += text.length;
    this.#pending += text.length;
    this.connection.write(text);
  }

  writeBytes(bytes: Uint8Array): void {
    this.bytesOut += bytes.length;
    this.#pending += bytes.length;
    this.connection.write(bytes);
  }

  /** Sends what is queued; resolves when the client has room for more. */
  async flush(): Promise<void> {
    this.#pending = 0;
    await this.connection.flush();
  }

  /** Waits for a client that sends commands but does not read the answers, before they pile up. */
  async holdBack(): Promise<void> {
    if (this.#pending > MAX_PENDING_BYTES) await this.flush();
  }

  /** A command begins: scripts may send anew. */
  renewSends(): void {
    this.sends = ALL_SENDS;
  }

  /** Scripts have sent something. */
  countSends({ messages, bytes }: Sends): void {
    this.sends = { messages: this.sends.messages - messages, bytes: this.sends.bytes - bytes };
  }

  /** Enters the authenticated state. */
  logIn(account: Account): void {
    this.account = account;
    this.#mailbox = withEvents(
      this,
      this.context.system.ref<MailboxContract>(`mailbox:${account.id}`),
      account,
    );
    this.#unwatchAccount = followAccount(this.context, account.id, {
      settings: (now) => void (this.account = now),
      end: (why) => this.end(`Account ${why === "credentials" ? "changed" : why}`),
      failed: (error) => this.log.warn("imap.account", errorFields(error)),
    });
  }

  /** Back to the state before login (RFC 8437 §4.1). */
  logOut(): void {
    this.log.info("imap.unauthenticate", { account: this.account?.address });
    this.closeFolder();
    this.notifier?.close();
    this.notifier = null;
    this.#unwatchAccount?.();
    this.#unwatchAccount = null;
    this.#mailbox = null;
    this.account = null;
    this.rev2 =
      this.utf8Accept =
      this.condstore =
      this.qresync =
      this.uidOnly =
        false;
    this.language = "i-default";
  }

  /** Makes `view` the selected folder. Events from now on are seen; what came before has to be asked for. */
  openFolder(view: FolderView, place: Place): void {
    this.closeFolder();
    this.view = view;
    this.#place = place;
    const wake = () => (this.onBehind ?? this.notifier?.wake)?.();
    const lookAgain = () => {
      view.markStale();
      wake();
    };
    const rights = place.prefix ? watchRights(this, view, place, lookAgain) : null;
    const unwatch = this.context.system.watch(place.mailbox.address, `folder:${view.id}`, (event) => {
      if (event.kind === "reset") view.markStale();
      else {
        const { modSeq, gone, rights: changed } = event.event as FolderEvent;
        view.announce(modSeq);
        // Nothing that is kept may answer before the mailbox has said that the folder may still be read.
        if (gone || (changed && rights)) view.markStale();
        if (changed) rights?.look();
      }
      if (view.behind) wake();
    });
    this.#unwatchFolder = () => {
      unwatch();
      rights?.close();
    };
    view.markStale();
  }

  closeFolder(): void {
    this.#unwatchFolder?.();
    this.#unwatchFolder = null;
    this.view?.keepFlags(null);
    this.view?.keepThreads(null);
    this.#place = null;
    this.view = null;
  }

  /** Turns CONDSTORE on; the first time with a folder open the client is told its HIGHESTMODSEQ (RFC 7162 §3.1). */
  enableCondstore(): void {
    if (this.condstore) return;
    this.condstore = true;
    if (this.view) this.write(`* OK [HIGHESTMODSEQ ${this.view.modSeq}] Highest\r\n`);
  }

  /** Ends the session with BYE from outside of it: at once when it waits for the client, else after its command. */
  end(message: string): void {
    if (this.ending !== null) return;
    this.ending = message;
    if (this.waiting) this.sayGoodbye();
    this.context.clock.after(GOODBYE_MS, () => this.connection.destroy());
  }

  /** Writes the BYE of `ending` and closes. */
  sayGoodbye(): void {
    if (this.#saidGoodbye) return;
    this.#saidGoodbye = true;
    this.write(`* BYE ${localized(this.ending ?? "", this.language)}\r\n`);
    this.connection.close().catch(() => this.connection.destroy());
  }

  /** Ends the session with BYE from within. */
  stop(message: string): never {
    this.ending ??= message;
    throw new SessionEnded(message);
  }

  /** Lets go of everything outside the session. */
  dispose(): void {
    this.closeFolder();
    this.onBehind = null;
    this.notifier?.close();
    this.#unwatchAccount?.();
    if (this.heldBytes) this.context.ingest.give(this.heldBytes);
    this.heldBytes = 0;
  }
}

/** A fresh receiver: whatever was read before is gone. */
export function newReceiver(): CommandReceiver {
  return new CommandReceiver({ lineBytes: LIMITS.imapLineBytes });
}
