import { z } from "@hono/zod-openapi";
import { SIEVE_ROLES } from "../../../actors/directory/contract.ts";
import { LIMITS } from "../../base/limits.ts";

// Shapes of the admin API's part about Sieve scripts that hold for all users.

const name = z.string().min(1).max(2 * LIMITS.scriptNameChars).describe(
  `Letters, digits, spaces and _ . - ; at most ${LIMITS.scriptNameChars} characters.`,
);
const role = z.enum(SIEVE_ROLES).describe(
  "`before` and `after`: run around every delivery. `default`: in place of users' own, for those who have none.",
);

/** The script in a path. */
export const ScriptNameParam = z.object({ name });

/** A global script, without its text. */
export const GlobalScript = z.object({
  name: z.string(),
  sizeBytes: z.number().int(),
  roles: z.array(role),
  builtIn: z.boolean().describe("It comes with the server; one of the same name takes its place."),
}).openapi("GlobalScript");

/** All global scripts: there are few. */
export const GlobalScriptList = z.object({ items: z.array(GlobalScript) }).openapi("GlobalScriptList");

/** A global script. */
export const GlobalScriptWithContent = GlobalScript.extend({ content: z.string() })
  .openapi("GlobalScriptWithContent");

/** Body of a global script. */
export const NewGlobalScript = z.strictObject({ content: z.string().min(1).describe("The text.") })
  .openapi("NewGlobalScript");

/** How a global script is removed. */
export const RemoveGlobalQuery = z.object({
  force: z.enum(["true", "false"]).optional().transform((text) => text === "true")
    .describe("Do not look whether users' scripts include it."),
});

/** The role in a path. */
export const RoleParam = z.object({ role });

/** Who gets a role. */
export const RoleBody = z.strictObject({ script: z.string().min(1).nullable().describe("`null`: none.") })
  .openapi("SieveRole");

/** Body of a run over stored mail. */
export const SieveRun = z.strictObject({
  folder: z.string().min(1),
  content: z.string().min(1).optional().describe("The script; left out: the active one."),
  from: z.number().int().min(1).optional().describe("The UID to go on from: `next` of the page before."),
  apply: z.boolean().default(false).describe("Do it; otherwise nothing is changed, and told what would be."),
}).openapi("SieveRun");

/** What a script makes of the messages of one page. */
export const SieveRunPage = z.object({
  items: z.array(z.object({
    uid: z.number().int(),
    actions: z.array(z.string()),
    notes: z.array(z.string()),
    error: z.string().nullable(),
  })),
  next: z.number().int().nullable(),
}).openapi("SieveRunPage");
