import { createRoute, type OpenAPIHono } from "@hono/zod-openapi";
import type { DirectoryContract } from "../../../../actors/directory/contract.ts";
import type { MailboxContract } from "../../../../actors/mailbox/contract.ts";
import type { HttpContext, HttpEnv } from "../context.ts";
import { body, failures, json, NO_CONTENT } from "../route.ts";
import { checkScript } from "../sieve_check.ts";
import { AddressParam } from "../schemas.ts";
import {
  NewScript,
  Script,
  ScriptList,
  ScriptParam,
  ScriptPatch,
  ScriptWithContent,
} from "../script_schemas.ts";

const tags = ["scripts"];
const path = "/api/v1/accounts/{address}/scripts";
const one = `${path}/{name}` as const;

const list = createRoute({
  method: "get",
  path,
  tags,
  summary: "Stored Sieve scripts of an account, by name",
  request: { params: AddressParam },
  responses: { 200: json(ScriptList, "All scripts"), ...failures },
});
const get = createRoute({
  method: "get",
  path: one,
  tags,
  summary: "A script with its text",
  request: { params: ScriptParam },
  responses: { 200: json(ScriptWithContent, "The script"), ...failures },
});
const put = createRoute({
  method: "put",
  path: one,
  tags,
  summary: "Store a script, or a new version of it",
  request: { params: ScriptParam, body: body(NewScript) },
  responses: {
    200: json(Script, "The changed script"),
    201: json(Script, "The new script"),
    ...failures,
  },
});
const update = createRoute({
  method: "patch",
  path: one,
  tags,
  summary: "Make a script the active one, or not, or give it another name",
  request: { params: ScriptParam, body: body(ScriptPatch) },
  responses: { 200: json(Script, "The changed script"), ...failures },
});
const remove = createRoute({
  method: "delete",
  path: one,
  tags,
  summary: "Remove a script; the active one has to be made inactive first",
  request: { params: ScriptParam },
  responses: { ...NO_CONTENT, ...failures },
});

/** `/api/v1/accounts/{address}/scripts`: what RFC 5804 lets users do, for administrators. */
export function addScripts(app: OpenAPIHono<HttpEnv>, { system }: HttpContext): void {
  const directory = system.ref<DirectoryContract>("directory:main");
  const open = async (address: string) => {
    const { id } = await directory.ask("getAccount", { address });
    return system.ref<MailboxContract>(`mailbox:${id}`);
  };

  app.openapi(list, async (c) => {
    const box = await open(c.req.valid("param").address);
    return c.json({ items: (await box.ask("listScripts", {})).scripts }, 200);
  });
  app.openapi(get, async (c) => {
    const { address, name } = c.req.valid("param");
    const { script, content } = await (await open(address)).ask("getScript", { name });
    return c.json({ ...script, content }, 200);
  });
  app.openapi(put, async (c) => {
    const { address, name } = c.req.valid("param");
    const request = { name, ...c.req.valid("json") };
    checkScript(request.content);
    const box = await open(address);
    const { script, created } = await box.ask("putScript", request, { requestId: c.get("requestId") });
    return c.json(script, created ? 201 : 200);
  });
  app.openapi(update, async (c) => {
    const { address, name } = c.req.valid("param");
    const { active, name: to } = c.req.valid("json");
    const box = await open(address);
    const options = { requestId: c.get("requestId") };
    if (to !== undefined) {
      return c.json((await box.ask("renameScript", { from: name, to }, options)).script, 200);
    }
    const request = active ? { name } : { name: null, instead: name };
    await box.ask("setActiveScript", request, options);
    return c.json((await box.ask("getScript", { name })).script, 200);
  });
  app.openapi(remove, async (c) => {
    const { address, name } = c.req.valid("param");
    await (await open(address)).ask("deleteScript", { name }, { requestId: c.get("requestId") });
    return c.body(null, 204);
  });
}
