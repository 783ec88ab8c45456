import { directoryActor } from "../../actors/directory/actor.ts";
import { loginActor } from "../../actors/login/actor.ts";
import { queueActor } from "../../actors/queue/actor.ts";
import type { StatelessContext } from "../actor/actor.ts";
import type { PlaceActors } from "./place_actors.ts";

/** What the control place hosts: accounts, logins and the queue. */
export function controlActors(context: StatelessContext): PlaceActors {
  return { stored: [directoryActor, queueActor], stateless: new Map([["login", loginActor(context)]]) };
}
