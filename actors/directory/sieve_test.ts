import { strict as assert } from "node:assert";
import { LIMITS } from "../../src/base/limits.ts";
import { withDirectory } from "./harness_test.ts";
import { withPair } from "./pair_test.ts";
import { BUILT_IN } from "./sieve_built_in.ts";

Deno.test("incoming_spam comes with the server and is everybody's default until somebody says otherwise (V07)", () =>
  withDirectory(async ({ directory: { ask } }) => {
    const site = await ask("siteScripts", {});
    assert.deepEqual([site.before, site.default, site.after], [null, BUILT_IN.incoming_spam, null]);
    await ask("updateGlobalScript", { name: "incoming_spam", content: "keep;" });
    assert.equal((await ask("siteScripts", {})).default, "keep;");
    await ask("removeGlobalScript", { name: "incoming_spam" });
    assert.equal((await ask("siteScripts", {})).default, BUILT_IN.incoming_spam);
    await ask("updateSieveRole", { role: "default", script: null });
    assert.equal((await ask("siteScripts", {})).default, null);
  }));

Deno.test("global scripts are stored, told, given roles and removed (V05)", () =>
  withDirectory(async ({ directory: { ask }, refused }) => {
    const made = await ask("updateGlobalScript", { name: "Übung 1", content: "# ä\nkeep;" });
    assert.deepEqual(made, {
      script: { name: "Übung 1", sizeBytes: 10, roles: [], builtIn: false },
      created: true,
    });
    assert.equal((await ask("updateGlobalScript", { name: "Übung 1", content: "stop;" })).created, false);
    await ask("updateSieveRole", { role: "before", script: "Übung 1" });
    await ask("updateSieveRole", { role: "after", script: "Übung 1" });
    assert.deepEqual((await ask("getGlobalScript", { name: "Übung 1" })).script.roles, ["before", "after"]);
    assert.deepEqual((await ask("listGlobalScripts", {})).scripts.map(({ name }) => name), [
      "incoming_spam",
      "Übung 1",
    ]);
    const { before, after, global } = await ask("siteScripts", {});
    assert.deepEqual([before, after, global["Übung 1"]], ["stop;", "stop;", "stop;"]);
    await refused(ask("removeGlobalScript", { name: "Übung 1" }), "conflict");
    await ask("updateSieveRole", { role: "before", script: null });
    await ask("updateSieveRole", { role: "after", script: null });
    await ask("removeGlobalScript", { name: "Übung 1" });
    await refused(ask("getGlobalScript", { name: "Übung 1" }), "not_found");
  }));

Deno.test("what cannot be a global script is refused", () =>
  withDirectory(async ({ directory: { ask }, refused }) => {
    const put = (name: string, content: string) => ask("updateGlobalScript", { name, content });
    for (const name of ["", ".hidden", "a/b", "a\n", "x".repeat(LIMITS.scriptNameChars + 1)]) {
      await refused(put(name, "keep;"), "invalid");
    }
    for (const content of ["", "\0", "\ud800"]) await refused(put("a", content), "invalid");
    await refused(put("a", "x".repeat(LIMITS.scriptBytes + 1)), "too_big");
    for (const name of ["a", "b"]) await put(name, "x".repeat(LIMITS.scriptBytes));
    await refused(put("c", "keep;"), "over_quota");
    await refused(ask("removeGlobalScript", { name: "none" }), "not_found");
    await refused(ask("updateSieveRole", { role: "before", script: "none" }), "not_found");
  }));

Deno.test("a role that names a script which went on the other server meanwhile is nobody's", () =>
  withPair(async (pair) => {
    const { home, other } = pair;
    await home.ask("updateGlobalScript", { name: "x", content: "keep;" });
    await pair.meet();
    await home.ask("removeGlobalScript", { name: "x" });
    await other.ask("updateSieveRole", { role: "before", script: "x" });
    await pair.meet();
    for (const server of [home, other]) assert.equal((await server.ask("siteScripts", {})).before, null);
  }));
