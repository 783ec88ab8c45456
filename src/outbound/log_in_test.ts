import { strict as assert } from "node:assert";
import { type Sink, type SinkOptions, startSink } from "../../tests/support/sink.ts";
import { latin1 } from "../base/bytes.ts";
import { systemClock } from "../base/clock.ts";
import { systemRandom } from "../base/id.ts";
import { decodeBase64, decodeBase64Text, encodeBase64 } from "../codec/text/sasl.ts";
import {
  formatServerFirst,
  isProof,
  parseClientFinal,
  SCRAM_MECHANISMS,
  scramKeys,
  serverSignature,
} from "../codec/text/scram.ts";
import { makeCertificateAuthority, makeLeaf } from "../net/certificate.ts";
import { DEFAULT_TIMEOUTS, openSession, type SessionOptions } from "./smtp_client.ts";
import { sendMessage } from "./smtp_transaction.ts";

const ca = await makeCertificateAuthority("Test authority");
const certificate = await makeLeaf(ca, { names: ["sink.test"], days: 1 });
const MESSAGE = latin1("Subject: hello\r\n\r\nbody\r\n");

function open(sink: Sink, more: Partial<SessionOptions>) {
  return openSession({ host: "sink.test", address: sink.address, port: sink.port }, {
    hostname: "mx.test",
    tls: { level: "may" },
    implicitTls: false,
    login: null,
    timeouts: DEFAULT_TIMEOUTS,
    clock: systemClock,
    random: systemRandom,
    ...more,
  });
}

async function withSink(options: SinkOptions, run: (sink: Sink) => Promise<void>): Promise<void> {
  const sink = await startSink(options);
  try {
    await run(sink);
  } finally {
    await sink.close();
  }
}

const message = {
  envelope: {
    from: "sender@home.test",
    smtpUtf8: false,
    body: "7bit" as const,
    requireTls: false,
    ret: null,
    envid: null,
  },
  sizeBytes: MESSAGE.length,
  utf8Header: false,
  has8bit: () => Promise.resolve(false),
  async *pages() {
    yield MESSAGE;
  },
};

Deno.test("logins go over TLS only", async () => {
  const login = { user: "üser", password: "secret" };
  for (
    const [mechanisms, want] of [["AUTH PLAIN LOGIN", ":üser:secret"], ["AUTH=LOGIN", "login:üser:secret"]]
  ) {
    await withSink({ certificate, extensions: [mechanisms] }, async (sink) => {
      const session = await open(sink, { login, tls: { level: "must" } });
      await sendMessage(session, message, [{ id: 1, address: "a@x.test", dsn: { notify: [], orcpt: null } }]);
      const got = sink.messages[0].login!;
      assert.equal(new TextDecoder().decode(latin1(got)), want);
      session.wire.quit();
    });
  }
  await withSink({ extensions: ["AUTH PLAIN"] }, async (sink) => {
    await assert.rejects(open(sink, { login }), { status: "4.7.11" });
    assert.ok(!sink.commands.some((command) => command.startsWith("AUTH")));
  });
  const refusing = (c: string) => c.startsWith("AUTH") ? "535 5.7.8 wrong" : undefined;
  await withSink({ certificate, extensions: ["AUTH PLAIN"], script: refusing }, async (sink) => {
    await assert.rejects(open(sink, { login }), { outcome: "temporary", status: "4.7.8" });
  });
});

Deno.test("a server that takes no password is given a proof, and has to give one", async () => {
  const login = { user: "a=b,c", password: "pencil" };
  const salt = new Uint8Array(16).fill(3);
  for (const mechanism of SCRAM_MECHANISMS) {
    for (const honest of [true, false]) {
      const keys = scramKeys(mechanism, honest ? "pencil" : "guess", salt, 4096);
      let bare = "", first = "";
      const script = (command: string) => {
        if (command.startsWith("AUTH ")) {
          const [, name, message] = command.split(" ");
          bare = decodeBase64Text(message).slice("n,,".length);
          first = formatServerFirst(`${/r=(.*)/.exec(bare)![1]}server`, { salt, iterations: 4096 });
          assert.deepEqual([name, bare.slice(0, 11)], [mechanism, "n=a=3Db=2Cc"]);
          return `334 ${encodeBase64(first)}`;
        }
        if (command === "") return "235 2.7.0 welcome";
        if (!bare || !/^[A-Za-z0-9+/]{40,}=*$/.test(command)) return undefined;
        const final = parseClientFinal(decodeBase64(command));
        const authMessage = `${bare},${first},${final.bare}`;
        if (honest) assert.ok(isProof(mechanism, keys, authMessage, final.proof));
        return `334 ${encodeBase64(`v=${encodeBase64(serverSignature(mechanism, keys, authMessage))}`)}`;
      };
      const extensions = [`AUTH ${mechanism} GSSAPI`];
      await withSink({ certificate, extensions, script }, async (sink) => {
        const opened = open(sink, { login, tls: { level: "must" } });
        if (honest) (await opened).wire.quit();
        else await assert.rejects(opened, { outcome: "temporary", status: "4.7.0" });
        assert.ok(!sink.commands.join().includes(encodeBase64("pencil")));
      });
    }
  }
  await withSink({ certificate, extensions: ["AUTH GSSAPI"] }, async (sink) => {
    await assert.rejects(open(sink, { login, tls: { level: "must" } }), { status: "4.7.4" });
  });
});
