import { strict as assert } from "node:assert";
import { type FakeDns, startFakeDns, zoneOf } from "../support/fake_dns.ts";
import { sleep, startServer, type TestServer } from "../support/harness.ts";
import { ImapClient } from "../support/imap_client.ts";
import { ManageSieveClient } from "../support/managesieve_client.ts";
import { type Sink, startSink } from "../support/sink.ts";
import { SmtpClient } from "../support/smtp_client.ts";

/** Scripts over real sockets: ManageSieve stores them, SMTP and LMTP bring mail, IMAP and another server see it. */

const ALICE = "alice@home.test";
let server: TestServer, dns: FakeDns, sink: Sink;

Deno.test.beforeAll(async () => {
  sink = await startSink();
  dns = await startFakeDns(
    zoneOf({ "far.test": { MX: [[10, "mx.far.test"]] }, "mx.far.test": { A: [sink.address] } }),
  );
  server = await startServer({
    configuration: {
      outbound: { resolver: [dns.server], port: sink.port },
      sieve: { spamHeader: "X-Spam-Score", verdictNetworks: ["192.0.2.0/24"] },
    },
  });
  for (const name of ["alice", "bob", "carol"]) await server.addAccount(`${name}@home.test`);
});
Deno.test.afterAll(async () => {
  await server.remove();
  await sink.close();
  await dns.close();
});

async function activate(script: string, address = ALICE): Promise<void> {
  const client = await ManageSieveClient.login(server.ports.managesieve, address);
  await client.activate("main", script);
  await client.close();
}

async function send(
  text: string,
  { to = [ALICE], from = "x@far.test", lmtp = false } = {},
): Promise<{ code: number; lines: string[] }> {
  const smtp = await SmtpClient.connect(lmtp ? server.ports.lmtp : server.ports.smtp);
  await smtp.expect(250, `${lmtp ? "LHLO" : "EHLO"} client.test`);
  const reply = await smtp.mail(from, to, `${text}\r\n\r\nbody\r\n`);
  await smtp.close();
  return reply;
}

async function count(folder: string, address = ALICE): Promise<number> {
  const imap = await ImapClient.login(server.ports.imaps, address, "pass-word", { tls: true });
  const [line] = (await imap.command(`STATUS "${folder}" (MESSAGES)`)).untagged;
  await imap.close();
  return Number(/MESSAGES (\d+)/.exec(line ?? "")?.[1] ?? -1);
}

async function sunk(subject: RegExp, wanted = 1): Promise<Sink["messages"]> {
  for (let i = 0; i < 200; i++) {
    const found = sink.messages.filter(({ data }) => subject.test(data));
    if (found.length >= wanted) {
      await sleep(150);
      return sink.messages.filter(({ data }) => subject.test(data));
    }
    await sleep(25);
  }
  throw new Error(`no message ${subject} came`);
}

Deno.test("a script stored by ManageSieve files mail at once (V01)", async () => {
  await activate(
    'require ["fileinto","mailbox"]; if header :contains "subject" "list" { fileinto :create "Lists"; }',
  );
  assert.equal((await send("Subject: list one")).code, 250);
  assert.equal((await send("Subject: other")).code, 250);
  assert.deepEqual([await count("Lists"), await count("INBOX")], [1, 1]);
});

Deno.test("scripts run while ManageSieve is switched off (P20)", async () => {
  const file = `${server.dataDir}/../config.jsonc`;
  const text = await Deno.readTextFile(file);
  const configuration = JSON.parse(text);
  const listeners = configuration.listeners.filter((l: { protocol: string }) => l.protocol !== "managesieve");
  const reload = async (content: string) => {
    const reloads = () => server.logs().filter((line) => line.event === "server.reloaded").length;
    const before = reloads();
    await Deno.writeTextFile(file, content);
    server.signal("SIGHUP");
    for (let i = 0; i < 200 && reloads() === before; i++) await sleep(25);
  };
  await reload(JSON.stringify({ ...configuration, listeners }));
  await assert.rejects(ManageSieveClient.login(server.ports.managesieve, ALICE));
  assert.equal((await send("Subject: list two")).code, 250);
  assert.equal(await count("Lists"), 2);
  await reload(text);
});

Deno.test("a redirect leaves once, under a sender that leads back through us, within two seconds (V01, M01)", async () => {
  await activate('require "copy"; redirect :copy "friend@far.test";');
  const begun = performance.now();
  assert.equal((await send("Subject: sent on")).code, 250);
  const messages = await sunk(/Subject: sent on/);
  assert.ok(performance.now() - begun < 2000 + 150, "in time");
  assert.equal(messages.length, 1);
  assert.deepEqual(messages[0].recipients, ["friend@far.test"]);
  assert.match(messages[0].from, /^SRS0=.*@home\.test$/i);
  assert.match(messages[0].data, /^Delivered-To: alice@home\.test\r\nReceived: /);
  // A report for the rewritten sender finds the original one.
  assert.equal((await send("Subject: bounce of it", { to: [messages[0].from], from: "" })).code, 250);
  const [back] = await sunk(/Subject: bounce of it/);
  assert.deepEqual(back.recipients, ["x@far.test"]);
});

