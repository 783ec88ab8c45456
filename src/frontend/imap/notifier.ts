import type {
  AnnotationEvent,
  FolderListChange,
  FolderListEvent,
  MessagesEvent,
} from "../../../actors/mailbox/contract.ts";
import { Fault } from "../../base/fault.ts";
import { LIMITS } from "../../base/limits.ts";
import { errorFields } from "../../base/log.ts";
import type { FetchAttribute } from "../../codec/imap/fetch_items.ts";
import {
  isSelected,
  type NotifyEvent,
  type NotifyFilter,
  type NotifyGroup,
} from "../../codec/imap/notify.ts";
import { type UidSet, uidSubtract, uidUnion } from "../../codec/imap/uid_set.ts";
import { ConnectionClosed } from "../../net/connection.ts";
import { OthersWatch } from "./notify_others.ts";
import { tellLists, tellMetadata, tellStatuses } from "./notify_writer.ts";
import { type Session, SessionEnded } from "./session.ts";
import { sendUpdates } from "./updates.ts";

/** A busy or restarting mailbox is asked again after this time. */
const RETRY_MS = 1_000;

/** What a client hears of its selected folder; null: nothing. */
export interface SelectedEvents {
  delayed: boolean;
  flags: boolean;
  attributes: FetchAttribute[] | null;
}

/** What has to be told of other folders; each part is bounded, beyond it everything ends in NOTIFICATIONOVERFLOW. */
export interface Pending {
  statuses: Map<string, { messages: boolean; flags: boolean }>;
  lists: Set<string>;
  /** Old names by new ones. */
  renamed: Map<string, string>;
  metadata: Map<string, Set<string>>;
}

/**
 * What NOTIFY asked for (RFC 5465), from the command on: hears the mailbox's events and tells them while the session
 * waits for its client. One watch of a topic serves any number of folders; nothing is kept of a folder that is quiet.
 */
export class Notifier {
  /** Resolves when nothing is being written; null while nothing is. Never rejects. */
  running: Promise<void> | null = null;
  selected: SelectedEvents | null = null;
  readonly wake = () => this.#wake();
  readonly #unwatch: (() => void)[] = [];
  #others: OthersWatch | null = null;
  #groups: readonly NotifyGroup[];
  #pending = empty();
  #overflow = false;
  #closed = false;
  /** Names that the command under way acts on: the client knows (RFC 5465 §5). */
  #own = new Set<string>();
  #ownUids: UidSet = [];

