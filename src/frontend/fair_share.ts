/** Commands that a session may have done in a row: some milliseconds of work at most. */
const COMMANDS_IN_A_ROW = 50;

/** Lets the other sessions have their turn while one client floods us with commands that need no waiting. */
export class FairShare {
  #inARow = 0;

  /** To be called before each command: something to wait for now and then, else null. */
  next(): Promise<void> | null {
    if (++this.#inARow < COMMANDS_IN_A_ROW) return null;
    this.#inARow = 0;
    return new Promise((resolve) => setImmediate(resolve));
  }
}
