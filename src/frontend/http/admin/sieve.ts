import { createRoute, type OpenAPIHono } from "@hono/zod-openapi";
import type { DirectoryContract } from "../../../../actors/directory/contract.ts";
import type { MailboxContract } from "../../../../actors/mailbox/contract.ts";
import { Fault } from "../../../base/fault.ts";
import { LIMITS } from "../../../base/limits.ts";
import type { HttpContext, HttpEnv } from "../context.ts";
import { body, failures, json, NO_CONTENT } from "../route.ts";
import {
  GlobalScript,
  GlobalScriptList,
  GlobalScriptWithContent,
  NewGlobalScript,
  RemoveGlobalQuery,
  RoleBody,
  RoleParam,
  ScriptNameParam,
} from "../sieve_schemas.ts";
import { checkScript } from "../sieve_check.ts";

const tags = ["sieve"];
const path = "/api/v1/sieve/scripts";
const one = `${path}/{name}` as const;

/** Users named in a refusal. */
const USERS_TOLD = 10;

const list = createRoute({
  method: "get",
  path,
  tags,
  summary: "Global Sieve scripts, by name, and which run for everybody",
  responses: { 200: json(GlobalScriptList, "All scripts"), ...failures },
});
const get = createRoute({
  method: "get",
  path: one,
  tags,
  summary: "A global script with its text",
  request: { params: ScriptNameParam },
  responses: { 200: json(GlobalScriptWithContent, "The script"), ...failures },
});
const put = createRoute({
  method: "put",
  path: one,
  tags,
  summary: "Store a global script, or a new version of it; it holds for the next delivery on both servers",
  request: { params: ScriptNameParam, body: body(NewGlobalScript) },
  responses: {
    200: json(GlobalScript, "The changed script"),
    201: json(GlobalScript, "The new script"),
    ...failures,
  },
});
const remove = createRoute({
  method: "delete",
  path: one,
  tags,
  summary: "Remove a global script; refused while a role or a user's script needs it",
  request: { params: ScriptNameParam, query: RemoveGlobalQuery },
  responses: { ...NO_CONTENT, ...failures },
});
const role = createRoute({
  method: "put",
  path: "/api/v1/sieve/roles/{role}",
  tags,
  summary: "Say which script runs before, after, or in place of users' own",
  request: { params: RoleParam, body: body(RoleBody) },
  responses: { 200: json(GlobalScriptList, "All scripts with their roles"), ...failures },
});

/** `/api/v1/sieve`: scripts of the administrator's, V05 to V07. */
export function addSieve(app: OpenAPIHono<HttpEnv>, { system }: HttpContext): void {
  const directory = system.ref<DirectoryContract>("directory:main");
  const all = async () => ({ items: (await directory.ask("listGlobalScripts", {})).scripts });

  app.openapi(list, async (c) => c.json(await all(), 200));
  app.openapi(get, async (c) => {
    const { script, content } = await directory.ask("getGlobalScript", c.req.valid("param"));
    return c.json({ ...script, content }, 200);
  });
  app.openapi(put, async (c) => {
    const request = { ...c.req.valid("param"), ...c.req.valid("json") };
    checkScript(request.content);
    const { script, created } = await directory.ask("updateGlobalScript", request, {
      requestId: c.get("requestId"),
    });
    return c.json(script, created ? 201 : 200);
  });
  app.openapi(remove, async (c) => {
    const { name } = c.req.valid("param");
    if (!c.req.valid("query").force) await refuseIfUsed(name);
    await directory.ask("removeGlobalScript", { name }, { requestId: c.get("requestId") });
    return c.body(null, 204);
  });
  app.openapi(role, async (c) => {
    const request = { ...c.req.valid("param"), ...c.req.valid("json") };
    await directory.ask("updateSieveRole", request, { requestId: c.get("requestId") });
    return c.json(await all(), 200);
  });

  /** Looks into every mailbox, one after the other, until enough users are found. */
  async function refuseIfUsed(name: string): Promise<void> {
    const users: string[] = [];
    let after: string | undefined;
    do {
      const page = await directory.ask("listAccounts", { after, limit: LIMITS.pageItems });
      for (const { id, address } of page.items) {
        const box = system.ref<MailboxContract>(`mailbox:${id}`);
        if ((await box.ask("usesGlobalScript", { name })).used) users.push(address);
        if (users.length >= USERS_TOLD) break;
      }
      after = page.next ?? undefined;
    } while (after !== undefined && users.length < USERS_TOLD);
    if (users.length) throw new Fault("conflict", `scripts of these users include it: ${users.join(", ")}`);
  }
}
