import type { CharSet } from "./char_set.ts";
import type { RegexNode } from "./parse.ts";

/** What an instruction does: the program ends, takes a character, goes both ways, notes its place, or wants an edge of a line. */
export const MATCH = 0;
export const CHAR = 1;
export const SPLIT = 2;
export const SAVE = 3;
export const START = 4;
export const END = 5;

/** One instruction of a compiled expression. All have one shape, which keeps a search fast. */
export interface Instruction {
  op: number;
  /** The instruction behind it; of a split the preferred way. */
  next: number;
  /** The other way of a split. */
  other: number;
  /** What a place is noted under: even numbers begin a group, odd ones end it. */
  slot: number;
  /** The characters that it takes. */
  set: CharSet | null;
}

/** A compiled expression. */
export interface RegexProgram {
  code: readonly Instruction[];
  start: number;
  /** Places that are noted: two for the whole, two for each group. */
  slots: number;
}

/** Groups whose text is told; more than there are match variables of one digit. */
const MOST_GROUPS = 31;

/** Puts an instruction behind the others, and answers its number. */
type Emit = (op: number, next: number, more?: Partial<Instruction>) => number;

/** Compiles a tree, from its end to its beginning. Throws SyntaxError when it gets larger than `size`. */
export function compileRegex(node: RegexNode, groups: number, size: number): RegexProgram {
  const code: Instruction[] = [];
  const emit: Emit = (op, next, more = {}) => {
    if (code.length >= size) {
      throw new SyntaxError("this regular expression is too large, alone or with all others of the script");
    }
    return code.push({ op, next, other: 0, slot: 0, set: null, ...more }) - 1;
  };
  const end = emit(SAVE, emit(MATCH, 0), { slot: 1 });
  const start = emit(SAVE, write(node, end, emit, code));
  return { code, start, slots: 2 * (Math.min(groups, MOST_GROUPS) + 1) };
}

/** Instructions for a node that goes on at `next`; answers where it begins. */
function write(node: RegexNode, next: number, emit: Emit, code: Instruction[]): number {
  switch (node.type) {
    case "set":
      return emit(CHAR, next, { set: node.set });
    case "start":
      return emit(START, next);
    case "end":
      return emit(END, next);
    case "sequence":
      return node.items.reduceRight((after, item) => write(item, after, emit, code), next);
    case "either":
      return node.options.map((option) => write(option, next, emit, code))
        .reduceRight((other, start) => emit(SPLIT, start, { other }));
    case "group": {
      if (node.index > MOST_GROUPS) return write(node.item, next, emit, code);
      const end = emit(SAVE, next, { slot: 2 * node.index + 1 });
      return emit(SAVE, write(node.item, end, emit, code), { slot: 2 * node.index });
    }
    case "repeat":
      return writeRepeat(node, next, emit, code);
  }
}

function writeRepeat(
  { item, least, most }: Extract<RegexNode, { type: "repeat" }>,
  next: number,
  emit: Emit,
  code: Instruction[],
): number {
  let at = next;
  if (most === null) {
    const loop = emit(SPLIT, 0, { other: next });
    // The loop's body was not there yet when the jump to it was written.
    code[loop].next = write(item, loop, emit, code);
    at = loop;
  } else {
    for (let i = least; i < most; i++) at = emit(SPLIT, write(item, at, emit, code), { other: next });
  }
  for (let i = 0; i < least; i++) at = write(item, at, emit, code);
  return at;
}
