import { strict as assert } from "node:assert";
import { latin1, utf8 } from "../base/bytes.ts";
import { systemClock } from "../base/clock.ts";
import { systemRandom } from "../base/id.ts";
import { makeCertificateAuthority, makeLeaf } from "../net/certificate.ts";
import { type Sink, type SinkOptions, startSink } from "../../tests/support/sink.ts";
import { AttemptFailure } from "./failure.ts";
import { DEFAULT_TIMEOUTS, openSession, type SessionOptions, type SmtpSession } from "./smtp_client.ts";
import { type OutgoingMessage, type Recipient, sendMessage, StaleSession } from "./smtp_transaction.ts";

const ca = await makeCertificateAuthority("Test authority");
const certificate = await makeLeaf(ca, { names: ["sink.test"], days: 1 });

const QUICK = {
  ...DEFAULT_TIMEOUTS,
  connectMs: 500,
  greetingMs: 300,
  commandMs: 300,
  dataMs: 300,
  finalMs: 300,
};

function open(sink: Sink, more: Partial<SessionOptions> = {}): Promise<SmtpSession> {
  return openSession({ host: "sink.test", address: sink.address, port: sink.port }, {
    hostname: "mx.test",
    tls: { level: "may" },
    implicitTls: false,
    login: null,
    timeouts: QUICK,
    clock: systemClock,
    random: systemRandom,
    ...more,
  });
}

function messageOf(
  raw: Uint8Array | string,
  envelope: Partial<OutgoingMessage["envelope"]> = {},
): OutgoingMessage {
  const bytes = typeof raw === "string" ? utf8(raw) : raw;
  return {
    envelope: {
      from: "sender@home.test",
      smtpUtf8: false,
      body: "7bit",
      requireTls: false,
      ret: null,
      envid: null,
      ...envelope,
    },
    sizeBytes: bytes.length,
    utf8Header: bytes.subarray(0, 40).some((byte) => byte > 127),
    has8bit: () => Promise.resolve(bytes.some((byte) => byte > 127)),
    async *pages() {
      for (let at = 0; at < bytes.length; at += 1000) yield bytes.subarray(at, at + 1000);
    },
  };
}

const HELLO = "Subject: hello\r\n\r\n.dot\r\nbody\r\n";

function to(...addresses: string[]): Recipient[] {
  return addresses.map((address, id) => ({ id, address, dsn: { notify: [], orcpt: null } }));
}

async function withSink(options: SinkOptions, run: (sink: Sink) => Promise<void>): Promise<void> {
  const sink = await startSink(options);
  try {
    await run(sink);
  } finally {
    await sink.close();
  }
}

const brief = (results: Awaited<ReturnType<typeof sendMessage>>) =>
  results.map(({ outcome, status, reply }) => `${outcome} ${status} ${reply}`);

for (const extensions of [undefined, ["8BITMIME"], []]) {
  Deno.test(`sendMessage() delivers; server offers ${extensions ?? "everything"}`, async () => {
    await withSink({ extensions }, async (sink) => {
      const session = await open(sink);
      const results = await sendMessage(session, messageOf(HELLO), to("a@x.test", "b@x.test"));
      assert.deepEqual(
        results,
        [0, 1].map((recipient) => ({
          recipient,
          outcome: "relayed",
          status: "2.0.0",
          reply: "250 2.0.0 queued",
          remoteMta: "sink.test",
          dsnHandedOver: extensions === undefined,
        })),
      );
      assert.equal(session.reusable, true);
      const [message] = sink.messages;
      assert.equal(message.data, HELLO);
      assert.deepEqual([message.from, message.recipients, message.helo], [
        "sender@home.test",
        ["a@x.test", "b@x.test"],
        "mx.test",
      ]);
      session.wire.quit();
    });
  });
}

Deno.test("sendMessage() answers for each recipient", async () => {
  const script = (command: string) =>
    command.includes("<no@")
      ? "550-5.1.1 no\n550 5.1.1 such user"
      : command.includes("<later@")
      ? "450 4.2.1 later"
      : undefined;
  for (const extensions of [undefined, []]) {
    await withSink({ script, extensions }, async (sink) => {
      const session = await open(sink);
      const results = await sendMessage(
        session,
        messageOf(HELLO),
        to("no@x.test", "a@x.test", "later@x.test"),
      );
      assert.deepEqual(brief(results), [
        "permanent 5.1.1 550 5.1.1 no such user",
        "relayed 2.0.0 250 2.0.0 queued",
        "temporary 4.2.1 450 4.2.1 later",
      ]);
      assert.deepEqual(sink.messages[0].recipients, ["a@x.test"]);
      session.wire.quit();
    });
  }
});