  constructor(
    private readonly session: Session,
    groups: readonly NotifyGroup[],
    private readonly subscriptions: Set<string>,
    /** The tops of private namespaces, which are personal as the own folders are (RFC 5465 §6.2). */
    private readonly spaces: readonly string[],
  ) {
    this.#groups = groups.filter(({ filter }) => !isSelected(filter));
    const selected = groups.find(({ filter, events }) => isSelected(filter) && events.size);
    if (selected) {
      const { filter, events, attributes } = selected;
      this.selected = {
        delayed: filter.kind === "selected-delayed",
        flags: events.has("FlagChange"),
        attributes: attributes?.map((one) => one.name === "SECTION" ? { ...one, peek: true } : one) ?? null,
      };
    }
    if (this.#any("MessageNew")) this.#watch("messages", (event) => this.#onMessages(event as MessagesEvent));
    if (this.#any("MailboxName", "SubscriptionChange") || this.#filters("subscribed")) {
      this.#watch("folders", (event) => this.#onFolders(event as FolderListEvent));
    }
    if (this.#any("MailboxMetadataChange", "ServerMetadataChange")) {
      this.#watch("annotations", (event) => this.#onAnnotations(event as AnnotationEvent));
    }
    if (this.#wantsOthers("#")) this.#listenToOthers();
  }

  /** Resolves when everything is listened to. */
  get ready(): Promise<void> {
    return this.#others?.ready ?? Promise.resolve();
  }

  /** Whether folders of others were asked for. */
  get hearsOthers(): boolean {
    return this.#others !== null;
  }

  close(): void {
    this.#closed = true;
    for (const unwatch of this.#unwatch.splice(0)) unwatch();
    this.#others?.close();
    this.#others = null;
  }

  /** A command begins: resolves when nothing is being written any more. */
  async begin(): Promise<void> {
    this.#own.clear();
    await this.running;
  }

  /** The command under way acts on this name; its events are nothing new to the client. */
  own(name: string): void {
    this.#own.add(name);
  }

  /** The client made these messages itself: no FETCH tells of them (RFC 5465 §5.2). */
  ownMessages(uids: UidSet): void {
    if (this.selected?.attributes) this.#ownUids = uidUnion(this.#ownUids, uids);
  }

  /** New messages without the client's own. */
  strangers(added: UidSet): UidSet {
    const left = uidSubtract(added, this.#ownUids);
    this.#ownUids = uidSubtract(this.#ownUids, added);
    return left;
  }

  /** All events that groups ask for of a folder. */
  eventsOf(name: string): Set<NotifyEvent> {
    const events = new Set<NotifyEvent>();
    for (const group of this.#groups) {
      if (this.#matches(group.filter, name)) { for (const event of group.events) events.add(event); }
    }
    return events;
  }

  #any(...events: NotifyEvent[]): boolean {
    return this.#groups.some((group) => events.some((event) => group.events.has(event)));
  }

  #filters(kind: NotifyFilter["kind"]): boolean {
    return this.#groups.some(({ filter }) => filter.kind === kind);
  }

  #matches(filter: NotifyFilter, name: string): boolean {
    switch (filter.kind) {
      case "personal":
        return !name.startsWith("#") || this.spaces.some((top) => `${name}/`.startsWith(`${top}/`));
      case "subscribed":
        return this.subscriptions.has(name);
      case "mailboxes":
        return filter.names.has(name);
      case "subtree":
        for (let at = name.length; at > 0; at = name.lastIndexOf("/", at - 1)) {
          if (filter.names.has(name.slice(0, at))) return true;
        }
        return false;
      default:
        return false;
    }
  }

  /** Whether any name below a prefix, or above it, was asked for. */
  #wantsOthers(prefix: string): boolean {
    const reaches = (name: string) =>
      name.startsWith(prefix) || (name.startsWith("#") && `${prefix}/`.startsWith(`${name}/`));
    return this.#groups.some(({ filter }) => {
      if ("names" in filter) return [...filter.names].some(reaches);
      if (filter.kind === "subscribed") return [...this.subscriptions].some(reaches);
      return filter.kind === "personal" && this.spaces.some(reaches);
    });
  }

  #listenToOthers(): void {
    this.#others ??= new OthersWatch(this.session, {
      wants: (prefix) => this.#wantsOthers(prefix),
      messages: (event) => this.#onMessages(event),
      listed: (names) => {
        for (const name of names) if (this.#wants(name, "MailboxName")) this.#pending.lists.add(name);
      },
      annotation: (name, entry) => this.#onAnnotations({ changed: [[name, entry]] }),
      lost: () => this.#overflow = true,
      wake: () => this.#heard(),
    });
  }

  /** Too much at once is not kept; what there is is told. */
  #heard(): void {
    const { statuses, lists, renamed, metadata } = this.#pending;
    const waiting = statuses.size + lists.size + renamed.size + metadata.size;
    if (waiting > LIMITS.notifyPending) this.#overflow = true;
    this.#wake();
  }

  #watch(topic: string, hear: (event: unknown) => void): void {
    const { system } = this.session.context;
    this.#unwatch.push(system.watch(this.session.mailbox.address, topic, (event) => {
      if (event.kind === "reset") this.#overflow = true; // nobody knows what was missed
      else hear(event.event);
      this.#heard();
    }));
  }

  #onMessages({ folder, name, messages, flags }: MessagesEvent): void {
    if (folder === this.session.view?.id) return;
    const events = this.eventsOf(name);
    const known = this.#pending.statuses.get(name) ?? { messages: false, flags: false };
    known.messages ||= messages && events.has("MessageNew");
    known.flags ||= flags && events.has("FlagChange");
    if (known.messages || known.flags) this.#pending.statuses.set(name, known);
  }

  #onFolders({ changes }: FolderListEvent): void {
    if (changes) { for (const change of changes) this.#onFolder(change); }
    else this.#overflow = true;
  }

  #onFolder(change: FolderListChange): void {
    const { name } = change;
    const { lists, renamed, statuses } = this.#pending;
    if (change.kind === "subscribed" || change.kind === "unsubscribed") {
      if (change.kind === "unsubscribed" && this.#wants(name, "SubscriptionChange")) lists.add(name);
      if (this.#filters("subscribed")) {
        if (change.kind === "subscribed") this.subscriptions.add(name);
        else this.subscriptions.delete(name);
        if (name.startsWith("#")) this.#subscribedOthers();
      }
      if (this.#wants(name, "SubscriptionChange")) lists.add(name);
      return;
    }
    if (change.kind !== "renamed") {
      // The direct parent is affected too (RFC 5465 §5.4).
      const parent = name.slice(0, Math.max(0, name.lastIndexOf("/")));
      for (const one of parent ? [name, parent] : [name]) if (this.#wants(one, "MailboxName")) lists.add(one);
      return;
    }
    const status = statuses.get(change.from);
    if (status) statuses.set(name, status);
    if (this.#wants(name, "MailboxName") || this.#wants(change.from, "MailboxName")) {
      renamed.set(name, change.from);
    }
  }

  /** What is subscribed from now on may be of a mailbox that nobody listens to yet. */
  #subscribedOthers(): void {
    if (this.#others) void this.#others.update();
    else if (this.#wantsOthers("#")) this.#listenToOthers();
  }

  #onAnnotations({ changed }: AnnotationEvent): void {
    const { metadata } = this.#pending;
    for (const [name, entry] of changed) {
      if (this.#own.has(name)) continue;
      const wanted = name === ""
        ? this.#any("ServerMetadataChange")
        : this.#wants(name, "MailboxMetadataChange");
      if (!wanted) continue;
      const entries = metadata.get(name) ?? new Set();
      metadata.set(name, entries.add(entry));
      if (entries.size > LIMITS.notifyPending) this.#overflow = true;
    }
  }

  #wants(name: string, event: NotifyEvent): boolean {
    for (const own of this.#own) if (own === name || own.startsWith(`${name}/`)) return false;
    return this.eventsOf(name).has(event);
  }

  /** The selected folder has changed, and IDLE does not tell it. */
  get #behind(): boolean {
    return this.selected !== null && this.session.onBehind === null && this.session.view?.behind === true;
  }

  get #wanted(): boolean {
    const { statuses, lists, renamed, metadata } = this.#pending;
    const work = statuses.size || lists.size || renamed.size || metadata.size;
    return !this.#closed && this.session.waiting && this.session.ending === null &&
      (this.#overflow || work > 0 || this.#behind);
  }

  #wake(): void {
    if (this.running || !this.#wanted) return;
    this.running = this.#run().then((again) => {
      this.running = null;
      if (again) this.session.context.clock.after(RETRY_MS, this.wake);
      else this.#wake();
    });
  }

  /** Tells all there is while the client says nothing; true when the mailbox does not answer. */
  async #run(): Promise<boolean> {
    const { session } = this;
    try {
      for (let idle = 0; this.#wanted && idle < 2; idle++) {
        if (this.#overflow) this.#giveUp();
        const pending = this.#pending;
        this.#pending = empty();
        if (pending.lists.size || pending.renamed.size) await tellLists(session, pending);
        if (pending.statuses.size) await tellStatuses(session, pending.statuses);
        if (pending.metadata.size) tellMetadata(session, pending.metadata);
        const before = session.view?.modSeq;
        if (this.#behind && !await sendUpdates(session, { expunge: !this.selected?.delayed })) return true;
        if (!this.#behind || session.view?.modSeq !== before) idle = 0;
        await session.flush();
      }
      return this.#behind;
    } catch (error) {
      if (error instanceof Fault && error.code !== "internal") {
        this.#overflow = true; // what was to be told is lost
        return true;
      }
      if (error instanceof SessionEnded) session.sayGoodbye();
      else if (error instanceof ConnectionClosed) session.connection.destroy();
      else {
        session.log.error("imap.notify", errorFields(error));
        session.end("Internal error");
      }
      this.close();
      return false;
    }
  }

  /** As if NOTIFY NONE had come (RFC 5465 §5.8). */
  #giveUp(): void {
    this.close();
    this.#groups = [];
    this.selected = null;
    this.#overflow = false;
    this.#pending = empty();
    this.session.write("* OK [NOTIFICATIONOVERFLOW] Too much happened, notify anew\r\n");
  }
}

function empty(): Pending {
  return { statuses: new Map(), lists: new Set(), renamed: new Map(), metadata: new Map() };
}
