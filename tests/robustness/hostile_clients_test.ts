import { strict as assert } from "node:assert";
import net from "node:net";
import { type PortName, sleep, startServer, type TestServer } from "../support/harness.ts";
import { ImapClient } from "../support/imap_client.ts";
import { SmtpClient } from "../support/smtp_client.ts";
import { roundTrips } from "./other_clients.ts";
import { watchMemory } from "./processes.ts";
import { FULL, tell } from "./scale.ts";

const OTHER = "other@evil.test";
const VICTIM = "victim@evil.test";
const LOGIN = `x LOGIN ${VICTIM} pass-word\r\n`;
const POP_LOGIN = `USER ${VICTIM}\r\nPASS pass-word\r\n`;
const HELLO = "EHLO e.test\r\n";
const TRANSACTION = `${HELLO}MAIL FROM:<e@e.test>\r\nRCPT TO:<${VICTIM}>\r\n`;
const CLIENT_HELLO = "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + "r".repeat(500);
const TIMES = FULL ? 10 : 1;

/** What one connection sends, and what the whole of the server's answer must look like. */
interface Attack {
  port: PortName;
  send: string | (() => string);
  want: RegExp;
  /** The server has to end the connection; else the client does. */
  ends?: true;
}

const ATTACKS: Record<string, Attack> = {
  // Floods of commands that are none.
  "SMTP: unknown commands": {
    port: "smtp",
    send: () => "FOO\r\n".repeat(50_000),
    want: /(500 .*\r\n){19,}421 4\.7\.0/,
    ends: true,
  },
  "IMAP: unknown commands": {
    port: "imap",
    send: () => "a FOO\r\n".repeat(50_000),
    want: /(a BAD .*\r\n){49,}\* BYE/,
    ends: true,
  },
  "POP3: unknown commands": {
    port: "pop3",
    send: () => "FOO\r\n".repeat(50_000),
    want: /(-ERR .*\r\n){20,}/,
    ends: true,
  },
  "LMTP: unknown commands": {
    port: "lmtp",
    send: () => "FOO\r\n".repeat(50_000),
    want: /421 4\.7\.0/,
    ends: true,
  },
  "ManageSieve: unknown commands": {
    port: "managesieve",
    send: () => "FOO\r\n".repeat(50_000),
    want: /(NO .*\r\n){10,}BYE "too many errors"/,
    ends: true,
  },
  // Lines without end.
  "SMTP: a long line": {
    port: "smtp",
    send: () => "x".repeat(3e6) + "\r\nNOOP\r\n",
    want: /^220.*\r\n500 5\.5\.2 .*\r\n250 /,
  },
  "IMAP: a long line": {
    port: "imap",
    send: () => "a " + "x".repeat(3e6) + "\r\nb NOOP\r\n",
    want: /a BAD .*too long\r\nb OK/,
  },
  "POP3: a long line": {
    port: "pop3",
    send: () => "x".repeat(3e6) + "\r\nCAPA\r\n",
    want: /-ERR line too long\r\n\+OK/,
  },
  "ManageSieve: a long line": {
    port: "managesieve",
    send: () => "x".repeat(3e6) + "\r\nNOOP\r\n",
    want: /ready"\r\nNO "command line too long"\r\nOK/,
  },
  "SMTP: only line feeds": {
    port: "smtp",
    send: () => "\n".repeat(3e6) + "\r\nNOOP\r\n",
    want: /500 5\.5\.2 .*\r\n250 /,
  },
  "IMAP: only carriage returns": {
    port: "imap",
    send: () => "\r".repeat(3e6) + "\r\nb NOOP\r\n",
    want: /BAD .*\r\nb OK/,
  },
  // Octets that have no place in commands.
  "SMTP: NUL": {
    port: "smtp",
    send: `${HELLO}NO\0OP\r\nMAIL FROM:<a\0@e.test>\r\n`,
    want: /\r\n50[01] .*\r\n(500|501|553) /,
  },
  "IMAP: NUL": { port: "imap", send: 'a NO\0OP\r\nb LOGIN "a\0" b\r\n', want: /a BAD .*\r\nb BAD/ },
  "POP3: NUL": { port: "pop3", send: "NO\0OP\r\nUSER a\0b\r\n", want: /-ERR .*\r\n-ERR / },
  "ManageSieve: NUL": {
    port: "managesieve",
    send: 'NO\0OP\r\nHAVESPACE "a\0" 5\r\n',
    want: /ready"\r\nNO .*\r\nNO /,
  },
  "SMTP: 8-bit without SMTPUTF8": {
    port: "smtp",
    send: `${HELLO}MAIL FROM:<\xc3\xbc@e.test>\r\nVRFY \xff\r\n`,
    want: /\r\n(501|550|553) /,
  },
  "SMTP: broken UTF-8": {
    port: "smtp",
    send: `${HELLO}MAIL FROM:<\xff\xfe@e.test> SMTPUTF8\r\n`,
    want: /\r\n(500|501|553) /,
  },
  "IMAP: 8-bit": { port: "imap", send: "a LOGIN \xff \xfe\r\nb \xff\r\n", want: /a BAD .*\r\nb BAD/ },
  "SMTP: bare line ends": {
    port: "smtp",
    send: `${HELLO}NOOP\nNOOP\rNOOP\r\nNOOP\r\n`,
    want: /\r\n50[01] [^\r]*\r\n250 [^\r]*\r\n$/,
  },
  "IMAP: bare line ends": {
    port: "imap",
    send: "a NOOP\nb NOOP\rc NOOP\r\nd NOOP\r\n",
    want: /ready\r\na BAD [^\r]*\r\nd OK [^\r]*\r\n$/,
  },
  "POP3: bare line ends": {
    port: "pop3",
    send: "CAPA\nCAPA\rCAPA\r\nNOOP\r\n",
    want: /^\+OK.*\r\n-ERR .*\r\n-ERR .*\r\n$/,
  },
  "ManageSieve: bare line ends": {
    port: "managesieve",
    send: "NOOP\nNOOP\rNOOP\r\nNOOP\r\n",
    want: /ready"\r\nNO [^\r]*\r\nOK [^\r]*\r\n$/,
  },
  // Out of order.
  "SMTP: wrong sequence": {
    port: "smtp",
    send:
      `MAIL FROM:<a@b.test>\r\n${HELLO}DATA\r\nRCPT TO:<${VICTIM}>\r\nBDAT 5\r\nhelloMAIL FROM:<>\r\nMAIL FROM:<>\r\nDATA\r\n`,
    want: /^220.*\r\n503 (.*\r\n)+503 .*\r\n503 .*\r\n503 .*\r\n250 .*\r\n503 .*\r\n(503|554) .*\r\n$/,
  },
  "IMAP: wrong sequence": {
    port: "imap",
    send: `a FETCH 1 ALL\r\n${LOGIN}b FETCH 1 ALL\r\nc LOGIN a b\r\n`,
    want: /a BAD .*\r\nx OK .*\r\nb BAD .*\r\nc BAD/,
  },
  "POP3: wrong sequence": {
    port: "pop3",
    send: `RETR 1\r\nPASS x\r\n${POP_LOGIN}USER a\r\nRETR 99999999999\r\n`,
    want: /^\+OK.*\r\n-ERR .*\r\n-ERR .*\r\n\+OK .*\r\n\+OK .*\r\n-ERR .*\r\n-ERR /,
  },
  // Literals and chunks that lie.
  "IMAP: LITERAL+ of 4 GiB": { port: "imap", send: "a LOGIN {4294967295+}\r\n", want: /\* BYE /, ends: true },
  "IMAP: LITERAL+ of 4 GiB after login": {
    port: "imap",
    send: `${LOGIN}a APPEND INBOX {4294967295+}\r\n`,
    want: /\* BYE /,
    ends: true,
  },
  "IMAP: literal of 4 GiB": {
    port: "imap",
    send: `${LOGIN}a APPEND INBOX {4294967295}\r\nb NOOP\r\n`,
    want: /a NO \[TOOBIG\].*\r\nb OK/,
  },
  "IMAP: literal without a size": {
    port: "imap",
    send: "a LOGIN {-1}\r\nb LOGIN {}\r\nc LOGIN {99999999999999999999999}\r\n",
    want: /a BAD .*\r\nb BAD .*\r\nc (BAD|NO) /,
  },
  "IMAP: literal longer than said": {
    port: "imap",
    send: `${LOGIN}a APPEND INBOX {5+}\r\nhello there\r\nb NOOP\r\n`,
    want: /a BAD .*\r\nb OK/,
  },
  "IMAP: literal shorter than said": {
    port: "imap",
    send: `${LOGIN}a APPEND INBOX {30+}\r\nhello\r\nb NOOP\r\n`,
    want: /x OK [^\r]*\r\n$/,
  },
  "IMAP: a thousand literals": {
    port: "imap",
    send: () => `${LOGIN}a SEARCH ${"TEXT {1+}\r\nx ".repeat(20_000)}ALL\r\nb NOOP\r\n`,
    want: /a (BAD|NO) [^]*b OK/,
  },
  "IMAP: nested keys": {
    port: "imap",
    send: () =>
      `${LOGIN}a SELECT INBOX\r\nb SEARCH ${"NOT ".repeat(10_000)}ALL\r\nc SEARCH ${
        "(".repeat(20_000)
      }\r\nd NOOP\r\n`,
    want: /b (BAD|NO) .*\r\nc BAD .*\r\nd OK/,
  },
  "IMAP: huge sets": {
    port: "imap",
    send: () => `${LOGIN}a SELECT INBOX\r\nb FETCH ${"1:4294967295,".repeat(4_000)}1 FLAGS\r\nc NOOP\r\n`,
    want: /b (OK|BAD|NO) .*\r\nc OK/,
  },
  "ManageSieve: literal of 4 GiB": {
    port: "managesieve",
    send: 'PUTSCRIPT "a" {4294967295+}\r\n',
    want: /BYE /,
    ends: true,
  },
  "ManageSieve: literal that waits to be asked for": {
    port: "managesieve",
    send: 'PUTSCRIPT "a" {5}\r\n',
    want: /(BYE|NO) /,
  },
  "SMTP: chunk shorter than said": {
    port: "smtp",
    send: `${TRANSACTION}BDAT 100 LAST\r\nSubject: x\r\n\r\nQUIT\r\n`,
    want: /250 [^\r]*\r\n$/,
  },
  "SMTP: chunk of 4 EiB": {
    port: "smtp",
    send: `${TRANSACTION}BDAT 4611686018427387904 LAST\r\nQUIT\r\n`,
    want: /\r\n(501|552|554) |250 [^\r]*\r\n$/,
  },
  // TLS where there is none, and none where there is.
  "SMTP: ClientHello in clear": { port: "smtp", send: CLIENT_HELLO, want: /^220 [^\r]*\r\n$/, ends: true },
  "IMAP: ClientHello in clear": { port: "imap", send: CLIENT_HELLO, want: /^\* OK [^\r]*\r\n$/, ends: true },
  "POP3: ClientHello in clear": { port: "pop3", send: CLIENT_HELLO, want: /^\+OK [^\r]*\r\n$/, ends: true },
  "ManageSieve: ClientHello in clear": {
    port: "managesieve",
    send: CLIENT_HELLO,
    want: /ready"\r\n$/,
    ends: true,
  },
  "clear text on a TLS port": { port: "imaps", send: "a NOOP\r\n", want: /^[^]{0,20}$/, ends: true },
  "half a TLS record, then noise": {
    port: "imaps",
    send: () => CLIENT_HELLO + "\xff".repeat(5_000),
    want: /^[^]{0,20}$/,
    ends: true,
  },
  "TLS records of the wrong kind": {
    port: "submissions",
    send: () => "\x17\x03\x03\x00\x05hello".repeat(100),
    want: /^[^]{0,20}$/,
    ends: true,
  },
  "STARTTLS, then no TLS": {
    port: "smtp",
    send: `${HELLO}STARTTLS\r\nMAIL FROM:<e@e.test>\r\n`,
    want: /220 [^\r]*\r\n[^]{0,20}$/,
  },
  "HTTP on the SMTP port": {
    port: "smtp",
    send: "POST / HTTP/1.1\r\nHost: x\r\n\r\nMAIL FROM:<e@e.test>\r\n",
    want: /421 4\.7\.0 [^\r]*\r\n$/,
    ends: true,
  },
};

