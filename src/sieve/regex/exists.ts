import { hasChar } from "./char_set.ts";
import { CHAR, END, MATCH, type RegexProgram, SAVE, SPLIT, START } from "./program.ts";

/** Characters between two reports of work. */
const REPORT_CHARS = 4096;

/**
 * Whether an expression matches anywhere in a text, without saying where: the same walk as `searchRegex`, with numbers
 * in place of threads. `work` is told of every instruction.
 */
export function existsMatch(
  program: RegexProgram,
  text: string,
  work: (instructions: number) => void,
): boolean {
  const { code } = program, size = code.length;
  const reached = new Int32Array(size).fill(-1), stack = new Int32Array(2 * size + 2);
  let now = new Int32Array(size), next = new Int32Array(size), count = 0, visited = 0, done = 0;

  /** Follows what takes no character from `pc` on into `list`; true when it comes to the end of the program. */
  const add = (list: Int32Array, from: number, at: number): boolean => {
    let top = 0;
    stack[top++] = from;
    while (top > 0) {
      const pc = stack[--top];
      if (reached[pc] === at) continue;
      reached[pc] = at;
      visited++;
      const instruction = code[pc];
      switch (instruction.op) {
        case MATCH:
          return true;
        case CHAR:
          list[count++] = pc;
          break;
        case SPLIT:
          stack[top++] = instruction.other;
          stack[top++] = instruction.next;
          break;
        case SAVE:
          stack[top++] = instruction.next;
          break;
        case START:
          if (startsLine(text, at)) stack[top++] = instruction.next;
          break;
        case END:
          if (endsLine(text, at)) stack[top++] = instruction.next;
      }
    }
    return false;
  };

  for (let at = 0; at <= text.length;) {
    if (add(now, program.start, at)) return true;
    if (at === text.length) break;
    if (at - done >= REPORT_CHARS) {
      work(visited + at - done);
      visited = 0;
      done = at;
    }
    const char = text.codePointAt(at)!, behind = at + (char > 0xffff ? 2 : 1), active = count;
    count = 0;
    for (let i = 0; i < active; i++) {
      const { set, next: target } = code[now[i]];
      if (hasChar(set!, char) && add(next, target, behind)) return true;
    }
    [now, next] = [next, now];
    at = behind;
  }
  work(visited + text.length - done);
  return false;
}

/** Whether a line begins at a place of a text, or ends there. */
export function startsLine(text: string, at: number): boolean {
  return at === 0 || text.charCodeAt(at - 1) === 0x0a;
}

/** The same for its end, before CRLF or LF. */
export function endsLine(text: string, at: number): boolean {
  return at === text.length || text.charCodeAt(at) === 0x0a || text.startsWith("\r\n", at);
}
