import { strict as assert } from "node:assert";
import { LIMITS } from "../../src/base/limits.ts";
import type { FaultCode } from "../../src/base/fault.ts";
import { faults, withMailbox } from "./fixture_test.ts";
import { scriptCopy, scriptName } from "./script_names.ts";

const KEEP = "keep;\n";

Deno.test("scripts are stored, listed, read, renamed and deleted", async () => {
  await withMailbox(async ({ ask, watch }) => {
    const told = watch("scripts");
    assert.deepEqual(await ask("listScripts", {}), { scripts: [] });
    const made = await ask("putScript", { name: "vacation", content: "# fêté\n" });
    assert.deepEqual(made, { script: { name: "vacation", sizeBytes: 9, active: false }, created: true });
    const changed = await ask("putScript", { name: "vacation", content: KEEP });
    assert.deepEqual(changed, { script: { name: "vacation", sizeBytes: 6, active: false }, created: false });
    await ask("putScript", { name: "Ab", content: "discard;" });
    assert.deepEqual((await ask("listScripts", {})).scripts.map(({ name }) => name), ["Ab", "vacation"]);
    assert.equal((await ask("getScript", { name: "vacation" })).content, KEEP);
    assert.equal((await ask("renameScript", { from: "Ab", to: "b" })).script.name, "b");
    await faults(ask("renameScript", { from: "b", to: "vacation" }), "exists");
    await faults(ask("renameScript", { from: "b", to: "b" }), "exists");
    await faults(ask("renameScript", { from: "Ab", to: "c" }), "not_found");
    await ask("deleteScript", { name: "b" });
    for (const name of ["b", "Ab"]) {
      await faults(ask("getScript", { name }), "not_found");
      await faults(ask("deleteScript", { name }), "not_found");
      await faults(ask("setActiveScript", { name }), "not_found");
    }
    assert.equal(told.length, 5);
    const { entries } = await ask("readLog", { after: 0, limit: 100 });
    assert.deepEqual(entries.map(({ changes }) => changes.map(({ op }) => op).join()), [
      "row",
      "row",
      "row",
      "row,row",
      "row",
    ]);
  });
});

Deno.test("one script at most is active; it stays so under another name and cannot be deleted", async () => {
  await withMailbox(async ({ ask, watch }) => {
    const active = async () => {
      const { scripts } = await ask("listScripts", {});
      return scripts.filter((script) => script.active).map(({ name }) => name).join();
    };
    await ask("setActiveScript", { name: null });
    await ask("putScript", { name: "a", content: KEEP, active: true });
    await ask("putScript", { name: "b", content: KEEP });
    assert.equal(await active(), "a");
    await ask("setActiveScript", { name: "b" });
    assert.equal(await active(), "b");
    await faults(ask("deleteScript", { name: "b" }), "conflict");
    assert.equal((await ask("renameScript", { from: "b", to: "c" })).script.active, true);
    assert.equal(await active(), "c");
    await ask("renameScript", { from: "a", to: "b" });
    assert.equal(await active(), "c");
    assert.equal((await ask("putScript", { name: "c", content: "stop;" })).script.active, true);
    assert.equal((await ask("getScript", { name: "c" })).script.active, true);
    await ask("putScript", { name: "b", content: "stop;", active: false });
    await ask("setActiveScript", { name: null, instead: "b" });
    assert.equal(await active(), "c", "another one is active");
    await ask("setActiveScript", { name: null, instead: "c" });
    assert.equal(await active(), "");
    await ask("deleteScript", { name: "c" });
    await ask("putScript", { name: "b", content: "stop;", active: true });
    const told = watch("scripts");
    const { position } = await ask("hash", {});
    await ask("putScript", { name: "b", content: "stop;", active: true });
    await ask("setActiveScript", { name: "b" });
    assert.deepEqual([told.length, (await ask("hash", {})).position], [0, position], "nothing changed");
    assert.equal(
      (await ask("putScript", { name: "b", content: "stop;", active: false })).script.active,
      false,
    );
    assert.equal(await active(), "");
  });
});

const LONG = "𝒳".repeat(LIMITS.scriptNameChars);
const GOOD: [name: string, kept: string][] = [
  ["x", "x"],
  [LONG, LONG],
  ["cafe\u0301", "café"],
  ['clever"script', 'clever"script'],
  ["a/b %?#\\", "a/b %?#\\"],
  [" ", " "],
  ["...", "..."],
];
const BAD: [name: string, why: RegExp][] = [
  ["", /empty/],
  [LONG + "x", /too long/],
  ["a\nb", /not allowed/],
  ["a\u0000", /not allowed/],
  ["\u007f", /not allowed/],
  ["\u0085", /not allowed/],
  ["\u2028", /not allowed/],
  ["\u2029", /not allowed/],
  ["\ud800", /not allowed/],
  ["\ufeffa", /byte order mark/],
  [".", /dots/],
  ["..", /dots/],
];

