import { strict as assert } from "node:assert";
import { connect as connectPlain, type Socket } from "node:net";
import { connect, type ConnectionOptions, createServer, type TLSSocket } from "node:tls";
import { ManualClock } from "../base/clock.ts";
import { LIMITS } from "../base/limits.ts";
import { makeLeaf } from "../net/certificate.ts";
import { BadCertificate } from "../net/tls.ts";
import { encodeFrame } from "./frame.ts";
import {
  ask,
  authority,
  certificates,
  leaf,
  stranger,
  type TestServer,
  testServer,
  until,
} from "./testing/transport_world.ts";

const DAY_MS = 86_400_000;
const HELLO = { type: "hello", node: "a", dataId: "d", versions: [1, 1] };

/** Runs `body` against a listening `b`; afterwards the real `a` still links, and nothing had any effect. */
async function listening(
  body: (b: TestServer, port: number, clock: ManualClock) => Promise<void>,
): Promise<void> {
  const clock = new ManualClock(Date.now());
  const b = testServer("b", 0, { clock });
  await b.transport.start();
  const a = testServer("a", b.transport.port!);
  try {
    await body(b, b.transport.port!, clock);
    assert.deepEqual([b.ups, b.asked], [[], []]);
    await a.transport.start();
    await until("the link", () => a.ups.length === 1 && b.ups.length === 1);
    assert.equal((await ask(a.ups[0], 1)).ok, true);
  } finally {
    await Promise.all([a.transport.stop(), b.transport.stop()]);
  }
}

function closed(socket: Socket): Promise<void> {
  return new Promise((resolve) => socket.once("close", () => resolve()));
}

/** Connects with TLS, says something if it can, and waits until it is thrown out. */
async function intrude(port: number, options: ConnectionOptions, words: Uint8Array[] = []): Promise<void> {
  const socket = connect({ host: "127.0.0.1", port, servername: "b", ca: authority.cert, ...options });
  const gone = closed(socket);
  socket.on("error", () => {}); // being thrown out may look like one
  socket.on("secureConnect", () => words.forEach((word) => socket.write(word)));
  socket.resume();
  await gone;
}

/** Says something in clear text and waits until it is thrown out. */
async function shout(port: number, words: string | Uint8Array): Promise<void> {
  const socket = connectPlain(port, "127.0.0.1", () => words.length ? socket.write(words) : socket.end());
  const gone = closed(socket);
  socket.on("error", () => {});
  socket.resume();
  await gone;
}

const words = encodeFrame(HELLO).pieces;
const foreign = await leaf(["a"], stranger);
const selfSigned = stranger;
const both = await leaf(["a", "b"]);
const expired = await makeLeaf(authority, {
  names: ["a"],
  days: 1,
  clientAuth: true,
  nowMs: Date.now() - 3 * DAY_MS,
});
const serverOnly = await makeLeaf(authority, { names: ["a"], days: 30 });

const NOT_OURS = /^its certificate is not from the authority of the pair, or has expired$/;
const STRANGERS: readonly [name: string, come: (port: number) => Promise<void>, reason: RegExp][] = [
  ["a certificate of another pair", (port) => intrude(port, foreign, words), NOT_OURS],
  ["the same in TLS 1.2", (port) => intrude(port, { ...foreign, maxVersion: "TLSv1.2" }, words), NOT_OURS],
  ["a self-signed certificate", (port) => intrude(port, selfSigned, words), NOT_OURS],
  ["an expired certificate", (port) => intrude(port, expired, words), NOT_OURS],
  ["a certificate for servers only", (port) => intrude(port, serverOnly, words), NOT_OURS],
  ["the authority's own certificate", (port) => intrude(port, authority, words), /^its certificate is/],
  ["no certificate", (port) => intrude(port, {}, words), /^it shows no certificate$/],
  [
    "our own certificate",
    (port) => intrude(port, certificates.b, words),
    /^its certificate is for b, not for a$/,
  ],
  ["a certificate for two", (port) => intrude(port, both, words), /^its certificate is for a, b, not for a$/],
  ["a visitor that says nothing", (port) => shout(port, ""), /^it went away in the handshake$/],
  ["an HTTP request", (port) => shout(port, "GET / HTTP/1.1\r\nHost: b\r\n\r\n"), /^it does not speak TLS$/],
  ["garbage", (port) => shout(port, new Uint8Array(3000).fill(0xa5)), /TLS/],
  ["a frame in clear text", (port) => shout(port, words[0]), /TLS/],
  [
    "the right certificate, the wrong name",
    (port) => intrude(port, certificates.a, encodeFrame({ ...HELLO, node: "b" }).pieces),
    /it says that it is "b"/,
  ],
  [
    "the right certificate, no version",
    (port) => intrude(port, certificates.a, encodeFrame({ ...HELLO, versions: [7, 9] }).pieces),
    /no version in common/,
  ],
  [
    "the right certificate, an oversized hello",
    (port) => intrude(port, certificates.a, encodeFrame(new Uint8Array(LIMITS.linkHelloBytes)).pieces),
    /a frame of 65\d+/,
  ],
  [
    "the right certificate, garbage",
    (port) => intrude(port, certificates.a, [new Uint8Array(100).fill(0x47)]),
    /a frame of \d+ bytes/,
  ],
  ["the right certificate, an ask before the welcome", (port) =>
    intrude(port, certificates.a, [
      ...words,
      ...encodeFrame({ type: "ask", id: 1, to: "mailbox:m", name: "x", request: 1, requestId: null }).pieces,
    ]), /before the introduction/],
];

