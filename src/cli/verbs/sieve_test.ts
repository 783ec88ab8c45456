import { strict as assert } from "node:assert";
import { join } from "node:path";
import { TOKEN, withApi } from "../../frontend/http/harness_test.ts";
import type { Io } from "../command.ts";
import { processIo } from "../io.ts";
import { runCli } from "../run.ts";
import { sieveCommands } from "./sieve.ts";

type Run = (args: string[], input?: string) => Promise<{ status: number; out: string; error: string }>;

/** Runs a test with a server on a port of its own, that has an account `alice@a.test`. */
async function withServer(test: (run: Run) => Promise<void>): Promise<void> {
  await withApi(async ({ call, fetch }) => {
    await call("POST", "/api/v1/domains", { name: "a.test" });
    await call("POST", "/api/v1/accounts", { address: "alice@a.test", password: "long enough" });
    const server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen() {} }, async (request) => {
      const { method, headers, url } = request;
      const body = method === "GET" ? undefined : await request.text();
      return await fetch(url.slice(new URL(url).origin.length), { method, headers, body: body || undefined });
    });
    const at = ["--url", `http://127.0.0.1:${server.addr.port}`, "--token", TOKEN];
    try {
      await test(async (args, input = "") => {
        const out: string[] = [];
        const errors: string[] = [];
        const io: Io = {
          ...processIo(),
          out: (line) => void out.push(line),
          error: (line) => void errors.push(line),
          readInput: () => Promise.resolve(input),
          environment: {},
        };
        const status = await runCli(sieveCommands, ["sieve", ...args, ...at], io);
        return { status, out: out.join("\n"), error: errors.join("\n") };
      });
    } finally {
      await server.shutdown();
    }
  });
}

Deno.test("sieve put, list, get, activate and delete", () =>
  withServer(async (run) => {
    const fine = async (args: string[], input?: string) => {
      const { status, out, error } = await run(args, input);
      assert.equal(status, 0, `${args.join(" ")}: ${error}`);
      return out;
    };
    const folder = await Deno.makeTempDir({ prefix: "mallard-sieve-" });
    try {
      const file = join(folder, "rules.sieve");
      await Deno.writeTextFile(file, "# fêté\nkeep;\n");
      assert.equal(await fine(["put", "alice@a.test", "my rules/1", file]), "script my rules/1 stored");
      assert.equal(await fine(["get", "alice@a.test", "my rules/1"]), "# fêté\nkeep;");
      const shown = JSON.parse(await fine(["get", "alice@a.test", "my rules/1", "--json"]));
      assert.deepEqual([shown.content, shown.active], ["# fêté\nkeep;\n", false]);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
    const put = ["put", "alice@a.test", "vacation", "-", "--activate"];
    assert.equal(await fine(put, "stop;\r\n"), "script vacation stored; it is active");
    assert.equal(await fine(["get", "alice@a.test", "vacation"]), "stop;");
    assert.equal(
      await fine(["list", "alice@a.test"]),
      "NAME        STATE   SIZE\nmy rules/1          15 B\nvacation    active  7 B",
    );
    const refused = await run(["delete", "alice@a.test", "vacation"]);
    assert.deepEqual([refused.status, /\(conflict\)$/.test(refused.error)], [1, true], refused.error);
    assert.equal(await fine(["activate", "alice@a.test", "my rules/1"]), "script my rules/1 is active");
    assert.equal(await fine(["delete", "alice@a.test", "vacation"]), "script vacation removed");
    const list = async () => JSON.parse(await fine(["list", "alice@a.test", "--json"]));
    assert.deepEqual(await list(), [{ name: "my rules/1", sizeBytes: 15, active: true }]);
    for (let n = 0; n < 2; n++) {
      assert.equal(await fine(["activate", "alice@a.test", "--none"]), "no script is active");
    }
    assert.deepEqual(await list(), [{ name: "my rules/1", sizeBytes: 15, active: false }]);
  }));

Deno.test("what sieve verbs refuse is one line and says why", () =>
  withServer(async (run) => {
    await run(["put", "alice@a.test", "a", "-"], "keep;");
    const table: [args: string[], status: number, error: RegExp][] = [
      [["put", "alice@a.test", "a", "-"], 1, /standard input is empty$/],
      [["put", "alice@a.test", "a", "/no/such/file"], 1, /cannot read \/no\/such\/file/],
      [["put", "alice@a.test", "a"], 2, /FILE is missing/],
      [["put", "alice@a.test", "..", "-"], 2, /no script can be named "\.\."/],
      [["delete", "alice@a.test", ".."], 2, /no script can be named "\.\."/],
      [["get", "alice@a.test", "."], 2, /no script can be named "\."/],
      [["get", "alice@a.test", ""], 2, /no script can be named ""/],
      [["get", "alice@a.test", "b"], 1, /no such script \(not_found\)$/],
      [["delete", "alice@a.test", "b"], 1, /no such script \(not_found\)$/],
      [["activate", "alice@a.test", "b"], 1, /no such script \(not_found\)$/],
      [["activate", "alice@a.test"], 2, /needs either NAME or --none/],
      [["activate", "alice@a.test", "a", "--none"], 2, /needs either NAME or --none/],
      [["list", "nobody@a.test"], 1, /\(not_found\)$/],
    ];
    for (const [args, status, want] of table) {
      const { status: got, error } = await run(args);
      assert.equal(got, status, `${args.join(" ")}: ${error}`);
      assert.match(error, want);
      assert.equal(error.split("\n").length, 1);
    }
    assert.equal((await run(["get", "alice@a.test", "a"])).out, "keep;");
  }));
