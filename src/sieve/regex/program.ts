import type { CharSet } from "./char_set.ts";
import type { RegexNode } from "./parse.ts";

/** One instruction of a compiled expression; `next` and `other` are numbers of instructions. */
export type Instruction =
  | { op: "char"; set: CharSet; next: number }
  /** Goes both ways; `next` is preferred. */
  | { op: "split"; next: number; other: number }
  /** Notes the place: even numbers begin a group, odd ones end it. */
  | { op: "save"; slot: number; next: number }
  | { op: "start" | "end"; next: number }
  | { op: "match" };

/** A compiled expression. */
export interface RegexProgram {
  code: readonly Instruction[];
  start: number;
  /** Places that are noted: two for the whole, two for each group. */
  slots: number;
}

/** Groups whose text is told; more than there are match variables of one digit. */
const MOST_GROUPS = 31;

/** Compiles a tree, from its end to its beginning. Throws SyntaxError when it gets larger than `size`. */
export function compileRegex(node: RegexNode, groups: number, size: number): RegexProgram {
  const code: Instruction[] = [{ op: "match" }];
  const emit = (instruction: Instruction): number => {
    if (code.length >= size) {
      throw new SyntaxError("this regular expression is too large, alone or with all others of the script");
    }
    return code.push(instruction) - 1;
  };
  const end = emit({ op: "save", slot: 1, next: 0 });
  const start = emit({ op: "save", slot: 0, next: write(node, end, emit, code) });
  return { code, start, slots: 2 * (Math.min(groups, MOST_GROUPS) + 1) };
}

/** Instructions for a node that goes on at `next`; answers where it begins. */
function write(node: RegexNode, next: number, emit: (i: Instruction) => number, code: Instruction[]): number {
  switch (node.type) {
    case "set":
      return emit({ op: "char", set: node.set, next });
    case "start":
    case "end":
      return emit({ op: node.type, next });
    case "sequence":
      return node.items.reduceRight((after, item) => write(item, after, emit, code), next);
    case "either":
      return node.options.map((option) => write(option, next, emit, code))
        .reduceRight((other, start) => emit({ op: "split", next: start, other }));
    case "group": {
      if (node.index > MOST_GROUPS) return write(node.item, next, emit, code);
      const end = emit({ op: "save", slot: 2 * node.index + 1, next });
      return emit({ op: "save", slot: 2 * node.index, next: write(node.item, end, emit, code) });
    }
    case "repeat":
      return writeRepeat(node, next, emit, code);
  }
}

function writeRepeat(
  { item, least, most }: Extract<RegexNode, { type: "repeat" }>,
  next: number,
  emit: (i: Instruction) => number,
  code: Instruction[],
): number {
  let at = next;
  if (most === null) {
    const loop = emit({ op: "split", next: 0, other: next });
    // The loop's body was not there yet when the jump to it was written.
    code[loop] = { op: "split", next: write(item, loop, emit, code), other: next };
    at = loop;
  } else {
    for (let i = least; i < most; i++) {
      at = emit({ op: "split", next: write(item, at, emit, code), other: next });
    }
  }
  for (let i = 0; i < least; i++) at = write(item, at, emit, code);
  return at;
}
