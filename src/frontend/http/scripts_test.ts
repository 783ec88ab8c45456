import { strict as assert } from "node:assert";
import { LIMITS } from "../../base/limits.ts";
import { type TestApi, withApi } from "./harness_test.ts";

const scripts = "/api/v1/accounts/alice%40a.test/scripts";
const at = (name: string) => `${scripts}/${encodeURIComponent(name)}`;

/** Runs a test with an account `alice@a.test`. */
function withAccount(test: (call: TestApi["call"], api: TestApi) => Promise<void>): Promise<void> {
  return withApi(async (api) => {
    await api.call("POST", "/api/v1/domains", { name: "a.test" });
    await api.call("POST", "/api/v1/accounts", { address: "alice@a.test", password: "long enough" });
    await test(api.call, api);
  });
}

Deno.test("scripts are stored, listed, shown, activated, renamed and removed", () =>
  withAccount(async (call) => {
    assert.deepEqual((await call("GET", scripts)).body, { items: [] });
    const made = await call("PUT", at("vacation"), { content: "keep;\n", active: true });
    assert.deepEqual([made.status, made.body], [201, { name: "vacation", sizeBytes: 6, active: true }]);
    const changed = await call("PUT", at("vacation"), { content: "# fêté\n" });
    assert.deepEqual([changed.status, changed.body], [200, { name: "vacation", sizeBytes: 9, active: true }]);
    await call("PUT", at("other"), { content: "stop;" });
    const shown = await call("GET", at("vacation"));
    assert.deepEqual(shown.body, { name: "vacation", sizeBytes: 9, active: true, content: "# fêté\n" });

    assert.deepEqual((await call("PATCH", at("other"), { active: false })).body.active, false);
    const list = async () =>
      (await call("GET", scripts)).body.items.map((one: { name: string; active: boolean }) =>
        one.active ? `*${one.name}` : one.name
      ).join();
    assert.equal(await list(), "other,*vacation", "the other one was not active");
    assert.equal((await call("PATCH", at("other"), { active: true })).body.active, true);
    assert.equal(await list(), "*other,vacation");
    const renamed = await call("PATCH", at("other"), { name: "away" });
    assert.deepEqual([renamed.status, renamed.body], [200, { name: "away", sizeBytes: 5, active: true }]);
    const refused = await call("DELETE", at("away"));
    assert.deepEqual([refused.status, refused.body.code], [409, "conflict"]);
    assert.equal((await call("PATCH", at("away"), { active: false })).body.active, false);
    assert.equal((await call("DELETE", at("away"))).status, 204);
    assert.equal(await list(), "vacation");
    assert.equal((await call("PUT", at("vacation"), { content: "stop;", active: true })).body.active, true);
    assert.equal((await call("PUT", at("vacation"), { content: "stop;", active: false })).body.active, false);
  }));

Deno.test("every name that a script may have fits into a path", () =>
  withAccount(async (call) => {
    const names = ["a/b", "50%", "%2F", "ü ?#&+", "a\\b", '"x"', "𝒳".repeat(LIMITS.scriptNameChars)];
    for (const name of names) {
      const { status, body } = await call("PUT", at(name), { content: `# ${name}` });
      assert.deepEqual([status, body.name], [201, name]);
      assert.equal((await call("GET", at(name))).body.content, `# ${name}`);
    }
    assert.equal((await call("GET", scripts)).body.items.length, names.length);
    assert.equal((await call("GET", at("cafe\u0301"))).status, 404);
    await call("PUT", at("cafe\u0301"), { content: "# 1" });
    assert.equal((await call("GET", at("café"))).body.name, "café");
    for (const name of names) assert.equal((await call("DELETE", at(name))).status, 204, name);
    // No way from here to the account itself.
    for (const name of ["..", "%2E%2E", ".", "%2e"]) {
      assert.equal((await call("DELETE", `${scripts}/${name}`)).status, 404, name);
    }
    assert.equal((await call("GET", "/api/v1/accounts/alice%40a.test")).status, 200);
  }));

