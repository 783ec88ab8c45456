import { strict as assert } from "node:assert";
import { startServer, type TestServer } from "../support/harness.ts";
import { ImapClient } from "../support/imap_client.ts";
import { Pop3Client } from "../support/pop3_client.ts";
import { SmtpClient, type SmtpReply } from "../support/smtp_client.ts";
import { roundTrips } from "./other_clients.ts";
import { watchMemory } from "./processes.ts";
import { FULL, tell } from "./scale.ts";

const MIB = 1024 * 1024;
const OTHER = "other@hostile.test";
const VICTIM = "victim@hostile.test";
/** A message may take this long, the client's part included; other sessions notice at most half of it. */
const PATIENCE_MS = 10_000;
const HEAD = "From: e@evil.test\r\nTo: v@hostile.test\r\nSubject: s\r\nMIME-Version: 1.0\r\n";

function nestedMultiparts(depth: number): string {
  const open: string[] = [];
  for (let i = 0; i < depth; i++) {
    open.push(`Content-Type: multipart/mixed; boundary=b${i}\r\n\r\n--b${i}\r\n`);
  }
  return `${HEAD}${open.join("")}Content-Type: text/plain\r\n\r\ndeep\r\n`;
}

const MESSAGES: Record<string, { text: () => string; code: RegExp }> = {
  "10,000 nested multiparts": { text: () => nestedMultiparts(10_000), code: /^250 / },
  "one boundary for 10,000 nested multiparts": {
    text: () =>
      HEAD + "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n".repeat(10_000) + "--b--\r\n",
    code: /^250 /,
  },
  "10,000 nested messages": {
    text: () =>
      HEAD + "Content-Type: message/rfc822\r\n\r\n".repeat(10_000) + "Subject: deep\r\n\r\ndeep\r\n",
    code: /^250 /,
  },
  "200,000 parts": {
    text: () =>
      `${HEAD}Content-Type: multipart/mixed; boundary=b\r\n\r\n${"--b\r\n\r\nx\r\n".repeat(200_000)}--b--`,
    code: /^250 /,
  },
  "1,000,000 header lines": {
    text: () => `${HEAD}${"X: y\r\n".repeat(1_000_000)}\r\nbody\r\n`,
    code: /^250 /,
  },
  "1,000,000 lines of one field": {
    text: () => `${HEAD}Received: x\r\n${" y\r\n".repeat(1_000_000)}\r\nbody\r\n`,
    code: /^250 /,
  },
  "a header without end": {
    text: () => `${HEAD}X: ${(" " + "y".repeat(70) + "\r\n").repeat(100_000)}`,
    code: /^250 /,
  },
  "a line of 64 KiB": { text: () => `${HEAD}\r\n${"y".repeat(64 * 1024)}\r\n`, code: /^250 / },
  "a line of 64 KiB and one": {
    text: () => `${HEAD}\r\n${"y".repeat(64 * 1024 + 1)}\r\n`,
    code: /^554 5\.6\.0/,
  },
  "a line of 15 MiB": { text: () => `${HEAD}\r\n${"y".repeat(15 * MIB)}\r\n`, code: /^554 5\.6\.0/ },
  "200,000 addresses": {
    text: () => `From: ${"a b <a@b.test>,\r\n ".repeat(200_000)}c@d.test\r\n\r\nx\r\n`,
    code: /^250 /,
  },
  "comments in comments": { text: () => `From: ${"(".repeat(60_000)}a@b.test\r\n\r\nx\r\n`, code: /^250 / },
  "groups, quotes, routes": {
    text: () =>
      `To: ${"a:".repeat(20_000)}\r\nCc: ${'"'.repeat(50_001)}\r\nBcc: <${"@a,".repeat(15_000)}\r\n\r\nx\r\n`,
    code: /^250 /,
  },
  "encoded words": {
    text: () => `Subject: ${"=?utf-8?q?=C3=?=\r\n =?x?b?/w==?=\r\n ".repeat(50_000)}x\r\n\r\nx\r\n`,
    code: /^250 /,
  },
  "200,000 references": {
    text: () => `${HEAD}References: ${"<a@b>\r\n ".repeat(200_000)}<c@d>\r\n\r\nx\r\n`,
    code: /^250 /,
  },
  "100,000 parameter pieces": {
    text: () => {
      const pieces = Array.from({ length: 100_000 }, (_, i) => `;\r\n name*${i}*=utf-8'en'%FF`);
      return `${HEAD}Content-Type: text/plain${pieces.join("")}\r\n\r\nx\r\n`;
    },
    code: /^250 /,
  },
  "html of open tags": {
    text: () =>
      `${HEAD}Content-Type: text/html\r\n\r\n${
        "<a <!--<script>&#x;".repeat(3_000).replace(/(.{900})/g, "$1\r\n")
      }\r\n`,
    code: /^250 /,
  },
  "quoted-printable and base64 of nothing": {
    text: () =>
      `${HEAD}Content-Type: text/plain; charset=nonsense\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n` +
      `${("=".repeat(500) + " \t \r\n").repeat(5_000)}`,
    code: /^250 /,
  },
  "NUL": { text: () => `${HEAD}X-Nul: a\0b\r\n\r\na\0b\r\n`, code: /^(250|554) / },
  "octets above 127 everywhere": {
    text: () => `S\xfcbject: \xff\xfe\r\nFrom: \xc3@\xc3\r\n\r\n\xff\r\n`,
    code: /^250 /,
  },
  "nothing": { text: () => "", code: /^250 / },
  "more Received fields than a path has": {
    text: () => `${"Received: by x\r\n".repeat(200)}${HEAD}\r\nx\r\n`,
    code: /^554 5\.4\.6/,
  },
  "more than may be": {
    text: () => `${HEAD}\r\n${("z".repeat(998) + "\r\n").repeat(22_000)}`,
    code: /^552 5\.3\.4/,
  },
};