Deno.test("hostile clients get a clear error or are cut off, and hinder nobody", async (t) => {
  const server = await startServer({ configuration: { auth: { allowPlaintext: true } } });
  try {
    for (const account of [OTHER, VICTIM]) await server.addAccount(account);
    await roundTrips(server, OTHER);
    const { beforeMiB, peakMiB } = await watchMemory(server.pid, async () => {
      for (const [name, attack] of Object.entries(ATTACKS)) {
        await t.step(name, async () => {
          const attacks = Array.from({ length: TIMES }, () => perform(server, attack));
          const slowestMs = await roundTrips(server, OTHER, Promise.allSettled(attacks));
          for (const text of await Promise.all(attacks)) assert.match(text, attack.want, name);
          assert.ok(slowestMs < 5_000, `others waited ${slowestMs} ms`);
        });
      }
      await t.step("clients that ask and do not read", () => deaf(server));
      await t.step("handshakes and commands cut off in the middle", () => cutOff(server));
    });
    tell(`hostile clients: ${beforeMiB.toFixed(0)} MiB before, ${peakMiB.toFixed(0)} MiB at most`);
    assert.ok(peakMiB < beforeMiB + 600, `${beforeMiB} MiB, then ${peakMiB} MiB`);
    await roundTrips(server, OTHER);
    const imap = await ImapClient.login(server.ports.imap, VICTIM, "pass-word");
    assert.ok((await imap.ok("SELECT INBOX")).includes("1 EXISTS"), "nothing half was delivered");
    await imap.close();
    assert.deepEqual(server.logs().filter((line) => line.level === "error" || line.event === "text"), []);
  } finally {
    await server.remove();
  }
});

