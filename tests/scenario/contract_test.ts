import { strict as assert } from "node:assert";
import { startFakeDns, zoneOf } from "../support/fake_dns.ts";
import { sleep, startServer, type TestServer } from "../support/harness.ts";
import { ImapClient } from "../support/imap_client.ts";
import { Pop3Client } from "../support/pop3_client.ts";
import { startSink } from "../support/sink.ts";
import { SmtpClient } from "../support/smtp_client.ts";

/** What people and scripts rely on: addresses and who gets their mail, logins, the HTTP interface, logs. */

const PASSWORD = "pass-word";
const sink = await startSink();
const dns = await startFakeDns(
  zoneOf({
    "far.test": { MX: [[10, "mx.far.test"]] },
    "c.test": { MX: [[10, "mx.far.test"]] },
    "mx.far.test": { A: [sink.address] },
  }),
);
let server: TestServer;

Deno.test.beforeAll(async () => {
  Deno.env.set("MALLARD_QUEUE_BACKOFFSECONDS", "[0.2]");
  Deno.env.set("MALLARD_NO_SUCH_KEY", "1");
  server = await startServer({
    configuration: {
      outbound: { resolver: [dns.server], port: sink.port },
      queue: { backoffSeconds: [3600] },
      login: { nameForm: "local-part", domain: "b.test" },
    },
  });
  Deno.env.delete("MALLARD_QUEUE_BACKOFFSECONDS");
  Deno.env.delete("MALLARD_NO_SUCH_KEY");
  for (const user of ["alice", "bob", "carol"]) await server.addAccount(`${user}@a.test`);
  await server.addAccount("dave@b.test");
});
Deno.test.afterAll(async () => {
  await server.remove();
  await sink.close();
  await dns.close();
});

async function post(path: string, body: unknown, status = 201): Promise<Record<string, unknown>> {
  const reply = await server.api("POST", `/api/v1/${path}`, body);
  assert.equal(reply.status, status, JSON.stringify(reply.body));
  return reply.body;
}

async function hello(): Promise<SmtpClient> {
  const client = await SmtpClient.connect(server.ports.smtp);
  await client.expect(250, "EHLO c.test");
  return client;
}

/** Sends one message over port 25 and answers how many copies came to each account. */
async function copies(to: string[], code = 250): Promise<Record<string, number>> {
  const users = ["alice@a.test", "bob@a.test", "carol@a.test", "dave@b.test"];
  const count = async (user: string) => {
    const { usage } = (await server.api("GET", `/api/v1/accounts/${user}`)).body as {
      usage: { messages: number };
    };
    return usage.messages;
  };
  const before = await Promise.all(users.map(count));
  const client = await hello();
  const message = `From: x@c.test\r\nTo: nobody@elsewhere.test\r\nSubject: ${to[0]}\r\n\r\nhi\r\n`;
  assert.equal((await client.mail("x@c.test", to, message)).code, code);
  await client.close();
  const after = await Promise.all(users.map(count));
  return Object.fromEntries(
    users.map((user, i) => [user[0], after[i] - before[i]] as const).filter(([, n]) => n),
  );
}

async function rcpt(to: string): Promise<string> {
  const client = await hello();
  await client.expect(250, "MAIL FROM:<alice@a.test>");
  const { code, lines } = await client.command(`RCPT TO:<${to}>`);
  await client.close();
  return `${code} ${lines[0].split(" ")[0]}`;
}

