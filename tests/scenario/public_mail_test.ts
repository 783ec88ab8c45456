import { strict as assert } from "node:assert";
import { sleep, startServer, type TestServer } from "../support/harness.ts";
import { ImapClient } from "../support/imap_client.ts";
import { SmtpClient } from "../support/smtp_client.ts";

/** Mail addresses of public folders (M08, M09, H10), as users, administrators and senders meet them. */

const LETTER = "Message-ID: <m1@out.test>\r\nSubject: offer\r\n\r\ntext\r\n";
let server: TestServer;

Deno.test.beforeAll(async () => {
  server = await startServer();
  for (const account of ["ann@a.test", "ben@a.test", "carl@b.test"]) await server.addAccount(account);
});
Deno.test.afterAll(() => server.remove());

const login = (account: string) => ImapClient.login(server.ports.imaps, account, "pass-word", { tls: true });

async function hello(port: number): Promise<SmtpClient> {
  const client = await SmtpClient.connect(port, { tls: port !== server.ports.smtp });
  await client.expect(250, "EHLO c.test");
  return client;
}

/** The addresses that aliases give to folders. */
async function addresses(): Promise<string[]> {
  const { body } = await server.api("GET", "/api/v1/aliases");
  const items = body.items as { address: string; targets: string[] }[];
  return items.map(({ address, targets }) => `${address} ${targets}`);
}

Deno.test("a public folder that a user makes has addresses, and takes mail of those with the right p", async () => {
  const made = await server.api("POST", "/api/v1/public", { name: "Pond", addresses: true });
  assert.equal(made.status, 201);
  const rights = "/api/v1/public/Pond/rights";
  await server.api("PUT", rights, { identifier: "ann@a.test", rights: "lrswipkxtea" });
  const ann = await login("ann@a.test");
  await ann.ok("CREATE #Pond/Sales");
  for (let left = 5_000; (await addresses()).length < 2; left -= 50) {
    assert.ok(left > 0, "the folder got no addresses");
    await sleep(50);
  }
  assert.deepEqual(await addresses(), ["sales@a.test #Pond/Sales", "sales@b.test #Pond/Sales"]);

  // A domain that comes later: the gap is shown, and closed when somebody says so.
  await server.addDomain("late.test");
  const gap = await server.api("GET", "/api/v1/public/Pond/addresses");
  assert.deepEqual((gap.body.items as unknown[])[1], {
    folder: "#Pond/Sales",
    addresses: ["sales@a.test", "sales@b.test"],
    free: ["sales@late.test"],
  });
  const given = await server.api("POST", "/api/v1/public/Pond/addresses", { folder: "#Pond/Sales" });
  assert.deepEqual(given.body.items, [{
    folder: "#Pond/Sales",
    addresses: ["sales@a.test", "sales@b.test", "sales@late.test"],
    free: [],
  }]);

  // Nobody from outside may write to it yet; ann may, ben may not.
  const outside = await hello(server.ports.smtp);
  await outside.expect(250, "MAIL FROM:<x@out.test>");
  assert.equal((await outside.command("RCPT TO:<sales@a.test>")).code, 550);
  const users: Record<string, SmtpClient> = {};
  for (const user of ["ann@a.test", "ben@a.test"]) {
    users[user] = await hello(server.ports.submissions);
    assert.equal((await users[user].authPlain(user, "pass-word")).code, 235);
  }
  await users["ben@a.test"].expect(250, "MAIL FROM:<ben@a.test>");
  assert.equal((await users["ben@a.test"].command("RCPT TO:<sales@b.test>")).code, 550);
  const from = (user: string) => `From: ${user}\r\n${LETTER}`;
  assert.equal(
    (await users["ann@a.test"].mail("ann@a.test", ["sales@b.test"], from("ann@a.test"))).code,
    250,
  );

  await ann.ok("SETACL #Pond/Sales anyone p");
  await outside.expect(250, "RSET");
  assert.equal((await outside.mail("x@out.test", ["sales@a.test"], LETTER)).code, 250);
  const [status] = await ann.ok("STATUS #Pond/Sales (MESSAGES)");
  assert.match(status, /MESSAGES 2/);
  await ann.ok("SELECT #Pond/Sales");
  const head = (await ann.ok("FETCH 2 BODY.PEEK[HEADER]")).join("\n");
  assert.match(head, /Delivered-To: sales@a\.test/);
  assert.match(head, /Subject: offer/);

  // Its addresses follow a folder that gets another name.
  await ann.ok("UNSELECT");
  await ann.ok("RENAME #Pond/Sales #Pond/Sold");
  for (let left = 5_000; (await addresses())[0] !== "sales@a.test #Pond/Sold"; left -= 50) {
    assert.ok(left > 0, "the address does not follow the folder");
    await sleep(50);
  }
  assert.equal((await outside.mail("x@out.test", ["sales@a.test"], LETTER)).code, 250);
  assert.match((await ann.ok("STATUS #Pond/Sold (MESSAGES)"))[0], /MESSAGES 3/);

  // A folder that is gone takes nothing, and none comes back by mail.
  await ann.ok("DELETE #Pond/Sold");
  await outside.expect(250, "MAIL FROM:<x@out.test>");
  assert.equal((await outside.command("RCPT TO:<sales@a.test>")).code, 550);
  assert.ok(!(await ann.ok('LIST "" #Pond/*')).some((line) => line.endsWith("Sold")));
  for (const client of [outside, ...Object.values(users)]) client.socket.close();
  await ann.close();
});

Deno.test("one address leads to a user, a public folder and outside; who may not post there reaches the others", async () => {
  await server.api("POST", "/api/v1/public", { name: "Lake" });
  await server.api("PUT", "/api/v1/public/Lake/rights", { identifier: "ann@a.test", rights: "lrp" });
  const alias = { address: "all@a.test", targets: ["ben@a.test", "#Lake"] };
  assert.equal((await server.api("POST", "/api/v1/aliases", alias)).status, 201);
  const outside = await hello(server.ports.smtp);
  assert.equal((await outside.mail("x@out.test", ["all@a.test"], LETTER)).code, 250);
  const ann = await login("ann@a.test"), ben = await login("ben@a.test");
  assert.match((await ben.ok("STATUS INBOX (MESSAGES)"))[0], /MESSAGES 1/);
  assert.match((await ann.ok("STATUS #Lake (MESSAGES)"))[0], /MESSAGES 0/);
  await server.api("PUT", "/api/v1/public/Lake/rights", { identifier: "anyone", rights: "p" });
  assert.equal((await outside.mail("x@out.test", ["all@a.test"], LETTER)).code, 250);
  assert.match((await ben.ok("STATUS INBOX (MESSAGES)"))[0], /MESSAGES 2/);
  assert.match((await ann.ok("STATUS #Lake (MESSAGES)"))[0], /MESSAGES 1/);
  outside.socket.close();
  for (const imap of [ann, ben]) await imap.close();
});
