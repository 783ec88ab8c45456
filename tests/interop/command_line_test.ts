import { strict as assert } from "node:assert";
import { ImapClient } from "../support/imap_client.ts";
import { startServer, type TestServer } from "../support/harness.ts";
import { SmtpClient } from "../support/smtp_client.ts";
import { type ProgramResult, runProgram, temporaryFolder } from "./program.ts";

/** The verbs of the command line against a running server, as an operator types them. */

const home = temporaryFolder();
const main = new URL("../../src/main.ts", import.meta.url).pathname;
let server: TestServer;

Deno.test.beforeAll(async () => {
  // Nothing listens on port 9: what goes outside stays in the queue.
  server = await startServer({
    configuration: { outbound: { routes: [{ domain: "*", host: "127.0.0.1", port: 9 }] } },
  });
});
Deno.test.afterAll(() => server.remove());

/** One command line; address and token come from the data folder. */
function mallard(args: string[], input?: string): Promise<ProgramResult> {
  const options = { home, input, env: { NO_COLOR: "1", MALLARD_DATADIR: server.dataDir } };
  return runProgram(Deno.execPath(), ["run", "-A", "--no-check", main, ...args], options);
}

async function fine(args: string[], input?: string): Promise<string> {
  const { code, stdout, stderr } = await mallard(args, input);
  assert.equal(code, 0, `${args.join(" ")}: ${stdout}${stderr}`);
  return stdout;
}

async function refused(args: string[], want: RegExp): Promise<void> {
  const { code, stderr } = await mallard(args);
  assert.equal(code, 1, args.join(" "));
  assert.match(stderr, want);
  assert.equal(stderr.trimEnd().split("\n").length, 1, stderr);
}

Deno.test("domains: add, set, show, list, remove", async () => {
  await fine(["domain", "add", "one.test", "--quota", "1G"]);
  await fine(["domain", "add", "other.test", "--alias-of", "one.test"]);
  await refused(["domain", "add", "one.test"], /^mallard domain add: .*\(exists\)\n$/);
  await fine(["domain", "set", "one.test", "--message-size", "5M"]);
  const shown = JSON.parse(await fine(["domain", "show", "one.test", "--json"]));
  assert.deepEqual([shown.quotaBytes, shown.messageBytes], [1073741824, 5242880]);
  assert.match(await fine(["domain", "list"]), /one\.test +1 GiB +5 MiB\nother\.test +one\.test/);
  await fine(["domain", "remove", "other.test"]);
  await refused(["domain", "show", "other.test"], /\(not_found\)\n$/);
});

Deno.test("accounts: add, log in, set, disable, enable, remove", async () => {
  const added = await fine(["account", "add", "ann@one.test", "--name", "Ann Smith"]);
  const password = /password: (\S+)\n/.exec(added)?.[1];
  assert.ok(password, added);
  const login = (secret: string) =>
    ImapClient.login(server.ports.imaps, "ann@one.test", secret, { tls: true }).then((imap) => imap.close());
  await login(password);
  await fine(["account", "set", "ann@one.test", "--password-stdin", "--quota", "10M"], "a new password\n");
  await login("a new password");
  await assert.rejects(login(password));
  const shown = JSON.parse(await fine(["account", "show", "ann@one.test", "--json"]));
  assert.deepEqual([shown.displayName, shown.effective.quotaBytes, shown.usage.messages], [
    "Ann Smith",
    10485760,
    0,
  ]);
  await fine(["account", "disable", "ann@one.test", "--hold"]);
  assert.match(await fine(["account", "list", "--domain", "one.test"]), /ann@one\.test +Ann Smith +disabled/);
  await assert.rejects(login("a new password"));
  await fine(["account", "enable", "ann@one.test"]);
  await login("a new password");
  assert.equal(await fine(["mailbox", "check", "ann@one.test"]), "fine\n");
  assert.match(await fine(["mailbox", "hash", "ann@one.test"]), /^[0-9a-f]{32,}\n$/);
  await fine(["account", "remove", "ann@one.test"]);
  await refused(["account", "show", "ann@one.test"], /\(not_found\)\n$/);
});

