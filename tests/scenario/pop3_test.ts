import { strict as assert } from "node:assert";
import { startServer, type TestServer } from "../support/harness.ts";
import { Pop3Client } from "../support/pop3_client.ts";
import { SmtpClient } from "../support/smtp_client.ts";

const ALICE = "alice@a.test", PASSWORD = "pass-word";
const COUNT = 60;
// The server outlives single tests.
const sanitize = { sanitizeOps: false, sanitizeResources: false };

let server: TestServer;
Deno.test.beforeAll(async () => {
  server = await startServer();
  await server.addAccount(ALICE, PASSWORD);
  const client = await SmtpClient.connect(server.ports.smtp);
  await client.expect(250, "EHLO x.test");
  for (let i = 0; i < COUNT; i++) {
    const text = `Subject: m${i}\r\n\r\n.${"x".repeat(70)}\r\n`.padEnd(200 * i, "line of text\r\n").replace(
      /\r?$/,
      "\r\n",
    );
    assert.equal((await client.mail("x@y.test", [ALICE], text.replace(/\r\r\n$/, "\r\n"))).code, 250);
  }
  await client.close();
});
Deno.test.afterAll(() => server.remove());

function pop3(name: string, body: (client: Pop3Client) => Promise<void>): void {
  Deno.test({
    name: `POP3: ${name}`,
    ...sanitize,
    async fn() {
      const client = await Pop3Client.connect(server.ports.pop3s, { tls: true });
      try {
        await client.login(ALICE, PASSWORD);
        await body(client);
      } finally {
        await client.close();
      }
    },
  });
}

Deno.test({
  name: "POP3: STLS on the clear-text port",
  ...sanitize,
  async fn() {
    const client = await Pop3Client.connect(server.ports.pop3);
    assert.ok((await client.list("CAPA")).lines.includes("STLS"));
    assert.equal((await client.command(`USER ${ALICE}`)).ok, false);
    client.socket.write("STLS\r\nUSER evil\r\n");
    assert.equal((await client.reply()).ok, true);
    await client.socket.startTls();
    assert.equal((await client.command(`PASS ${PASSWORD}`)).text, "USER comes first");
    await client.login(ALICE, PASSWORD);
    assert.equal((await client.command("QUIT")).ok, true);
    await client.close();
  },
});

pop3("what LIST tells is what RETR sends", async (client) => {
  const { lines } = await client.list("LIST");
  assert.equal(lines.length, COUNT);
  for (const line of lines) {
    const [number, size] = line.split(" ").map(Number);
    const message = await client.retrieve(number);
    assert.equal(message.length, size);
    assert.ok(message.includes(`\r\nSubject: m${number - 1}\r\n`));
  }
});

pop3("pipelined RETR", async (client) => {
  client.socket.write(Array.from({ length: COUNT }, (_, i) => `RETR ${i + 1}\r\n`).join(""));
  for (let i = 0; i < COUNT; i++) {
    assert.equal((await client.reply()).ok, true);
    assert.ok((await client.socket.readLine()).startsWith("Return-Path:"));
    await client.readLines();
  }
});

pop3("UIDLs stay the same after a restart", async (client) => {
  const before = (await client.list("UIDL")).lines;
  assert.equal(new Set(before.map((line) => line.split(" ")[1])).size, COUNT);
  await server.stop();
  await server.start();
  const again = await Pop3Client.connect(server.ports.pop3s, { tls: true });
  await again.login(ALICE, PASSWORD);
  assert.deepEqual((await again.list("UIDL")).lines, before);
  await again.close();
});

pop3("messages deleted before QUIT are gone, the rest keeps its UIDL", async (client) => {
  const before = (await client.list("UIDL")).lines.map((line) => line.split(" ")[1]);
  for (const number of [1, 3, 5]) assert.equal((await client.command(`DELE ${number}`)).ok, true);
  assert.equal((await client.command("QUIT")).ok, true);
  const again = await Pop3Client.connect(server.ports.pop3s, { tls: true });
  await again.login(ALICE, PASSWORD);
  const after = (await again.list("UIDL")).lines.map((line) => line.split(" ")[1]);
  assert.deepEqual(after, before.filter((_, i) => ![0, 2, 4].includes(i)));
  await again.close();
});
