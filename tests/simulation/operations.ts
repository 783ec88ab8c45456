import { dispute, mark, store, toggle } from "./flag_operations.ts";
import { create, moveHome, remove, rename, subscribe } from "./folder_operations.ts";
import { append, deliver, deliverTwice, expunge, transfer } from "./message_operations.ts";
import type { Operation } from "./operation.ts";

/** Operations by how often they come. */
export const OPERATIONS: readonly [Operation, number][] = [
  [deliver, 10],
  [deliverTwice, 1],
  [append, 4],
  [store, 6],
  [mark, 4],
  [toggle, 5],
  [dispute, 3],
  [expunge, 4],
  [transfer(false), 3],
  [transfer(true), 5],
  [create, 2],
  [rename, 2],
  [remove, 1],
  [subscribe, 2],
  [moveHome, 2],
];