Deno.test("wrong requests about scripts are told apart", () =>
  withAccount(async (call) => {
    await call("PUT", at("a"), { content: "keep;" });
    await call("PUT", at("b"), { content: "keep;" });
    const big = "#".repeat(LIMITS.scriptBytes + 1);
    const table: [method: string, path: string, body: unknown, status: number, code: string][] = [
      ["GET", "/api/v1/accounts/nobody%40a.test/scripts", undefined, 404, "not_found"],
      ["PUT", "/api/v1/accounts/nobody%40a.test/scripts/a", { content: "keep;" }, 404, "not_found"],
      ["GET", at("c"), undefined, 404, "not_found"],
      ["DELETE", at("c"), undefined, 404, "not_found"],
      ["PATCH", at("c"), { active: true }, 404, "not_found"],
      ["PATCH", at("c"), { active: false }, 404, "not_found"],
      ["PATCH", at("c"), { name: "d" }, 404, "not_found"],
      ["PATCH", at("a"), { name: "b" }, 409, "exists"],
      ["PATCH", at("a"), { name: "" }, 400, "invalid"],
      ["PATCH", at("a"), { name: "a\n" }, 400, "invalid"],
      ["PATCH", at("a"), {}, 400, "invalid"],
      ["PATCH", at("a"), { name: "d", active: true }, 400, "invalid"],
      ["PATCH", at("a"), { active: "yes" }, 400, "invalid"],
      ["PUT", at("a"), {}, 400, "invalid"],
      ["PUT", at("a"), { content: "" }, 400, "invalid"],
      ["PUT", at("a"), { content: "a\0" }, 422, "rejected"],
      ["PUT", at("a"), { content: "keep" }, 422, "rejected"],
      ["PUT", at("a"), { content: "keep;", more: 1 }, 400, "invalid"],
      ["PUT", at("a\n"), { content: "keep;" }, 400, "invalid"],
      ["PUT", at("x".repeat(LIMITS.scriptNameChars + 1)), { content: "keep;" }, 400, "invalid"],
      ["PUT", at("a"), { content: big }, 413, "too_big"],
    ];
    for (const [method, path, body, status, code] of table) {
      const reply = await call(method, path, body);
      assert.deepEqual([reply.status, reply.body.code], [status, code], `${method} ${path}`);
    }
    assert.equal((await call("GET", at("a"))).body.content, "keep;");
    // The largest script fits, even when most of it has to be escaped.
    assert.equal(
      (await call("PUT", at("a"), { content: '#"\n'.repeat(LIMITS.scriptBytes / 3) })).status,
      200,
    );
    for (let n = 2; n < LIMITS.scripts; n++) await call("PUT", at(`${n}`), { content: "keep;" });
    const full = await call("PUT", at("one more"), { content: "keep;" });
    assert.deepEqual([full.status, full.body.code], [429, "limit"]);
  }));

Deno.test("a repeated write about scripts is answered alike and done once", () =>
  withAccount(async (call) => {
    const repeat = async (key: string, method: string, name: string, body?: unknown) => {
      const replies = [];
      for (let n = 0; n < 2; n++) {
        replies.push(await call(method, at(name), body, { "Idempotency-Key": key }));
      }
      const [first, second] = replies;
      assert.deepEqual([second.status, second.body], [first.status, first.body], key);
      return first.status;
    };
    assert.equal(await repeat("put", "PUT", "a", { content: "keep;" }), 201);
    assert.equal(await repeat("rename", "PATCH", "a", { name: "b" }), 200);
    assert.equal(await repeat("activate", "PATCH", "b", { active: true }), 200);
    assert.equal(await repeat("deactivate", "PATCH", "b", { active: false }), 200);
    assert.equal(await repeat("delete", "DELETE", "b"), 204);
    const other = await call("PUT", at("a"), { content: "stop;" }, { "Idempotency-Key": "put" });
    assert.deepEqual([other.status, other.body.code], [422, "rejected"]);
  }));
