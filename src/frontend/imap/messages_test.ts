import { strict as assert } from "node:assert";
import { LIMITS } from "../../base/limits.ts";
import { withImap } from "./harness_test.ts";

const MULTIPART = [
  "From: A <a@a.test>",
  "Subject: parts",
  "MIME-Version: 1.0",
  'Content-Type: multipart/mixed; boundary="b"',
  "",
  "--b",
  "Content-Type: text/plain",
  "",
  "hello",
  "--b",
  "Content-Type: application/octet-stream",
  "Content-Transfer-Encoding: base64",
  "",
  "AAEC",
  "--b",
  "Content-Type: text/plain",
  "Content-Transfer-Encoding: x-rot13",
  "",
  "uryyb",
  "--b--",
  "",
].join("\r\n");

Deno.test("FETCH cuts messages into parts (RFC 3516, RFC 8474, RFC 8514, RFC 8970)", () =>
  withImap(async (test) => {
    await test.append("INBOX", MULTIPART);
    await test.open("INBOX");
    await test.play(String.raw`
      C: a1 FETCH 1 (BODY.PEEK[1] BODY.PEEK[1.MIME] BODY.PEEK[]<0.7> BODY.PEEK[9] BINARY.SIZE[2])
      S: * 1 FETCH (BODY[1] {5}
      S: hello BODY[1.MIME] {28}
      S: Content-Type: text/plain
      S:
      S:  BODY[]<0> {7}
      S: From: A BODY[9] NIL BINARY.SIZE[2] 3)
      S: a1 OK …
      C: a2 FETCH 1 BINARY.PEEK[2]
      S: * 1 FETCH (BINARY[2] ~{3}
      S: …)
      S: a2 OK …
      C: a3 FETCH 1 BINARY.PEEK[3]
      S: * 1 FETCH (BINARY[3] NIL)
      S: a3 NO [UNKNOWN-CTE] …
      C: a4 FETCH 1 (ENVELOPE BODY BODYSTRUCTURE)
      S: * 1 FETCH (ENVELOPE (NIL "parts" (("A" NIL "a" "a.test")) … BODY (("text" "plain" … "mixed") BODYSTRUCTURE (("text" "plain" … "mixed" ("boundary" "b") NIL NIL NIL))
      S: a4 OK …
      C: a5 FETCH 1 (EMAILID THREADID SAVEDATE PREVIEW)
      S: * 1 FETCH (EMAILID (…) THREADID (…) SAVEDATE "…" PREVIEW "hello…")
      S: a5 OK …
      C: a6 FETCH 1 FULL
      S: * 1 FETCH (FLAGS (\Recent) INTERNALDATE "…" RFC822.SIZE … ENVELOPE (…) BODY (…))
      S: a6 OK …
    `);
  }));

Deno.test("EXAMINE changes nothing", () =>
  withImap(async (test) => {
    await test.append();
    const connection = await test.open();
    const lines = await test.command(connection, "EXAMINE INBOX");
    assert.ok(lines.some((line) => line.startsWith("* OK [PERMANENTFLAGS ()]")));
    await test.play(String.raw`
      C: a1 FETCH 1 RFC822.TEXT
      S: * 1 FETCH (RFC822.TEXT {6}
      S: body
      S: )
      S: a1 OK …
      C: a2 FETCH 1 FLAGS
      S: * 1 FETCH (FLAGS (\Recent))
      S: a2 OK …
      C: a3 STORE 1 +FLAGS (\Seen)
      S: a3 NO [READ-ONLY] …
      C: a4 EXPUNGE
      S: a4 NO [READ-ONLY] …
      C: a5 MOVE 1 Trash
      S: a5 NO [READ-ONLY] …
      C: a6 CLOSE
      S: a6 OK …
    `);
  }));

