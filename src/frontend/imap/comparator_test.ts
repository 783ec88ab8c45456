import { withImap } from "./harness_test.ts";

Deno.test("COMPARATOR tells the one comparator, and chooses it by patterns (RFC 5255 §4.7 to §4.9)", () =>
  withImap(async (test) => {
    await test.connect();
    await test.play(String.raw`
      C: a0 COMPARATOR
      S: a0 BAD …
      C: a1 LOGIN alice@a.test secret
      S: a1 OK [CAPABILITY … I18NLEVEL=2 …] …
      C: a2 COMPARATOR
      S: * COMPARATOR i;unicode-casemap
      S: a2 OK …
      C: a3 COMPARATOR "cz;*" i;basic
      S: a3 NO [BADCOMPARATOR] …
      C: a4 COMPARATOR cz;foo "I;Uni*map"
      S: * COMPARATOR i;unicode-casemap
      S: a4 OK …
      C: a5 COMPARATOR default
      S: * COMPARATOR i;unicode-casemap
      S: a5 OK …
      C: a6 COMPARATOR "*"
      S: * COMPARATOR i;unicode-casemap
      S: a6 OK …
      C: a7 COMPARATOR "+i;*-*"
      S: * COMPARATOR i;unicode-casemap
      S: a7 OK …
      C: a8 COMPARATOR -i;unicode-casemap
      S: a8 NO [BADCOMPARATOR] …
      C: a9 COMPARATOR "i;unicode-casemap*casemap"
      S: a9 NO [BADCOMPARATOR] …
      C: b1 COMPARATOR "i unicode"
      S: b1 BAD …
      C: b2 COMPARATOR ""
      S: b2 BAD …
    `);
  }));

Deno.test("SEARCH, SORT and THREAD compare by i;unicode-casemap after decoding (RFC 5255 §4.2, §4.6)", () =>
  withImap(async (test) => {
    const text = (words: string) => btoa(String.fromCharCode(...new TextEncoder().encode(words)));
    for (const subject of ["ÖDE", "ödE b", "ΟΔΟΣΑ", "Ode"]) {
      await test.append("INBOX", `Subject: =?utf-8?b?${text(subject)}?=\r\n\r\nx\r\n`);
    }
    // A charset that nobody knows, and octets that are none of the charset that is named.
    await test.append("INBOX", "Subject: =?x-unknown?q?ode?=\r\n\r\n");
    const connection = await test.open("INBOX", "IMAP4rev2");
    const literal = (word: string) => {
      const octets = String.fromCharCode(...new TextEncoder().encode(word));
      return `{${octets.length}+}\n        C: ${octets}`;
    };
    await test.play(`
      C: a1 SEARCH CHARSET UTF-8 SUBJECT ${literal("öde")}
      S: * ESEARCH (TAG "a1") ALL 1:2
      S: a1 OK …
      C: a2 SEARCH CHARSET UTF-8 SUBJECT ${literal("δοσ")}
      S: * ESEARCH (TAG "a2") ALL 3
      S: a2 OK …
      C: a3 SEARCH CHARSET UTF-8 SUBJECT ${literal("o\u0308dE B")}
      S: * ESEARCH (TAG "a3") ALL 2
      S: a3 OK …
    `);
    while ((await test.mailbox.ask("index", {})).more);
    await test.play(`
      C: b1 SEARCH CHARSET UTF-8 SUBJECT ${literal("öde")}
      S: * ESEARCH (TAG "b1") ALL 1:2
      S: b1 OK …
      C: b2 SEARCH CHARSET UTF-8 TEXT ${literal("δος")}
      S: * ESEARCH (TAG "b2") ALL 3
      S: b2 OK …
      C: b3 SORT (SUBJECT) UTF-8 1:4
      S: * SORT 4 1 2 3
      S: b3 OK …
    `);
    await test.command(connection, "NOOP");
  }));
