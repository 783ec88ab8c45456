import { hasChar } from "./char_set.ts";
import { endsLine, startsLine } from "./exists.ts";
import { CHAR, END, MATCH, type RegexProgram, SAVE, SPLIT, START } from "./program.ts";

/** One way in which the text may yet match: an instruction, and the places noted on the way to it. */
interface Thread {
  pc: number;
  places: readonly number[];
}

/**
 * Looks for the leftmost, and of those the longest match; null when there is none. All ways are followed side by side,
 * one character after the other, and of two that are at one instruction the preferred one stays: so the time is at
 * most the text's length times the program's size, whatever the two are. `work` is told of every instruction.
 */
export function searchRegex(
  program: RegexProgram,
  text: string,
  work: (instructions: number) => void,
): readonly number[] | null {
  const search = new Search(program, text);
  let found: readonly number[] | null = null;
  let threads: Thread[] = [];
  for (let at = 0; at <= text.length;) {
    // A match begins as far left as can be: once there is one, no later beginning is tried.
    if (found === null) search.add(threads, program.start, at, search.noPlaces);
    work(1 + search.visited);
    search.visited = 0;
    const code = at < text.length ? text.codePointAt(at)! : -1;
    const next = at + (code > 0xffff ? 2 : 1);
    const following: Thread[] = [];
    search.begin();
    for (const { pc, places } of threads) {
      const { op, set, next: target } = program.code[pc];
      if (op === MATCH) {
        if (found === null || isBetter(places, found)) found = places;
      } else if (code >= 0 && hasChar(set!, code)) {
        if (found === null || places[0] <= found[0]) search.add(following, target, next, places);
      }
    }
    threads = following;
    if (threads.length === 0 && found !== null) break;
    at = next;
  }
  return found;
}

/** Further left, or from the same place on longer. */
function isBetter([start, end]: readonly number[], [foundStart, foundEnd]: readonly number[]): boolean {
  return start < foundStart || start === foundStart && end > foundEnd;
}

class Search {
  /** Instructions looked at since it was last asked. */
  visited = 0;
  readonly noPlaces: readonly number[];
  /** When each instruction was last reached: in this step it is not followed twice. */
  readonly #reached: Int32Array;
  #step = 1;

  constructor(readonly program: RegexProgram, readonly text: string) {
    this.#reached = new Int32Array(program.code.length);
    this.noPlaces = new Array(program.slots).fill(-1);
  }

  begin(): void {
    this.#step++;
  }

  /** Follows everything that takes no character, preferred ways first. */
  add(threads: Thread[], from: number, at: number, places: readonly number[]): void {
    const waiting: Thread[] = [{ pc: from, places }];
    for (let thread = waiting.pop(); thread !== undefined; thread = waiting.pop()) {
      if (this.#reached[thread.pc] === this.#step) continue;
      this.#reached[thread.pc] = this.#step;
      this.visited++;
      const { op, next, other, slot } = this.program.code[thread.pc];
      switch (op) {
        case SPLIT:
          waiting.push({ pc: other, places: thread.places });
          waiting.push({ pc: next, places: thread.places });
          break;
        case SAVE:
          waiting.push({ pc: next, places: thread.places.with(slot, at) });
          break;
        case START:
          if (startsLine(this.text, at)) waiting.push({ pc: next, places: thread.places });
          break;
        case END:
          if (endsLine(this.text, at)) waiting.push({ pc: next, places: thread.places });
          break;
        case MATCH:
        case CHAR:
          threads.push(thread);
      }
    }
  }
}