Deno.test("a redirect to an address that leads back here ends in the mailbox", async () => {
  await activate(`redirect "bob@home.test";`);
  await activate(`redirect "alice@home.test";`, "bob@home.test");
  const before = await count("INBOX") + await count("INBOX", "bob@home.test");
  await send("Subject: to and fro");
  await sleep(1500);
  assert.equal(await count("INBOX") + await count("INBOX", "bob@home.test"), before + 1);
  await activate("keep;", "bob@home.test");
});

Deno.test("a vacation reply goes out once, by the null sender", async () => {
  await activate('require "vacation"; vacation :subject "Gone fishing" "Back soon.";');
  for (let i = 0; i < 3; i++) await send(`To: ${ALICE}\r\nSubject: hello ${i}`, { from: "writer@far.test" });
  const replies = await sunk(/Subject: Gone fishing/);
  assert.equal(replies.length, 1);
  assert.deepEqual([replies[0].from, replies[0].recipients], ["", ["writer@far.test"]]);
});

Deno.test("refusals: in the dialogue, by report for one of several, and each by itself on LMTP (RFC 5429)", async () => {
  await activate('require "ereject"; ereject "No mail from you, please.";', "carol@home.test");
  const alone = await send("Subject: no", { to: ["carol@home.test"] });
  assert.deepEqual([alone.code, alone.lines.at(-1)], [550, "5.7.1 No mail from you, please."]);
  assert.equal((await send("Subject: mixed", { to: ["carol@home.test", "bob@home.test"] })).code, 250);
  const [report] = await sunk(/Undelivered mail/);
  assert.deepEqual(report.recipients, ["x@far.test"]);
  assert.match(report.data, /No mail from you, please\./);
  assert.match(report.data, /Action: failed\r\nStatus: 5\.7\.1/);
});

Deno.test("spam by the configured field, from neighbours that may say so", async () => {
  await activate("# nothing\n");
  const box = await ManageSieveClient.login(server.ports.managesieve, ALICE);
  await box.ok('SETACTIVE ""');
  await box.close();
  await send("X-Spam-Score: 9\r\nSubject: forged");
  assert.equal(await count("Junk"), 0, "a stranger's field says nothing");
  await send("X-Spam-Score: 9\r\nSubject: spam", { lmtp: true });
  assert.equal(await count("Junk"), 1);
});

Deno.test("the administrator's scripts hold for the next delivery; what does not compile is refused", async () => {
  const put = (name: string, content: string) =>
    server.api("PUT", `/api/v1/sieve/scripts/${name}`, { content });
  assert.equal(
    (await put("quarantine", 'require ["fileinto","mailbox"]; fileinto :create "Q";')).status,
    201,
  );
  const bad = await put("quarantine", "keep");
  assert.equal(bad.status, 422);
  assert.match(String(bad.body.detail), /line 1, column \d+/);
  assert.equal((await server.api("PUT", "/api/v1/sieve/roles/after", { script: "quarantine" })).status, 200);
  await send("Subject: held");
  assert.equal(await count("Q"), 1);
  assert.equal((await server.api("DELETE", "/api/v1/sieve/scripts/quarantine")).status, 409);
  assert.equal((await server.api("PUT", "/api/v1/sieve/roles/after", { script: null })).status, 200);
  await send("Subject: free");
  assert.equal(await count("Q"), 1);
  await activate('require "include"; include :global "quarantine";');
  await send("Subject: included");
  assert.equal(await count("Q"), 2);
  const used = await server.api("DELETE", "/api/v1/sieve/scripts/quarantine");
  assert.equal(used.status, 409);
  assert.match(String(used.body.detail), /alice@home\.test/);
  await activate("keep;");
  assert.equal((await server.api("DELETE", "/api/v1/sieve/scripts/quarantine")).status, 204);
});

Deno.test("a script files into a folder that somebody shares, as far as the rights go; else into INBOX", async () => {
  const [owner, user] = ["dora@home.test", "emil@home.test"];
  for (const address of [owner, user]) await server.addAccount(address);
  const imap = await ImapClient.login(server.ports.imaps, owner, "pass-word", { tls: true });
  await imap.ok("CREATE Team");
  await imap.ok(`SETACL Team ${user} lri`);
  await activate(`require "fileinto"; fileinto "#Shared/${owner}/Team";`, user);
  const there = async (wanted: number[]) => {
    const look =
      async () => [await count("Team", owner), await count("INBOX", owner), await count("INBOX", user)];
    for (let i = 0; i < 100 && String(await look()) !== String(wanted); i++) await sleep(50);
    assert.deepEqual(await look(), wanted);
  };
  // The directory learns a moment later that anything is shared.
  for (let i = 0; i < 100; i++) {
    const guest = await ImapClient.login(server.ports.imaps, user, "pass-word", { tls: true });
    const lines = await guest.ok('LIST "" #Shared/*');
    await guest.close();
    if (lines.some((line) => line.includes("Team"))) break;
    await sleep(50);
  }
  assert.equal((await send("Subject: shared one", { to: [user] })).code, 250);
  await there([1, 0, 0]);
  await imap.ok(`SETACL Team ${user} lr`);
  assert.equal((await send("Subject: shared two", { to: [user] })).code, 250);
  await there([1, 0, 1]);
  const [refusal] = server.logs().filter((line) => line.event === "sieve.copy_refused");
  assert.equal(refusal.code, "denied");
  await imap.close();
});