/** Sends everything; what the server said until it ended, or a little longer than until that was enough. */
function perform(server: TestServer, { port, send, want, ends }: Attack): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = "", open = true;
    const socket = net.connect({ port: server.ports[port], host: "127.0.0.1" });
    const deadline = setTimeout(
      () => (socket.destroy(), reject(new Error(`no end: ${text.slice(-300)}`))),
      10_000,
    );
    let quiet: ReturnType<typeof setTimeout> | undefined;
    const finish = () => {
      clearTimeout(deadline);
      clearTimeout(quiet);
      if (!open) return;
      open = false;
      socket.destroy();
      resolve(text);
    };
    const wait = () => {
      clearTimeout(quiet);
      if (!ends && want.test(text)) quiet = setTimeout(finish, 100);
    };
    socket.on("error", () => {}); // a reset is an end too
    socket.on("close", finish);
    socket.on("end", finish);
    socket.on("data", (bytes) => {
      text += bytes.toString("latin1");
      wait();
    });
    const first = port === "imaps" || port === "submissions" ? "connect" : "data";
    socket.once(first, () => {
      socket.write(typeof send === "string" ? send : send(), "latin1");
      wait();
    });
  });
}

/** Megabytes are asked for and nothing is read: the server must stop, not pile them up. */
async function deaf(server: TestServer): Promise<void> {
  const smtp = await SmtpClient.connect(server.ports.smtp);
  await smtp.expect(250, "EHLO e.test");
  const line = "x".repeat(998) + "\r\n";
  assert.equal(
    (await smtp.mail("e@e.test", [VICTIM], `Subject: big\r\n\r\n${line.repeat(2_000)}`)).code,
    250,
  );
  await smtp.close();
  const lines: [PortName, string][] = [
    ["imap", `${LOGIN}a SELECT INBOX\r\n${"b FETCH 1 BODY.PEEK[]\r\n".repeat(200)}`],
    ["pop3", POP_LOGIN + "RETR 1\r\n".repeat(200)],
    ["smtp", HELLO + "NOOP\r\n".repeat(200_000)],
    ["imap", "a NOOP\r\n".repeat(200_000)],
  ];
  const sockets = lines.flatMap(([port, text]) =>
    Array.from({ length: 5 * TIMES }, () => {
      const socket = net.connect({ port: server.ports[port], host: "127.0.0.1" });
      socket.on("error", () => {});
      socket.pause();
      socket.write(text, "latin1");
      return socket;
    })
  );
  const { beforeMiB, peakMiB } = await watchMemory(server.pid, async () => {
    const slowestMs = await roundTrips(server, OTHER, sleep(2_000));
    assert.ok(slowestMs < 5_000, `others waited ${slowestMs} ms`);
  });
  tell(`${sockets.length} deaf clients: ${beforeMiB.toFixed(0)} MiB, ${peakMiB.toFixed(0)} MiB at most`);
  await Promise.all(sockets.map((socket) =>
    new Promise<void>((resolve) => {
      socket.once("close", () => resolve());
      socket.destroy();
    })
  ));
}

