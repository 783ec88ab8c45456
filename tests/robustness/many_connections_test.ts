import { strict as assert } from "node:assert";
import net from "node:net";
import { LIMITS } from "../../src/base/limits.ts";
import { type PortName, sleep, startServer, type TestServer } from "../support/harness.ts";
import { roundTrips } from "./other_clients.ts";
import { openFiles, residentMiB } from "./processes.ts";
import { FULL, tell } from "./scale.ts";

const ACCOUNT = "other@many.test";
const CLEAR: readonly PortName[] = ["smtp", "submission", "lmtp", "imap", "pop3", "managesieve"];
const TLS: readonly PortName[] = ["submissions", "imaps", "pop3s"];
/** What one silent connection may cost the server, the socket's own memory included. */
const KIB_EACH = 40;
/** Connections that are being opened at once. */
const AT_ONCE = 200;
/** The beginning of a ClientHello: a record header that promises more than ever comes. */
const HALF_HELLO = new Uint8Array([0x16, 3, 1, 2, 0, 1, 0, 1, 0xfc, 3, 3, 1, 2, 3]);

const openFileLimit = Number(
  /^Max open files\s+(\d+)/m.exec(await Deno.readTextFile("/proc/self/limits"))?.[1] ?? 0,
);

function serverTest(name: string, ignore: boolean, body: (server: TestServer) => Promise<void>): void {
  Deno.test({
    name,
    ignore,
    async fn() {
      const server = await startServer({ configuration: { auth: { allowPlaintext: true } } });
      try {
        await server.addAccount(ACCOUNT);
        await roundTrips(server, ACCOUNT);
        await body(server);
        assert.deepEqual(server.logs().filter((line) => line.level === "error"), []);
      } finally {
        await server.remove();
      }
    },
  });
}

serverTest(
  "2,000 silent connections cost little and hinder nobody",
  openFileLimit < 3_000,
  async (server) => {
    const beforeMiB = residentMiB(server.pid), beforeFiles = openFiles(server.pid);
    const clients = await connectMany(2_000, (i) => server.ports[CLEAR[i % CLEAR.length]]);
    assert.equal(await greeted(clients), 2_000);
    const slowestMs = await roundTrips(server, ACCOUNT);
    const growthMiB = residentMiB(server.pid) - beforeMiB;
    assert.ok(growthMiB < 2_000 * KIB_EACH / 1024, `${growthMiB} MiB`);
    assert.ok(slowestMs < 3_000, `${slowestMs} ms`);
    tell(`2,000 silent: +${growthMiB.toFixed(1)} MiB, slowest round trip ${slowestMs.toFixed(0)} ms`);
    await closeAll(clients);
    await untilFiles(server, beforeFiles);
  },
);

serverTest("TLS handshakes that are never finished hinder nobody", openFileLimit < 3_000, async (server) => {
  const count = FULL ? 2_000 : 500;
  const beforeMiB = residentMiB(server.pid), beforeFiles = openFiles(server.pid);
  const clients = await connectMany(count, (i) => server.ports[TLS[i % TLS.length]]);
  for (const { socket } of clients) socket.write(HALF_HELLO);
  await sleep(500);
  const slowestMs = await roundTrips(server, ACCOUNT);
  const growthMiB = residentMiB(server.pid) - beforeMiB;
  assert.ok(growthMiB < 20 + count * 2 * KIB_EACH / 1024, `${growthMiB} MiB`);
  assert.ok(slowestMs < 3_000, `${slowestMs} ms`);
  tell(
    `${count} half handshakes: +${growthMiB.toFixed(1)} MiB, slowest round trip ${slowestMs.toFixed(0)} ms`,
  );
  if (FULL) {
    // The server gives up by itself.
    await sleep(31_000);
    assert.equal(clients.filter((client) => !client.ended).length, 0);
  }
  await closeAll(clients);
  await untilFiles(server, beforeFiles);
  await roundTrips(server, ACCOUNT);
});

