import { latin1 } from "../../base/bytes.ts";

/** RFC 2046 §5.1.1 allows 70 octets; longer ones are compared by their first 80. */
const BOUNDARY_BYTES = 80;
/** From so many on they are looked up together: a line would be compared with each of a hundred else. */
const FEW = 4;

/** A multipart whose boundary lines are being looked for. */
export interface Frame {
  boundary: Uint8Array;
}

interface Node {
  next: Map<number, Node>;
  frame: Frame | null;
}

/** The boundaries of the multiparts that are open, the innermost last. */
export class BoundarySet {
  readonly #frames: Frame[] = [];
  /** The frames by the octets of their boundaries; null when it must be made anew. */
  #tree: Node | null = null;

  get isEmpty(): boolean {
    return this.#frames.length === 0;
  }

  /** Opens a multipart. */
  push(boundary: string): Frame {
    const frame = { boundary: latin1(boundary.slice(0, BOUNDARY_BYTES)) };
    this.#frames.push(frame);
    this.#tree = null;
    return frame;
  }

  /** Closes a multipart and all that are open inside of it. */
  pop(frame: Frame): void {
    this.#frames.length = this.#frames.indexOf(frame);
    this.#tree = null;
  }

  /**
   * The multipart whose boundary the octets at `at` begin with, which is enough (RFC 2046 §5.1.1): the longest one, of
   * equal ones the innermost; null when there is none.
   */
  find(raw: Uint8Array, at: number): Frame | null {
    if (this.#frames.length > FEW) return this.#findInTree(raw, at);
    let best: Frame | null = null;
    for (let i = this.#frames.length - 1; i >= 0; i--) {
      const frame = this.#frames[i];
      if (best !== null && frame.boundary.length <= best.boundary.length) continue;
      if (startsWith(raw, at, frame.boundary)) best = frame;
    }
    return best;
  }

  #findInTree(raw: Uint8Array, at: number): Frame | null {
    let best: Frame | null = null;
    let node: Node | undefined = this.#tree ??= treeOf(this.#frames);
    while (node !== undefined) {
      best = node.frame ?? best;
      node = node.next.get(raw[at++]);
    }
    return best;
  }
}

function startsWith(raw: Uint8Array, at: number, prefix: Uint8Array): boolean {
  for (let i = 0; i < prefix.length; i++) if (raw[at + i] !== prefix[i]) return false;
  return true;
}

function treeOf(frames: readonly Frame[]): Node {
  const root: Node = { next: new Map(), frame: null };
  for (const frame of frames) {
    let node = root;
    for (const octet of frame.boundary) {
      let next = node.next.get(octet);
      if (next === undefined) node.next.set(octet, next = { next: new Map(), frame: null });
      node = next;
    }
    node.frame = frame;
  }
  return root;
}