Deno.test("sendMessage() and refusals", async () => {
  const rows: [string, (command: string) => string | null | undefined, string, number][] = [
    [
      "MAIL refused",
      (c) => c.startsWith("MAIL") ? "550 5.7.1 not you" : undefined,
      "permanent 5.7.1 550 5.7.1 not you",
      0,
    ],
    ["MAIL later", (c) => c.startsWith("MAIL") ? "451 busy" : undefined, "temporary 4.0.0 451 busy", 0],
    ["all RCPT refused", (c) => c.startsWith("RCPT") ? "550 no" : undefined, "permanent 5.0.0 550 no", 0],
    [
      "354 though nobody is left",
      (c) => c.startsWith("RCPT") ? "550 no" : c === "DATA" ? "354 go" : undefined,
      "permanent 5.0.0 550 no",
      0,
    ],
    ["DATA refused", (c) => c === "DATA" ? "554 5.3.0 no" : undefined, "permanent 5.3.0 554 5.3.0 no", 0],
    ["end refused", (c) => c === "END" ? "552 5.2.2 full" : undefined, "permanent 5.2.2 552 5.2.2 full", 0],
    ["end later", (c) => c === "END" ? "451 4.3.0 later" : undefined, "temporary 4.3.0 451 4.3.0 later", 0],
    [
      "too many recipients",
      (c) => c.startsWith("RCPT") ? "552 too many" : undefined,
      "temporary 4.5.3 552 too many",
      0,
    ],
    ["cut at RCPT", (c) => c.startsWith("RCPT") ? null : undefined, "temporary 4.4.2", 0],
    ["cut after the end", (c) => c === "END" ? null : undefined, "temporary 4.4.2", 0],
    [
      "421 at MAIL",
      (c) => c.startsWith("MAIL") ? "421 4.3.2 bye" : undefined,
      "temporary 4.3.2 421 4.3.2 bye",
      0,
    ],
    ["nonsense", (c) => c.startsWith("RCPT") ? "what?" : undefined, "temporary 4.4.2", 0],
  ];
  for (const [name, script, want, taken] of rows) {
    for (const extensions of [undefined, []]) {
      await withSink({ script, extensions }, async (sink) => {
        const session = await open(sink);
        const [result] = brief(await sendMessage(session, messageOf(HELLO), to("a@x.test")));
        assert.ok(result.startsWith(want), `${name}: ${result}`);
        assert.equal(sink.messages.length, taken, name);
        session.wire.destroy();
      });
    }
  }
});

Deno.test("a silent server is given up", async () => {
  await withSink({ script: (c) => c === "END" ? new Promise(() => {}) : undefined }, async (sink) => {
    const session = await open(sink);
    const [result] = brief(await sendMessage(session, messageOf(HELLO), to("a@x.test")));
    assert.ok(/^temporary 4.4.2 .*after the end of the message: timed out/.test(result), result);
  });
  await withSink({ script: (c) => c === "GREETING" ? new Promise(() => {}) : undefined }, async (sink) => {
    await assert.rejects(open(sink), { status: "4.4.2" });
  });
});

Deno.test("openSession() and servers that do not want us", async () => {
  const rows: [string, string, "temporary" | "permanent", string][] = [
    ["GREETING", "554 5.7.1 go away", "permanent", "5.7.1"],
    ["GREETING", "421 4.3.2 busy", "temporary", "4.3.2"],
    ["EHLO mx.test", "421 4.3.2 busy", "temporary", "4.3.2"],
    ["EHLO mx.test", "554 5.7.1 no", "permanent", "5.7.1"],
  ];
  for (const [at, reply, outcome, status] of rows) {
    await withSink({ script: (c) => c === at ? reply : undefined }, async (sink) => {
      await assert.rejects(open(sink), { outcome, status, message: reply, remoteMta: "sink.test" });
    });
  }
  const sink = await startSink();
  await sink.close();
  await assert.rejects(open(sink), { outcome: "temporary", status: "4.4.1", remoteMta: null });
});

