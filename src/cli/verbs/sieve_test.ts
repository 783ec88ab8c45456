import { strict as assert } from "node:assert";
import { join } from "node:path";
import type { MailboxContract } from "../../../actors/mailbox/contract.ts";
import { utf8 } from "../../base/bytes.ts";
import { summarize } from "../../codec/message/summarize.ts";
import { type TestApi, TOKEN, withApi } from "../../frontend/http/harness_test.ts";
import type { Io } from "../command.ts";
import { processIo } from "../io.ts";
import { runCli } from "../run.ts";
import { rulesCommands } from "./rules.ts";
import { sieveCommands } from "./sieve.ts";

type Run = (args: string[], input?: string) => Promise<{ status: number; out: string; error: string }>;

/** Runs a test with a server on a port of its own, that has an account `alice@a.test`. */
async function withServer(test: (run: Run, api: TestApi) => Promise<void>): Promise<void> {
  await withApi(async (api) => {
    const { call, fetch } = api;
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
        const local = args[0] === "check" || args.includes("--message");
        const words = args[0] === "rules" ? args : ["sieve", ...args];
        const status = await runCli(
          [...sieveCommands, ...rulesCommands],
          local ? words : [...words, ...at],
          io,
        );
        return { status, out: out.join("\n"), error: errors.join("\n") };
      }, api);
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

Deno.test("sieve check and sieve run tell what a script is and does, without a server", () =>
  withServer(async (run) => {
    const folder = await Deno.makeTempDir({ prefix: "mallard-sieve-" });
    try {
      assert.deepEqual(await run(["check", "-"], "keep;"), {
        status: 0,
        out: "the script is valid",
        error: "",
      });
      const wrong = await run(["check", "-"], "keep;\nno;\n");
      assert.deepEqual([wrong.status, wrong.error], [1, 'line 2, column 1: there is no command "no"']);
      assert.equal(JSON.parse((await run(["check", "-", "--json"], "no;")).out).errors[0].line, 1);
      const message = join(folder, "m.eml");
      await Deno.writeTextFile(
        message,
        "Return-Path: <x@y.test>\r\nTo: me@a.test\r\nSubject: hi\r\n\r\nbody\r\n",
      );
      const script = 'require ["fileinto","vacation","envelope"]; if envelope "from" "x@y.test" ' +
        '{ fileinto "A"; keep; } vacation "away";';
      const done = await run(["run", "-", "--message", message, "--to", "me@a.test"], script);
      assert.equal(done.out, "fileinto A, keep, vacation x@y.test");
      const other = await run(["run", "-", "--message", message, "--from", "", "--to", "me@a.test"], script);
      assert.match(other.out, /^keep \(implicit\) \(no vacation reply: .*\)$/);
      assert.equal((await run(["run", "-"], script)).status, 2);
      assert.equal((await run(["run", "-", "--message", message], "nonsense")).status, 1);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  }));

Deno.test("sieve run rehearses over a folder, then does what it told", () =>
  withServer(async (run, { system, call }) => {
    const { body: { id } } = await call("GET", "/api/v1/accounts/alice%40a.test");
    const box = system.ref<MailboxContract>(`mailbox:${id}`);
    const limits = { quotaBytes: null, messageBytes: 1e6 };
    for (const subject of ["one", "list two", "drop three", "list four"]) {
      const raw = utf8(`Subject: ${subject}\r\n\r\nbody\r\n`);
      const message = { raw, summary: summarize(raw), flags: ["\\Seen"], internalDateMs: 1e12 };
      await box.ask("append", { name: "INBOX", messages: [message], limits });
    }
    const script = 'require ["fileinto","mailbox","imap4flags"];' +
      'if header :contains "subject" "list" { fileinto :create "Lists"; }' +
      'elsif header :contains "subject" "drop" { discard; } else { addflag "\\\\Flagged"; redirect "x@y.test"; keep; }';
    const told = ["1: keep with \\Seen \\Flagged (nothing leaves: the message was delivered before)"];
    told[0] =
      "1: redirect x@y.test, keep with \\Seen \\Flagged (nothing leaves: the message was delivered before)";
    told.push("2: fileinto Lists", "3: discard", "4: fileinto Lists");
    const args = ["run", "-", "--account", "alice@a.test"];
    const { hash } = await box.ask("hash", {});
    const rehearsal = await run(args, script);
    assert.equal(rehearsal.out, [...told, "4 messages looked at, 4 would change"].join("\n"));
    assert.equal((await box.ask("hash", {})).hash, hash, "nothing was changed");
    const done = await run([...args, "--apply"], script);
    assert.equal(done.out, [...told, "4 messages looked at, 4 changed"].join("\n"));
    const status = async (name: string) => (await box.ask("status", { name })).messages;
    assert.deepEqual([await status("INBOX"), await status("Lists")], [2, 2]);
    const { status: inbox } = await box.ask("select", { name: "INBOX", claimRecent: false });
    const { rows } = await box.ask("fetch", { folder: inbox.id, uids: [1, 9], items: {} });
    assert.deepEqual(rows.map(({ uid, flags }) => [uid, flags]), [[1, 5], [3, 9]]);
    assert.deepEqual((await box.ask("check", {})).problems, []);
    assert.match((await run(["run", "--account", "alice@a.test"])).error, /no script is active/);
    assert.equal((await run([...args, "--folder", "none"], "keep;")).status, 1);
  }));

Deno.test("rules put, list, role, get and delete", () =>
  withServer(async (run) => {
    const fine = async (args: string[], input?: string) => {
      const { status, out, error } = await run(["rules", ...args], input);
      assert.equal(status, 0, `${args.join(" ")}: ${error}`);
      return out;
    };
    assert.match(await fine(["list"]), /incoming_spam +default +built in/);
    assert.equal(await fine(["put", "mine", "-"], "keep;"), "script mine stored");
    assert.match(await fine(["role", "before", "mine"]), /mine +before/);
    assert.equal(await fine(["put", "mine", "-"], "stop;"), "script mine stored; it holds at once");
    assert.equal(await fine(["get", "mine"]), "stop;");
    assert.equal((await run(["rules", "delete", "mine"])).status, 1);
    await fine(["role", "before", "--none"]);
    assert.equal(await fine(["delete", "mine", "--force"]), "script mine removed");
    assert.equal((await run(["rules", "role", "between", "mine"])).status, 2);
    assert.equal((await run(["rules", "put", "mine", "-"], "nonsense")).status, 1);
  }));
