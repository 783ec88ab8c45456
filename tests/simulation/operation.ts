import type { ActorAddress } from "../../src/actor/actor.ts";
import type { SimNode } from "./node.ts";
import type { World } from "./world.ts";

/** What users and the world do to a mailbox, each through one of the servers. */
export type Operation = (world: World, node: SimNode, to: ActorAddress) => Promise<void>;

export const NO_LIMITS = { quotaBytes: null, messageBytes: 1_000_000 };

/** Names that folders are made and renamed under: few, so that both sides often want the same. */
export const NAMES = ["a", "b", "c", "a/b"];

/** Folders that are deleted now and then; nothing in them is promised to stay. */
export const DOOMED = ["x1", "x2"];
