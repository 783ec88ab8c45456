import type { Meetings, PeerHello } from "../replication/link.ts";

/** What a server remembers of its pair between starts, in one file of the data folder. */
interface Remembered {
  dataId: string;
  /** The peer's data folder at the last meeting after which neither lacked anything that the other had. */
  peerDataId: string | null;
  meetings: number;
  lastMeeting: string;
  /** The peer remembers more than this server, and not all of it is here yet. */
  stale: boolean;
}

/** The identity of this data folder, and what is remembered of the other server. */
export class PeerMemory {
  /** Nothing was ever stored here. */
  empty = false;
  readonly #path: string;
  readonly #next: string;
  readonly #state: Remembered;

  constructor(dataDir: string, newName: () => string) {
    this.#next = newName();
    this.#path = `${dataDir}/pair.json`;
    const known = this.#read();
    this.#state = {
      dataId: newName(),
      peerDataId: null,
      meetings: 0,
      lastMeeting: "",
      stale: false,
      ...known,
    };
    if (!known) this.#write();
  }

  /** Made with the data folder; a server that lost its data comes with another one. */
  get own(): string {
    return this.#state.dataId;
  }

  /** Some of what the other server has seen of this one is not here (yet). */
  get stale(): boolean {
    return this.#state.stale;
  }

  /** How this server introduces itself. */
  met(): Meetings {
    const { meetings, lastMeeting } = this.#state;
    return { count: this.empty && !meetings ? -1 : meetings, last: lastMeeting, next: this.#next };
  }

  /** Whether both remember the same last meeting, so that neither lacks what it held then. */
  knows({ dataId, met }: PeerHello): boolean {
    const { peerDataId, meetings, lastMeeting, stale } = this.#state;
    return !stale && peerDataId === dataId && meetings === met?.count && lastMeeting === met.last;
  }

  /** The peer comes; notes durably when it remembers more. */
  see(peer: PeerHello): void {
    if (this.#state.stale || (peer.met?.count ?? 0) <= this.met().count) return;
    this.#state.stale = true;
    this.#write();
  }

  /** Neither lacks what the other held when they met; both come to the same number and name. */
  note(peer: PeerHello, isFirst: boolean): void {
    const theirs = peer.met ?? { count: 0, next: "" };
    this.#state.peerDataId = peer.dataId;
    this.#state.meetings = Math.max(this.#state.meetings, theirs.count) + 1;
    this.#state.lastMeeting = isFirst ? this.#next : theirs.next;
    this.#state.stale = false;
    this.empty = false;
    this.#write();
  }

  #read(): Partial<Remembered> | null {
    try {
      return JSON.parse(Deno.readTextFileSync(this.#path)) as Partial<Remembered>;
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return null;
      throw error;
    }
  }

  /** On the disk before the name is changed: a power cut leaves the one or the other. */
  #write(): void {
    const temporary = `${this.#path}.new`;
    const text = new TextEncoder().encode(JSON.stringify(this.#state) + "\n");
    using file = Deno.openSync(temporary, { write: true, create: true, truncate: true, mode: 0o600 });
    for (let at = 0; at < text.length;) at += file.writeSync(text.subarray(at));
    file.syncSync();
    Deno.renameSync(temporary, this.#path);
  }
}
