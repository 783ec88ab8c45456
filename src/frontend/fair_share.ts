/** Commands that a session may have done in a row: some milliseconds of work at most. */
const COMMANDS_IN_A_ROW = 50;

/** Sessions that wait for their next turn, of all protocols. */
const waiting: (() => void)[] = [];

/**
 * Lets the other sessions have their turn while clients flood us with commands that need no waiting. The flooding ones
 * take turns, one for each round of the event loop: however many they are, everybody else is served in between.
 */
export class FairShare {
  #inARow = 0;

  /** To be called before each command: something to wait for now and then, else null. */
  next(): Promise<void> | null {
    if (++this.#inARow < COMMANDS_IN_A_ROW) return null;
    this.#inARow = 0;
    return new Promise((resolve) => {
      if (waiting.push(resolve) === 1) setImmediate(release);
    });
  }
}

function release(): void {
  waiting[0]();
  // What the session does runs before the next round; until then its place says that a round is planned.
  setImmediate(() => {
    waiting.shift();
    if (waiting.length) release();
  });
}
