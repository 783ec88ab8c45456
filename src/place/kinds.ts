import { directoryActor } from "../../actors/directory/actor.ts";
import { loginActor } from "../../actors/login/actor.ts";
import { mailboxActor } from "../../actors/mailbox/actor.ts";
import { queueActor } from "../../actors/queue/actor.ts";
import type { ActorKind, StatelessActor, StatelessContext, StoredActor } from "../actor/actor.ts";

/** The actors of one place. */
export interface PlaceActors {
  // deno-lint-ignore no-explicit-any -- actors of many contracts in one list
  stored: StoredActor<any, any>[];
  // deno-lint-ignore no-explicit-any -- as above
  stateless: Map<ActorKind, StatelessActor<any>>;
}

/** What a shard hosts. */
export function shardActors(): PlaceActors {
  return { stored: [mailboxActor], stateless: new Map() };
}

/** What the control place hosts: accounts, logins and the queue. */
export function controlActors(context: StatelessContext): PlaceActors {
  return { stored: [directoryActor, queueActor], stateless: new Map([["login", loginActor(context)]]) };
}
