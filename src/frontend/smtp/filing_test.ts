import { strict as assert } from "node:assert";
import type { MailboxContract } from "../../../actors/mailbox/contract.ts";
import { type LocalWorld, withWorld } from "../../../tests/support/local_world.ts";
import { expect, hello, lines } from "./harness_test.ts";
import { serveSmtp } from "./server.ts";

/** Scripts that file into folders of others: who may not ends with the message in INBOX. */

const ALICE = "alice@a.test", BOB = "bob@a.test";
const TEAM = `#Shared/${BOB}/Team`;

/** What goes from mailbox to mailbox by way of outboxes. */
const settled = () => new Promise((resolve) => setTimeout(resolve, 20));

async function send(world: LocalWorld): Promise<void> {
  const connection = world.connect(serveSmtp);
  await hello(connection);
  await expect(connection, "MAIL FROM:<x@y.test>", /^250/);
  await expect(connection, `RCPT TO:<${ALICE}>`, /^250/);
  await expect(connection, "DATA", /^354/);
  const [reply] = await lines(connection, "Subject: hi\r\n\r\nbody\r\n.");
  assert.match(reply, /^250/);
  await settled();
}

async function counts(world: LocalWorld, id: string): Promise<Record<string, number>> {
  const mailbox = world.local.ref<MailboxContract>(`mailbox:${id}`);
  const { folders } = await mailbox.ask("listFolders", {});
  const statuses = await Promise.all(folders.map(({ name }) => mailbox.ask("status", { name })));
  return Object.fromEntries(
    statuses.filter(({ messages }) => messages > 0).map(({ name, messages }) => [name, messages]),
  );
}

interface Case {
  /** Alice's rights on Bob's folder. */
  rights?: string;
  script: string;
  alice: Record<string, number>;
  bob: Record<string, number>;
  /** Codes of refusals. */
  refused?: string[];
  notes?: string[];
  quotaBytes?: number;
}

const file = (names: string[], extensions = "") =>
  `require ["fileinto"${extensions}]; ${names.map((name) => `fileinto ${name};`).join(" ")}`;

const CASES: Record<string, Case> = {
  "with i the copy is there and nowhere else": {
    script: file([`"${TEAM}"`]),
    alice: {},
    bob: { Team: 1 },
  },
  "without i it is in INBOX": {
    rights: "lr",
    script: file([`"${TEAM}"`]),
    alice: { INBOX: 1 },
    bob: {},
    refused: ["denied"],
  },
  "who may not know of the folder is not told of it": {
    script: file([`"#Shared/${BOB}/Secret"`]),
    alice: { INBOX: 1 },
    bob: {},
    refused: ["not_found"],
  },
  "an owner who shares nothing, or is none": {
    script: file(['"#Shared/carol@a.test/Team"', '"#Shared/nobody@a.test/Team"', '"#Nowhere/x"']),
    alice: { INBOX: 1 },
    bob: {},
    notes: [
      "no folder #Shared/carol@a.test/Team: kept in INBOX",
      "no folder #Shared/nobody@a.test/Team: kept in INBOX",
      "no folder #Nowhere/x: kept in INBOX",
    ],
  },
  "an owner who is over quota": {
    script: file([`"${TEAM}"`]),
    quotaBytes: 10,
    alice: { INBOX: 1 },
    bob: {},
    refused: ["over_quota"],
  },
  ":copy keeps one here too": {
    script: file([`:copy "${TEAM}"`], ', "copy"'),
    alice: { INBOX: 1 },
    bob: { Team: 1 },
  },
  "a refused copy is not a second one in INBOX": {
    rights: "lr",
    script: file([`:copy "${TEAM}"`], ', "copy"'),
    alice: { INBOX: 1 },
    bob: {},
    refused: ["denied"],
  },
  "of two refused copies one is in INBOX": {
    script: file([`"#Shared/${BOB}/Secret"`, `"#Shared/${BOB}/None"`]),
    alice: { INBOX: 1 },
    bob: {},
    refused: ["not_found", "not_found"],
  },
  "two folders of others and an own one, each once": {
    script: file([`"${TEAM}"`, `"${TEAM}"`, `"${TEAM}/Old"`, '"Lists"']),
    alice: { Lists: 1 },
    bob: { Team: 1, "Team/Old": 1 },
  },
  "more folders of others than one message may go to": {
    script: file([`"${TEAM}"`, ...Array.from({ length: 10 }, (_, i) => `"#Shared/${BOB}/None${i}"`)]),
    alice: { INBOX: 1 },
    bob: { Team: 1 },
    refused: Array<string>(9).fill("not_found"),
    notes: [`too many copies for others, not in #Shared/${BOB}/None9: kept in INBOX`],
  },
  ":create needs k": {
    script: file([`:create "${TEAM}/New"`], ', "mailbox"'),
    alice: { INBOX: 1 },
    bob: {},
    refused: ["denied"],
  },
  ":create with k": {
    rights: "lrik",
    script: file([`:create "${TEAM}/New"`], ', "mailbox"'),
    alice: {},
    bob: { "Team/New": 1 },
  },
  "mailboxexists knows with whom there is something in common": {
    script: `require ["fileinto", "mailbox"];
      if mailboxexists "${TEAM}" { fileinto "${TEAM}"; }
      if mailboxexists "#Shared/carol@a.test/Team" { fileinto "Lists"; }`,
    alice: {},
    bob: { Team: 1 },
  },
};