/** Resets at every moment of a conversation. */
async function cutOff(server: TestServer): Promise<void> {
  const conversations: [PortName, string][] = [
    ["imaps", CLIENT_HELLO],
    ["smtp", `${HELLO}STARTTLS\r\n${CLIENT_HELLO}`],
    ["smtp", `${TRANSACTION}DATA\r\nSubject: half\r\n\r\nx`],
    ["smtp", `${TRANSACTION}BDAT 10 LAST\r\nx`],
    ["imap", `${LOGIN}a APPEND INBOX {100+}\r\nhello`],
    ["imap", `${LOGIN}a SELECT INBOX\r\nb IDLE\r\n`],
    ["pop3", `${POP_LOGIN}RETR 1\r\nDELE 1\r\n`],
  ];
  for (const [port, text] of conversations) {
    for (let at = 0; at < text.length; at += Math.ceil(text.length / (10 * TIMES))) {
      const socket = net.connect({ port: server.ports[port], host: "127.0.0.1" });
      socket.on("error", () => {});
      await new Promise<void>((resolve) => socket.once("connect", () => resolve()));
      socket.write(text.slice(0, at), "latin1");
      await sleep(at % 5);
      const closed = new Promise((resolve) => socket.once("close", resolve));
      socket.resetAndDestroy();
      await closed;
    }
  }
}
