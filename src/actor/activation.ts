import type { Outcome } from "./request.ts";
import { type ActorAddress, type Contract, nameOf, type StoredActor } from "./actor.ts";
import type { StoredFile } from "../storage/disk.ts";
import type { LogTail } from "./replica.ts";

/** One waiting request of an activation. */
export interface Waiting {
  name: string;
  request: unknown;
  requestId: string | null;
  homeOnly?: boolean;
  /** Set for the host's own turns (the answer to an outbox request). */
  settled?: { id: string; outcome: Outcome; replyTo: string | null; request: unknown };
  answer: (outcome: Outcome) => void;
}

/** A live actor: its open file, its caches and its inbox. Owned by the host; handlers never see it. */
export interface Activation {
  readonly address: ActorAddress;
  readonly name: string;
  readonly actor: StoredActor<Contract>;
  readonly file: StoredFile;
  state: unknown;
  /** The end of its log of changes, if it keeps one. */
  tail: LogTail;
  inbox: Waiting[];
  runnable: boolean;
  /** Internal faults in a row. */
  faults: number;
  lastUsedMs: number;
  /** Answers and events that wait for the disk, in order; null when nothing is unsynced. */
  held: Effect[] | null;
  /** Everything up to the last commit has been let out. */
  released: Promise<void>;
  /** Commits since the last checkpoint. */
  commits: number;
  /** Something changed since the actor's idle work was done. */
  restless: boolean;
  /** When a step of its idle work ended last. */
  tidiedMs: number;
  /** Its memory was given back and it has not been used since. */
  relaxed: boolean;
}

/** A fresh activation with nothing waiting. */
export function newActivation(
  address: ActorAddress,
  actor: StoredActor<Contract>,
  file: StoredFile,
  state: unknown,
): Activation {
  return {
    address,
    name: nameOf(address),
    actor,
    file,
    state,
    tail: { last: null },
    inbox: [],
    runnable: false,
    faults: 0,
    lastUsedMs: 0,
    held: null,
    released: Promise.resolve(),
    commits: 0,
    // Idle work may have been left undone when it was put away.
    restless: actor.idle !== undefined,
    tidiedMs: 0,
    relaxed: false,
  };
}

/** What a committed turn lets out. */
export type Effect = () => void;
