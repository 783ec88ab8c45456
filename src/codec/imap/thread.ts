import { sortedOrder } from "./sort_order.ts";

/**
 * What threading works on, by column and in the order of the folder. Subjects, ids and references are numbers that
 * differ where they do; 0 is an empty base subject, and no Message-ID.
 */
export interface ThreadColumns {
  uid: ArrayLike<number>;
  /** Sent date, or time of arrival where there is none (RFC 5256 §2.2). */
  sentMs: ArrayLike<number>;
  subject: ArrayLike<number>;
  isReply: ArrayLike<number>;
  id: ArrayLike<number>;
  /** References of all messages, one after the other: `refCount` of each. */
  refs: ArrayLike<number>;
  refCount: ArrayLike<number>;
}

/** The same as it travels. */
export interface PackedThreads extends ThreadColumns {
  uid: Uint32Array;
  sentMs: Float64Array;
  subject: Float64Array;
  isReply: Uint8Array;
  id: Float64Array;
  refs: Float64Array;
  refCount: Uint8Array;
}

/** No parent. */
export const ROOT = -1;

/**
 * Who is whose child: messages are places in the columns, larger numbers stand for parents that are not there, which
 * occur at the top only.
 */
export type Parents = Int32Array | number[];

/** Messages by date, ties by their place in the folder (RFC 5256 §2.2). */
export function byDate(sentMs: ArrayLike<number>): Uint32Array {
  const column = sentMs instanceof Float64Array ? sentMs : Float64Array.from(sentMs);
  return sortedOrder([{ key: "DATE", reverse: false }], [column], column.length);
}

/**
 * The thread lists of a THREAD response (RFC 5256 §5) in pieces, siblings and threads by date (§3, step 6).
 * `number` gives what is written for a message. Nesting has no limit: nothing here recurses.
 */
export function* formatThreads(
  parents: Parents,
  sentMs: ArrayLike<number>,
  number: (message: number) => number,
): Generator<string> {
  const children = childLists(parents, sentMs);
  const stack: (number | string)[] = [];
  for (const root of children.roots) {
    stack.push(")", root, "(");
    let text = "";
    for (let item = stack.pop(); item !== undefined; item = stack.pop()) {
      if (typeof item === "string") {
        text += item;
        continue;
      }
      const first = children.first[item];
      const many = first >= 0 && children.next[first] >= 0;
      if (item < sentMs.length) text += `${number(item)}${first >= 0 ? " " : ""}`;
      if (first >= 0 && !many) stack.push(first);
      if (!many) continue;
      const at = stack.length;
      for (let child = first; child >= 0; child = children.next[child]) stack.push("(", child, ")");
      reverse(stack, at);
    }
    yield text;
  }
}

interface ChildLists {
  roots: number[];
  first: Int32Array;
  next: Int32Array;
}

function childLists(parents: Parents, sentMs: ArrayLike<number>): ChildLists {
  const first = new Int32Array(parents.length).fill(-1), last = new Int32Array(parents.length).fill(-1);
  const next = new Int32Array(parents.length).fill(-1);
  const roots: number[] = [];
  // In the order of their dates, so that every list is in order; a parent that is not there goes by its first child.
  for (const message of byDate(sentMs)) {
    const parent = parents[message];
    if (parent === ROOT) roots.push(message);
    else if (last[parent] < 0) {
      first[parent] = message;
      if (parent >= sentMs.length) roots.push(parent);
    } else next[last[parent]] = message;
    if (parent !== ROOT) last[parent] = message;
  }
  return { roots, first, next };
}

function reverse(stack: (number | string)[], from: number): void {
  for (let low = from, high = stack.length - 1; low < high; low++, high--) {
    [stack[low], stack[high]] = [stack[high], stack[low]];
  }
}