for (const [name, come, reason] of STRANGERS) {
  Deno.test(`refused, logged and without effect: ${name}`, async () => {
    await listening(async (b, port) => {
      await come(port);
      await until("the log line", () => b.logged("replication.refused").length > 0);
      const lines = b.logged("replication.refused");
      assert.equal(lines.length, 1);
      assert.match(lines[0].reason!, reason);
      assert.deepEqual([lines[0].peer, lines[0].ip, lines[0].level], ["a", "127.0.0.1", "warn"]);
    });
  });
}

Deno.test("on the server that calls, strangers are refused and the peer is sent away; the link stays", async () => {
  const b = testServer("b", 0);
  await b.transport.start();
  const a = testServer("a", b.transport.port!);
  try {
    await a.transport.start();
    await until("the link", () => a.ups.length === 1 && b.ups.length === 1);
    await intrude(a.transport.port!, foreign, words);
    let told = "";
    const socket = connect({
      host: "127.0.0.1",
      port: a.transport.port!,
      servername: "a",
      ca: authority.cert,
      ...certificates.b,
    });
    socket.on("error", () => {});
    socket.on("data", (data) => told += data);
    await closed(socket);
    assert.match(told, /"refuse","reason":"this server calls"/);
    await until("the log lines", () => a.logged("replication.refused").length === 2);
    const reasons = a.logged("replication.refused").map(({ reason }) => reason!);
    assert.match(reasons[0], NOT_OURS);
    assert.equal(reasons[1], "the other server called, and this server calls");
    assert.deepEqual([a.ups.length, a.downs.length], [1, 0]);
    assert.equal((await ask(b.ups[0], 1)).ok, true);
  } finally {
    await Promise.all([a.transport.stop(), b.transport.stop()]);
  }
});

Deno.test("who never finishes the handshake or the hello is cut off, and others do not wait for it", async () => {
  await listening(async (b, port, clock) => {
    const silent = connectPlain(port, "127.0.0.1");
    const halfway = connectPlain(port, "127.0.0.1", () => halfway.write(new Uint8Array([22, 3, 1, 1, 0])));
    const mute = connect({ host: "127.0.0.1", port, servername: "b", ca: authority.cert, ...certificates.a });
    const gone = Promise.all([silent, halfway, mute].map((socket) => {
      socket.on("error", () => {});
      socket.resume();
      return closed(socket);
    }));
    const greeted = new Promise((resolve) => mute.once("data", resolve));
    await greeted; // b has said its own hello: it waits for the other one
    await intrude(port, certificates.b);
    await until("the first line", () => b.logged("replication.refused").length === 1);
    clock.advance(LIMITS.linkHandshakeMs - 1);
    assert.equal(b.logged("replication.refused").length, 1);
    clock.advance(1);
    await gone;
    const reasons = b.logged("replication.refused").slice(1).map(({ reason }) => reason);
    assert.deepEqual(reasons, Array(3).fill("it took too long"));
  });
});

Deno.test("half-open connections are bounded, refusals logged a few at a time, and the peer still gets in", async () => {
  await listening(async (b, port, clock) => {
    const sockets = Array.from({ length: 150 }, () => connectPlain(port, "127.0.0.1"));
    let open = sockets.length;
    const gone = Promise.all(sockets.map((socket) => {
      socket.on("error", () => {});
      return closed(socket).then(() => open--);
    }));
    await until("the oldest to be pushed out", () => open === LIMITS.linkHalfOpen);
    const lines = b.logged("replication.refused");
    assert.equal(lines.length, LIMITS.linkRefusals);
    assert.deepEqual(new Set(lines.map(({ reason }) => reason)), new Set(["too many connections"]));

    const a = testServer("a", port);
    await a.transport.start();
    await until("the link", () => a.ups.length === 1 && b.ups.length === 1);
    await a.transport.stop();
    await until("its end", () => b.downs.length === 1);
    b.ups.length = 0;

    clock.advance(LIMITS.linkHandshakeMs);
    await gone;
    assert.equal(b.logged("replication.refused").length, LIMITS.linkRefusals, "the same window");
    clock.advance(LIMITS.linkRefusalWindowMs);
    await intrude(port, certificates.b);
    await intrude(port, certificates.b);
    await until(
      "lines of the next window",
      () => b.logged("replication.refused").length > LIMITS.linkRefusals + 1,
    );
    const next = b.logged("replication.refused").slice(LIMITS.linkRefusals);
    assert.deepEqual(next.map(({ unlogged }) => unlogged), [sockets.length - LIMITS.linkRefusals, undefined]);
  });
});

