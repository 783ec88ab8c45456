import { strict as assert } from "node:assert";
import { sleep, type TestServer } from "../support/harness.ts";
import { ImapClient } from "../support/imap_client.ts";
import { startPair } from "../support/pair.ts";
import { ResyncClient } from "../support/resync_client.ts";
import { SmtpClient } from "../support/smtp_client.ts";

/**
 * The inside of `namespace_test.ts`, run in the first server's namespace: `namespaced.ts NAMESPACE WIRE`, the name of the
 * other server's namespace and of this end of the link.
 */
const [namespace, wire] = Deno.args;
const ACCOUNT = "ann@pair.test";
const PASSWORD = "pass-word";
const CUTS = 2;
const CUT_MS = 3_000;
const HEALED_MS = 10_000;

const letter = (n: number) =>
  `From: x@out.test\r\nMessage-ID: <n${n}@out.test>\r\nSubject: n${n}\r\n\r\ntext ${n}\r\n`;
const range = (first: number, count: number) => Array.from({ length: count }, (_, i) => first + i);

async function deliver(server: TestServer, numbers: readonly number[]): Promise<void> {
  const smtp = await SmtpClient.connect(server.ports.smtp, { host: server.address });
  await smtp.expect(250, "EHLO client.test");
  for (const n of numbers) assert.equal((await smtp.mail("x@out.test", [ACCOUNT], letter(n))).code, 250);
  await smtp.close();
}

async function numbers(server: TestServer): Promise<number[]> {
  const host = server.address;
  const imap = await ImapClient.login(server.ports.imaps, ACCOUNT, PASSWORD, { host, tls: true });
  await imap.ok("EXAMINE INBOX");
  const rows = await imap.ok("UID FETCH 1:* (BODY.PEEK[HEADER.FIELDS (SUBJECT)])");
  await imap.close();
  return rows.flatMap((row) => /Subject: n(\d+)/.exec(row)?.slice(1).map(Number) ?? []).sort((a, b) => a - b);
}

function set(state: "up" | "down"): void {
  assert.ok(new Deno.Command("ip", { args: ["link", "set", wire, state] }).outputSync().success);
}

const pair = await startPair({
  hosts: [
    { address: "10.77.2.1", link: "10.77.1.1" },
    { address: "10.77.2.2", link: "10.77.1.2", within: ["ip", "netns", "exec", namespace] },
  ],
});
try {
  const [one, two] = pair.servers;
  await one.addAccount(ACCOUNT);
  const expected = range(1, 10);
  await deliver(one, expected);
  await pair.converged([ACCOUNT]);
  const client = new ResyncClient(ACCOUNT, PASSWORD);
  for (const server of pair.servers) await client.sync(server);
  for (let cut = 1; cut <= CUTS; cut++) {
    set("down");
    const [left, right] = [range(1000 * cut, 20), range(1000 * cut + 500, 20)];
    // From the first moment on, when nobody has noticed yet.
    await Promise.all([deliver(one, left), deliver(two, right)]);
    await pair.parted();
    await sleep(CUT_MS);
    for (const server of pair.servers) await client.sync(server);
    set("up");
    const begun = performance.now();
    await pair.linked();
    await pair.converged([ACCOUNT]);
    const tookMs = performance.now() - begun;
    console.log(`healed ${tookMs.toFixed(0)} ms after the interface was up`);
    assert.ok(tookMs <= HEALED_MS, `${tookMs} ms`);
    expected.push(...left, ...right);
    for (const server of pair.servers) {
      assert.deepEqual(await numbers(server), expected);
      await client.sync(server);
      const { body } = await server.api("GET", `/api/v1/mailboxes/${ACCOUNT}/check`);
      assert.deepEqual(body.problems, []);
    }
  }
  assert.deepEqual(client.wrong, []);
} finally {
  await pair.remove();
}
