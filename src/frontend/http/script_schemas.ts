import { z } from "@hono/zod-openapi";
import { LIMITS } from "../../base/limits.ts";
import { address, bytes } from "./schemas.ts";

// Shapes of the admin API's part about the Sieve scripts of an account; `sieve_schemas.ts` has those for all users.

const scriptName = z.string().min(1).max(2 * LIMITS.scriptNameChars)
  .describe(`At most ${LIMITS.scriptNameChars} characters.`);

/** The script in a path. */
export const ScriptParam = z.object({ address, name: scriptName });

/** A stored Sieve script, without its text. */
export const Script = z.object({
  name: z.string(),
  sizeBytes: bytes,
  active: z.boolean().describe("At most one script of an account is."),
}).openapi("Script");

/** All scripts of an account: there are few. */
export const ScriptList = z.object({ items: z.array(Script) }).openapi("ScriptList");

/** A stored Sieve script. */
export const ScriptWithContent = Script.extend({ content: z.string() }).openapi("ScriptWithContent");

/** Body of a new script or a new version. */
export const NewScript = z.strictObject({
  content: z.string().min(1).describe("The text."),
  active: z.boolean().optional().describe("Make it the active one, or not; left out: as it was."),
}).openapi("NewScript");

/** What to change about a script. */
export const ScriptPatch = z.strictObject({
  active: z.boolean().optional(),
  name: scriptName.optional().describe("The new name; the active script stays active."),
}).refine(
  (body) => (body.active === undefined) !== (body.name === undefined),
  { message: "needs either active or name", path: ["active"] },
).openapi("ScriptPatch");
