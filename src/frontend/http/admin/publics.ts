import { createRoute, type OpenAPIHono } from "@hono/zod-openapi";
import type { DirectoryContract, PublicView } from "../../../../actors/directory/contract.ts";
import type { MailboxContract } from "../../../../actors/mailbox/contract.ts";
import { nameOf } from "../../../actor/actor.ts";
import { Fault } from "../../../base/fault.ts";
import { formatRights, parseRights, RIGHTS } from "../../../codec/imap/rights.ts";
import { readIdentifier, writeIdentifier } from "../../identifiers.ts";
import type { HttpContext, HttpEnv } from "../context.ts";
import { body, failures, json, NO_CONTENT } from "../route.ts";
import {
  FolderAddressesList,
  FolderTarget,
  Grant,
  Grants,
  NewPublic,
  Public,
  PublicPatch,
  Publics,
} from "../public_schemas.ts";
import { NameParam } from "../schemas.ts";

const tags = ["public"];
const path = "/api/v1/public";
const one = `${path}/{name}` as const;
const rights = `${one}/rights` as const;
/** The folder of a public mailbox that stands for the namespace itself. */
const ROOT = "INBOX";

const list = createRoute({
  method: "get",
  path,
  tags,
  summary: "List public namespaces",
  responses: { 200: json(Publics, "All of them"), ...failures },
});
const create = createRoute({
  method: "post",
  path,
  tags,
  summary: "Make a public namespace; one that was removed comes back with its mail",
  request: { body: body(NewPublic) },
  responses: { 201: json(Public, "The new namespace"), ...failures },
});
const update = createRoute({
  method: "patch",
  path: one,
  tags,
  summary: "Approve a namespace that was asked for, or say whether its folders get mail addresses",
  request: { params: NameParam, body: body(PublicPatch) },
  responses: { 200: json(Public, "The changed namespace"), ...failures },
});
const remove = createRoute({
  method: "delete",
  path: one,
  tags,
  summary: "Take a public namespace away; its mail stays on the disk",
  request: { params: NameParam },
  responses: { ...NO_CONTENT, ...failures },
});
const show = createRoute({
  method: "get",
  path: rights,
  tags,
  summary: "Show who has which rights on the top of a namespace",
  request: { params: NameParam },
  responses: { 200: json(Grants, "Rights by identifier"), ...failures },
});
const grant = createRoute({
  method: "put",
  path: rights,
  tags,
  summary: "Give rights on the top of a namespace; folders made below begin with them",
  request: { params: NameParam, body: body(Grant) },
  responses: { 200: json(Grants, "Rights by identifier"), ...failures },
});

const addresses = createRoute({
  method: "get",
  path: `${one}/addresses`,
  tags,
  summary: "Mail addresses of the folders of a namespace, and free ones in domains that came later",
  request: { params: NameParam },
  responses: { 200: json(FolderAddressesList, "By folder"), ...failures },
});
const giveAddresses = createRoute({
  method: "post",
  path: `${one}/addresses`,
  tags,
  summary: "Give a folder the free addresses in every domain there is now",
  request: { params: NameParam, body: body(FolderTarget) },
  responses: { 200: json(FolderAddressesList, "The folder's addresses"), ...failures },
});

/** `/api/v1/public` */
export function addPublics(app: OpenAPIHono<HttpEnv>, { system }: HttpContext): void {
  const directory = system.ref<DirectoryContract>("directory:main");
  const mailboxOf = async (name: string) => {
    const { items } = await directory.ask("listPublics", {});
    const found = items.find((item) => item.name === name.normalize("NFC"));
    if (!found) throw new Fault("not_found", `no such namespace: #${name}`);
    return system.ref<MailboxContract>(`mailbox:${found.id}`);
  };
  const view = async ({ name, id, addresses, approved, askedBy }: PublicView) => ({
    name,
    id,
    addresses,
    approved,
    askedBy: askedBy && await writeIdentifier(directory, askedBy),
  });
  const grants = async (name: string) => {
    const { entries } = await (await mailboxOf(name)).ask("getAcl", { name: ROOT });
    const items = entries.map(async ({ identifier, rights }) => ({
      identifier: await writeIdentifier(directory, identifier),
      rights: formatRights(rights),
    }));
    return { items: await Promise.all(items) };
  };
  app.openapi(list, async (c) => {
    const { items } = await directory.ask("listPublics", {});
    return c.json({ items: await Promise.all(items.map(view)) }, 200);
  });
  app.openapi(create, async (c) => {
    const made = await directory.ask("createPublic", c.req.valid("json"), { requestId: c.get("requestId") });
    c.header("Location", `${path}/${encodeURIComponent(made.name)}`);
    return c.json(await view(made), 201);
  });
  app.openapi(update, async (c) => {
    const { name } = c.req.valid("param");
    const requestId = c.get("requestId");
    const changed = await directory.ask("updatePublic", { name, ...c.req.valid("json") }, { requestId });
    if (c.req.valid("json").approved && changed.askedBy) {
      const entry = { identifier: changed.askedBy, rights: RIGHTS };
      const mailbox = system.ref<MailboxContract>(`mailbox:${changed.id}`);
      await mailbox.ask("setAcl", { name: ROOT, entry, mode: "replace" }, { requestId });
    }
    return c.json(await view(changed), 200);
  });
  const addressesOf = async (name: string, wanted?: string) => {
    const mailbox = await mailboxOf(name);
    const id = nameOf(mailbox.address);
    const { folders } = await mailbox.ask("listFolders", {});
    const names = folders.map((folder) => folder.name);
    const top = `#${name.normalize("NFC")}`;
    const asked = names.filter((one) => wanted === undefined || top + one.slice(ROOT.length) === wanted);
    if (!asked.length) throw new Fault("not_found", `no such folder: ${wanted}`);
    return { id, folders: asked };
  };
  app.openapi(addresses, async (c) => {
    const request = await addressesOf(c.req.valid("param").name);
    return c.json(await directory.ask("listPublicAddresses", request), 200);
  });
  app.openapi(giveAddresses, async (c) => {
    const { id, folders } = await addressesOf(c.req.valid("param").name, c.req.valid("json").folder);
    const requestId = c.get("requestId");
    await directory.ask("createPublicAddresses", { id, folder: folders[0], anyway: true }, { requestId });
    return c.json(await directory.ask("listPublicAddresses", { id, folders }), 200);
  });
  app.openapi(remove, async (c) => {
    await directory.ask("removePublic", c.req.valid("param"), { requestId: c.get("requestId") });
    return c.body(null, 204);
  });
  app.openapi(show, async (c) => c.json(await grants(c.req.valid("param").name), 200));
  app.openapi(grant, async (c) => {
    const { name } = c.req.valid("param");
    const given = c.req.valid("json");
    const mailbox = await mailboxOf(name);
    const identifier = await readIdentifier(directory, given.identifier, null);
    const entry = { identifier, rights: checked(given.rights) };
    await mailbox.ask("setAcl", { name: ROOT, entry, mode: "replace" }, { requestId: c.get("requestId") });
    return c.json(await grants(name), 200);
  });
}

function checked(rights: string): string {
  try {
    return parseRights(rights);
  } catch (error) {
    throw new Fault("invalid", `rights: ${(error as SyntaxError).message}`); // it throws nothing else
  }
}
