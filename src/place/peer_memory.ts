/** What a server remembers of its pair between starts, in one file of the data folder. */
interface Remembered {
  dataId: string;
  peerDataId: string | null;
}

/** The identity of this data folder, and of the peer's that everything here was last offered to. */
export class PeerMemory {
  readonly #path: string;
  readonly #state: Remembered;

  constructor(dataDir: string, newDataId: () => string) {
    this.#path = `${dataDir}/pair.json`;
    const known = this.#read();
    this.#state = known ?? { dataId: newDataId(), peerDataId: null };
    if (!known) this.#write();
  }

  /** Made with the data folder; a server that lost its data comes with another one. */
  get own(): string {
    return this.#state.dataId;
  }

  /** Whether everything here was offered to this very peer. */
  knows(peerDataId: string): boolean {
    return this.#state.peerDataId === peerDataId;
  }

  /** Everything was offered to this peer. */
  note(peerDataId: string): void {
    this.#state.peerDataId = peerDataId;
    this.#write();
  }

  #read(): Remembered | null {
    try {
      return JSON.parse(Deno.readTextFileSync(this.#path)) as Remembered;
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return null;
      throw error;
    }
  }

  #write(): void {
    const temporary = `${this.#path}.new`;
    Deno.writeTextFileSync(temporary, JSON.stringify(this.#state) + "\n", { mode: 0o600 });
    Deno.renameSync(temporary, this.#path);
  }
}
