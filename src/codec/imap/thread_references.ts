import { byDate, type Parents, ROOT, type ThreadColumns } from "./thread.ts";

/** Steps upwards, for each message, that looking for loops may take: real mail needs one or two. */
const STEPS = 100;
/** Messages handled between two pauses: some milliseconds. */
const SLICE = 5_000;

/**
 * THREAD=REFERENCES (RFC 5256 §3), the six steps. A generator, as a hundred thousand messages take some tenths of a
 * second: whoever drives it may do something else between its pauses. Time grows with the number of references.
 */
export function* threadByReferences(columns: ThreadColumns): Generator<void, Parents> {
  const links = new Links(columns);
  yield* links.link();
  links.prune();
  yield;
  gatherSubjects(columns, links.parents);
  return links.parents;
}

/** Steps 1 to 3: who is whose child, first with parents that are not there, then without most of them. */
class Links {
  /** Messages, then ids that belong to none of them. */
  readonly parents: number[];
  readonly #columns: ThreadColumns;
  readonly #count: number;
  readonly #nodes = new Map<number, number>();
  readonly #hasChild: boolean[] = [];
  #steps: number;

  constructor(columns: ThreadColumns) {
    this.#columns = columns;
    this.#count = columns.uid.length;
    this.#steps = STEPS * (this.#count + 100);
    this.parents = new Array(this.#count).fill(ROOT);
    // Of messages with one id the first has it, the others go without (step 1.A).
    for (let i = 0; i < this.#count; i++) {
      const id = columns.id[i];
      if (id && !this.#nodes.has(id)) this.#nodes.set(id, i);
    }
  }

  /** Step 1. */
  *link(): Generator<void> {
    const { refs, refCount } = this.#columns;
    for (let message = 0, at = 0; message < this.#count; message++) {
      const end = at + refCount[message];
      let before = ROOT;
      for (; at < end; at++) {
        const node = this.#node(refs[at]);
        // Step 1.A: a link that is there stays.
        if (before !== ROOT && this.parents[node] === ROOT && !this.#above(node, before)) {
          this.#setParent(node, before);
        }
        before = node;
      }
      // Step 1.B: what a message says of its own parent is right.
      this.parents[message] = ROOT;
      if (before !== ROOT && !this.#above(message, before)) this.#setParent(message, before);
      if (message % SLICE === SLICE - 1) yield;
    }
  }

  /** Steps 2 and 3: a parent that is not there stays only on top of several children. */
  prune(): void {
    const { parents } = this;
    const counts = new Int32Array(parents.length);
    for (let message = 0; message < this.#count; message++) {
      const parent = this.#living(message);
      parents[message] = parent;
      if (parent >= this.#count) counts[parent]++;
    }
    for (let message = 0; message < this.#count; message++) {
      const parent = parents[message];
      if (parent >= this.#count && counts[parent] === 1) parents[message] = ROOT;
    }
  }

  /** The next one above that is there, or the topmost one; what was passed over is skipped the next time. */
  #living(message: number): number {
    const { parents } = this;
    let top = parents[message];
    while (top >= this.#count && parents[top] !== ROOT) top = parents[top];
    for (let at = parents[message]; at >= this.#count && at !== top;) {
      const above = parents[at];
      parents[at] = top;
      at = above;
    }
    return top;
  }

  #node(id: number): number {
    let node = this.#nodes.get(id);
    if (node === undefined) {
      this.#nodes.set(id, node = this.parents.length);
      this.parents.push(ROOT);
    }
    return node;
  }

  #setParent(node: number, parent: number): void {
    this.parents[node] = parent;
    this.#hasChild[parent] = true;
  }

  /** Whether `node` is `from` or stands above it; also when that would take too long to find out. */
  #above(node: number, from: number): boolean {
    if (node === from) return true;
    if (!this.#hasChild[node]) return false;
    for (let at = from; at !== ROOT; at = this.parents[at]) {
      if (at === node || this.#steps-- <= 0) return true;
    }
    return false;
  }
}

/** Steps 4 and 5: threads of one base subject become one. */
function gatherSubjects({ sentMs, subject, isReply, uid }: ThreadColumns, parents: number[]): void {
  const count = uid.length;
  const isThere = (node: number) => node < count;
  /** The first child of parents that are not there. */
  const firstChild = new Map<number, number>();
  const tops: number[] = [];
  for (const message of byDate(sentMs)) {
    const parent = parents[message];
    if (parent === ROOT) tops.push(message);
    else if (!isThere(parent) && !firstChild.has(parent)) {
      firstChild.set(parent, message);
      tops.push(parent);
    }
  }
  const subjectOf = (node: number) => subject[isThere(node) ? node : firstChild.get(node)!];
  const replies = (node: number) => isReply[isThere(node) ? node : firstChild.get(node)!] === 1;
  const table = new Map<number, number>();
  for (const top of tops) {
    const key = subjectOf(top);
    if (!key) continue;
    const known = table.get(key);
    if (known === undefined) table.set(key, top);
    else if (isThere(known) && (!isThere(top) || (replies(known) && !replies(top)))) table.set(key, top);
  }
  /** Parents that are not there, and the one that takes over their children. */
  const merged = new Map<number, number>();
  for (const top of tops) {
    const key = subjectOf(top), known = table.get(key);
    if (!key || known === undefined || known === top) continue;
    if (!isThere(top) && !isThere(known)) merged.set(top, known);
    else if (!isThere(known) || (replies(top) && !replies(known))) parents[top] = known;
    else {
      parents[top] = parents[known] = parents.length;
      table.set(key, parents.length);
      firstChild.set(parents.length, known);
      parents.push(ROOT);
    }
  }
  if (!merged.size) return;
  for (let message = 0; message < count; message++) {
    const into = merged.get(parents[message]);
    if (into !== undefined) parents[message] = into;
  }
}
