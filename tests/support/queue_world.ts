import { strict as assert } from "node:assert";
import { LocalSystem } from "../../src/actor/local.ts";
import { fromUtf8, utf8 } from "../../src/base/bytes.ts";
import { ManualClock } from "../../src/base/clock.ts";
import { seededRandom } from "../../src/base/id.ts";
import { queueActor } from "../../actors/queue/actor.ts";
import type { AttemptResult, DsnRecipient, QueueContract, QueueLease } from "../../actors/queue/contract.ts";

export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;
const NO_DSN: DsnRecipient = { notify: [], orcpt: null };
export const TIMES = {
  hostname: "mx.test",
  postmaster: "postmaster@mx.test",
  expireMs: 24 * HOUR,
  delayNoticeMs: 4 * HOUR,
  backoffMs: [MINUTE, 2 * MINUTE, HOUR],
};

export type World = Awaited<ReturnType<typeof newWorld>>;

/** A queue alone, with a clock that is moved by hand. */
export async function newWorld() {
  const clock = new ManualClock();
  const system = new LocalSystem({ clock, random: seededRandom(3), actors: [queueActor] });
  const queue = system.ref<QueueContract>("queue:main");
  await queue.ask("configure", TIMES);
  const submit = async (to: (string | [string, DsnRecipient])[], more: {
    from?: string | null;
    raw?: Uint8Array;
    ret?: "full" | "hdrs";
    envid?: string;
  } = {}) => {
    const { id } = await queue.ask("submit", {
      envelope: {
        from: more.from === undefined ? "sender@home.test" : more.from,
        recipients: to.map((entry) =>
          typeof entry === "string" ? { address: entry, dsn: NO_DSN } : { address: entry[0], dsn: entry[1] }
        ),
        smtpUtf8: false,
        body: "7bit",
        requireTls: false,
        ret: more.ret ?? null,
        envid: more.envid ?? null,
      },
      raw: more.raw ?? utf8("Subject: hello\r\n\r\nbody text\r\n"),
      source: "submission",
      messageId: null,
      accountId: null,
    });
    return id;
  };
  const claim = async (max = 100, perDomain = 5, holder = "h") =>
    (await queue.ask("claim", { max, perDomain, leaseMs: 10 * MINUTE, holder })).leases;
  const report = (lease: QueueLease, outcome: AttemptResult["outcome"], more: Partial<AttemptResult> = {}) =>
    queue.ask("report", {
      leaseId: lease.leaseId,
      results: lease.recipients.map(({ id }) => ({
        recipient: id,
        outcome,
        status: outcome === "permanent" ? "5.1.1" : outcome === "temporary" ? "4.4.1" : "2.0.0",
        reply: outcome === "permanent" ? "550 5.1.1 no such user" : "text",
        remoteMta: "mx.far.test",
        ...more,
      })),
    });
  const close = async () => {
    assert.deepEqual((await queue.ask("check", {})).problems, []);
    await system.close();
  };
  return { clock, system, queue, submit, claim, report, close };
}

/** The message of an item. */
export async function bodyOf({ queue }: World, id: string): Promise<string> {
  let text = "";
  for (let offset: number | null = 0; offset !== null;) {
    const page: { data: Uint8Array; next: number | null } = await queue.ask("readBody", {
      id,
      offset,
      length: 1000,
    });
    text += fromUtf8(page.data);
    offset = page.next;
  }
  return text;
}
