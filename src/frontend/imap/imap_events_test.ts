import { strict as assert } from "node:assert";
import type { FakeConnection } from "../../../tests/support/fake_connection.ts";
import { type LocalWorld, withWorld } from "../../../tests/support/local_world.ts";
import { LIMITS } from "../../base/limits.ts";
import { serveImap } from "./server.ts";

const ALICE = "alice@a.test";
const MESSAGE = "Subject: hi\r\nX-Kind: note\r\n\r\nbody\r\n";

/** A client that waits for each answer. */
class Client {
  #tag = 0;
  constructor(readonly connection: FakeConnection) {}

  /** Sends a command; its untagged lines and the tagged one. It must succeed. */
  async ok(command: string): Promise<string[]> {
    const tag = `t${++this.#tag}`;
    this.connection.send(`${tag} ${command}\r\n`);
    const lines: string[] = [];
    for (;;) {
      const line = await this.connection.line();
      assert.notEqual(line, null, command);
      lines.push(line!);
      if (!line!.startsWith(`${tag} `)) continue;
      assert.match(line!, / OK/, `${command}: ${line}`);
      return lines;
    }
  }

  append(folder: string, flags = ""): Promise<string[]> {
    return this.ok(`APPEND ${folder} ${flags && `(${flags}) `}{${MESSAGE.length}+}\r\n${MESSAGE}`);
  }

  /** `UID flags` of each message of a folder. */
  async flags(folder: string): Promise<string[]> {
    await this.ok(`EXAMINE ${folder}`);
    const lines = await this.ok("UID FETCH 1:* (FLAGS)");
    await this.ok("UNSELECT");
    return lines.flatMap((line) => {
      const found = /FETCH \(UID (\d+) FLAGS \(([^)]*)\)/.exec(line);
      return found ? [`${found[1]} ${found[2].replace("\\Recent", "")}`.replace(/ +/g, " ").trim()] : [];
    });
  }
}

function withAlice(body: (client: Client, world: LocalWorld) => Promise<void>): Promise<void> {
  return withWorld(async (world) => {
    await world.account(ALICE);
    for (const name of ["Work", "Copies"]) await world.mailbox(ALICE).ask("createFolder", { name });
    const connection = world.connect(serveImap, { protocol: "imap", tls: "implicit" });
    await connection.line();
    const client = new Client(connection);
    await client.ok(`LOGIN ${ALICE} secret`);
    await body(client, world);
  });
}

const put = (world: LocalWorld, name: string, content: string) =>
  world.mailbox(ALICE).ask("putScript", { name, content });

async function queued(world: LocalWorld): Promise<string[]> {
  await new Promise((resolve) => setTimeout(resolve, 10));
  const { items } = await world.queue.ask("list", {});
  return items.map(({ source, envelope, recipients }) =>
    `${source} ${envelope.from} ${recipients.map(({ address }) => address)}`
  );
}

Deno.test("IMAPSIEVE names the ManageSieve server, after login (RFC 6785 §2.1)", () =>
  withAlice(async (client) => {
    assert.match((await client.ok("CAPABILITY"))[0], / IMAPSIEVE=sieve:\/\/mx\.a\.test /);
  }));

Deno.test("APPEND and COPY run the folder's script; the user sets it by METADATA (RFC 6785 §2.2, §2.3)", () =>
  withAlice(async (client, world) => {
    await put(
      world,
      "events",
      'require ["imapsieve", "environment", "copy", "fileinto", "imap4flags", "variables"];' +
        'if environment :is "imap.mailbox" "Work" { fileinto :copy "Copies"; }' +
        'if environment :is "imap.cause" "APPEND" { addflag "appended"; }' +
        'if environment :is "imap.cause" "COPY" { addflag "copied"; redirect :copy "w@out.test"; }',
    );
    await client.append("Work");
    assert.deepEqual(await client.flags("Copies"), [], "no script yet");
    await client.ok('SETMETADATA Work (/shared/imapsieve/script "events")');
    await client.append("Work", "\\Seen");
    assert.deepEqual(await client.flags("Work"), ["1", "2 \\Seen appended"]);
    assert.equal((await client.flags("Copies")).length, 1);
    await client.append("INBOX");
    assert.deepEqual(await client.flags("INBOX"), ["1"], "a folder without one");
    await client.ok("SELECT INBOX");
    await client.ok("UID COPY 1 Work");
    assert.deepEqual(await client.flags("Work"), ["1", "2 \\Seen appended", "3 copied"]);
    assert.deepEqual(await queued(world), [`redirect ${ALICE} w@out.test`]);
    await client.ok('SETMETADATA Work (/shared/imapsieve/script "")');
    await client.append("Work");
    assert.equal((await client.flags("Work")).at(-1), "4", "an empty name is none");
  }));

