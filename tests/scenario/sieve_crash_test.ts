import { strict as assert } from "node:assert";
import { sleep, startServer, type TestServer } from "../support/harness.ts";
import { ImapClient } from "../support/imap_client.ts";
import { freePort } from "../support/ports.ts";
import { SmtpClient } from "../support/smtp_client.ts";

/**
 * kill -9 while mail is filed and sent on: of every message that is in the mailbox exactly one redirect is in the queue,
 * and of no other. The queue cannot send anything here, so that what a kill loses or doubles shows.
 */

const ANN = "ann@home.test";
const ROUNDS = 4;

/** Sends messages until the server goes; the ids that were acknowledged. */
async function sendUntilGone(server: TestServer, round: number): Promise<string[]> {
  const acknowledged: string[] = [];
  await Promise.all([0, 1, 2, 3].map(async (lane) => {
    try {
      const smtp = await SmtpClient.connect(server.ports.smtp);
      await smtp.expect(250, "EHLO client.test");
      for (let n = 0; n < 150; n++) {
        const id = `r${round}.${lane}.${n}@far.test`;
        const reply = await smtp.mail(
          "x@far.test",
          [ANN],
          `Message-ID: <${id}>\r\nSubject: s\r\n\r\nbody\r\n`,
        );
        if (reply.code === 250) acknowledged.push(id);
      }
      await smtp.close();
    } catch {
      // It was killed.
    }
  }));
  return acknowledged;
}

async function queuedIds(server: TestServer): Promise<string[]> {
  const ids: string[] = [];
  for (let after = "";;) {
    const { body } = await server.api("GET", `/api/v1/queue?limit=500${after && `&after=${after}`}`);
    const { items, next } = body as { items: { messageId: string; source: string }[]; next: string | null };
    ids.push(...items.filter(({ source }) => source === "redirect").map(({ messageId }) => messageId));
    if (next === null) return ids.sort();
    after = next;
  }
}

async function filedIds(server: TestServer): Promise<string[]> {
  const imap = await ImapClient.login(server.ports.imaps, ANN, "pass-word", { tls: true });
  await imap.ok("SELECT INBOX");
  const lines = await imap.ok("UID FETCH 1:* (BODY.PEEK[HEADER.FIELDS (MESSAGE-ID)])");
  await imap.close();
  return lines.flatMap((line) => /<([^<>]+)>/.exec(line)?.[1] ?? []).sort();
}

Deno.test("kill -9 between filing and redirect loses neither and doubles neither", async () => {
  const port = freePort(); // nobody answers there
  const server = await startServer({
    configuration: {
      outbound: { routes: [{ domain: "far.test", host: "127.0.0.1", port }] },
      queue: { backoffSeconds: [3600], delayNoticeSeconds: null },
    },
  });
  try {
    await server.addAccount(ANN);
    const script = { content: 'require "copy"; redirect :copy "friend@far.test";', active: true };
    const stored = await server.api("PUT", `/api/v1/accounts/${ANN}/scripts/main`, script);
    assert.equal(stored.status, 201);
    const acknowledged: string[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      const sending = sendUntilGone(server, round);
      await sleep(150 + round * 130);
      // Main with all its places, or the mailboxes' process alone while main lives on.
      if (round % 2) server.killPlace("shard-0");
      else await server.kill();
      if (round % 2 === 0) acknowledged.push(...await sending);
      if (round % 2 === 0) await server.start();
      else {
        acknowledged.push(...await sending);
        await sleep(500);
      }
    }
    let filed: string[] = [], queued: string[] = [];
    for (let i = 0; i < 100; i++) {
      [filed, queued] = [await filedIds(server), await queuedIds(server)];
      if (filed.length === queued.length) break;
      await sleep(200);
    }
    assert.equal(new Set(filed).size, filed.length, "a message was filed twice");
    assert.deepEqual(queued, filed);
    const there = new Set(filed);
    assert.deepEqual(acknowledged.filter((id) => !there.has(id)), [], "an acknowledged message is lost");
    assert.ok(filed.length > ROUNDS * 10, `only ${filed.length} messages`);
  } finally {
    await server.remove();
  }
});
