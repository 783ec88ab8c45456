import { strict as assert } from "node:assert";
import { join } from "node:path";
import { fromLatin1, latin1 } from "../../base/bytes.ts";
import { seededRandom } from "../../base/id.ts";
import { type ArchivedMessage, folderOf, folderPath, withCrlf } from "./archive.ts";
import { FORMATS, guessFormat } from "./formats.ts";

const FOLDERS = ["INBOX", "Work", "Work/2026.Q1", "Entwürfe & Café", "a b/%2F/c:d", "Empty"];
const KEYWORDS = Array.from({ length: 30 }, (_, i) => `Word${i}`);

const message = (
  folder: string,
  uid: number,
  text: string,
  flags: string[] = [],
  dateMs = 1_700_000_000_123,
) => ({
  folder,
  uid,
  flags,
  dateMs,
  raw: latin1(text),
});

const MESSAGES: ArchivedMessage[] = [
  message("INBOX", 1, "Subject: a\r\n\r\nFrom me\r\n>From you\r\n\r\nFrom x\r\n", [
    "\\Seen",
    "\\Flagged",
    "$Junk",
  ]),
  message("INBOX", 2, "Subject: no end\r\n\r\nlast line has none"),
  message("INBOX", 10, "Subject: bare\n\nlines\nend\n", ["\\Deleted", "\\Draft"]),
  message("INBOX", 11, "Subject: mixed\r\n\r\na\rb\nc\0\xff\r\n\r\n\r\n", ["\\Answered"], 1_000),
  message("INBOX", 12, "X-Mallard-Size: 1\r\nStatus: RO\r\n\r\nx\r\n"),
  message("Work", 1, "\r\nno header\r\n", KEYWORDS),
  message("Work/2026.Q1", 7, "S: deep\r\n\r\n", ["\\Seen"]),
  message("Entwürfe & Café", 1, "S: x\r\n\r\n" + "Ж".repeat(2).replaceAll("Ж", "\xd0\x96")),
  message("a b/%2F/c:d", 1, "\n"),
];

const sorted = (flags: readonly string[]) => [...flags].sort();
const plain = (
  { folder, flags, dateMs, raw }: ArchivedMessage,
) => [folder, sorted(flags), dateMs, fromLatin1(raw)];

for (const [name, format] of FORMATS) {
  Deno.test(`${name}: bytes, flags, dates and empty folders come back`, async () => {
    const folder = await Deno.makeTempDir();
    const path = join(folder, "archive");
    const writer = await format.create(path);
    for (const name of FOLDERS) {
      await writer.folder(name);
      for (const one of MESSAGES) if (one.folder === name) await writer.add(one);
    }
    await writer.close();
    assert.equal((await guessFormat(path)).name, name);
    const entries = await Array.fromAsync(format.read(path));
    const folders = entries.filter((entry) => entry.kind === "folder").map((entry) => entry.name);
    for (const wanted of FOLDERS) {
      assert.ok(wanted === "INBOX" || folders.includes(wanted), `${wanted} of ${folders}`);
    }
    const got = entries.filter((entry) => entry.kind === "message").map((entry) => plain(entry.message));
    const inFolder = (list: unknown[][], name: string) => list.filter(([folder]) => folder === name);
    for (const name of FOLDERS) {
      assert.deepEqual(inFolder(got, name), inFolder(MESSAGES.map(plain), name), name);
    }
    await assert.rejects(async () => await format.create(path), "what is there is not touched");
    await Deno.remove(folder, { recursive: true });
  });
}

Deno.test("an mbox of another program: LF line ends, quoted From, status lines as flags", async () => {
  const file = await Deno.makeTempFile();
  await Deno.writeTextFile(
    file,
    "From a@b.test Sat Nov 21 10:11:12 2026\nSubject: one\nStatus: RO\nX-Status: A\nX-Keywords: hot\n\n>From the start\n\n" +
      "From c@d.test Sun Nov 22 00:00:00 2026\nSubject: two\n\nbody\n",
  );
  assert.equal((await guessFormat(file)).name, "mbox");
  const entries = await Array.fromAsync(FORMATS.get("mbox")!.read(file));
  const got = entries.filter((entry) => entry.kind === "message").map(({ message }) => plain(message));
  assert.deepEqual(got, [
    [
      "INBOX",
      ["\\Answered", "\\Seen", "hot"],
      Date.UTC(2026, 10, 21, 10, 11, 12),
      "Subject: one\r\n\r\nFrom the start\r\n",
    ],
    ["INBOX", [], Date.UTC(2026, 10, 22), "Subject: two\r\n\r\nbody\r\n"],
  ]);
  await Deno.remove(file);
});

Deno.test("files dropped into an eml tree by hand are taken", async () => {
  const root = await Deno.makeTempDir();
  await Deno.mkdir(join(root, "Old mail"));
  await Deno.writeTextFile(join(root, "Old mail", "letter.EML"), "Subject: x\n\nhi\n");
  await Deno.utime(join(root, "Old mail", "letter.EML"), 1000, 1000);
  const entries = await Array.fromAsync(FORMATS.get("eml")!.read(root));
  assert.deepEqual(entries.map((entry) => entry.kind === "folder" ? entry.name : plain(entry.message)), [
    "Old mail",
    ["Old mail", [], 1_000_000, "Subject: x\r\n\r\nhi\r\n"],
  ]);
  await Deno.remove(root, { recursive: true });
});

Deno.test("folderPath() makes safe names and can be undone", () => {
  const random = seededRandom(7);
  const alphabet = "ab.%/\\: é~";
  for (let i = 0; i < 2000; i++) {
    const name = [...random.bytes(1 + i % 8)].map((byte) => alphabet[byte % alphabet.length]).join("")
      .split("/").filter((level) => level !== "").join("/");
    if (!name) continue;
    const path = folderPath(name);
    assert.equal(folderOf(path), name);
    assert.ok(path.split("/").every((part) => part && !/^\.|[\\:]/.test(part)), path);
  }
  assert.equal(folderPath("../.."), "%2E%2E/%2E%2E");
});

Deno.test("withCrlf() mends text with LF and leaves the rest", () => {
  for (
    const [text, expected] of [["a\nb\n", "a\r\nb\r\n"], ["\n\n", "\r\n\r\n"], ["a\r\nb\n", "a\r\nb\n"], [
      "ab",
      "ab",
    ], [
      "",
      "",
    ], ["a\nb\r\nc", "a\r\nb\r\nc"]]
  ) assert.equal(fromLatin1(withCrlf(latin1(text))), expected);
});