for (const [name, one] of Object.entries(CASES)) {
  Deno.test(`filing elsewhere: ${name}`, () =>
    withWorld(async (world) => {
      const alice = await world.account(ALICE), carol = await world.account("carol@a.test");
      const bob = await world.account(BOB, { quotaBytes: one.quotaBytes });
      const owner = world.mailbox(BOB);
      for (const folder of ["Team", "Team/Old", "Secret"]) await owner.ask("createFolder", { name: folder });
      for (const folder of ["Team", "Team/Old"]) {
        const entry = { identifier: alice.id, rights: one.rights ?? "lri" };
        await owner.ask("setAcl", { name: folder, entry, mode: "replace" });
      }
      await world.mailbox(ALICE).ask("createFolder", { name: "Lists" });
      await world.mailbox(ALICE).ask("putScript", { name: "main", content: one.script, active: true });
      await settled();
      await send(world);
      assert.deepEqual(await counts(world, alice.id), one.alice);
      assert.deepEqual(await counts(world, bob.id), one.bob);
      assert.deepEqual(await counts(world, carol.id), {});
      assert.deepEqual(world.events("sieve.copy_refused").map(({ code }) => code), one.refused ?? []);
      assert.deepEqual(world.events("delivery")[0].notes, one.notes);
      assert.equal(world.events("delivery").length, 1);
    }));
}

Deno.test("filing elsewhere: flags as the rights let (RFC 4314 §4)", () =>
  withWorld(async (world) => {
    const alice = await world.account(ALICE);
    await world.account(BOB);
    const owner = world.mailbox(BOB);
    await owner.ask("createFolder", { name: "Team" });
    const flagged = async (rights: string) => {
      const entry = { identifier: alice.id, rights };
      await owner.ask("setAcl", { name: "Team", entry, mode: "replace" });
      await settled();
      await send(world);
      const { id } = await owner.ask("status", { name: "Team" });
      const { rows } = await owner.ask("fetch", { folder: id, uids: [1, 0xffffffff], items: {} });
      const { flags, keywords } = rows.at(-1)!;
      return [flags, keywords];
    };
    const content = `require ["fileinto", "imap4flags"];
      fileinto :flags ["\\\\Flagged", "\\\\Deleted", "work"] "${TEAM}";`;
    await world.mailbox(ALICE).ask("putScript", { name: "main", content, active: true });
    assert.deepEqual(await flagged("li"), [0, ""]);
    assert.deepEqual(await flagged("liw"), [4, "work"]);
    assert.deepEqual(await flagged("lit"), [8, ""]);
  }));

Deno.test("filing elsewhere: a public folder by a group's right, and a private namespace as its owner", () =>
  withWorld(async (world) => {
    const alice = await world.account(ALICE);
    await world.directory.ask("createGroup", { address: "team@a.test", members: [ALICE] });
    const pond = await world.directory.ask("createPublic", { name: "Pond" });
    const space = await world.directory.ask("createSpace", { account: ALICE, name: "Work" });
    const mailbox = world.local.ref<MailboxContract>(`mailbox:${pond.id}`);
    await mailbox.ask("setAcl", {
      name: "INBOX",
      entry: { identifier: "group:team@a.test", rights: "lrik" },
      mode: "replace",
    });
    await settled();
    const content = file(
      ['"#Pond"', ':create "#Pond/Frogs"', '"#Pond/None"', ':create "#Work/Jobs"'],
      ', "mailbox"',
    );
    await world.mailbox(ALICE).ask("putScript", { name: "main", content, active: true });
    await send(world);
    assert.deepEqual(await counts(world, pond.id), { INBOX: 1, "INBOX/Frogs": 1 });
    assert.deepEqual(await counts(world, space.id), { "INBOX/Jobs": 1 });
    assert.deepEqual(await counts(world, alice.id), { INBOX: 1 });
  }));