Deno.test("aliases, groups, wildcards, domain aliases and tags: one copy a mailbox, one transaction", async () => {
  await post("aliases", { address: "al@a.test", targets: ["alice@a.test"] });
  await post("aliases", { address: "all@a.test", targets: ["alice@a.test", "bob@a.test", "out@far.test"] });
  await post("aliases", { address: "ext@a.test", targets: ["third@far.test"] });
  await post("aliases", { address: "info@*", targets: ["carol@a.test"] });
  await post("aliases", { address: "info@b.test", targets: ["dave@b.test"] });
  await post("groups", { address: "team@a.test", members: ["alice@a.test", "gone@a.test", "dave@b.test"] });
  await post("groups", { address: "none@a.test", members: [] }, 400);
  await post("domains", { name: "alias.test", aliasOf: "a.test" });

  assert.deepEqual(await copies(["alice@a.test", "al@a.test", "alice+x@a.test", "al@alias.test"]), { a: 1 });
  assert.deepEqual(await copies(["all@a.test"]), { a: 1, b: 1 });
  assert.deepEqual(await copies(["info@a.test"]), { c: 1 });
  assert.deepEqual(await copies(["info@b.test"]), { d: 1 }, "the entry of the domain wins");
  assert.deepEqual(await copies(["team@alias.test"]), { a: 1, d: 1 }, "who has no mailbox is left out");
  assert.deepEqual(await copies(["bob+tag+more@alias.test"]), { b: 1 });
  assert.deepEqual(await copies(["bob@a.test"]), { b: 1 }, "the envelope decides, not the header");
  assert.deepEqual(await copies(["ext@a.test"]), {});
  assert.equal(await rcpt("nobody@a.test"), "550 5.1.1");
  for (let i = 0; i < 100 && sink.messages.length < 2; i++) await sleep(20);
  assert.deepEqual(sink.messages.flatMap((m) => m.recipients).sort(), ["out@far.test", "third@far.test"]);
  const rewritten = sink.messages.find((m) => m.recipients[0] === "third@far.test")!.from;
  assert.match(rewritten, /^SRS0=\w+=\w+=c\.test=x@a\.test$/, "reports come back through us");
  const bounce = await hello();
  assert.equal((await bounce.mail("", [rewritten], "Subject: undelivered\r\n\r\nx\r\n")).code, 250);
  await bounce.close();
  for (let i = 0; i < 100 && sink.messages.length < 3; i++) await sleep(20);
  assert.deepEqual([sink.messages[2].from, sink.messages[2].recipients], ["", ["x@c.test"]]);
  assert.equal(await rcpt(rewritten.replace("c.test", "d.test")), "550 5.1.1", "a forged one leads nowhere");
  await server.api("PUT", "/api/v1/groups/team@a.test", { members: [] });
  assert.equal(await rcpt("team@a.test"), "550 5.1.1", "an empty group");
});

Deno.test("an internal address hears only those who are logged in", async () => {
  await post("aliases", { address: "staff@a.test", targets: ["bob@a.test"], internal: true });
  assert.equal(await rcpt("staff@a.test"), "550 5.7.1");
  const client = await SmtpClient.connect(server.ports.submissions, { tls: true });
  await client.expect(250, "EHLO c.test");
  await client.expect(530, "MAIL FROM:<dave@b.test>");
  assert.equal((await client.authPlain("dave@b.test", PASSWORD)).code, 235);
  await client.expect(553, "MAIL FROM:<alice@a.test>");
  const text = "From: dave@b.test\r\nBcc: secret@c.test\r\nSubject: inside\r\n\r\nx\r\n";
  assert.equal((await client.mail("dave@b.test", ["staff@a.test"], text)).code, 250);
  await client.close();
  const imap = await ImapClient.login(server.ports.imaps, "bob@a.test", PASSWORD, { tls: true });
  await imap.ok("SELECT INBOX");
  const got = (await imap.ok("FETCH * BODY.PEEK[]")).join();
  await imap.close();
  assert.match(got, /Subject: inside/);
  assert.ok(!got.includes("secret@c.test"), "Bcc is gone");
  assert.match(got, /Received: from c\.test[^]*by mx\.mallard\.test with ESMTPSA/);
});

Deno.test("the postmaster of every domain is a recipient", async () => {
  for (const to of ["postmaster@a.test", "PostMaster@alias.test", "postmaster@b.test", "postmaster"]) {
    assert.equal((await rcpt(to)).slice(0, 3), "250", to);
  }
});

Deno.test("a domain that goes keeps its mailboxes; made anew it takes mail at once, without a restart", async () => {
  await server.addAccount("eve@gone.test");
  const client = await hello();
  assert.equal((await client.mail("x@c.test", ["eve@gone.test"], "Subject: kept\r\n\r\nx\r\n")).code, 250);
  await client.close();
  assert.equal((await server.api("DELETE", "/api/v1/domains/gone.test")).status, 204);
  assert.match(await rcpt("eve@gone.test"), /^550 5\.(1\.2|7\.1)$/);
  const imap = await ImapClient.login(server.ports.imaps, "eve@gone.test", PASSWORD, { tls: true });
  assert.ok((await imap.ok("SELECT INBOX")).includes("1 EXISTS"));
  await imap.close();
  await server.addDomain("gone.test");
  assert.equal((await rcpt("eve@gone.test")).slice(0, 3), "250");
});

