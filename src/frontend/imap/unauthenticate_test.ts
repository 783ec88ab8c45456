import { strict as assert } from "node:assert";
import { Progress } from "./progress.ts";
import type { Session } from "./session.ts";
import { withImap } from "./harness_test.ts";

Deno.test("UNAUTHENTICATE takes everything back but TLS (RFC 8437 §3, §4.1)", () =>
  withImap(async (test) => {
    await test.append();
    await test.open("INBOX", "QRESYNC IMAP4rev2 UTF8=ACCEPT");
    await test.command(test.connections[0], "NOTIFY SET (PERSONAL (MessageNew MessageExpunge))");
    await test.play(String.raw`
      C: a1 UNAUTHENTICATE now
      S: a1 BAD …
      C: a2 UNAUTHENTICATE
      S: a2 OK …
      C: a3 LIST "" *
      S: a3 BAD …
      C: a4 UNAUTHENTICATE
      S: a4 BAD …
      C: a5 CAPABILITY
      S: * CAPABILITY … AUTH=PLAIN …
      S: a5 OK …
    `);
    await test.append();
    test.change("credentials"); // of the account that the session had
    await test.play(String.raw`
      C: b1 LOGIN alice@a.test wrong
      S: b1 NO [AUTHENTICATIONFAILED] …
      C: b2 LOGIN alice@a.test secret
      S: b2 OK [CAPABILITY … UNAUTHENTICATE …] …
      C: b3 ENABLE QRESYNC
      S: * ENABLED QRESYNC
      S: b3 OK …
      C: b4 UNAUTHENTICATE
      C: b5 LOGIN alice@a.test secret
      S: b4 OK …
      S: b5 OK …
      C: b6 SELECT INBOX (QRESYNC (1 1))
      S: b6 BAD …
      C: b7 COMPRESS DEFLATE
      S: b7 OK …
    `);
  }));

Deno.test("a long command tells how far it is (RFC 9585)", () =>
  withImap(async (test) => {
    const written: string[] = [];
    const { clock } = test;
    // Only what a session is asked for here.
    const session = {
      context: { clock },
      write: (text: string) => void written.push(text),
      flush: () => Promise.resolve(),
    } as unknown as Session;
    const progress = new Progress(session, "A001");
    await progress.tell(10, 1000);
    clock.advance(10_000);
    await progress.tell(454, 1000);
    await progress.tell(500, 1000);
    clock.advance(10_000);
    await progress.tell(1000, 1000);
    assert.deepEqual(written, ['* OK [INPROGRESS ("A001" 454 1000)] 45% of the messages\r\n']);
  }));

Deno.test("$Important and \\Important (RFC 8457 §2, §3)", () =>
  withImap(async (test) => {
    await test.append();
    await test.open("INBOX");
    await test.play(String.raw`
      C: a1 CREATE "Important Messages" (USE (\Important))
      S: a1 OK …
      C: a2 LIST "" "Imp*"
      S: * LIST (\HasNoChildren \Important) "/" "Important Messages"
      S: a2 OK …
      C: a3 CREATE Other (USE (\Important))
      S: a3 NO [USEATTR] …
      C: a4 STORE 1 +FLAGS.SILENT ($Important)
      S: a4 OK …
      C: a5 SEARCH KEYWORD $Important UNFLAGGED
      S: * SEARCH 1
      S: a5 OK …
    `);
  }));
