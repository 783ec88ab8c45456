import { LIMITS } from "../../base/limits.ts";
import { withImap } from "./harness_test.ts";
import { withSharing } from "./sharing_harness_test.ts";

Deno.test("SETQUOTA by who may, for others too (RFC 9208 §4.1.3)", () =>
  withSharing(async ({ imap, directory, play }) => {
    await play(`
      C: a1 SETQUOTA "" (STORAGE 1)
      S: a1 NO [NOPERM] …
      C: a2 GETQUOTA bob@a.test
      S: a2 NO [NONEXISTENT] …
    `);
    imap.setsQuotas = (address) => address === "alice@a.test";
    await imap.open();
    await imap.open(undefined, undefined, "bob@a.test");
    await directory.ask("updateAccount", { address: "bob@a.test", quotaBytes: 4096 });
    await play(`
      C4: b0 CAPABILITY
      S4: * CAPABILITY … QUOTASET …
      S4: b0 OK …
      C4: b1 GETQUOTA bob@a.test
      S4: * QUOTA bob@a.test (STORAGE 0 4 MESSAGE 0 20000000 MAILBOX 6 10000)
      S4: b1 OK …
      C4: b2 SETQUOTA BOB@a.test (STORAGE 512)
      S4: * QUOTA BOB@a.test (STORAGE 0 512 MESSAGE 0 20000000 MAILBOX 6 10000)
      S4: b2 OK …
      C4: b3 SETQUOTA bob@a.test ()
      S4: * QUOTA bob@a.test (STORAGE 0 … MESSAGE 0 20000000 MAILBOX 6 10000)
      S4: b3 OK …
      C4: b4 SETQUOTA bob@a.test (STORAGE 1 MESSAGE 5)
      S4: b4 NO [CANNOT] …
      C4: b5 SETQUOTA bob@a.test (STORAGE 9007199254740991)
      S4: b5 NO [CANNOT] …
      C4: b6 SETQUOTA bob@a.test (STORAGE 1 STORAGE 2)
      S4: b6 BAD …
      C4: b7 SETQUOTA nobody@a.test (STORAGE 1)
      S4: b7 NO [NONEXISTENT] …
      C4: b8 SETQUOTA "no address" (STORAGE 1)
      S4: b8 NO [NONEXISTENT] …
      C4: b9 SETQUOTA bob@a.test STORAGE 1
      S4: b9 BAD …
      C4: c1 SETQUOTA "" (STORAGE 7)
      S4: * QUOTA "" (STORAGE 0 7 MESSAGE 0 20000000 MAILBOX 6 10000)
      S4: c1 OK …
      C5: d1 SETQUOTA "" (STORAGE 9)
      S5: d1 NO [NOPERM] …
      C5: d2 GETQUOTA alice@a.test
      S5: d2 NO [NONEXISTENT] …
    `);
  }));

Deno.test("one folder too many is over the quota on folders (RFC 9208 §5.3)", async () => {
  const limits = LIMITS as unknown as { folders: number };
  const before = limits.folders;
  limits.folders = 7;
  try {
    await withImap(async (test) => {
      await test.open();
      await test.play(`
        C: a1 CREATE seven
        S: a1 OK …
        C: a2 CREATE eight
        S: a2 NO [OVERQUOTA] …
        C: a3 GETQUOTA ""
        S: * QUOTA "" (STORAGE 0 10240 MESSAGE 0 20000000 MAILBOX 7 7)
        S: a3 OK …
      `);
    });
  } finally {
    limits.folders = before;
  }
});