Deno.test("names of scripts are Net-Unicode", async () => {
  for (const [name, kept] of GOOD) assert.equal(scriptName(name), kept);
  for (const [name, message] of BAD) {
    assert.throws(() => scriptName(name), { code: "invalid", message }, JSON.stringify(name));
  }
  await withMailbox(async ({ ask }) => {
    for (const [name] of GOOD) await ask("putScript", { name, content: KEEP });
    const { scripts } = await ask("listScripts", {});
    assert.deepEqual(new Set(scripts.map(({ name }) => name)), new Set(GOOD.map(([, kept]) => kept)));
    assert.equal((await ask("getScript", { name: "café" })).content, KEEP);
    for (const [name] of BAD) {
      await faults(ask("putScript", { name, content: KEEP }), "invalid");
      await faults(ask("renameScript", { from: "x", to: name }), "invalid");
    }
  });
});

Deno.test("a lost version gets the next free name, of the length that names have", () => {
  const copy = (name: string, ...there: string[]) =>
    scriptCopy({ name, content: KEEP }, (row) => there.includes(String(row.name))).name;
  assert.equal(copy("vacation"), "vacation (2)");
  assert.equal(copy("vacation", "vacation (2)", "vacation (3)"), "vacation (4)");
  assert.equal(copy("vacation (2)"), "vacation (2) (2)");
  const long = String(copy(LONG));
  assert.equal(scriptName(long), long);
  assert.equal([...long].length, LIMITS.scriptNameChars);
  assert.match(long, /^𝒳+ \(2\)$/u);
});

Deno.test("texts and their numbers are bounded, and HAVESPACE says so before", async () => {
  await withMailbox(async ({ ask }) => {
    const big = "#".repeat(LIMITS.scriptBytes);
    await ask("haveSpace", { name: "big", sizeBytes: big.length });
    await ask("putScript", { name: "big", content: big });
    const refused = async (name: string, content: string, code: FaultCode, limits = {}) => {
      await faults(ask("putScript", { name, content, limits }), code);
      await faults(
        ask("haveSpace", { name, sizeBytes: new TextEncoder().encode(content).length, limits }),
        code,
      );
    };
    await refused("big", big + "#", "too_big");
    await refused("big", big.slice(1) + "é", "too_big");
    await refused("big", "", "invalid");
    for (const content of ["a\0", "\udc00"]) {
      await faults(ask("putScript", { name: "x", content }), "invalid");
    }
    assert.equal((await ask("getScript", { name: "big" })).content, big, "what is refused changes nothing");

    const whole = LIMITS.scriptsBytes / LIMITS.scriptBytes;
    for (let n = 1; n < whole; n++) await ask("putScript", { name: `${n}`, content: big });
    await refused("last", "#", "over_quota");
    await ask("putScript", { name: "1", content: big.replace("#", "k") });
    for (let n = 1; n < whole; n++) await ask("putScript", { name: `${n}`, content: "#" });
    for (let n = whole; n < LIMITS.scripts; n++) await ask("putScript", { name: `${n}`, content: "#" });
    await refused("last", "#", "limit");
    await ask("putScript", { name: "1", content: KEEP });
    await ask("haveSpace", { name: "1", sizeBytes: 5 });
    await ask("deleteScript", { name: "2" });

    await refused("last", KEEP, "too_big", { scriptBytes: 5 });
    await refused("last", KEEP, "limit", { scripts: LIMITS.scripts - 1 });
    await refused("last", KEEP, "over_quota", { totalBytes: LIMITS.scriptBytes });
    await ask("putScript", { name: "last", content: KEEP, limits: { scripts: 1e9, totalBytes: 1e9 } });
    await refused("more", KEEP, "limit", { scripts: 1e9 });
  });
});

Deno.test("a repeat under one id changes nothing and is answered alike", async () => {
  await withMailbox(async ({ ask }) => {
    const put = () => ask("putScript", { name: "a", content: KEEP }, { requestId: "put-1" });
    const first = await put();
    await ask("deleteScript", { name: "a" });
    assert.deepEqual(await put(), first);
    assert.deepEqual((await ask("listScripts", {})).scripts, []);
  });
});

Deno.test("the check finds what no request can bring about", async () => {
  await withMailbox(async ({ ask, system }) => {
    await ask("putScript", { name: "a", content: KEEP, active: true });
    const { db } = system.disk.open("mailbox", "01kdvw8000aaaaaaaaaaaaaaaa");
    const table: [string, string][] = [
      ["UPDATE script SET name = 'b\n'", 'script "b\\n": bad name; script "a": active, but not there'],
      ["UPDATE script SET name = 'a', content = ''", 'script "a": no text'],
      ["INSERT INTO setting VALUES ('theme', 'dark')", 'script "a": no text; setting theme: not known'],
    ];
    for (const [sql, want] of table) {
      db.exec(sql);
      assert.equal((await ask("check", {})).problems.join("; "), want);
    }
    db.exec("DELETE FROM setting WHERE name = 'theme'; UPDATE script SET content = 'keep;'");
  });
});