Deno.test("account import makes what it can and names the lines it can't", async () => {
  const lines = [
    ...Array.from({ length: 12 }, (_, i) => `{"address":"many${i}@one.test","password":"long enough ${i}"}`),
    `{"address":"many0@one.test","password":"long enough"}`,
    `{"address":"nobody@nowhere.test","password":"long enough"}`,
    `{"adress":"typo@one.test","password":"long enough"}`,
    `not json`,
    ``,
  ];
  const { code, stdout, stderr } = await mallard(["account", "import", "-"], lines.join("\n"));
  assert.equal(code, 1);
  assert.match(stdout, /12 added, 0 there already, 4 failed/);
  const said = stderr.trimEnd().split("\n").filter((line) => line.startsWith("line ")).sort();
  assert.equal(said.length, 4, stderr);
  assert.ok(said.some((line) => line.startsWith("line 14: nobody@nowhere.test: ")), stderr);
  assert.ok(said.some((line) => line.startsWith("line 16: ")), stderr);
  await Deno.writeTextFile(`${home}/accounts.jsonl`, lines.slice(0, 12).join("\n"));
  const again = await fine(["account", "import", `${home}/accounts.jsonl`, "--skip-existing"]);
  assert.match(again, /0 added, 12 there already, 0 failed/);
});

Deno.test("aliases and groups: add, deliver, list, remove", async () => {
  await fine(["alias", "add", "info@*", "many1@one.test", "many2@one.test"]);
  await fine(["group", "add", "team@one.test", "many2@one.test", "many3@one.test"]);
  const smtp = await SmtpClient.connect(server.ports.smtp);
  await smtp.expect(250, "EHLO client.test");
  const reply = await smtp.mail(
    "out@else.test",
    ["info@one.test", "team@one.test"],
    "Subject: x\r\n\r\nx\r\n",
  );
  assert.equal(reply.code, 250);
  await smtp.close();
  for (const [user, want] of [["many1", 1], ["many2", 1], ["many3", 1], ["many4", 0]] as const) {
    const shown = JSON.parse(await fine(["account", "show", `${user}@one.test`, "--json"]));
    assert.equal(shown.usage.messages, want, user);
  }
  assert.match(await fine(["alias", "list"]), /info@\* +many1@one\.test, many2@one\.test/);
  await fine(["group", "set", "team@one.test", "many4@one.test"]);
  assert.match(await fine(["group", "list"]), /team@one\.test +many4@one\.test/);
  await fine(["alias", "remove", "info@*"]);
  await fine(["group", "remove", "team@one.test"]);
});

Deno.test("the queue: list, show, hold, release, retry, remove", async () => {
  const smtp = await SmtpClient.connect(server.ports.submissions, { tls: true });
  await smtp.expect(250, "EHLO client.test");
  assert.equal((await smtp.authPlain("many5@one.test", "long enough 5")).code, 235);
  const reply = await smtp.mail("many5@one.test", ["away@outside.example"], "Subject: out\r\n\r\nx\r\n");
  assert.equal(reply.code, 250);
  await smtp.close();
  const items = JSON.parse(await fine(["queue", "list", "--json"]));
  assert.equal(items.length, 1);
  const { id } = items[0];
  assert.match(await fine(["queue", "list"]), /many5@one\.test +away@outside\.example/);
  await fine(["queue", "hold", id]);
  assert.match(await fine(["queue", "show", id]), /held: yes[^]*away@outside\.example +queued/);
  await fine(["queue", "release", id]);
  await fine(["queue", "retry", id]);
  await fine(["queue", "remove", id]);
  assert.deepEqual(JSON.parse(await fine(["queue", "list", "--json"])), []);
  await refused(["queue", "show", id], /\(not_found\)\n$/);
});

Deno.test("a second server on the same data folder refuses to start; a wrong token is refused", async () => {
  await refused(["domain", "list", "--token", "wrong"], /^mallard domain list: /);
  const { code, stderr } = await mallard(["serve", "--config", `${server.dataDir}/../config.jsonc`]);
  assert.equal(code, 1);
  assert.match(stderr, /^mallard.* is used by another running server\n$/);
});

Deno.test("health tells whether the server works", async () => {
  assert.equal(JSON.parse(await fine(["health"])).status, "ok");
  await refused(["health", "--url", "http://127.0.0.1:9"], /cannot reach/);
});

Deno.test("replica status tells of a server on its own", async () => {
  assert.match(await fine(["replica", "status"]), /linked: false/);
});
