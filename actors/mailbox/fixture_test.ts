import { strict as assert } from "node:assert";
import type { ActorRef } from "../../src/actor/actor.ts";
import { LocalSystem } from "../../src/actor/local.ts";
import { latin1 } from "../../src/base/bytes.ts";
import { ManualClock } from "../../src/base/clock.ts";
import { Fault, type FaultCode } from "../../src/base/fault.ts";
import { seededRandom } from "../../src/base/id.ts";
import { summarize } from "../../src/codec/message/summarize.ts";
import { mailboxActor } from "./actor.ts";
import type { FetchRow, FolderStatus, MailboxContract, NewMessage, StorageLimits } from "./contract.ts";

export const NO_LIMITS: StorageLimits = { quotaBytes: null, messageBytes: 100_000_000 };

/** An account id made on 2026-01-01. */
export const MAILBOX_NAME = "01kdvw8000aaaaaaaaaaaaaaaa";

/** A mailbox of its own in memory, for one test. */
export interface TestMailbox {
  clock: ManualClock;
  system: LocalSystem;
  ask: ActorRef<MailboxContract>["ask"];
  /** Appends to INBOX (or another folder) and says the UID. */
  add(raw?: string | Uint8Array, flags?: string[], folder?: string): Promise<number>;
  status(name?: string): Promise<FolderStatus>;
  /** All rows of a folder. */
  rows(name?: string): Promise<FetchRow[]>;
  uids(name?: string): Promise<number[]>;
  /** Events of a topic from now on. */
  watch(topic: string): unknown[];
}

/** Runs a test with a fresh mailbox, and its invariants after it. */
export async function withMailbox(
  run: (mailbox: TestMailbox) => Promise<void>,
  name = MAILBOX_NAME,
): Promise<void> {
  const clock = new ManualClock();
  const system = new LocalSystem({ clock, random: seededRandom(7), actors: [mailboxActor] });
  const { ask } = system.ref<MailboxContract>(`mailbox:${name}`);
  const mailbox: TestMailbox = {
    clock,
    system,
    ask,
    async add(raw = "Subject: x\r\n\r\nhello\r\n", flags = [], folder = "INBOX") {
      const reply = await ask("append", {
        name: folder,
        messages: [newMessage(raw, flags)],
        limits: NO_LIMITS,
      });
      return reply.uids[0];
    },
    status: (folder = "INBOX") => ask("status", { name: folder }),
    async rows(folder = "INBOX") {
      const { id } = await ask("status", { name: folder });
      const reply = await ask("fetch", { folder: id, uids: [1, 0xffffffff], items: {}, limitRows: 20_000 });
      assert.equal(reply.next, null);
      return reply.rows;
    },
    uids: async (folder = "INBOX") => (await mailbox.rows(folder)).map((row) => row.uid),
    watch(topic) {
      const events: unknown[] = [];
      system.watch(
        `mailbox:${name}`,
        topic,
        (event) => void events.push(event.kind === "event" ? event.event : event),
      );
      return events;
    },
  };
  await run(mailbox);
  assert.deepEqual(system.checkAll(), []);
  await system.close();
}

/** A message on its way in. */
export function newMessage(
  raw: string | Uint8Array,
  flags: string[] = [],
  internalDateMs = 1_767_225_600_000,
): NewMessage {
  const bytes = typeof raw === "string" ? latin1(raw) : raw;
  return { raw: bytes, summary: summarize(bytes), flags, internalDateMs };
}

/** A small message with its own Message-ID. */
export function letter(n: number, body = `body ${n}`, headers = ""): string {
  return `Message-ID: <m${n}@example.test>\r\nSubject: letter ${n}\r\n${headers}\r\n${body}\r\n`;
}

/** Asserts that a promise fails with a Fault of this code. */
export function faults(promise: Promise<unknown>, code: FaultCode): Promise<void> {
  return assert.rejects(promise, (error: unknown) => {
    assert.ok(error instanceof Fault, String(error));
    assert.equal(error.code, code, error.message);
    return true;
  });
}