const FLOOD = Math.min(FULL ? 10_000 : LIMITS.connectionsPerAddress + 300, openFileLimit - 2_000);
serverTest(
  "connections of one address above the limit are refused with the protocol's words, others are served",
  FLOOD <= LIMITS.connectionsPerAddress,
  async (server) => {
    const beforeMiB = residentMiB(server.pid), beforeFiles = openFiles(server.pid);
    const clients = await connectMany(FLOOD, (i) => server.ports[CLEAR[i % CLEAR.length]]);
    await greeted(clients);
    const refused = clients.filter((client) => client.ended);
    assert.equal(clients.length - refused.length, LIMITS.connectionsPerAddress);
    // Which ports the last ones meet depends on the order in which the kernel hands connections over.
    const words = [
      "* BYE too many connections, try again later\r\n",
      "-ERR [SYS/TEMP] too many connections, try again later\r\n",
      "421 4.7.0 too many connections, try again later\r\n",
      'BYE (TRYLATER) "too many connections, try again later"\r\n',
    ];
    assert.deepEqual(refused.map((client) => client.text).filter((text) => !words.includes(text)), []);
    const slowestMs = await roundTrips(server, ACCOUNT);
    const growthMiB = residentMiB(server.pid) - beforeMiB;
    assert.ok(growthMiB < 20 + LIMITS.connectionsPerAddress * KIB_EACH / 1024, `${growthMiB} MiB`);
    assert.ok(slowestMs < 3_000, `${slowestMs} ms`);
    tell(
      `${FLOOD} from one address: ${refused.length} refused, +${growthMiB.toFixed(1)} MiB, ` +
        `slowest round trip ${slowestMs.toFixed(0)} ms`,
    );
    await closeAll(clients);
    await untilFiles(server, beforeFiles);
    const again = await connectMany(10, () => server.ports.smtp);
    assert.equal(await greeted(again), 10);
    await closeAll(again);
  },
);

interface SilentClient {
  socket: net.Socket;
  text: string;
  ended: boolean;
}

/** Opens connections that say nothing, `AT_ONCE` at a time. */
async function connectMany(count: number, portOf: (i: number) => number): Promise<SilentClient[]> {
  const clients: SilentClient[] = [];
  for (let from = 0; from < count; from += AT_ONCE) {
    const some = Array.from({ length: Math.min(AT_ONCE, count - from) }, (_, i) => open(portOf(from + i)));
    clients.push(...await Promise.all(some));
  }
  return clients;
}

function open(port: number): Promise<SilentClient> {
  return new Promise((resolve, reject) => {
    const socket = net.connect({ port, host: "127.0.0.1" });
    const client: SilentClient = { socket, text: "", ended: false };
    socket.on("data", (bytes) => client.text += bytes.toString("latin1"));
    socket.on("end", () => client.ended = true);
    socket.on("close", () => client.ended = true);
    socket.on("error", (error) => (client.ended = true, reject(error)));
    socket.once("connect", () => resolve(client));
  });
}

/** Waits until every client was told something; how many were told something else than to go. */
async function greeted(clients: readonly SilentClient[]): Promise<number> {
  const deadline = performance.now() + 30_000;
  while (clients.some((client) => !client.text && !client.ended)) {
    assert.ok(performance.now() < deadline, "the server greets nobody");
    await sleep(20);
  }
  await sleep(100);
  return clients.filter((client) => !client.ended).length;
}

async function closeAll(clients: readonly SilentClient[]): Promise<void> {
  await Promise.all(clients.map(({ socket }) =>
    new Promise<void>((resolve) => {
      if (socket.destroyed) return resolve();
      socket.once("close", () => resolve());
      socket.destroy();
    })
  ));
}

/** The server lets go of every connection. */
async function untilFiles(server: TestServer, count: number): Promise<void> {
  const deadline = performance.now() + 20_000;
  while (openFiles(server.pid) > count + 5) {
    assert.ok(performance.now() < deadline, `${openFiles(server.pid)} files are open, ${count} were`);
    await sleep(50);
  }
}
