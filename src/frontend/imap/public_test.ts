import { strict as assert } from "node:assert";
import type { MailboxContract } from "../../../actors/mailbox/contract.ts";
import { type SharingTest, withSharing } from "./sharing_harness_test.ts";

/** A namespace #Pond whose administration is bob's. */
async function begin(test: SharingTest): Promise<void> {
  const { id } = await test.directory.ask("createPublic", { name: "Pond" });
  const bob = await test.directory.ask("getAccount", { address: "bob@a.test" });
  await test.imap.system.ref<MailboxContract>(`mailbox:${id}`).ask("setAcl", {
    name: "INBOX",
    entry: { identifier: bob.id, rights: "lrswikxtea" },
    mode: "replace",
  });
  await test.until("bob sees it", async () =>
    (await test.directory.ask("shares", { id: bob.id })).publics.length === 1);
}

Deno.test("a public namespace is nobody's: whom it is given to makes folders, uses them and gives them on", () =>
  withSharing(async (test) => {
    await begin(test);
    await test.play(String.raw`
      C: a1 NAMESPACE
      S: * NAMESPACE (("" "/")) (("#Shared/" "/")) NIL
      S: a1 OK …
      C: a2 SELECT #Pond
      S: a2 NO …
      C2: a3 NAMESPACE
      S2: * NAMESPACE (("" "/")) (("#Shared/" "/")) (("#Pond/" "/"))
      S2: a3 OK …
      C2: a4 CREATE #Pond/Ducks/Old
      S2: a4 OK …
      C2: a5 LIST "" #*
      S2: * LIST (\HasChildren) "/" #Pond
      S2: * LIST (\HasChildren) "/" #Pond/Ducks
      S2: * LIST (\HasNoChildren) "/" #Pond/Ducks/Old
      S2: a5 OK …
      C2: a6 APPEND #Pond/Ducks {3+}
      C2: one
      S2: a6 OK …
      C2: a7 GETACL #Pond/Ducks
      S2: * ACL #Pond/Ducks bob@a.test lrswikxteacd
      S2: a7 OK …
      C2: a8 SETACL #Pond/Ducks anyone lr
      S2: a8 OK …
      C2: a9 RENAME #Pond/Ducks/Old #Pond/Old
      S2: a9 OK …
      C2: b1 DELETE #Pond
      S2: b1 NO [NOPERM] …
      C2: b2 SUBSCRIBE #Pond/Ducks
      S2: b2 OK …
      C2: b3 LSUB "" #*
      S2: * LSUB () "/" #Pond/Ducks
      S2: b3 OK …
    `);
    await test.until("alice sees it", async () => {
      const lines = await test.imap.command(
        test.sessions[0],
        'LIST "" #* RETURN (STATUS (MESSAGES) MYRIGHTS)',
      );
      return lines.length > 0;
    });
    await test.play(String.raw`
      C: c1 LIST "" #* RETURN (STATUS (MESSAGES) MYRIGHTS)
      S: * LIST (\NonExistent \HasChildren) "/" #Pond
      S: * LIST (\HasNoChildren) "/" #Pond/Ducks
      S: * MYRIGHTS #Pond/Ducks lr
      S: * STATUS #Pond/Ducks (MESSAGES 1)
      S: c1 OK …
      C: c2 NAMESPACE
      S: * NAMESPACE (("" "/")) (("#Shared/" "/")) (("#Pond/" "/"))
      S: c2 OK …
      C: c3 CREATE #Pond/Mine
      S: c3 NO [NONEXISTENT] …
      C: c4 CREATE #Pond/Ducks/Mine
      S: c4 NO [NOPERM] …
      C: c5 CREATE #Pool
      S: c5 NO [CANNOT] …
      C: c6 STATUS #Pond/Ducks (UNSEEN)
      S: * STATUS #Pond/Ducks (UNSEEN 1)
      S: c6 OK …
    `);
  }));

Deno.test("removing every user who could administer a namespace leaves it and its mail", () =>
  withSharing(async (test) => {
    await begin(test);
    await test.imap.command(test.sessions[1], "CREATE #Pond/Ducks");
    await test.imap.command(test.sessions[1], "SETACL #Pond/Ducks anyone lr");
    await test.directory.ask("removeAccount", { address: "bob@a.test" });
    await test.until("carol sees it", async () => {
      const lines = await test.imap.command(test.sessions[2], 'LIST "" #*');
      return lines.includes('* LIST (\\HasNoChildren) "/" #Pond/Ducks');
    });
    await test.directory.ask("removePublic", { name: "Pond" });
    assert.deepEqual(await test.imap.command(test.sessions[2], 'LIST "" #*'), []);
  }));
