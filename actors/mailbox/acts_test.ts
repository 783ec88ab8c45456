import { letter, newMessage, NO_LIMITS } from "./fixture_test.ts";
import type { Pair, Server } from "./pair_test.ts";

/** What one server does while it is apart, in the order of the list; each a second later than the one before. */
export type Act = (server: Server) => Promise<unknown>;

export const add = (n: number, folder = "INBOX", flags: string[] = []): Act => (server) =>
  server.ask("append", { name: folder, messages: [newMessage(letter(n), flags)], limits: NO_LIMITS });
export const deliver = (n: number, folder: string): Act => (server) =>
  server.ask("deliver", { message: newMessage(letter(n)), folder, limits: NO_LIMITS });
const inFolder = (
  name: string,
  run: (server: Server, folder: string) => Promise<unknown>,
): Act =>
async (server) => await run(server, (await server.ask("status", { name })).id);
export const flag = (uid: number, ...flags: string[]): Act =>
  inFolder(
    "INBOX",
    (server, folder) => server.ask("store", { folder, uids: [uid, uid], mode: "add", flags }),
  );
export const unflag = (uid: number, ...flags: string[]): Act =>
  inFolder(
    "INBOX",
    (server, folder) => server.ask("store", { folder, uids: [uid, uid], mode: "remove", flags }),
  );
export const expunge = (uid: number, name = "INBOX"): Act =>
  inFolder(name, async (server, folder) => {
    await server.ask("store", { folder, uids: [uid, uid], mode: "add", flags: ["\\Deleted"] });
    return await server.ask("expunge", { folder, uids: [uid, uid] });
  });
const transfer = (move: boolean) => (uid: number, to: string): Act =>
  inFolder(
    "INBOX",
    (server, folder) => server.ask("copy", { folder, uids: [uid, uid], to, limits: NO_LIMITS, move }),
  );
export const move = transfer(true), copy = transfer(false);
export const create = (name: string): Act => (server) => server.ask("createFolder", { name });
export const rename = (from: string, to: string): Act => (server) => server.ask("renameFolder", { from, to });
export const remove = (name: string): Act => (server) => server.ask("deleteFolder", { name });

/** Everything in a mailbox: `folder: subject flags`, by folder and UID. */
export async function view(server: Server): Promise<Record<string, string[]>> {
  const seen: Record<string, string[]> = {};
  for (const { id, name } of (await server.ask("listFolders", {})).folders) {
    const { rows } = await server.ask("fetch", {
      folder: id,
      uids: [1, 0xffffffff],
      items: { envelope: true },
    });
    if (!rows.length) continue;
    seen[name] = rows.map(({ envelope, flags, keywords }) =>
      [/letter \d+/.exec(envelope!)![0].slice(7), flags || "", keywords].filter(Boolean).join(" ")
    );
  }
  return seen;
}

export async function play(pair: Pair, acts: readonly [Server, Act][]): Promise<void> {
  for (const [server, act] of acts) {
    for (const one of [pair.home, pair.other]) one.clock.advance(1000);
    await act(server);
  }
}
