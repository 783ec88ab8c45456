import { strict as assert } from "node:assert";
import { seededRandom } from "../../base/id.ts";
import { fullPattern, matchesPattern } from "./list_pattern.ts";
import { type ListRequest, selectFolders, selectSubscribed } from "./list_select.ts";

function folder(name: string, ...specialUse: string[]) {
  return { id: name, name, uidValidity: 1, specialUse, subscribed: false };
}

const FOLDERS = [
  folder("INBOX"),
  folder("Sent", "\\Sent"),
  folder("a/b/c"),
  folder("INBOX/x"),
  folder("Archive/2026", "\\Archive"),
];
const BASE: ListRequest = {
  patterns: ["*"],
  extended: true,
  subscribed: false,
  recursive: false,
  specialUse: false,
  returnSubscribed: false,
};

/** `name attributes [+]`, `+` for CHILDINFO. */
function shown(request: Partial<ListRequest>, subscriptions: string[] = []): string[] {
  return selectFolders(FOLDERS, subscriptions, { ...BASE, ...request })
    .map((e) => [e.name, ...e.attributes, ...(e.childInfo ? ["+"] : [])].join(" "));
}

Deno.test("selectFolders() answers LIST (RFC 5258)", () => {
  assert.deepEqual(shown({ patterns: ["%"] }), [
    "INBOX \\HasChildren",
    "Archive \\NonExistent \\HasChildren",
    "Sent \\HasNoChildren \\Sent",
    "a \\NonExistent \\HasChildren",
  ]);
  assert.deepEqual(shown({ patterns: ["a/%"], extended: false }), ["a/b \\Noselect \\HasChildren"]);
  assert.deepEqual(shown({ patterns: ["a/b/c", "INBOX"] }), ["INBOX \\HasChildren", "a/b/c \\HasNoChildren"]);
  assert.deepEqual(shown({ specialUse: true }), [
    "Archive/2026 \\HasNoChildren \\Archive",
    "Sent \\HasNoChildren \\Sent",
  ]);
  assert.deepEqual(shown({ specialUse: true, recursive: true, patterns: ["%"] }), [
    "Archive \\NonExistent \\HasChildren",
    "Sent \\HasNoChildren \\Sent",
  ]);
});

Deno.test("selectFolders() knows subscriptions, of missing folders too", () => {
  const subscriptions = ["INBOX", "gone/deep", "a/b/c"];
  assert.deepEqual(shown({ subscribed: true }, subscriptions), [
    "INBOX \\Subscribed \\HasChildren",
    "a/b/c \\Subscribed \\HasNoChildren",
    "gone/deep \\NonExistent \\Subscribed \\HasNoChildren",
  ]);
  assert.deepEqual(shown({ subscribed: true, recursive: true, patterns: ["%"] }, subscriptions), [
    "INBOX \\Subscribed \\HasChildren",
    "a \\NonExistent \\HasChildren +",
    "gone \\NonExistent \\HasNoChildren +",
  ]);
  // A level is not brought back by what is told itself (RFC 9051 §6.3.9.6).
  assert.deepEqual(shown({ subscribed: true, recursive: true, patterns: ["*"] }, subscriptions), [
    "INBOX \\Subscribed \\HasChildren",
    "a/b/c \\Subscribed \\HasNoChildren",
    "gone/deep \\NonExistent \\Subscribed \\HasNoChildren",
  ]);
  assert.deepEqual(shown({ subscribed: true, recursive: true, patterns: ["%", "a/b/*"] }, subscriptions), [
    "INBOX \\Subscribed \\HasChildren",
    "a/b/c \\Subscribed \\HasNoChildren",
    "gone \\NonExistent \\HasNoChildren +",
  ]);
  assert.deepEqual(shown({ patterns: ["INBOX"], returnSubscribed: true }, subscriptions), [
    "INBOX \\Subscribed \\HasChildren",
  ]);
});

Deno.test("selectSubscribed() answers LSUB", () => {
  const names = (pattern: string) =>
    selectSubscribed(["INBOX", "a/b", "c"], pattern).map((e) => [e.name, ...e.attributes].join(" "));
  assert.deepEqual(names("*"), ["INBOX", "a/b", "c"]);
  assert.deepEqual(names("%"), ["INBOX", "a \\Noselect", "c"]);
});

Deno.test("matchesPattern() agrees with a regular expression", () => {
  const random = seededRandom(3);
  const pick = (chars: string, length: number) =>
    Array.from(random.bytes(length), (byte) => chars[byte % chars.length]).join("");
  let matched = 0;
  for (let i = 0; i < 5000; i++) {
    const [a, b] = random.bytes(2);
    const name = pick("ab/", a % 9), pattern = pick("ab/*%%", b % 7);
    const source = pattern.replaceAll("*", ".*").replaceAll("%", "[^/]*");
    const want = new RegExp(`^${source}$`).test(name);
    assert.equal(matchesPattern(name, pattern), want, `${name} ~ ${pattern}`);
    assert.equal(
      matchesPattern(name, fullPattern("", pattern)),
      want,
      `${name} ~ ${fullPattern("", pattern)}`,
    );
    if (want) matched++;
  }
  assert.ok(matched > 100);
});

Deno.test("matchesPattern() is quick on patterns made to be slow", () => {
  const start = performance.now();
  assert.equal(matchesPattern("a".repeat(1000), fullPattern("", "*a%".repeat(300) + "b")), false);
  assert.ok(performance.now() - start < 1000);
});

Deno.test("fullPattern() joins and folds", () => {
  assert.equal(fullPattern("a/", "%%*%"), "a/*");
  assert.equal(fullPattern("", "inbox"), "INBOX");
  assert.equal(fullPattern("", "Inbox/%"), "INBOX/%");
  assert.equal(fullPattern("", "inboxes"), "inboxes");
});
