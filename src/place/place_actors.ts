import type { ActorKind, StatelessActor, StoredActor } from "../actor/actor.ts";

/** The actors of one place. Each place's list is a module of its own, so that a process loads only its own code. */
export interface PlaceActors {
  // deno-lint-ignore no-explicit-any -- actors of many contracts in one list
  stored: StoredActor<any, any>[];
  // deno-lint-ignore no-explicit-any -- as above
  stateless: Map<ActorKind, StatelessActor<any>>;
}
