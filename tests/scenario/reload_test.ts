import { strict as assert } from "node:assert";
import { startServer, type TestServer } from "../support/harness.ts";
import { ImapClient } from "../support/imap_client.ts";

/** What SIGHUP changes while the server goes on. */

type Listeners = { protocol: string; address: string; port: number; tls: string }[];

let server: TestServer;
Deno.test.beforeAll(async () => {
  server = await startServer();
});
Deno.test.afterAll(() => server.remove());

function freePort(): number {
  const socket = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  socket.close();
  return socket.addr.port;
}

/** Changes the configuration file and has it read again; the log line that tells how it went. */
async function reload(
  change: (configuration: { listeners: Listeners; admin: unknown }) => void,
): Promise<string> {
  const file = `${server.dataDir}/../config.jsonc`;
  const configuration = JSON.parse(await Deno.readTextFile(file));
  change(configuration);
  await Deno.writeTextFile(file, JSON.stringify(configuration));
  const before = server.logs().length;
  server.signal("SIGHUP");
  const line = await server.waitForLog((line) =>
    server.logs().indexOf(line) >= before && /^server\.reload/.test(String(line.event))
  );
  return String(line.event);
}

Deno.test("another port and token of the admin API count at once, for the command line too", async () => {
  const port = freePort();
  const done = await reload((configuration) => {
    configuration.admin = { token: "another-token-0123456789" };
    configuration.listeners.push({ protocol: "http", address: "127.0.0.1", port, tls: "none" });
    configuration.listeners = configuration.listeners.filter((one) => one.port !== server.ports.http);
  });
  assert.equal(done, "server.reloaded");
  const written = JSON.parse(await Deno.readTextFile(`${server.dataDir}/run/http.json`));
  const socket = `${await Deno.realPath(server.dataDir)}/run/admin.sock`;
  assert.deepEqual(written, { url: `http://127.0.0.1:${port}`, socket, hostname: "mx.mallard.test" });
  const kept = (await Deno.readTextFile(`${server.dataDir}/admin-token`)).trim();
  assert.equal(kept, "another-token-0123456789");
  for (const [token, status] of [[kept, 200], [server.token, 401]] as const) {
    const headers = { authorization: `Bearer ${token}` };
    const response: Response = await fetch(`${written.url}/api/v1/domains`, { headers });
    await response.body?.cancel();
    assert.equal(response.status, status);
  }
});

Deno.test("a port that cannot be had is told, and keeps no other one closed", async () => {
  const taken = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const port = freePort();
  const done = await reload(({ listeners }) => {
    for (const one of [taken.addr.port, port]) {
      listeners.push({ protocol: "imap", address: "127.0.0.1", port: one, tls: "starttls" });
    }
  });
  assert.equal(done, "server.reload_failed");
  const imap = await ImapClient.connect(port);
  await imap.ok("NOOP");
  await imap.close();
  const late = taken.addr.port;
  taken.close();
  assert.equal(await reload(() => {}), "server.reloaded", "once it is free it is taken");
  await (await ImapClient.connect(late)).close();
});

Deno.test("without a port in clear text the command line goes by the socket in the data folder", async () => {
  for (const tls of ["implicit", null]) {
    const done = await reload((configuration) => {
      configuration.listeners = configuration.listeners.filter(({ protocol }) => protocol !== "http");
      const secure = { protocol: "http", address: "127.0.0.1", port: freePort(), tls: "implicit" };
      if (tls) configuration.listeners.push(secure);
    });
    assert.equal(done, "server.reloaded");
    const main = new URL("../../src/main.ts", import.meta.url).pathname;
    const { code, stdout } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", main, "health", "--data", server.dataDir],
    }).output();
    assert.equal(code, 0);
    assert.equal(new TextDecoder().decode(stdout), '{"status":"ok"}\n');
  }
  const { mode } = await Deno.stat(`${server.dataDir}/run/admin.sock`);
  assert.equal(mode! & 0o777, 0o600);
});