Deno.test("openSession() falls back to HELO", async () => {
  await withSink({ script: (c) => c.startsWith("EHLO") ? "502 5.5.1 what" : undefined }, async (sink) => {
    const session = await open(sink);
    assert.equal(session.extensions.size, 0);
    assert.equal((await sendMessage(session, messageOf(HELLO), to("a@x.test")))[0].outcome, "relayed");
    session.wire.quit();
  });
});

Deno.test("TLS is taken when offered, and clear text only where that is allowed", async () => {
  await withSink({ certificate }, async (sink) => {
    const session = await open(sink);
    assert.ok(session.wire.tls?.version.startsWith("TLSv1."), "with a certificate of nobody we know");
    await sendMessage(session, messageOf(HELLO), to("a@x.test"));
    assert.equal(sink.messages[0].tls, true);
    session.wire.quit();
    await assert.rejects(open(sink, { tls: { level: "verify" } }), { status: "4.7.5", outcome: "temporary" });
    const verified = await open(sink, { tls: { level: "verify", ca: [ca.cert] } });
    assert.ok(verified.wire.tls);
    verified.wire.quit();
  });
  await withSink({ certificate, badTls: true }, async (sink) => {
    const session = await open(sink);
    assert.equal(session.wire.tls, null, "in clear text on a second connection");
    assert.equal(sink.connections, 2);
    session.wire.quit();
    await assert.rejects(open(sink, { tls: { level: "must" } }), { status: "4.7.5" });
  });
  const refusing = (c: string) => c === "STARTTLS" ? "454 4.7.0 not now" : undefined;
  await withSink({ certificate, script: refusing }, async (sink) => {
    const session = await open(sink);
    assert.equal(session.wire.tls, null);
    session.wire.quit();
    await assert.rejects(open(sink, { tls: { level: "must" } }), { status: "4.7.0", outcome: "temporary" });
  });
  await withSink({}, async (sink) => {
    await assert.rejects(open(sink, { tls: { level: "must" } }), { status: "4.7.4", outcome: "temporary" });
  });
  await withSink({ certificate, implicitTls: true }, async (sink) => {
    const session = await open(sink, { implicitTls: true, tls: { level: "must" } });
    assert.ok(session.wire.tls);
    session.wire.quit();
  });
});

Deno.test("data pipelined behind STARTTLS's 220 is not believed", async () => {
  const script = (c: string) => c === "STARTTLS" ? "220 go\n250 injected" : undefined;
  await withSink({ certificate, script }, async (sink) => {
    await assert.rejects(open(sink, { tls: { level: "must" } }), { status: "4.7.5" });
  });
});

Deno.test("extensions are used where they are offered", async () => {
  const dsn = { notify: ["success", "failure"] as ("success" | "failure")[], orcpt: "rfc822;old one@x.test" };
  const envelope = { ret: "hdrs", envid: "id=1", body: "8bitmime" } as const;
  await withSink({}, async (sink) => {
    const session = await open(sink);
    await sendMessage(session, messageOf(HELLO, envelope), [{ id: 1, address: "a@x.test", dsn }]);
    assert.equal(sink.messages[0].mail, `SIZE=${HELLO.length} BODY=8BITMIME RET=HDRS ENVID=id+3D1`);
    assert.equal(sink.messages[0].rcpts[0], "NOTIFY=SUCCESS,FAILURE ORCPT=rfc822;old+20one@x.test");
    session.wire.quit();
  });
  await withSink({ extensions: [] }, async (sink) => {
    const session = await open(sink);
    await sendMessage(session, messageOf(HELLO, { ...envelope, from: null }), [{
      id: 1,
      address: "a@x.test",
      dsn,
    }]);
    assert.deepEqual([sink.messages[0].from, sink.messages[0].mail, sink.messages[0].rcpts], ["", "", [""]]);
    session.wire.quit();
  });
});

