import { strict as assert } from "node:assert";
import { freePort } from "../support/ports.ts";
import { mustRun, temporaryFolder } from "./program.ts";

/** What the container runs: the bundles with their script and rights, without package cache, sources or configuration. */

const home = temporaryFolder();
const root = new URL("../..", import.meta.url).pathname;

Deno.test("the bundles serve with the least rights and an empty package cache", async () => {
  await mustRun(Deno.execPath(), ["run", "-A", `${root}scripts/bundle.ts`, `${home}/dist`], {
    home: Deno.env.get("HOME") ?? home,
    timeoutMs: 180_000,
  });
  const port = freePort();
  const bin = `${home}/bin`;
  await Deno.mkdir(bin);
  await Deno.symlink(Deno.execPath(), `${bin}/deno`);
  const env = {
    PATH: `${bin}:/usr/bin:/bin`,
    DENO_DIR: `${home}/cache`,
    MALLARD_DATADIR: `${home}/data`,
    MALLARD_HOSTNAME: "bundle.test",
    // No HTTP port: the verbs go by the socket in the data folder, with the script's rights.
    MALLARD_LISTENERS: JSON.stringify([{ protocol: "smtp", address: "127.0.0.1", port, tls: "none" }]),
    NO_COLOR: "1",
  };
  await Deno.mkdir(`${home}/data`);
  const mallard = `${home}/dist/mallard.sh`;
  const child = new Deno.Command(mallard, {
    args: ["serve"],
    env,
    clearEnv: true,
    stdout: "piped",
    stderr: "inherit",
  })
    .spawn();
  const reader = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  let printed = "";
  try {
    while (!printed.includes('"server.ready"')) {
      const { done, value } = await reader.read();
      if (done) throw new Error(`the server ended early:\n${printed}`);
      printed += value;
    }
    const run = (...args: string[]) => mustRun(mallard, args, { home, env });
    assert.equal(JSON.parse(await run("health")).status, "ok");
    await run("domain", "add", "bundle.test");
    // A password is hashed in the third bundle, the worker.
    assert.match(await run("account", "add", "a@bundle.test"), /password: \S+/);
    assert.match(await run("mailbox", "check", "a@bundle.test"), /fine/);
  } finally {
    child.kill("SIGTERM");
    while (!(await reader.read()).done);
    await child.status;
  }
});
