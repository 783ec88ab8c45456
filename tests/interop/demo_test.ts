import { strict as assert } from "node:assert";
import { freePorts } from "../support/ports.ts";
import { mustRun, programTest, temporaryFolder } from "./program.ts";

/** `serve --demo` as README shows it, on free ports: what it prints, what it keeps, and the first mail by curl. */

const home = temporaryFolder();
const main = new URL("../../src/main.ts", import.meta.url).pathname;

interface DemoFile {
  accounts: { address: string; password: string }[];
  adminToken: string;
  ca: string;
  listeners: { protocol: string; address: string; port: number; tls: string }[];
}

interface Running {
  printed: string;
  stop(): Promise<number>;
}

const [submission, imaps, http] = freePorts(3);
const LISTENERS = JSON.stringify([
  { protocol: "submission", address: "127.0.0.1", port: submission, tls: "starttls" },
  { protocol: "imap", address: "127.0.0.1", port: imaps, tls: "implicit" },
  { protocol: "http", address: "127.0.0.1", port: http, tls: "none" },
]);

/** Starts the demo and waits until it has printed its table and is ready. */
async function startDemo(): Promise<Running> {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-check", main, "serve", "--demo", "--data", `${home}/data`],
    env: { MALLARD_LISTENERS: LISTENERS, NO_COLOR: "1" },
    stdout: "piped",
    stderr: "inherit",
    stdin: "null",
  }).spawn();
  const reader = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  let printed = "";
  while (!printed.includes('"server.ready"')) {
    const { done, value } = await reader.read();
    if (done) throw new Error(`the demo ended early:\n${printed}`);
    printed += value;
  }
  return {
    printed,
    async stop() {
      child.kill("SIGTERM");
      while (!(await reader.read()).done);
      return (await child.status).code;
    },
  };
}

const readDemo = (): DemoFile => JSON.parse(Deno.readTextFileSync(`${home}/data/demo.json`));

programTest(["curl"], "the demo prints and keeps its accounts, and carries README's first mail", async () => {
  const first = await startDemo();
  const demo = readDemo();
  try {
    assert.equal(Deno.statSync(`${home}/data/demo.json`).mode! & 0o777, 0o600);
    assert.equal(Deno.statSync(`${home}/data/admin-token`).mode! & 0o777, 0o600);
    assert.deepEqual(demo.accounts.map(({ address }) => address), ["alice@demo.test", "bob@demo.test"]);
    for (const word of [...demo.accounts.flatMap((one) => [one.address, one.password]), demo.adminToken]) {
      assert.ok(first.printed.includes(word), word);
    }
    for (const port of [submission, imaps, http]) assert.ok(first.printed.includes(`127.0.0.1:${port}`));
    const [alice, bob] = demo.accounts.map((one) => `${one.address}:${one.password}`);
    const input = "From: alice@demo.test\nTo: bob@demo.test\nSubject: Hello\n\nThe first mail.\n";
    const url = `smtp://localhost:${submission}/me`;
    const tls = ["-sS", "--ssl-reqd", "--cacert", demo.ca];
    await mustRun("curl", [
      ...tls,
      "--crlf",
      "--url",
      url,
      "--user",
      alice,
      "--mail-from",
      "alice@demo.test",
      "--mail-rcpt",
      "bob@demo.test",
      "--upload-file",
      "-",
    ], { home, input });
    const shown = await mustRun("curl", [...tls, "--user", bob, `imaps://localhost:${imaps}/INBOX;UID=1`], {
      home,
    });
    assert.match(shown, /Subject: Hello\r?\n\r?\nThe first mail\./);
    const status = await mustRun("curl", ["-sS", `http://127.0.0.1:${http}/healthz`], { home });
    assert.equal(JSON.parse(status).status, "ok");
  } finally {
    assert.equal(await first.stop(), 0);
  }
  const second = await startDemo();
  try {
    assert.deepEqual(readDemo(), demo);
    assert.ok(second.printed.includes(demo.accounts[0].password));
    const bob = demo.accounts.map((one) => `${one.address}:${one.password}`)[1];
    const args = ["-sS", "--cacert", demo.ca, "--user", bob, `imaps://localhost:${imaps}/INBOX;UID=1`];
    assert.match(await mustRun("curl", args, { home }), /The first mail\./);
  } finally {
    assert.equal(await second.stop(), 0);
  }
});
