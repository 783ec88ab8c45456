import { z } from "@hono/zod-openapi";
import { address } from "./schemas.ts";

// Shapes of the admin API's part about two servers.

/** State of the link between two servers. */
export const Replication = z.object({
  node: z.string(),
  peer: z.string().nullable(),
  linked: z.boolean(),
  lag: z.object({ entries: z.number().int(), ms: z.number() }),
  forks: z.number().int(),
  heals: z.number().int(),
  renumbered: z.number().int(),
  divergences: z.number().int(),
}).openapi("Replication");

/** Both copies of a mailbox or of the directory. */
export const ReplicaComparison = z.object({
  home: z.string().describe("The server whose copy counts."),
  copies: z.array(z.object({ node: z.string(), position: z.number().int(), hash: z.string() })),
  equal: z.boolean().nullable().describe("`null`: one copy has gone on meanwhile, or its server is away."),
  repaired: z.boolean(),
}).openapi("ReplicaComparison");

/** Which server is gone for good. */
export const TakeOver = z.strictObject({
  node: z.string().min(1).max(63).describe("`node.id` of the server whose mail is to be sent from here."),
}).openapi("TakeOver");

/** What was taken over. */
export const TakenOver = z.object({ taken: z.number().int() }).openapi("TakenOver");

/** A new home. */
export const HomePatch = z.strictObject({
  home: z.string().min(1).max(63).describe("`node.id` of the server that is to order the mailbox's changes."),
}).openapi("HomePatch");

/** Where a mailbox stands, to be compared between servers. */
export const MailboxState = z.object({
  address,
  home: z.string().describe("The server that orders this mailbox's changes."),
  position: z.number().int(),
  hash: z.string().describe("Over everything a user can see; equal on two servers that agree."),
}).openapi("MailboxState");

/** Where the directory stands, to be compared between servers. */
export const DirectoryState = z.object({ position: z.number().int(), hash: z.string() }).openapi(
  "DirectoryState",
);