Deno.test("changes of flags run it once, with the flags as they are afterwards, and never for its own changes", () =>
  withAlice(async (client, world) => {
    await put(
      world,
      "flags",
      'require ["imapsieve", "environment", "imap4flags", "enotify"];' +
        'if allof (environment :is "imap.cause" "FLAG", environment :contains "imap.changedflags" "\\\\Flagged", hasflag "\\\\Flagged") {' +
        ' addflag "noted"; notify "mailto:me@phone.test"; }' +
        'if environment :contains "imap.changedflags" "\\\\Seen" { addflag "read"; }',
    );
    await client.append("Work");
    await client.ok('SETMETADATA "" (/shared/imapsieve/script "flags")');
    await client.ok("SELECT Work");
    await client.ok("STORE 1 +FLAGS (\\Flagged)");
    assert.deepEqual(await client.flags("Work"), ["1 \\Flagged noted"]);
    assert.equal((await queued(world)).length, 1);
    await client.ok("SELECT Work");
    await client.ok("STORE 1 -FLAGS (\\Flagged)");
    assert.equal((await queued(world)).length, 1, "it was taken away");
    await client.ok("FETCH 1 (BODY[])");
    assert.deepEqual(await client.flags("Work"), ["1 \\Seen noted read"]);
    await client.ok('SETMETADATA Work (/shared/imapsieve/script "none")');
    await client.ok("SELECT Work");
    await client.ok("STORE 1 +FLAGS (\\Flagged)");
    assert.equal((await queued(world)).length, 1, "the folder's own entry counts, whatever it names");
  }));

Deno.test("without a keep the original is marked \\Deleted; errors and refusals leave it alone (RFC 6785 §3)", () =>
  withAlice(async (client, world) => {
    await put(world, "out", 'require ["fileinto", "editheader"]; addheader "X-New" "1"; fileinto "Copies";');
    await client.ok('SETMETADATA Work (/shared/imapsieve/script "out")');
    await client.append("Work");
    assert.deepEqual(await client.flags("Work"), ["1 \\Deleted"]);
    assert.match((await world.messages(ALICE, "Copies"))[0], /^X-New: 1\r\n/);
    assert.equal((await world.messages(ALICE, "Work"))[0], MESSAGE, "bytes of messages never change");
    await put(world, "out", "discard;");
    await client.append("Work");
    for (
      const content of [
        'require "reject"; reject "no";',
        'require "vacation"; vacation "away";',
        // §3.11: an error already where it is required.
        'require ["duplicate", "fileinto"]; fileinto "Copies";',
      ]
    ) {
      await put(world, "out", content);
      await client.append("Work");
    }
    assert.deepEqual(await client.flags("Work"), ["1 \\Deleted", "2 \\Deleted", "3", "4", "5"]);
    assert.deepEqual(await queued(world), []);
  }));

Deno.test("what a guest does in a shared folder runs the owner's script, and tells who it was", () =>
  withAlice(async (client, world) => {
    await world.account("bob@a.test");
    await put(
      world,
      "shared",
      'require ["imapsieve", "environment", "imap4flags", "enotify"];' +
        'if environment :is "imap.user" "bob@a.test" { addflag "bob"; notify "mailto:me@phone.test"; }',
    );
    await client.ok('SETMETADATA Work (/shared/imapsieve/script "shared")');
    await client.ok("SETACL Work bob@a.test lrswi");
    const connection = world.connect(serveImap, { protocol: "imap", tls: "implicit" });
    await connection.line();
    const bob = new Client(connection);
    await bob.ok("LOGIN bob@a.test secret");
    for (let i = 0; i < 100; i++) {
      if ((await bob.ok('LIST "" "#Shared/*"')).length > 1) break;
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    await bob.append('"#Shared/alice@a.test/Work"');
    await client.append("Work");
    assert.deepEqual(await client.flags("Work"), ["1 bob", "2"]);
    const { items } = await world.queue.ask("list", {});
    assert.deepEqual(items.map(({ source }) => source), ["notify"]);
  }));

Deno.test("scripts for one command send so many messages in all, whatever it works on", () =>
  withAlice(async (client, world) => {
    const each = LIMITS.sieve.redirects, count = LIMITS.commandSends / each + 3;
    const redirects = Array.from({ length: each }, (_, i) => `redirect :copy "r${i}@out.test";`).join("");
    await put(world, "far", `require ["copy", "imap4flags"]; addflag "sent"; ${redirects}`);
    for (let n = 0; n < count; n++) await client.append("INBOX");
    await client.ok('SETMETADATA Work (/shared/imapsieve/script "far")');
    await client.ok("SELECT INBOX");
    await client.ok("COPY 1:* Work");
    const flags = await client.flags("Work");
    assert.equal(flags.length, count, "the command itself is done");
    assert.equal(flags.filter((one) => one.endsWith(" sent")).length, count - 3);
    await client.append("Work");
    assert.match((await client.flags("Work")).at(-1)!, / sent$/, "the next command sends anew");
  }));
