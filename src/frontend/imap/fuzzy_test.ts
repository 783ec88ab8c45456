import { withImap } from "./harness_test.ts";

Deno.test("FUZZY finds words in any order, and says what fits best (RFC 6203)", () =>
  withImap(async (test) => {
    for (const subject of ["IMAP break", "breaking news of IMAP", "nothing", "Break the IMAPs"]) {
      await test.append(
        "INBOX",
        `Subject: ${subject}\r\n\r\nabout ${subject.split(" ").reverse().join(" ")}\r\n`,
      );
    }
    while ((await test.mailbox.ask("index", {})).more);
    await test.open("INBOX");
    await test.play(String.raw`
      C: a1 SEARCH FUZZY SUBJECT "imap break"
      S: * SEARCH 1 2 4
      S: a1 OK …
      C: a2 SEARCH SUBJECT "imap break"
      S: * SEARCH 1
      S: a2 OK …
      C: a3 SEARCH RETURN (RELEVANCY ALL) FUZZY SUBJECT "imap break"
      S: * ESEARCH (TAG "a3") ALL 1:2,4 RELEVANCY (100 50 50)
      S: a3 OK …
      C: a4 SORT RETURN (RELEVANCY ALL) (RELEVANCY REVERSE ARRIVAL) UTF-8 FUZZY (BODY "imaps break")
      S: * ESEARCH (TAG "a4") ALL 4 RELEVANCY (50)
      S: a4 OK …
      C: a5 SORT (RELEVANCY REVERSE SUBJECT) UTF-8 FUZZY TEXT "imap break"
      S: * SORT 1 2 4
      S: a5 OK …
      C: a6 SORT (REVERSE RELEVANCY SUBJECT) UTF-8 FUZZY TEXT "imap break"
      S: * SORT 4 2 1
      S: a6 OK …
      C: a7 SEARCH RETURN (RELEVANCY) SUBJECT x
      S: a7 BAD …
      C: a8 SORT (RELEVANCY) UTF-8 SUBJECT x
      S: a8 BAD …
      C: a9 SEARCH FUZZY
      S: a9 BAD …
      C: b1 SEARCH NOT FUZZY SUBJECT "imap break"
      S: * SEARCH 3
      S: b1 OK …
      C: b2 SEARCH FUZZY (OR UNSEEN SUBJECT "(*\"") 3
      S: * SEARCH 3
      S: b2 OK …
      C: b3 ESEARCH RETURN (RELEVANCY COUNT) FUZZY SUBJECT "break imap"
      S: * ESEARCH (TAG "b3" MAILBOX INBOX UIDVALIDITY …) UID COUNT 3 RELEVANCY (50 50 50)
      S: b3 OK …
      C: b4 SETMETADATA "" (/private/filters/values/breaks "SUBJECT \"imap break\"")
      S: b4 OK …
      C: b5 SEARCH FUZZY (FILTER breaks)
      S: * SEARCH 1 2 4
      S: b5 OK …
      C: b6 SEARCH FUZZY FILTER none
      S: b6 NO [UNDEFINED-FILTER none] …
    `);
  }));
