import { strict as assert } from "node:assert";
import { startServer, type TestServer } from "../support/harness.ts";
import { mustRun, programTest, runProgram, temporaryFolder } from "./program.ts";

/** Debian's ManageSieve client, over STARTTLS: the whole life of a script; and the port that some clients try first. */

const USER = "sieve@connect.test";
const OTHER_PORT = { address: "127.0.0.77", port: 2000 };
const SCRIPT = 'require "fileinto";\r\n# Grüße\r\nif header :contains "subject" "ä" { fileinto "Ä"; }\r\n';

const home = temporaryFolder();
let server: TestServer;

Deno.test.beforeAll(async () => {
  // P09: any number of ports, 2000 too, and all of them behave alike.
  server = await startServer({
    listeners: { pop3: { protocol: "managesieve", tls: "starttls", ...OTHER_PORT } },
  });
  await server.addAccount(USER, "correct horse");
});
Deno.test.afterAll(() => server.remove());

function client(action: string[], more: { port?: number; host?: string; password?: string } = {}) {
  const { port = server.ports.managesieve, host = "localhost", password = "correct horse" } = more;
  const where = ["--server", host, "--port", String(port), "--nosrv", "--tlshostname", "localhost"];
  const who = ["--tlscafile", server.caFile, "--noclearchan", "--user", USER, "--passwordfd", "0"];
  return { args: [...where, ...who, ...action], options: { home, input: `${password}\n` } };
}

async function sieve(...action: string[]): Promise<string> {
  const { args, options } = client(action);
  return await mustRun("sieve-connect", args, options);
}

async function refused(action: string[], more = {}): Promise<string> {
  const { args, options } = client(action, more);
  const { code, stdout, stderr } = await runProgram("sieve-connect", args, options);
  assert.notEqual(code, 0, stdout + stderr);
  return stdout + stderr;
}

programTest(
  ["sieve-connect"],
  "sieve-connect puts, lists, activates, gets and deletes over STARTTLS",
  async () => {
    const file = `${home}/main.sieve`;
    await Deno.writeTextFile(file, SCRIPT);
    await sieve("--checkscript", "--localsieve", file);
    await sieve("--upload", "--localsieve", file, "--remotesieve", "main");
    await sieve("--upload", "--localsieve", file, "--remotesieve", "Zweitens (ü)");
    await sieve("--activate", "--remotesieve", "main");
    const list = await sieve("--list");
    assert.match(list, /"main" ACTIVE/);
    assert.match(list, /"Zweitens/);
    await sieve("--download", "--remotesieve", "main", "--localsieve", `${home}/back.sieve`);
    assert.equal((await Deno.readTextFile(`${home}/back.sieve`)).trimEnd(), SCRIPT.trimEnd());
    assert.match(await refused(["--delete", "--remotesieve", "main"]), /active/i);
    await sieve("--deactivate");
    await sieve("--delete", "--remotesieve", "main");
    assert.doesNotMatch(await sieve("--list"), /"main"/);
  },
);

programTest(
  ["sieve-connect"],
  "sieve-connect hears why a script is refused, and that a password is wrong",
  async () => {
    const file = `${home}/bad.sieve`;
    await Deno.writeTextFile(file, "keep;\r\nNoSuchCommand;\r\n");
    assert.match(await refused(["--upload", "--localsieve", file, "--remotesieve", "bad"]), /line 2/);
    assert.match(await refused(["--list"], { password: "wrong horse" }), /refused|wrong/i);
  },
);

for (const mechanism of ["PLAIN", "LOGIN"]) {
  programTest(
    ["sieve-connect"],
    `sieve-connect logs in by ${mechanism}, on port 2000 too (P09)`,
    async () => {
      const { address: host, port } = OTHER_PORT;
      for (const where of [{}, { host, port }]) {
        const { args, options } = client(["--list", "--authmech", mechanism], where);
        await mustRun("sieve-connect", args, options);
      }
    },
  );
}