/** What any client asks of a message. */
const QUESTIONS = [
  "(UID FLAGS ENVELOPE INTERNALDATE RFC822.SIZE BODYSTRUCTURE)",
  "(BODY PREVIEW)",
  "(BODY.PEEK[HEADER] BODY.PEEK[1] BODY.PEEK[1.1.1.MIME] BODY.PEEK[1.HEADER] BINARY.SIZE[1])",
  "(BODY.PEEK[HEADER.FIELDS (X Subject References)]<0.1000>)",
];

Deno.test("hostile messages are stored or refused, read again, and hinder nobody", async (t) => {
  const server = await startServer({
    configuration: { auth: { allowPlaintext: true }, limits: { quotaBytes: null } },
  });
  try {
    await server.addAccount(OTHER);
    await roundTrips(server, OTHER);
    const { peakMiB, beforeMiB } = await watchMemory(server.pid, async () => {
      let count = 0;
      for (const [name, { text, code }] of Object.entries(MESSAGES)) {
        const account = `victim${count++}@hostile.test`;
        await t.step(name, () => one(server, account, name, text(), code));
      }
    });
    tell(`hostile messages: ${beforeMiB.toFixed(0)} MiB before, ${peakMiB.toFixed(0)} MiB at most`);
    assert.ok(peakMiB < beforeMiB + 1_500, `${beforeMiB} MiB, then ${peakMiB} MiB`);
    assert.deepEqual(server.logs().filter((line) => line.level === "error"), []);
  } finally {
    await server.remove();
  }
});

