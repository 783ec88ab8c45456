import type { StoredActor } from "../../src/actor/actor.ts";
import type { Side } from "../../src/replication/side.ts";

/** A fault of one line, put into a server at one of its borders. */
export interface Planted {
  name: string;
  // deno-lint-ignore no-explicit-any -- actors of many contracts in one list
  actor?: (actor: StoredActor<any, any>) => StoredActor<any, any>;
  side?: (side: Side) => Side;
}