Deno.test("what a server cannot take is refused for good", async () => {
  const rows: [string, string[], OutgoingMessage, string, string][] = [
    ["too big", ["SIZE 10"], messageOf(HELLO), "a@x.test", "5.3.4"],
    ["no SMTPUTF8", [], messageOf(HELLO), "jörg@x.test", "5.6.7"],
    ["UTF-8 header", [], messageOf("Subject: ö\r\n\r\n", { smtpUtf8: true }), "a@x.test", "5.6.7"],
    ["binary", ["CHUNKING"], messageOf(HELLO, { body: "binarymime" }), "a@x.test", "5.6.1"],
    [
      "8-bit",
      [],
      messageOf("Subject: a\r\n\r\n" + "x".repeat(50) + "ö\r\n", { body: "8bitmime" }),
      "a@x.test",
      "5.6.3",
    ],
    ["REQUIRETLS", [], messageOf(HELLO, { requireTls: true }), "a@x.test", "5.7.30"],
  ];
  for (const [name, extensions, message, address, status] of rows) {
    await withSink({ extensions }, async (sink) => {
      const session = await open(sink);
      const [result] = await sendMessage(session, message, to(address));
      assert.deepEqual([result.outcome, result.status], ["permanent", status], name);
      assert.ok(!sink.commands.some((command) => command.startsWith("MAIL")), name);
      session.wire.quit();
    });
  }
});

Deno.test("SMTPUTF8 goes out as UTF-8, and as A-labels where only the domain needs it", async () => {
  await withSink({}, async (sink) => {
    const session = await open(sink);
    await sendMessage(session, messageOf("Subject: ö\r\n\r\n", { smtpUtf8: true }), to("jörg@bücher.test"));
    assert.equal(new TextDecoder().decode(latin1(sink.messages[0].recipients[0])), "jörg@bücher.test");
    assert.ok(sink.messages[0].mail.includes("SMTPUTF8"));
    session.wire.quit();
  });
  await withSink({ extensions: [] }, async (sink) => {
    const session = await open(sink);
    await sendMessage(session, messageOf(HELLO, { smtpUtf8: true }), to("a@bücher.test"));
    assert.deepEqual([sink.messages[0].recipients[0], sink.messages[0].mail], ["a@xn--bcher-kva.test", ""]);
    session.wire.quit();
  });
});

Deno.test("BINARYMIME goes out in chunks", async () => {
  const raw = new Uint8Array(2500).map((_, i) => i);
  for (const extensions of [["BINARYMIME", "CHUNKING"], ["BINARYMIME", "CHUNKING", "PIPELINING"]]) {
    await withSink({ extensions }, async (sink) => {
      const session = await open(sink);
      const [result] = await sendMessage(session, messageOf(raw, { body: "binarymime" }), to("a@x.test"));
      assert.equal(result.outcome, "relayed");
      assert.deepEqual(latin1(sink.messages[0].data), raw);
      assert.equal(sink.messages[0].mail, "BODY=BINARYMIME");
      session.wire.quit();
    });
  }
});

Deno.test("a session is used again, and one that died meanwhile is told", async () => {
  await withSink({}, async (sink) => {
    const session = await open(sink);
    for (let i = 0; i < 3; i++) await sendMessage(session, messageOf(HELLO), to("a@x.test"));
    assert.deepEqual([sink.messages.length, sink.connections], [3, 1]);
    sink.script = (command) => command.startsWith("MAIL") ? "421 4.4.2 idle too long" : undefined;
    await assert.rejects(sendMessage(session, messageOf(HELLO), to("a@x.test")), StaleSession);
    session.wire.destroy();
    await assert.rejects(sendMessage(session, messageOf(HELLO), to("a@x.test")), StaleSession);
  });
});

Deno.test("a message that cannot be read whole is never taken for whole", async () => {
  await withSink({}, async (sink) => {
    const session = await open(sink);
    const short = { ...messageOf(HELLO), sizeBytes: 5000 };
    const [result] = await sendMessage(session, short, to("a@x.test"));
    assert.deepEqual([result.outcome, result.status], ["temporary", "4.3.0"]);
    const broken = await open(sink);
    const failing: OutgoingMessage = {
      ...messageOf(HELLO),
      // deno-lint-ignore require-yield -- the reader fails before its first page
      async *pages() {
        throw new AttemptFailure("temporary", "4.3.0", "451 4.3.0 gone");
      },
    };
    assert.equal((await sendMessage(broken, failing, to("a@x.test")))[0].reply, "451 4.3.0 gone");
    await new Promise((resolve) => setTimeout(resolve, 20));
    assert.equal(sink.messages.length, 0);
  });
});
