import { strict as assert } from "node:assert";
import { sleep, startServer, type TestServer } from "../support/harness.ts";
import { ImapClient } from "../support/imap_client.ts";
import { Pop3Client } from "../support/pop3_client.ts";
import { SmtpClient } from "../support/smtp_client.ts";

/** What a stop and a start keep: everything that was acknowledged, once; and what a second server is told. */

const USERS = ["a@home.test", "b@home.test", "c@home.test"];
let server: TestServer;

Deno.test.beforeAll(async () => {
  // Nothing listens on port 9: what goes outside waits in the queue.
  server = await startServer({
    configuration: {
      places: { shards: 2 },
      outbound: { routes: [{ domain: "*", host: "127.0.0.1", port: 9 }] },
      queue: { backoffSeconds: [3600] },
    },
  });
  for (const user of USERS) await server.addAccount(user);
});
Deno.test.afterAll(() => server.remove());

/** Sends messages in one session after the other until the server says goodbye; subjects that were acknowledged. */
async function sendUntilStopped(name: string, acknowledged: Set<string>): Promise<string> {
  for (let i = 0;; i++) {
    let client: SmtpClient;
    try {
      client = await SmtpClient.connect(server.ports.smtp);
    } catch {
      return "refused";
    }
    try {
      await client.expect(250, `EHLO ${name}.test`);
      for (let n = 0; n < 20; n++) {
        const subject = `${name}-${i}-${n}`;
        const reply = await client.mail(
          "x@far.test",
          [USERS[n % 3]],
          `Subject: ${subject}\r\n\r\n${subject}\r\n`,
        );
        if (reply.code !== 250) return String(reply.code);
        acknowledged.add(subject);
      }
    } catch (error) {
      return (error as Error).message;
    } finally {
      await client.close();
    }
  }
}

async function subjects(user: string): Promise<string[]> {
  const imap = await ImapClient.login(server.ports.imaps, user, "pass-word", { tls: true });
  await imap.ok("SELECT INBOX");
  const lines = await imap.ok("UID FETCH 1:* BODY.PEEK[HEADER.FIELDS (SUBJECT)]");
  await imap.close();
  return lines.map((line) => /Subject: (\S+)/.exec(line)?.[1]).filter((subject) => subject !== undefined);
}

Deno.test("a stop under load keeps every acknowledged message, once, and says goodbye to all", async () => {
  const acknowledged = new Set<string>();
  const senders = ["s1", "s2", "s3", "s4"].map((name) => sendUntilStopped(name, acknowledged));
  const idling = await ImapClient.login(server.ports.imaps, USERS[0], "pass-word", { tls: true });
  await idling.ok("SELECT INBOX");
  const idle = await idling.idle();
  const pop = await Pop3Client.connect(server.ports.pop3s, { tls: true });
  const quiet = await SmtpClient.connect(server.ports.smtp);
  while (acknowledged.size < 200) await sleep(5);

  assert.equal(await server.stop(), 0);
  const ends = await Promise.all(senders);
  for (const end of ends) assert.match(end, /421|refused|closed/, ends.join());
  for (let line = ""; !line.startsWith("BYE");) line = await idle.next();
  assert.match(await quiet.socket.readToEnd(), /^421 4\.3\.2 /);
  assert.match(await pop.socket.readToEnd(), /^(-ERR|\+OK)/);
  for (const one of [idling.socket, quiet.socket, pop.socket]) await one.close();

  await server.start();
  const found = (await Promise.all(USERS.map(subjects))).flat();
  assert.equal(new Set(found).size, found.length, "no message twice");
  for (const subject of acknowledged) assert.ok(found.includes(subject), `${subject} was acknowledged`);
  for (const user of USERS) {
    assert.deepEqual((await server.api("GET", `/api/v1/mailboxes/${user}/check`)).body.problems, []);
  }
});

Deno.test("UIDLs, flags, passwords, aliases and waiting mail are the same after a restart", async () => {
  await server.api("POST", "/api/v1/aliases", { address: "al@home.test", targets: [USERS[0], "x@far.test"] });
  const smtp = await SmtpClient.connect(server.ports.smtp);
  await smtp.expect(250, "EHLO c.test");
  assert.equal((await smtp.mail("x@far.test", ["al@home.test"], "Subject: alias\r\n\r\nx\r\n")).code, 250);
  await smtp.close();
  const imap = await ImapClient.login(server.ports.imaps, USERS[0], "pass-word", { tls: true });
  await imap.ok("SELECT INBOX");
  await imap.ok("STORE 1:3 +FLAGS.SILENT (\\Flagged $Keep)");
  await imap.close();
  const look = async () => {
    const pop = await Pop3Client.connect(server.ports.pop3s, { tls: true });
    await pop.login(USERS[0], "pass-word");
    const uidl = await pop.list("UIDL");
    await pop.close();
    const again = await ImapClient.login(server.ports.imaps, USERS[0], "pass-word", { tls: true });
    const select = await again.ok("SELECT INBOX");
    const flags = await again.ok("UID FETCH 1:* (FLAGS)");
    await again.close();
    const queue = (await server.api("GET", "/api/v1/queue")).body.items as {
      id: string;
      recipients: unknown[];
    }[];
    const hash = (await server.api("GET", `/api/v1/replication/mailboxes/${USERS[0]}`)).body.hash;
    return {
      uidl,
      flags: flags.map((line) => line.replace(" \\Recent", "")),
      uidValidity: select.find((line) => line.includes("UIDVALIDITY")),
      waiting: queue.map(({ id, recipients }) => [id, recipients.length]),
      hash,
    };
  };
  const before = await look();
  assert.equal(before.waiting.length, 1);
  assert.equal(await server.stop(), 0);
  await server.start();
  assert.deepEqual(await look(), before);
});

Deno.test("a second server on the same data, and one whose port is taken, end with status 1 and one line", async () => {
  const config = JSON.parse(await Deno.readTextFile(`${server.dataDir}/../config.jsonc`));
  const other = `${server.dataDir}/../other.jsonc`;
  const run = async () => {
    const { code, stderr } = await new Deno.Command(Deno.execPath(), {
      args: [
        "run",
        "-A",
        "--no-check",
        new URL("../../src/main.ts", import.meta.url).pathname,
        "serve",
        "--config",
        other,
      ],
      stdout: "null",
      stderr: "piped",
    }).output();
    return { code, error: new TextDecoder().decode(stderr).trimEnd() };
  };
  await Deno.writeTextFile(other, JSON.stringify({ ...config, listeners: config.listeners.slice(0, 1) }));
  const same = await run();
  assert.equal(same.code, 1);
  assert.match(same.error, /^mallard: .*\/data is used by another running server$/);
  await Deno.writeTextFile(other, JSON.stringify({ ...config, dataDir: `${server.dataDir}/../data2` }));
  const taken = await run();
  assert.equal(taken.code, 1);
  assert.match(taken.error, /^mallard: [^\n]*address already in use[^\n]*$/i);
  const { status } = await server.api("GET", "/healthz");
  assert.equal(status, 200, "the first one is unharmed");
});