Deno.test("COPY and MOVE tell where the messages went (RFC 4315, RFC 6851)", () =>
  withImap(async (test) => {
    for (let i = 0; i < 4; i++) await test.append();
    const connection = await test.open("INBOX");
    await test.command(connection, "CREATE Box");
    await test.play(String.raw`
      C: a1 COPY 2:3 Box
      S: a1 OK [COPYUID … 2:3 1:2] …
      C: a2 UID MOVE 1,4 Box
      S: * OK [COPYUID … 1,4 3:4] …
      S: * 4 EXPUNGE
      S: * 1 EXPUNGE
      S: a2 OK …
      C: a3 COPY 1 Nowhere
      S: a3 NO [TRYCREATE] …
      C: a4 UID COPY 77 Box
      S: a4 OK …
      C: a5 COPY 1 INBOX
      S: * 3 EXISTS
      S: * 3 RECENT
      S: a5 OK [COPYUID … 2 5] …
      C: a6 MOVE 1 INBOX
      S: * OK [COPYUID … 2 6] …
      S: * 1 EXPUNGE
      S: * 3 EXISTS
      S: * 3 RECENT
      S: a6 OK …
      C: a7 COPY 9 Box
      S: a7 BAD …
      C: a8 UID FETCH 1:* UID
      S: * 1 FETCH (UID 3)
      S: * 2 FETCH (UID 5)
      S: * 3 FETCH (UID 6)
      S: a8 OK …
    `);
  }));

Deno.test("CLOSE removes silently, UNSELECT does not", () =>
  withImap(async (test) => {
    await test.append("INBOX", "x", ["\\Deleted"]);
    const connection = await test.open("INBOX");
    assert.deepEqual(await test.command(connection, "UNSELECT"), []);
    assert.ok((await test.command(connection, "SELECT INBOX")).includes("* 1 EXISTS"));
    assert.deepEqual(await test.command(connection, "CLOSE"), []);
    assert.ok((await test.command(connection, "SELECT INBOX")).includes("* 0 EXISTS"));
    await test.play(`
      C: a1 FETCH 1:* FLAGS
      S: a1 BAD …
      C: a2 UID FETCH 1:* FLAGS
      S: a2 OK …
    `);
  }));

Deno.test("a FETCH of many pages comes whole and in order", () =>
  withImap(async (test) => {
    const count = 2300;
    const raw = new TextEncoder().encode("Subject: n\r\n\r\n");
    const { summarize } = await import("../../codec/message/summarize.ts");
    await test.mailbox.ask("append", {
      name: "INBOX",
      messages: Array.from({ length: count }, () => ({
        raw,
        summary: summarize(raw),
        flags: [],
        internalDateMs: 0,
      })),
      limits: { quotaBytes: null, messageBytes: 1000 },
    });
    const connection = await test.open("INBOX");
    const lines = await test.command(connection, "FETCH 1:* (UID BODY[TEXT])");
    assert.equal(lines.filter((line) => line.includes("FETCH (UID")).length, count);
    assert.equal(lines[0], "* 1 FETCH (UID 1 BODY[TEXT] {0}");
    assert.ok(lines[1].startsWith(" FLAGS (\\Seen"));
    assert.deepEqual(await test.command(connection, "NOOP"), []);
    assert.deepEqual(await test.command(connection, "SEARCH RETURN (COUNT) SEEN"), [
      `* ESEARCH (TAG "t") COUNT ${count}`,
    ]);
  }));

Deno.test("a client learns when no new keyword can be made", () =>
  withImap(async (test) => {
    const names = Array.from({ length: LIMITS.keywords }, (_, i) => `k${i}`);
    await test.append("INBOX", "Subject: hi\r\n\r\nbody\r\n", names);
    await test.append();
    await test.open("INBOX");
    await test.play(String.raw`
      C: a1 STORE 2 +FLAGS (k3)
      S: * 2 FETCH (FLAGS (\Recent k3))
      S: a1 OK …
      C: a2 STORE 2 +FLAGS (new)
      S: * OK [PERMANENTFLAGS (\Answered \Flagged \Deleted \Seen \Draft k0 …k99)] …
      S: a2 NO [LIMIT] …
    `);
  }));
