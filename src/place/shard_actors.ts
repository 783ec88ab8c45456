import { mailboxActor } from "../../actors/mailbox/actor.ts";
import type { PlaceActors } from "./place_actors.ts";

/** What a shard hosts. */
export function shardActors(): PlaceActors {
  return { stored: [mailboxActor], stateless: new Map() };
}
