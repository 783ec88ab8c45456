import { createRoute, type OpenAPIHono } from "@hono/zod-openapi";
import type { DirectoryContract } from "../../../../actors/directory/contract.ts";
import type { LoginContract } from "../../../../actors/login/contract.ts";
import type { MailboxContract } from "../../../../actors/mailbox/contract.ts";
import { Fault } from "../../../base/fault.ts";
import type { HttpContext, HttpEnv } from "../context.ts";
import { body, failures, json, NO_CONTENT } from "../route.ts";
import {
  Account,
  AccountPatch,
  AccountsQuery,
  AccountWithUsage,
  AddressParam,
  NewAccount,
  pageOf,
} from "../schemas.ts";

const tags = ["accounts"];
const path = "/api/v1/accounts";
const one = `${path}/{address}` as const;

const list = createRoute({
  method: "get",
  path,
  tags,
  summary: "List accounts by domain and name",
  request: { query: AccountsQuery },
  responses: { 200: json(pageOf(Account), "One page"), ...failures },
});
const create = createRoute({
  method: "post",
  path,
  tags,
  summary: "Add an account; it logs in and receives at once",
  request: { body: body(NewAccount) },
  responses: { 201: json(Account, "The new account"), ...failures },
});
const get = createRoute({
  method: "get",
  path: one,
  tags,
  summary: "Show an account with what its mailbox holds",
  request: { params: AddressParam },
  responses: { 200: json(AccountWithUsage, "The account"), ...failures },
});
const update = createRoute({
  method: "patch",
  path: one,
  tags,
  summary: "Change, disable or enable an account, or set its password",
  request: { params: AddressParam, body: body(AccountPatch) },
  responses: { 200: json(Account, "The changed account"), ...failures },
});
const remove = createRoute({
  method: "delete",
  path: one,
  tags,
  summary: "Remove an account; its sessions end",
  request: { params: AddressParam },
  responses: { ...NO_CONTENT, ...failures },
});

/** `/api/v1/accounts`. A password is hashed before the directory is asked: none enters its inbox. */
export function addAccounts(
  app: OpenAPIHono<HttpEnv>,
  { system, log, nodeId, replication }: HttpContext,
): void {
  const directory = system.ref<DirectoryContract>("directory:main");
  const login = system.ref<LoginContract>("login:main");

  /** What the mailbox holds. An account can be looked at even while its mailbox is away. */
  const usage = async (id: string) => {
    try {
      return await system.ref<MailboxContract>(`mailbox:${id}`).ask("usage", {}, { timeoutMs: 10_000 });
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
      log.warn("http.usage", { account: id, code: error.code, error: error.message });
      return null;
    }
  };

  /** A mailbox is at home where its account was made. */
  const settle = async (id: string) => {
    try {
      await system.ref<MailboxContract>(`mailbox:${id}`).ask("moveHome", { to: nodeId }, {
        timeoutMs: 10_000,
      });
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
      log.warn("http.home", { account: id, code: error.code, error: error.message });
    }
  };

  app.openapi(list, async (c) => c.json(await directory.ask("listAccounts", c.req.valid("query")), 200));
  app.openapi(create, async (c) => {
    const { password, passwordHash, ...rest } = c.req.valid("json");
    const hashed = passwordHash === undefined
      ? await login.ask("hash", { password: password! })
      : { passwordHash };
    const request = { ...rest, ...hashed };
    const created = await directory.ask("createAccount", request, { requestId: c.get("requestId") });
    if (replication) await settle(created.id);
    c.header("Location", `${path}/${encodeURIComponent(created.address)}`);
    return c.json(created, 201);
  });
  app.openapi(get, async (c) => {
    const account = await directory.ask("getAccount", c.req.valid("param"));
    return c.json({ ...account, usage: await usage(account.id) }, 200);
  });
  app.openapi(update, async (c) => {
    const { password, ...rest } = c.req.valid("json");
    const hashed = password === undefined ? {} : await login.ask("hash", { password });
    const request = { ...rest, ...c.req.valid("param"), ...hashed };
    return c.json(await directory.ask("updateAccount", request, { requestId: c.get("requestId") }), 200);
  });
  app.openapi(remove, async (c) => {
    await directory.ask("removeAccount", c.req.valid("param"), { requestId: c.get("requestId") });
    return c.body(null, 204);
  });
}