async function one(
  server: TestServer,
  account: string,
  name: string,
  text: string,
  code: RegExp,
): Promise<void> {
  await server.addAccount(account);
  const startedMs = performance.now();
  const sent = send(server, account, text);
  const slowestMs = await roundTrips(server, OTHER, sent);
  const reply = await sent;
  const sentMs = performance.now() - startedMs;
  assert.match(`${reply.code} ${reply.lines[0]}`, code);
  const asked = ask(server, account, reply.code === 250 ? 1 : 0);
  const slowestReadMs = Math.max(slowestMs, await roundTrips(server, OTHER, asked));
  await asked;
  const readMs = performance.now() - startedMs - sentMs;
  tell(
    `${name}: ${(text.length / MIB).toFixed(1)} MiB, sent ${sentMs.toFixed(0)} ms, read ${
      readMs.toFixed(0)
    } ms, ` +
      `others waited ${slowestReadMs.toFixed(0)} ms`,
  );
  assert.ok(sentMs < PATIENCE_MS && readMs < PATIENCE_MS, `${sentMs} ms to send, ${readMs} ms to read`);
  assert.ok(slowestReadMs < PATIENCE_MS / 2, `others waited ${slowestReadMs} ms`);
  const check = await server.api("GET", `/api/v1/mailboxes/${account}/check`);
  assert.deepEqual(check.body.problems, []);
}

async function send(server: TestServer, account: string, text: string): Promise<SmtpReply> {
  const smtp = await SmtpClient.connect(server.ports.smtp);
  await smtp.expect(250, "EHLO evil.test");
  const reply = await smtp.mail("e@evil.test", [account], text);
  await smtp.close();
  return reply;
}

async function ask(server: TestServer, account: string, count: number): Promise<void> {
  const imap = await ImapClient.login(server.ports.imap, account, "pass-word");
  const untagged = await imap.ok("SELECT INBOX");
  assert.ok(untagged.includes(`${count} EXISTS`), untagged.join());
  for (const question of count ? QUESTIONS : []) {
    const rows = await imap.ok(`FETCH 1 ${question}`);
    assert.equal(rows.length, 1);
  }
  const keys = ["TEXT nowhere", "HEADER X nowhere", "SUBJECT nowhere FROM nowhere", "BODY nowhere"];
  for (const key of keys) assert.deepEqual(await imap.ok(`SEARCH ${key}`), ["SEARCH"]);
  await imap.close();
  const pop3 = await Pop3Client.connect(server.ports.pop3);
  await pop3.login(account, "pass-word");
  if (count) await pop3.list("TOP 1 10");
  await pop3.close();
}

Deno.test("a header of 100 MB is refused above the limit, and taken where so much is allowed", async () => {
  const sizeMiB = FULL ? 95 : 40;
  for (const messageMiB of [20, 100]) {
    const server = await startServer({
      configuration: {
        auth: { allowPlaintext: true },
        limits: { quotaBytes: null, messageBytes: messageMiB * MIB },
      },
    });
    try {
      for (const account of [OTHER, VICTIM]) await server.addAccount(account);
      await roundTrips(server, OTHER);
      const line = `X-Long: ${"y".repeat(990)}\r\n`;
      const text = HEAD + line.repeat(sizeMiB * MIB / line.length);
      const { beforeMiB, peakMiB } = await watchMemory(server.pid, async () => {
        const sent = send(server, VICTIM, text);
        const slowestMs = await roundTrips(server, OTHER, sent);
        const { code, lines } = await sent;
        assert.match(`${code} ${lines[0]}`, messageMiB === 20 ? /^552 5\.3\.4/ : /^250 /);
        assert.ok(slowestMs < PATIENCE_MS / 2, `${slowestMs} ms`);
        tell(
          `header of ${sizeMiB} MiB, limit ${messageMiB} MiB: ${code}, others waited ${
            slowestMs.toFixed(0)
          } ms`,
        );
      });
      tell(`${beforeMiB.toFixed(0)} MiB before, ${peakMiB.toFixed(0)} MiB at most`);
      assert.ok(
        peakMiB < beforeMiB + (messageMiB === 20 ? 200 : 15 * sizeMiB),
        `${beforeMiB}, ${peakMiB} MiB`,
      );
      assert.deepEqual(server.logs().filter((line) => line.level === "error"), []);
    } finally {
      await server.remove();
    }
  }
});
