import { strict as assert } from "node:assert";
import type { DirectoryContract } from "../../../actors/directory/contract.ts";
import { withImap } from "./harness_test.ts";

Deno.test("rights on own folders are set, told (also by LIST) and taken away (RFC 4314 §3; RFC 8440 §3)", () =>
  withImap(async (test) => {
    const directory = test.system.ref<DirectoryContract>("directory:main");
    await directory.ask("createDomain", { name: "a.test" });
    await directory.ask("createAccount", { address: "bob@a.test", passwordHash: "$argon2id$v=19$test" });
    await directory.ask("createGroup", { address: "team@a.test", members: ["bob@a.test"] });
    await test.open();
    await test.play(String.raw`
      C: a1 CREATE Work
      S: a1 OK …
      C: a2 GETACL Work
      S: * ACL Work alice@a.test lrswipkxteacd
      S: a2 OK …
      C: a3 SETACL Work bob@a.test lrswida
      S: a3 OK …
      C: a4 SETACL Work -bob +s
      S: a4 OK …
      C: a5 SETACL Work $team lrk
      S: a5 OK …
      C: a6 SETACL Work "anyone" l
      S: a6 OK …
      C: a7 GETACL Work
      S: * ACL Work alice@a.test lrswipkxteacd -bob@a.test s bob@a.test lrswitead anyone l group:team@a.test lrkc
      S: a7 OK …
      C: a8 SETACL Work bob@a.test -d
      S: a8 OK …
      C: a9 DELETEACL Work anyone
      S: a9 OK …
      C: b1 DELETEACL Work -bob
      S: b1 OK …
      C: b2 SETACL Work team ""
      S: b2 OK …
      C: b3 GETACL Work
      S: * ACL Work alice@a.test lrswipkxteacd bob@a.test lrswia
      S: b3 OK …
      C: b4 MYRIGHTS Work
      S: * MYRIGHTS Work lrswipkxteacd
      S: b4 OK …
      C: b5 LISTRIGHTS Work bob@a.test
      S: * LISTRIGHTS Work bob@a.test "" l r s w i p k x t e a c d
      S: b5 OK …
      C: b6 LISTRIGHTS Work alice@a.test
      S: * LISTRIGHTS Work alice@a.test lrswipkxteacd
      S: b6 OK …
      C: c1 SETACL Work nobody@a.test lr
      S: c1 NO …
      C: c2 SETACL Work bob@a.test lz
      S: c2 BAD …
      C: c3 SETACL Nowhere bob@a.test l
      S: c3 NO [NONEXISTENT] …
      C: c4 SETACL Work alice@a.test l
      S: c4 NO [CANNOT] …
      C: c5 GETACL
      S: c5 BAD …
      C: c6 LIST "" (INBOX Work) RETURN (MYRIGHTS)
      S: * LIST (\HasNoChildren) "/" INBOX
      S: * MYRIGHTS INBOX lrswipkxteacd
      S: * LIST (\HasNoChildren) "/" Work
      S: * MYRIGHTS Work lrswipkxteacd
      S: c6 OK …
    `);
    const [capability] = await test.command(test.connections[0], "CAPABILITY");
    for (const word of ["ACL", "RIGHTS=texk", "LIST-MYRIGHTS"]) {
      assert.ok(capability.split(" ").includes(word), word);
    }
  }));
