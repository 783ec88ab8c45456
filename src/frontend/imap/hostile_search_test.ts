import { strict as assert } from "node:assert";
import { LIMITS } from "../../base/limits.ts";
import type { FakeConnection } from "../../../tests/support/fake_connection.ts";
import { type ImapTest, withImap } from "./harness_test.ts";

async function selected(test: ImapTest): Promise<FakeConnection> {
  for (let i = 0; i < 20; i++) await test.append("INBOX", `Subject: s${i}\r\n\r\nwords ${i}\r\n`);
  while ((await test.mailbox.ask("index", {})).more);
  return await test.open("INBOX");
}

/** The tagged answer's first word; it must come soon. */
async function answer(client: FakeConnection, command: string): Promise<string> {
  const before = performance.now();
  client.send(`x ${command}\r\n`);
  for (;;) {
    const line = await client.line();
    assert.notEqual(line, null, "closed");
    if (!line!.startsWith("x ") && !line!.startsWith("* BAD")) continue;
    assert.ok(performance.now() - before < 10_000, command.slice(0, 60));
    return line!.split(" ")[1];
  }
}

Deno.test("hostile searches are answered in bounded time", () =>
  withImap(async (test) => {
    const client = await selected(test);
    const rows: [command: string, answer: RegExp][] = [
      [`SEARCH ${"1:*,".repeat(10_000)}1`, /OK/],
      [`UID SEARCH UID ${"1:4294967295,".repeat(4_000)}*`, /OK/],
      [`FETCH ${"1:*,".repeat(10_000)}1 UID`, /OK/],
      [`SORT (SUBJECT) UTF-8 ${"20:1,".repeat(10_000)}1`, /OK/],
      [`THREAD REFERENCES UTF-8 ${"*,".repeat(10_000)}1`, /OK/],
      [`SEARCH ${"NOT ".repeat(1_000)}ALL`, /BAD/],
      [`SEARCH ${"FUZZY ".repeat(1_000)}ALL`, /BAD/],
      [`SEARCH ${"(".repeat(1_000)}ALL${")".repeat(1_000)}`, /BAD/],
      [`SORT (SUBJECT) UTF-8 ${"OR ALL ".repeat(1_000)}ALL`, /BAD/],
      [`SEARCH${" TEXT a".repeat(5_000)}`, /NO|BAD/],
      [`SEARCH FUZZY (${"TEXT a ".repeat(1_000)}ALL)`, /NO|BAD/],
      [`SEARCH TEXT "${"a".repeat(60_000)}"`, /OK/],
      [`SEARCH FUZZY TEXT "${"word ".repeat(10_000)}"`, /OK/],
      [`SEARCH SUBJECT "${"ab".repeat(40_000)}"`, /BAD/],
      [`SORT (${"REVERSE SUBJECT ".repeat(3_000)}DATE) UTF-8 ALL`, /OK/],
      [`ESEARCH IN (mailboxes (${"INBOX ".repeat(9_000)}INBOX)) ALL`, /OK/],
      [`ESEARCH IN (${"personal ".repeat(6_000)}inboxes) ALL`, /OK/],
      [`CANCELUPDATE ${'"a" '.repeat(10_000)}"a"`, /BAD/],
      [`SEARCH RETURN (${"COUNT ".repeat(9_000)}MIN) ALL`, /OK/],
    ];
    for (const [command, want] of rows) {
      assert.match(await answer(client, command), want, `${command.slice(0, 60)} ${command.length}`);
      assert.equal(await answer(client, "NOOP"), "OK");
    }
    assert.ok(LIMITS.imapLineBytes < 80_000);
  }));
