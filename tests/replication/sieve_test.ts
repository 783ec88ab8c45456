import { strict as assert } from "node:assert";
import { sleep, type TestServer } from "../support/harness.ts";
import { ImapClient } from "../support/imap_client.ts";
import { ManageSieveClient } from "../support/managesieve_client.ts";
import { startPair, until } from "../support/pair.ts";
import { startSink } from "../support/sink.ts";
import { SmtpClient } from "../support/smtp_client.ts";

/** Scripts and what they remember are on both servers (V12, Y03), and leave side effects once (D12). */

const ANN = "ann@pair.test";

async function send(server: TestServer, subject: string, from = "x@far.test"): Promise<void> {
  const smtp = await SmtpClient.connect(server.ports.smtp, { host: server.address });
  await smtp.expect(250, "EHLO client.test");
  const text = `From: ${from}\r\nTo: ${ANN}\r\nSubject: ${subject}\r\n\r\nbody\r\n`;
  assert.equal((await smtp.mail(from, [ANN], text)).code, 250);
  await smtp.close();
}

async function activate(server: TestServer, script: string): Promise<void> {
  const client = await ManageSieveClient.login(server.ports.managesieve, ANN, "pass-word", server.address);
  await client.activate("main", script);
  await client.close();
}

async function scripts(server: TestServer): Promise<string[]> {
  const client = await ManageSieveClient.login(server.ports.managesieve, ANN, "pass-word", server.address);
  const { lines } = await client.ok("LISTSCRIPTS");
  await client.close();
  return lines;
}

async function count(server: TestServer, folder: string): Promise<number> {
  const imap = await ImapClient.login(server.ports.imaps, ANN, "pass-word", {
    host: server.address,
    tls: true,
  });
  const [line] = (await imap.command(`STATUS "${folder}" (MESSAGES)`)).untagged;
  await imap.close();
  return Number(/MESSAGES (\d+)/.exec(line ?? "")?.[1] ?? -1);
}

Deno.test("a script is active on the other server at once; one vacation reply and every redirect once over both", async () => {
  const sink = await startSink();
  const replies = (subject: RegExp) => sink.messages.filter(({ data }) => subject.test(data));
  const pair = await startPair({
    configuration: { outbound: { routes: [{ domain: "far.test", host: sink.address, port: sink.port }] } },
  });
  const [one, two] = pair.servers;
  try {
    await one.addAccount(ANN);
    await pair.converged([ANN]);

    await activate(two, 'require ["fileinto","mailbox"]; fileinto :create "Ä";');
    const lagMs = await until(
      "the script is not on the other server",
      5_000,
      async () => (await scripts(one)).includes('"main" ACTIVE'),
    );
    console.log(`active on the other server after ${lagMs.toFixed(0)} ms`);
    await send(one, "filed");
    await until("it is not filed", 5_000, async () => await count(two, "&AMQ-") === 1);

    // Global scripts hold on both for the next delivery.
    const put = await one.api("PUT", "/api/v1/sieve/scripts/all", {
      content: 'redirect "all@far.test"; keep;',
    });
    assert.equal(put.status, 201);
    assert.equal((await one.api("PUT", "/api/v1/sieve/roles/before", { script: "all" })).status, 200);
    await until(
      "the role is not on the other server",
      5_000,
      async () => JSON.stringify((await two.api("GET", "/api/v1/sieve/scripts")).body).includes('"before"'),
    );
    await send(two, "for all");
    await until("no redirect", 5_000, () => Promise.resolve(replies(/Subject: for all/).length > 0));
    assert.equal((await two.api("PUT", "/api/v1/sieve/roles/before", { script: null })).status, 200);
    await pair.converged([ANN]);

    await activate(
      one,
      'require ["vacation", "copy"]; redirect :copy "r@far.test"; vacation :subject "Away" "a";',
    );
    for (let i = 0; i < 4; i++) await send(pair.servers[i % 2], `hello ${i}`);
    await until("no reply", 5_000, () => Promise.resolve(replies(/^Subject: Away/m).length > 0));
    await until("no redirects", 5_000, () => Promise.resolve(replies(/^Subject: hello/m).length >= 4));
    await sleep(1000);
    assert.equal(replies(/^Subject: Away/m).length, 1, "one reply over both");
    assert.equal(replies(/^Subject: hello/m).length, 4, "each redirect once");

    // Cut off: only the home answers, so nobody is answered twice; mail goes on on both.
    pair.cable.cut();
    await pair.parted();
    for (const server of pair.servers) {
      await send(server, "cut off", "late@far.test");
      await send(server, "cut off again", "late@far.test");
    }
    await until("no redirects", 10_000, () => Promise.resolve(replies(/^Subject: cut off/m).length >= 4));
    await sleep(500);
    const answered = () =>
      replies(/^Subject: Away/m).filter(({ recipients }) => recipients[0] === "late@far.test");
    assert.equal(answered().length, 1);
    pair.cable.mend();
    await pair.linked();
    await pair.converged([ANN]);
    for (const server of pair.servers) await send(server, "after", "late@far.test");
    await until("no redirects", 5_000, () => Promise.resolve(replies(/^Subject: after/m).length >= 2));
    await sleep(500);
    assert.equal(answered().length, 1, "remembered through the heal");
    await pair.converged([ANN]);
  } finally {
    await pair.remove();
    await sink.close();
  }
});

Deno.test("edited copies and made folders of a delivery that was handed to the other server are the same on both", async () => {
  const pair = await startPair();
  const [one, two] = pair.servers;
  try {
    await one.addAccount(ANN);
    await pair.converged([ANN]);
    await activate(
      two,
      'require ["editheader","fileinto","mailbox"]; addheader "X-Edited" "yes"; fileinto :create "E"; keep;',
    );
    await pair.converged([ANN]);
    for (const server of pair.servers) for (let i = 0; i < 3; i++) await send(server, `n${i}`);
    await pair.converged([ANN]);
    assert.equal(await count(two, "E"), 6);
    await activate(one, "discard;");
    await pair.converged([ANN]);
    for (const server of pair.servers) await send(server, "gone");
    await pair.converged([ANN]);
    assert.deepEqual([await count(one, "INBOX"), await count(two, "INBOX")], [6, 6]);
    assert.deepEqual([(await pair.status(0)).divergences, (await pair.status(1)).divergences], [0, 0]);
  } finally {
    await pair.remove();
  }
});