/** A TLS server that is not the peer, or not quite. */
async function pretender(
  pair: { cert: string; key: string },
  body: (port: number) => Promise<void>,
  onConnection: (socket: TLSSocket) => void = () => {},
): Promise<void> {
  const sockets: TLSSocket[] = [];
  const server = createServer({ ...pair, ca: authority.cert }, (socket) => {
    sockets.push(socket);
    socket.on("error", () => {});
    onConnection(socket);
  });
  server.on("tlsClientError", () => {});
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const bound = server.address();
  try {
    await body(typeof bound === "object" && bound ? bound.port : 0);
  } finally {
    for (const socket of sockets) socket.destroy();
    await new Promise<void>((resolve) => server.close(() => resolve()));
  }
}

const own = { ...HELLO, node: "b" };
const PRETENDERS: readonly [
  name: string,
  pair: { cert: string; key: string },
  says: object,
  reason: RegExp,
][] = [
  ["another authority", await leaf(["b"], stranger), own, NOT_OURS],
  ["another node of the authority", await leaf(["c"]), own, /^its certificate is for c, not for b$/],
  ["our own certificate", certificates.a, own, /^its certificate is for a, not for b$/],
  ["a certificate for two", both, own, /^its certificate is for a, b, not for b$/],
  [
    "an expired certificate",
    await makeLeaf(authority, { names: ["b"], days: 1, nowMs: Date.now() - 3 * DAY_MS }),
    own,
    NOT_OURS,
  ],
  ["another name in its hello", certificates.b, { ...HELLO, node: "c" }, /it says that it is "c"/],
  ["no version in common", certificates.b, { ...own, versions: [4, 4] }, /b speaks version 4$/],
];

for (const [name, pair, says, reason] of PRETENDERS) {
  Deno.test(`the one that calls refuses ${name}, and says nothing to a stranger`, async () => {
    let heard = 0;
    await pretender(pair, async (port) => {
      const a = testServer("a", port);
      await a.transport.start();
      await until("the refusal", () => a.logged("replication.refused").length > 0);
      await a.transport.stop();
      assert.match(a.logged("replication.refused")[0].reason!, reason);
      assert.deepEqual(a.ups, []);
    }, (socket) => {
      socket.on("data", () => heard++);
      for (const piece of encodeFrame(says).pieces) socket.write(piece);
    });
    if (pair !== certificates.b) assert.equal(heard, 0);
  });
}

Deno.test("the one that calls gives up on a server that does not introduce itself", async () => {
  const clock = new ManualClock(Date.now());
  let connections = 0;
  await pretender(certificates.b, async (port) => {
    const a = testServer("a", port, { clock });
    await a.transport.start();
    await until("the call", () => connections === 1);
    clock.advance(LIMITS.linkHandshakeMs);
    assert.deepEqual(a.logged("replication.refused").map(({ reason }) => reason), ["it took too long"]);
    clock.advance(LIMITS.linkDialMs);
    await until("the next call", () => connections === 2);
    await a.transport.stop();
  }, () => connections++);
});

Deno.test("a server does not start with certificates that could never make a link", async () => {
  const rows: readonly [object, RegExp][] = [
    [{ key: certificates.a.key }, /the private key does not belong to the certificate/],
    [{ cert: "x" }, /the certificate cannot be read/],
    [{ ca: "x" }, /the authority of the pair cannot be read/],
    [{ ca: stranger.cert }, /our certificate is not from the authority of the pair/],
    [certificates.a, /our certificate is for a, not for b/],
    [both, /our certificate is for a, b, not for b/],
    [authority, /our certificate is not from the authority of the pair/],
    [
      await makeLeaf(authority, { names: ["b"], days: 1, nowMs: Date.now() - 3 * DAY_MS }),
      /our certificate has expired on/,
    ],
    [
      await makeLeaf(authority, { names: ["b"], days: 1, nowMs: Date.now() + 3 * DAY_MS }),
      /our certificate is not good before/,
    ],
  ];
  for (const [options, message] of rows) {
    const { transport } = testServer("b", 0, options);
    await assert.rejects(transport.start(), (error: Error) => {
      assert.ok(error instanceof BadCertificate, String(error));
      assert.match(error.message, message);
      return true;
    });
    assert.equal(transport.port, null);
    await transport.stop();
  }
});

Deno.test("a port that is taken is an error of start()", async () => {
  const first = testServer("b", 0);
  await first.transport.start();
  const second = testServer("b", first.transport.port!);
  await assert.rejects(second.transport.start(), /EADDRINUSE|in use/);
  await second.transport.stop();
  await first.transport.stop();
});
