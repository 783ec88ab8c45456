import type { AnnotationEvent, FolderInfo, MessagesEvent } from "../../../actors/mailbox/contract.ts";
import { Fault } from "../../base/fault.ts";
import { errorFields } from "../../base/log.ts";
import { RIGHTS } from "../../codec/imap/rights.ts";
import { fullName, type Place, placesOf } from "./place.ts";
import type { Session } from "./session.ts";
import { sharingOf } from "./sharing.ts";

/** What somebody hears of others' folders, by their full names. */
export interface OthersEvents {
  /** Whether anything that is asked for may be below this prefix of names. */
  wants(prefix: string): boolean;
  messages(event: MessagesEvent): void;
  /** Names that can be seen from now on, or no longer: a right was given or taken, or the folder made or deleted. */
  listed(names: string[]): void;
  annotation(name: string, entry: string): void;
  /** Events may have been missed. */
  lost(): void;
  /** Something was told above. */
  wake(): void;
}

/** Rights of which one makes a folder's annotations somebody's business, with `l` (RFC 5464 §3.3). */
const ANNOTATED = /[rswip]/;

/** One mailbox that is listened to. */
interface Watched {
  place: Place;
  /** Rights by full name of what can be seen there; null while it is not known yet. */
  visible: Map<string, string> | null;
  /** A list is on its way, and whether there has to be another one after it. */
  listing: boolean;
  again: boolean;
  /** It was not there when NOTIFY came. */
  late: boolean;
  close(): void;
}

/**
 * NOTIFY for folders of others (RFC 5465 §6): listens to the mailboxes of those who share something that was asked for,
 * and tells what this user may know of. Who shares what may change meanwhile.
 */
export class OthersWatch {
  /** Resolves when all of them are listened to that there are at the beginning. */
  readonly ready: Promise<void>;
  readonly #watched = new Map<string, Watched>();
  readonly #forget: () => void;
  #closed = false;
  #began = false;

  constructor(private readonly session: Session, private readonly events: OthersEvents) {
    this.#forget = sharingOf(session.context).watch(() => void this.update());
    this.ready = this.update().then(() => void (this.#began = true));
  }

  close(): void {
    this.#closed = true;
    this.#forget();
    for (const one of this.#watched.values()) one.close();
    this.#watched.clear();
  }

  /** Looks anew whose mailboxes are to be listened to. Never rejects. */
  async update(): Promise<void> {
    try {
      const sources = await sharingOf(this.session.context).sources(this.session.user.id);
      if (!this.#closed) await this.#listenTo(placesOf(this.session, sources));
    } catch (error) {
      if (!(error instanceof Fault)) this.session.log.warn("imap.notify", errorFields(error));
      this.events.lost();
      this.events.wake();
    }
  }

  async #listenTo(all: Place[]): Promise<void> {
    const places = all.filter(({ prefix }) => this.events.wants(prefix));
    const wanted = new Set<string>(places.map(({ mailbox }) => mailbox.address));
    for (const [address, one] of this.#watched) {
      if (wanted.has(address)) continue;
      this.#watched.delete(address);
      one.close();
      this.#differ(one.visible, new Map());
    }
    const fresh = places.filter(({ mailbox }) => !this.#watched.has(mailbox.address));
    await Promise.all(fresh.map((place) => this.#watch(place)));
  }

  #watch(place: Place): Promise<void> {
    const { system } = this.session.context;
    const { address } = place.mailbox;
    const closers: (() => void)[] = [];
    const one: Watched = {
      place,
      visible: null,
      listing: false,
      again: false,
      late: this.#began,
      close: () => {
        for (const close of closers.splice(0)) close();
      },
    };
    const on = (topic: string, hear: (event: unknown) => void) => {
      closers.push(system.watch(address, topic, (event) => {
        if (event.kind === "reset") this.events.lost();
        else hear(event.event);
        this.events.wake();
      }));
    };
    on("messages", (event) => this.#onMessages(one, event as MessagesEvent));
    on("folders", () => void this.#list(one));
    on("annotations", (event) => this.#onAnnotations(one, event as AnnotationEvent));
    this.#watched.set(address, one);
    return this.#list(one);
  }

  /** Rights decide what is told: they are looked at when it is, too. */
  #onMessages({ place, visible }: Watched, event: MessagesEvent): void {
    if (!event.name.startsWith(place.root)) return;
    const name = fullName(place, event.name);
    if (visible?.get(name)?.includes("r")) this.events.messages({ ...event, name });
  }

  #onAnnotations({ place, visible }: Watched, { changed }: AnnotationEvent): void {
    for (const [folder, entry] of changed) {
      if (!folder.startsWith(place.root) || folder === "" || entry.startsWith("/private")) continue;
      const name = fullName(place, folder);
      if (ANNOTATED.test(visible?.get(name) ?? "")) this.events.annotation(name, entry);
    }
  }

  /** Reads what can be seen; whatever came or went since the last time is told. Never rejects. */
  async #list(one: Watched): Promise<void> {
    one.again = one.listing;
    if (one.listing) return;
    one.listing = true;
    try {
      const { folders } = await one.place.mailbox.ask("listFolders", {});
      if (this.#watched.get(one.place.mailbox.address) !== one) return;
      const before = one.visible;
      one.visible = rightsByName(one.place, folders);
      // Of a mailbox that somebody began to share meanwhile all is new.
      if (before || one.late) this.#differ(before, one.visible);
    } catch (error) {
      if (!(error instanceof Fault)) this.session.log.warn("imap.notify", errorFields(error));
      this.events.lost();
      this.events.wake();
    } finally {
      one.listing = false;
    }
    if (one.again) await this.#list(one);
  }

  #differ(before: ReadonlyMap<string, string> | null, after: ReadonlyMap<string, string>): void {
    const gone = [...before?.keys() ?? []].filter((name) => !after.has(name));
    const made = [...after.keys()].filter((name) => !before?.has(name));
    if (!gone.length && !made.length) return;
    this.events.listed([...gone, ...made]);
    this.events.wake();
  }
}

function rightsByName(place: Place, folders: readonly FolderInfo[]): Map<string, string> {
  const inside = folders.filter(({ name }) => name.startsWith(place.root));
  return new Map(inside.map(({ name, rights }) => [fullName(place, name), rights ?? RIGHTS]));
}
