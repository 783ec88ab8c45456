import type { MailboxContract } from "../../../actors/mailbox/contract.ts";
import { begin, SHARED, withSharing } from "./sharing_harness_test.ts";

Deno.test("NOTIFY tells of folders that others share, as far as rights go (RFC 5465 §6)", () =>
  withSharing(async (test) => {
    await begin(test);
    await test.imap.command(test.sessions[0], "CREATE Secret");
    await test.share("Work", "bob@a.test", "lr");
    await test.play(String.raw`
      C2: a1 NOTIFY SET STATUS (subtree #Shared (MessageNew MessageExpunge FlagChange MailboxName MailboxMetadataChange))
      S2: * STATUS #Shared/alice@a.test/Work (MESSAGES 1 UIDNEXT 2 UIDVALIDITY …
      S2: a1 OK …
      C: a2 APPEND Secret {3+}
      C: one
      S: a2 OK …
      C: a3 APPEND Work {3+}
      C: two
      S: a3 OK …
      S2: * STATUS #Shared/alice@a.test/Work (MESSAGES 2 UIDNEXT 3…
      C: a4 SETMETADATA Work (/shared/comment "x" /private/comment "y")
      S: a4 OK …
      S2: * METADATA #Shared/alice@a.test/Work /shared/comment
      C: a5 SETACL Secret bob@a.test l
      S: a5 OK …
      S2: * LIST (\HasNoChildren) "/" #Shared/alice@a.test/Secret
      C: a6 APPEND Secret {3+}
      C: two
      S: a6 OK …
      C: a7 CREATE Work/Below
      S: a7 OK …
      S2: * LIST (\HasNoChildren) "/" #Shared/alice@a.test/Work/Below
      C: a8 DELETEACL Secret bob@a.test
      S: a8 OK …
      S2: * LIST (\NonExistent) "/" #Shared/alice@a.test/Secret
      C: a9 RENAME Work/Below Work/Above
      S: a9 OK …
      S2: * LIST (\NonExistent) "/" #Shared/alice@a.test/Work/Below
      S2: * LIST (\HasNoChildren) "/" #Shared/alice@a.test/Work/Above
      C2: b1 NOTIFY SET (personal (MessageNew MessageExpunge))
      S2: b1 OK …
      C: b2 APPEND Work {3+}
      C: two
      S: b2 OK …
      C2: b3 NOOP
      S2: b3 OK …
    `);
  }));

Deno.test("NOTIFY hears of a mailbox that is shared later, of subscriptions and of public folders", () =>
  withSharing(async (test) => {
    await begin(test);
    const { id } = await test.directory.ask("createPublic", { name: "Pond" });
    const pond = test.imap.system.ref<MailboxContract>(`mailbox:${id}`);
    await test.play(String.raw`
      C2: a1 NOTIFY SET (subscribed (MessageNew MessageExpunge FlagChange)) (mailboxes #Pond (MailboxName))
      S2: a1 OK …
    `);
    await pond.ask("setAcl", {
      name: "INBOX",
      entry: { identifier: "anyone", rights: "lrk" },
      mode: "replace",
    });
    await test.share("Work", "bob@a.test", "lrs");
    await test.play(String.raw`
      S2: * LIST (\HasNoChildren) "/" #Pond
      C2: a2 SUBSCRIBE ${SHARED}
      S2: a2 OK …
    `);
    await test.imap.command(test.sessions[0], "SELECT Work");
    await test.play(String.raw`
      C: a3 STORE 1 +FLAGS (\Seen)
      S: …
      S: a3 OK …
      S2: * STATUS #Shared/alice@a.test/Work (UIDVALIDITY … UNSEEN 0)
    `);
  }));
