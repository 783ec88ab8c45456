import { strict as assert } from "node:assert";
import { sleep } from "../../support/harness.ts";
import type { ImapClient } from "../../support/imap_client.ts";
import {
  type Dialogues,
  expectOk,
  expectResult,
  fetched,
  mail,
  none,
  only,
  type World,
} from "../../support/imap_world.ts";

/** How long a change of rights may take to reach others (H01). */
const LIMIT_MS = 5_000;

/** Two users, each with a session. */
async function users(world: World): Promise<[string, ImapClient, string, ImapClient]> {
  const [owner, guest] = [await world.newAccount(), await world.newAccount()];
  return [owner, await world.login(owner), guest, await world.login(guest)];
}

/** Waits until LIST shows a folder, or no longer does. */
async function listed(client: ImapClient, name: string, shown = true): Promise<void> {
  for (let left = LIMIT_MS; left > 0; left -= 50) {
    const lines = await client.ok('LIST "" "*"');
    if (lines.some((line) => line.endsWith(` ${name}`)) === shown) return;
    await sleep(50);
  }
  assert.fail(`${name} is ${shown ? "not " : ""}shown`);
}

/** Folders of others, by what clients see. */
export const sharingDialogues: Dialogues = {
  "a shared folder comes and goes in a session that is open": async (world) => {
    const [owner, one, guest, two] = await users(world);
    await one.ok("CREATE Work");
    none(await two.ok('LIST "" "*"'), /#Shared/);
    await one.ok(`SETACL Work ${guest} lr`);
    await listed(two, `#Shared/${owner}/Work`);
    only(await two.ok(`MYRIGHTS "#Shared/${owner}/Work"`), /^MYRIGHTS \S+ lr$/);
    await one.ok(`DELETEACL Work ${guest}`);
    await listed(two, `#Shared/${owner}/Work`, false);
    expectResult(await two.command(`SELECT "#Shared/${owner}/Work"`), "NO");
  },

  "a client that knows nothing of rights reads what is shared": async (world) => {
    const [owner, one, guest, two] = await users(world);
    await one.ok("CREATE Work");
    expectOk(await one.append("Work", mail("m1")));
    await one.ok(`SETACL Work ${guest} lr`);
    await listed(two, `#Shared/${owner}/Work`);
    const lines = await two.ok(`SELECT "#Shared/${owner}/Work"`);
    only(lines, /^1 EXISTS$/);
    assert.match(fetched(await two.ok("FETCH 1 BODY[HEADER]")).get(1)!.get("BODY[HEADER]")!, /Subject: m1/);
    expectResult(await two.command("STORE 1 +FLAGS (\\Seen)"), "NO");
    expectResult(await two.append(`#Shared/${owner}/Work`, mail("m2")), "NO");
    await two.ok("CLOSE");
    only(await one.ok("STATUS Work (MESSAGES UNSEEN)"), /MESSAGES 1 UNSEEN 1/);
  },

  "two users on one folder see each other's changes": async (world) => {
    const [owner, one, guest, two] = await users(world);
    await one.ok("CREATE Work");
    expectOk(await one.append("Work", mail("m1")));
    await one.ok(`SETACL Work ${guest} lrswite`);
    await listed(two, `#Shared/${owner}/Work`);
    await one.ok("SELECT Work");
    await two.ok(`SELECT "#Shared/${owner}/Work"`);
    await two.ok("STORE 1 +FLAGS (\\Seen \\Flagged)");
    only(await one.ok("NOOP"), /^1 FETCH \(FLAGS \(\\Seen \\Flagged/);
    expectOk(await one.append("Work", mail("m2")));
    only(await two.ok("NOOP"), /^2 EXISTS$/);
    await two.ok("STORE 1 +FLAGS (\\Deleted)");
    only(await two.ok("EXPUNGE"), /^1 EXPUNGE$/);
    only(await one.ok("NOOP"), /^1 EXPUNGE$/);
  },

  "messages move between mailboxes and are in one of them": async (world) => {
    const [owner, one, guest, two] = await users(world);
    await one.ok("CREATE Work");
    expectOk(await one.append("Work", mail("m1")));
    await one.ok(`SETACL Work ${guest} lrswite`);
    await listed(two, `#Shared/${owner}/Work`);
    await two.ok(`SELECT "#Shared/${owner}/Work"`);
    await two.ok("STORE 1 +FLAGS (\\Flagged mine)");
    await two.ok("MOVE 1 INBOX");
    only(await one.ok("STATUS Work (MESSAGES)"), /MESSAGES 0/);
    await two.ok("SELECT INBOX");
    only(await two.ok("FETCH 1 FLAGS"), /\\Flagged.* mine/);
    await two.ok(`COPY 1 "#Shared/${owner}/Work"`);
    only(await one.ok("STATUS Work (MESSAGES UIDNEXT)"), /MESSAGES 1 UIDNEXT 3/);
  },

  "rights that are given and taken count in a folder that is open": async (world) => {
    const [owner, one, guest, two] = await users(world);
    await one.ok("CREATE Work");
    expectOk(await one.append("Work", mail("m1")));
    await one.ok(`SETACL Work ${guest} lr`);
    await listed(two, `#Shared/${owner}/Work`);
    await two.ok(`SELECT "#Shared/${owner}/Work"`);
    expectResult(await two.command("STORE 1 +FLAGS (\\Flagged)"), "NO");
    two.send("x1 IDLE");
    assert.match(await two.socket.readLine(), /^\+ /);
    const started = performance.now();
    await one.ok(`SETACL Work ${guest} +swite`);
    let told = "";
    while (!told.includes("[READ-WRITE]")) told += await two.socket.readLine();
    assert.ok(performance.now() - started < LIMIT_MS);
    assert.match(told, /PERMANENTFLAGS \(\\Answered \\Flagged \\Deleted \\Seen/);
    two.socket.write("DONE\r\n");
    assert.match(await two.socket.readLine(), /^x1 OK/);
    await two.ok("STORE 1 +FLAGS (\\Flagged)");
    await one.ok(`SETACL Work ${guest} -swite`);
    for (let left = LIMIT_MS;; left -= 50) {
      const lines = await two.ok("NOOP");
      if (lines.some((line) => line.includes("[READ-ONLY]"))) break;
      assert.ok(left > 0, "the right that was taken is not told");
      await sleep(50);
    }
    expectResult(await two.command("STORE 1 -FLAGS (\\Flagged)"), "NO");
  },

  "a session that is silent is ended when its right to read is taken": async (world) => {
    const [owner, one, guest, two] = await users(world);
    await one.ok("CREATE Work");
    await one.ok(`SETACL Work ${guest} lr`);
    await listed(two, `#Shared/${owner}/Work`);
    await two.ok(`SELECT "#Shared/${owner}/Work"`);
    const started = performance.now();
    await one.ok(`SETACL Work ${guest} l`);
    assert.match(await two.socket.readToEnd(), /^\* BYE You may no longer read/);
    assert.ok(performance.now() - started < LIMIT_MS);
  },

  "who leaves a group is out of the folders that were open to it": async (world) => {
    const [owner, one, guest, two] = await users(world);
    const group = `team${owner}`;
    await world.server.api("POST", "/api/v1/groups", { address: group, members: [guest] });
    await one.ok("CREATE Work");
    await one.ok(`SETACL Work $${group} lr`);
    await listed(two, `#Shared/${owner}/Work`);
    await two.ok(`SELECT "#Shared/${owner}/Work"`);
    const started = performance.now();
    await world.server.api("PUT", `/api/v1/groups/${group}`, { members: [] });
    assert.match(await two.socket.readToEnd(), /^\* BYE You may no longer read/);
    assert.ok(performance.now() - started < LIMIT_MS);
  },

  "who loses the right to read is told": async (world) => {
    const [owner, one, guest, two] = await users(world);
    await one.ok("CREATE Work");
    await one.ok(`SETACL Work ${guest} lr`);
    await listed(two, `#Shared/${owner}/Work`);
    await two.ok(`SELECT "#Shared/${owner}/Work"`);
    two.send("x1 IDLE");
    assert.match(await two.socket.readLine(), /^\+ /);
    await one.ok(`SETACL Work ${guest} -r`);
    assert.match(await two.socket.readToEnd(), /^\* BYE /);
  },
};
