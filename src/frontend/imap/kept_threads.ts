import type { Budget } from "../context.ts";

/**
 * The last THREAD response of all messages of a folder, as long as none came or went: what threads are made of never
 * changes, and clients ask again whenever they show the folder.
 */
export class KeptThreads {
  #taken: number;

  private constructor(
    /** The command that it answers. */
    readonly command: string,
    /** The folder's messages (`NumberedUids`) of which it tells. */
    private readonly revision: number,
    /** The response in pieces of some KiB. */
    readonly pieces: readonly string[],
    private readonly budget: Budget,
    taken: number,
  ) {
    this.#taken = taken;
  }

  /** Null when the server's sessions keep enough already. */
  static take(
    command: string,
    revision: number,
    pieces: readonly string[],
    budget: Budget,
  ): KeptThreads | null {
    const bytes = pieces.reduce((sum, piece) => sum + piece.length, 0);
    return budget.take(bytes) ? new KeptThreads(command, revision, pieces, budget, bytes) : null;
  }

  /** Whether it answers the command for these messages. */
  answers(command: string, revision: number): boolean {
    return this.#taken > 0 && this.command === command && this.revision === revision;
  }

  /** Gives the room back; it is not to be used afterwards. */
  drop(): void {
    this.budget.give(this.#taken);
    this.#taken = 0;
  }
}
