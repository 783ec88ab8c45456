import { z } from "@hono/zod-openapi";
import { address } from "./schemas.ts";

/** Body of a new public namespace. */
export const NewPublic = z.strictObject({
  name: z.string().min(1).max(100).describe("One level of a folder name; shown with a # before it."),
  addresses: z.boolean().optional().describe(
    "Each folder made below it gets a mail address in all domains of that time.",
  ),
  askedBy: address.optional().describe("The account that asks for it; it is shown once it is approved."),
}).openapi("NewPublic");
/** Body of a change of a public namespace. */
export const PublicPatch = z.strictObject({
  addresses: z.boolean().optional().describe("Whether folders that are made from now on get mail addresses."),
  approved: z.literal(true).optional().describe(
    "Approves one that was asked for: whoever asked gets all rights on it.",
  ),
}).openapi("PublicPatch");
/** A public namespace, and the mailbox that holds it. */
export const Public = z.object({
  name: z.string(),
  id: z.string(),
  addresses: z.boolean(),
  approved: z.boolean(),
  askedBy: z.string().nullable().describe(
    "The account that asked for it, by address, or by id when it is gone.",
  ),
}).openapi("Public");
/** All public namespaces. */
export const Publics = z.object({ items: z.array(Public) }).openapi("Publics");
/** Mail addresses of one public folder. */
export const FolderAddresses = z.object({
  folder: z.string().describe("`#Name/Folder`"),
  addresses: z.array(address),
  free: z.array(address).describe("What it could have in domains that came later."),
}).openapi("FolderAddresses");
/** Mail addresses of public folders. */
export const FolderAddressesList = z.object({ items: z.array(FolderAddresses) }).openapi(
  "FolderAddressesList",
);
/** Which public folder is to get addresses. */
export const FolderTarget = z.strictObject({
  folder: z.string().min(1).max(1100).describe("`#Name/Folder`"),
}).openapi("FolderTarget");
/** Body of a new private namespace. */
export const NewSpace = z.strictObject({
  name: z.string().min(1).max(100).describe("One level of a folder name; shown with a # before it."),
}).openapi("NewNamespace");
/** A private namespace, and the mailbox that holds it. */
export const Space = z.object({ name: z.string(), id: z.string() }).openapi("Namespace");
/** The private namespaces of an account. */
export const Spaces = z.object({ items: z.array(Space) }).openapi("Namespaces");
/** An account and one of its namespaces in a path. */
export const SpaceParam = z.object({ address, name: z.string().min(1).max(255) });
/** Rights for one identifier. */
export const Grant = z.strictObject({
  identifier: z.string().min(1).max(400).describe(
    "An address, `group:address`, `anyone` or `authenticated`.",
  ),
  rights: z.string().max(40).describe("Letters of RFC 4314, `lrswipkxtea`; empty for none."),
}).openapi("Grant");
/** Rights by identifier. */
export const Grants = z.object({ items: z.array(Grant) }).openapi("Grants");