/** Whether each of the four ways to log in takes a name. */
async function logins(name: string, password = PASSWORD): Promise<string> {
  const answers: boolean[] = [];
  const smtp = await SmtpClient.connect(server.ports.submissions, { tls: true });
  await smtp.expect(250, "EHLO c.test");
  answers.push((await smtp.authPlain(name, password)).code === 235);
  await smtp.close();
  const starttls = await SmtpClient.connect(server.ports.submission);
  await starttls.expect(250, "EHLO c.test");
  assert.ok(!(await starttls.command("EHLO c.test")).lines.some((line) => line.startsWith("AUTH")));
  await starttls.startTls();
  const { lines } = await starttls.expect(250, "EHLO c.test");
  assert.ok(lines.includes("AUTH PLAIN LOGIN SCRAM-SHA-256-PLUS SCRAM-SHA-256 SCRAM-SHA-1"), lines.join());
  answers.push((await starttls.authPlain(name, password)).code === 235);
  await starttls.close();
  const imap = await ImapClient.connect(server.ports.imaps, { tls: true });
  answers.push((await imap.command(`LOGIN "${name}" "${password}"`)).status === "OK");
  await imap.close();
  const pop = await Pop3Client.connect(server.ports.pop3s, { tls: true });
  await pop.command(`USER ${name}`);
  answers.push((await pop.command(`PASS ${password}`)).ok);
  await pop.close();
  return answers.map((yes) => yes ? "+" : "-").join("");
}

Deno.test("login names: the full address; a bare one only in the configured domain; no alias, no tag", async () => {
  assert.equal(await logins("alice@a.test"), "++++");
  assert.equal(await logins("Dave@B.test"), "++++");
  assert.equal(await logins("dave"), "++++", "login.nameForm is local-part for b.test");
  for (
    const name of ["alice", "al@a.test", "alice+x@a.test", "alice@alias.test", "team@a.test", "nobody@a.test"]
  ) {
    assert.equal(await logins(name), "----", name);
  }
});

Deno.test("a disabled account: sessions end within five seconds, logins and mail are refused, and all comes back", async () => {
  const imap = await ImapClient.login(server.ports.imaps, "carol@a.test", PASSWORD, { tls: true });
  await imap.ok("SELECT INBOX");
  await imap.idle();
  const path = "/api/v1/accounts/carol@a.test";
  assert.equal((await server.api("PATCH", path, { enabled: false })).status, 200);
  assert.match(await imap.socket.readToEnd(5000), /\* BYE /);
  await imap.socket.close();
  assert.equal(await logins("carol@a.test"), "----");
  assert.equal(await rcpt("carol@a.test"), "550 5.2.1");
  await server.api("PATCH", path, { disabledDelivery: "refuse-temporary" });
  assert.equal(await rcpt("carol@a.test"), "450 4.2.1");
  await server.api("PATCH", path, { enabled: true });
  assert.equal(await logins("carol@a.test"), "++++");
  assert.deepEqual(await copies(["carol@a.test"]), { c: 1 });
});

Deno.test("LMTP: one reply for each recipient, in their order", async () => {
  const client = await SmtpClient.connect(server.ports.lmtp);
  await client.expect(500, "EHLO c.test");
  await client.expect(250, "LHLO c.test");
  await client.expect(250, "MAIL FROM:<x@c.test>");
  await client.expect(250, "RCPT TO:<alice@a.test>");
  await client.expect(550, "RCPT TO:<nobody@a.test>");
  await client.expect(250, "RCPT TO:<bob@a.test>");
  await client.expect(354, "DATA");
  assert.equal((await client.body("Subject: lmtp\r\n\r\nx\r\n")).code, 250);
  assert.equal((await client.reply()).code, 250);
  await client.expect(250, "NOOP");
  await client.close();
});

