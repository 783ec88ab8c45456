import { createRoute, type OpenAPIHono, z } from "@hono/zod-openapi";
import { createHash } from "node:crypto";
import type { AccountView, DirectoryContract } from "../../../../actors/directory/contract.ts";
import {
  type FetchRow,
  FLAG,
  type FolderId,
  type MailboxContract,
} from "../../../../actors/mailbox/contract.ts";
import { hex } from "../../../base/bytes.ts";
import { Fault } from "../../../base/fault.ts";
import { summarize } from "../../../codec/message/summarize.ts";
import type { HttpContext, HttpEnv } from "../context.ts";
import { body, failures, json } from "../route.ts";
import {
  AddressParam,
  ContentQuery,
  Filed,
  FolderName,
  MailboxFolders,
  MessagePage,
  MessageParam,
  NewMessageQuery,
} from "../schemas.ts";

const tags = ["mailboxes"];
const base = "/api/v1/mailboxes/{address}";
const SYSTEM_FLAGS = [
  ["\\Seen", FLAG.seen],
  ["\\Answered", FLAG.answered],
  ["\\Flagged", FLAG.flagged],
  ["\\Deleted", FLAG.deleted],
  ["\\Draft", FLAG.draft],
] as const;
const MOST_UID = 0xffff_ffff;

const folders = createRoute({
  method: "get",
  path: `${base}/folders`,
  tags,
  summary: "Folders of a mailbox",
  request: { params: AddressParam },
  responses: { 200: json(MailboxFolders, "All folders"), ...failures },
});
const makeFolder = createRoute({
  method: "put",
  path: `${base}/folders`,
  tags,
  summary: "See to it that a folder is there",
  request: { params: AddressParam, body: body(FolderName) },
  responses: { 200: json(FolderName, "The folder"), ...failures },
});
const list = createRoute({
  method: "get",
  path: `${base}/messages`,
  tags,
  summary: "Messages of a folder, by UID",
  request: { params: AddressParam, query: ContentQuery },
  responses: { 200: json(MessagePage, "One page"), ...failures },
});
const get = createRoute({
  method: "get",
  path: `${base}/messages/{uid}`,
  tags,
  summary: "The text of one message",
  request: { params: MessageParam, query: z.object({ folder: ContentQuery.shape.folder }) },
  responses: {
    200: { description: "RFC 5322 text", content: { "message/rfc822": { schema: z.string() } } },
    ...failures,
  },
});
const add = createRoute({
  method: "post",
  path: `${base}/messages`,
  tags,
  summary:
    "File a message as it is; the folder is made when missing. An Idempotency-Key makes a repeat harmless",
  request: {
    params: AddressParam,
    query: NewMessageQuery,
    body: { required: true, content: { "message/rfc822": { schema: z.string() } } },
  },
  responses: { 201: json(Filed, "Where it is"), ...failures },
});

/** What export reads: `/api/v1/mailboxes/{address}/folders` and `…/messages`. */
export function addMailboxContent(app: OpenAPIHono<HttpEnv>, context: HttpContext): void {
  app.openapi(folders, async (c) => {
    const { box } = await open(context, c.req.valid("param").address);
    const { folders } = await box.ask("listFolders", {});
    const items = folders.map(({ name, specialUse, subscribed }) => ({ name, specialUse, subscribed }));
    return c.json({ items }, 200);
  });
  app.openapi(makeFolder, async (c) => {
    const { box } = await open(context, c.req.valid("param").address);
    const { name } = c.req.valid("json");
    try {
      await box.ask("createFolder", { name });
    } catch (error) {
      if (!(error instanceof Fault && error.code === "exists")) throw error;
    }
    return c.json({ name }, 200);
  });
  app.openapi(list, async (c) => {
    const { folder: name, after = 0, limit = 500 } = c.req.valid("query");
    const { box } = await open(context, c.req.valid("param").address);
    const { folder } = await find(box, name);
    const uids = [Math.min(after + 1, MOST_UID), MOST_UID];
    const page = await box.ask("fetch", { folder, uids, items: {}, limitRows: limit });
    return c.json(
      { items: page.rows.map(view), next: page.next === null ? null : page.rows.at(-1)!.uid },
      200,
    );
  });
  app.openapi(get, async (c) => {
    const { address, uid } = c.req.valid("param");
    const { box } = await open(context, address);
    const { folder } = await find(box, c.req.valid("query").folder);
    const items = { sections: [{ part: [], kind: "all" as const }] };
    const { rows } = await box.ask("fetch", { folder, uids: [uid, uid], items });
    const raw = rows[0]?.sections?.[0];
    if (!(raw instanceof Uint8Array)) throw new Fault("not_found", "no such message");
    return new Response(raw as Uint8Array<ArrayBuffer>, { headers: { "Content-Type": "message/rfc822" } });
  });
}

/**
 * What import writes: `POST /api/v1/mailboxes/{address}/messages`. It stands before the bounds and the memory of other
 * writes, which are for JSON.
 */
export function addMailboxImport(app: OpenAPIHono<HttpEnv>, context: HttpContext): void {
  app.openapi(add, async (c) => {
    const { folder, flags, dateMs } = c.req.valid("query");
    const { account, box } = await open(context, c.req.valid("param").address);
    const raw = await readBody(c.req.raw, account.effective.messageBytes);
    const key = c.req.header("Idempotency-Key");
    const message = {
      raw,
      summary: summarize(raw),
      flags: flags ? flags.split(" ").filter((flag) => flag !== "") : [],
      internalDateMs: dateMs ?? context.clock.nowMs(),
    };
    const requestId = key === undefined
      ? undefined
      : `http:${hex(createHash("sha256").update(JSON.stringify(["message", account.id, key])).digest())}`;
    const filed = await box.ask("deliver", { message, folder, limits: account.effective }, { requestId });
    return c.json({ folder: filed.folder, uid: filed.uid, uidValidity: filed.uidValidity }, 201);
  });
}

async function open({ system }: HttpContext, address: string) {
  const account: AccountView = await system.ref<DirectoryContract>("directory:main").ask("getAccount", {
    address,
  });
  return { account, box: system.ref<MailboxContract>(`mailbox:${account.id}`) };
}

async function find(
  box: Awaited<ReturnType<typeof open>>["box"],
  name: string,
): Promise<{ folder: FolderId }> {
  const { folders } = await box.ask("listFolders", {});
  const found = folders.find((folder) => folder.name === name);
  if (!found) throw new Fault("not_found", `no such folder: ${name}`);
  return { folder: found.id };
}

function view(row: FetchRow) {
  const system = SYSTEM_FLAGS.filter(([, bit]) => row.flags & bit).map(([name]) => name);
  const keywords = row.keywords === "" ? [] : row.keywords.split(" ");
  return { uid: row.uid, sizeBytes: row.size, flags: [...system, ...keywords], dateMs: row.internalDateMs };
}

/** A request's octets. Fault `too_big` as soon as there are more than allowed. */
async function readBody(request: Request, mostBytes: number): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  let size = 0;
  for await (const piece of request.body ?? []) {
    size += piece.length;
    if (size > mostBytes) throw new Fault("too_big", `messages may have ${mostBytes} bytes`);
    pieces.push(piece);
  }
  if (!size) throw new Fault("invalid", "the body is the message, and it is empty");
  const raw = new Uint8Array(size);
  let at = 0;
  for (const piece of pieces) {
    raw.set(piece, at);
    at += piece.length;
  }
  return raw;
}