Deno.test("SMTPUTF8, BDAT, BINARYMIME and DSN parameters travel", async () => {
  const client = await hello();
  await client.expect(250, "MAIL FROM:<\xc3\xa9@c.test> SMTPUTF8 BODY=BINARYMIME RET=HDRS ENVID=id+2B1");
  await client.expect(250, "RCPT TO:<alice@a.test> NOTIFY=FAILURE,DELAY ORCPT=rfc822;alice@a.test");
  await client.expect(503, "DATA");
  client.socket.write("BDAT 14\r\nSubject: bin\r\n");
  assert.equal((await client.reply()).code, 250);
  client.socket.write("BDAT 6 LAST\r\n\r\n\0\n\r.");
  assert.equal((await client.reply()).code, 250);
  await client.expect(555, "MAIL FROM:<x@c.test> FUTURE=1");
  await client.close();
  const imap = await ImapClient.login(server.ports.imaps, "alice@a.test", PASSWORD, { tls: true });
  await imap.ok("SELECT INBOX");
  const got = (await imap.ok("FETCH * BODY.PEEK[]")).join();
  await imap.close();
  assert.ok(got.includes("Return-Path: <\xc3\xa9@c.test>") && got.includes("Subject: bin\r\n\r\n\0\n\r."));
});

const url = (path: string) => `http://127.0.0.1:${server.ports.http}${path}`;

Deno.test("HTTP: health without a token, the admin API with one, failures as problem details", async () => {
  for (
    const [path, type] of [["/healthz", "json"], ["/readyz", "json"], ["/metrics", "openmetrics"], [
      "/openapi.json",
      "json",
    ], ["/docs", "html"]]
  ) {
    const response = await fetch(url(path));
    assert.equal(response.status, 200, path);
    assert.ok(response.headers.get("content-type")!.includes(type), path);
    const text = await response.text();
    if (path === "/healthz") assert.deepEqual(JSON.parse(text), { status: "ok" });
    if (path === "/metrics") assert.match(text, /# EOF\n$/);
  }
  const denied = await fetch(url("/api/v1/domains"));
  assert.equal(denied.status, 401);
  assert.equal(denied.headers.get("content-type"), "application/problem+json");
  assert.equal((await denied.json()).code, "denied");
  const exists = await server.api("POST", "/api/v1/domains", { name: "A.test" });
  assert.deepEqual([exists.status, exists.body.code], [409, "exists"]);
  const send = (body: unknown) =>
    fetch(url("/api/v1/domains"), {
      method: "POST",
      headers: {
        authorization: `Bearer ${server.token}`,
        "content-type": "application/json",
        "idempotency-key": "contract-1",
      },
      body: JSON.stringify(body),
    }).then(async (response) => [response.status, (await response.json()).name ?? null]);
  assert.deepEqual(await send({ name: "once.test" }), [201, "once.test"]);
  assert.deepEqual(await send({ name: "once.test" }), [201, "once.test"]);
  assert.deepEqual(await send({ name: "twice.test" }), [422, null]);
  const page = await server.api("GET", "/api/v1/domains?limit=2");
  assert.equal((page.body.items as unknown[]).length, 2);
  const next = await server.api("GET", `/api/v1/domains?limit=2&after=${page.body.next}`);
  assert.notDeepEqual(next.body.items, page.body.items);
});

Deno.test("who owns a domain is asked of DNS", async () => {
  const ask = async () => (await server.api("GET", "/api/v1/domains/a.test/ownership")).body;
  const { record, value, state } = await ask();
  assert.deepEqual([record, state], ["_mallard.a.test", "missing"]);
  const zone = dns.zone;
  dns.zone = zoneOf({ "_mallard.a.test": { TXT: [String(value)] } });
  assert.equal((await ask()).state, "verified");
  dns.zone = zone;
});

Deno.test("the log: one line a delivery, and variables that set nothing", async () => {
  const line = server.logs().find((line) => line.event === "delivery")!;
  for (
    const field of ["time", "level", "id", "from", "to", "sizeBytes", "verdict", "mailbox", "folder", "uid"]
  ) {
    assert.ok(field in line, field);
  }
  const relay = server.logs().find((line) => line.event === "relay")!;
  for (const field of ["queueId", "messageId", "from", "to", "sizeBytes", "outcome", "reply"]) {
    assert.ok(field in relay, field);
  }
  await server.waitForLog((line) =>
    line.event === "configuration.unknown" && line.variable === "MALLARD_NO_SUCH_KEY"
  );
});

Deno.test("the environment wins over the file: mail that is deferred is tried again soon", async () => {
  sink.script = (command) => command.startsWith("MAIL") ? "451 later" : undefined;
  await copies(["ext@a.test"]);
  await server.waitForLog((line) => line.event === "relay" && line.attempts === 2);
  sink.script = null;
  const before = sink.messages.length;
  for (let i = 0; i < 100 && sink.messages.length === before; i++) await sleep(20);
  assert.equal(sink.messages.length, before + 1);
});
