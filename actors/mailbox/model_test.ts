import { strict as assert } from "node:assert";
import { seededRandom } from "../../src/base/id.ts";
import { uidHas, uidList, type UidSet, uidSet } from "../../src/codec/imap/uid_set.ts";
import type { LogChange, LogEntry } from "./log_change.ts";
import { flagNames } from "./flags.ts";
import { superiors } from "./names.ts";
import { letter, newMessage, NO_LIMITS, type TestMailbox, withMailbox } from "./fixture_test.ts";

/** Random operations on a mailbox and on a plain model of it; after each step both must tell the same. */

interface ModelMessage {
  modSeq: number;
  flags: Set<string>;
  text: string;
}

interface ModelFolder {
  id: string;
  name: string;
  uidNext: number;
  modSeq: number;
  messages: Map<number, ModelMessage>;
  /** What a client knows: the state at some earlier modseq. */
  cache: { modSeq: number; flags: Map<number, string> };
}

type Pick = (below: number) => number;

const FLAGS = ["\\Seen", "\\Answered", "\\Flagged", "\\Deleted", "\\Draft", "$Work", "home", "Zeta"];
const NAMES = ["INBOX", "Archive", "Sent", "Trash", "a", "a/b", "a/b/c", "d"];

class Model {
  folders = new Map<string, ModelFolder>();
  constructor(readonly mailbox: TestMailbox, readonly pick: Pick) {}

  async learn(name: string): Promise<void> {
    if (this.folders.has(name)) return;
    const status = await this.mailbox.status(name);
    this.folders.set(name, {
      id: status.id,
      name,
      uidNext: status.uidNext,
      modSeq: status.highestModSeq,
      messages: new Map(),
      cache: { modSeq: status.highestModSeq, flags: new Map() },
    });
  }

  any(): ModelFolder {
    const all = [...this.folders.values()];
    return all[this.pick(all.length)];
  }

  uids(folder: ModelFolder): UidSet {
    const count = this.pick(6);
    if (count === 0) return [1, 0xffffffff];
    if (count === 1) return uidSet(Array.from({ length: 10 }, () => 1 + this.pick(folder.uidNext + 2)));
    const first = 1 + this.pick(folder.uidNext);
    return [first, first + this.pick(12)];
  }

  flags(): string[] {
    return FLAGS.filter(() => this.pick(3) === 0);
  }
}

type Step = (model: Model) => Promise<void>;

const append: Step = async (model) => {
  const folder = model.any();
  const texts = Array.from({ length: 1 + model.pick(4) }, () => letter(model.pick(40)));
  const flags = texts.map(() => model.flags());
  const reply = await model.mailbox.ask("append", {
    name: folder.name,
    messages: texts.map((text, i) => newMessage(text, flags[i])),
    limits: NO_LIMITS,
  });
  folder.modSeq++;
  assert.equal(reply.stamp.modSeq, folder.modSeq);
  const uids = [...uidList(reply.uids)];
  texts.forEach((text, i) => {
    assert.equal(uids[i], folder.uidNext);
    folder.messages.set(folder.uidNext++, { modSeq: folder.modSeq, flags: new Set(flags[i]), text });
  });
};

const store: Step = async (model) => {
  const folder = model.any();
  const uids = model.uids(folder), flags = model.flags();
  const mode = (["add", "remove", "replace"] as const)[model.pick(3)];
  const unchangedSince = model.pick(3) ? undefined : folder.modSeq - model.pick(5);
  const reply = await model.mailbox.ask("store", { folder: folder.id, uids, mode, flags, unchangedSince });
  const changed: number[] = [], failed: number[] = [];
  for (const [uid, message] of folder.messages) {
    if (!uidHas(uids, uid)) continue;
    if (unchangedSince !== undefined && message.modSeq > unchangedSince) {
      failed.push(uid);
      continue;
    }
    const before = [...message.flags].sort().join();
    if (mode === "replace") message.flags = new Set(flags);
    for (const flag of flags) mode === "remove" ? message.flags.delete(flag) : message.flags.add(flag);
    if (before !== [...message.flags].sort().join()) changed.push(uid);
  }
  if (changed.length) folder.modSeq++;
  for (const uid of changed) folder.messages.get(uid)!.modSeq = folder.modSeq;
  assert.deepEqual([reply.changed, reply.failed], [uidSet(changed), uidSet(failed)]);
  assert.equal(reply.stamp.modSeq, folder.modSeq);
};

const expunge: Step = async (model) => {
  const folder = model.any();
  const uids = model.pick(2) ? undefined : model.uids(folder);
  const reply = await model.mailbox.ask("expunge", { folder: folder.id, uids });
  const gone = [...folder.messages].filter(([uid, m]) =>
    m.flags.has("\\Deleted") && (!uids || uidHas(uids, uid))
  )
    .map(([uid]) => uid);
  for (const uid of gone) folder.messages.delete(uid);
  if (gone.length) folder.modSeq++;
  assert.deepEqual(reply.expunged, uidSet(gone));
  assert.equal(reply.stamp.modSeq, folder.modSeq);
};

const copy: Step = async (model) => {
  const from = model.any(), to = model.any();
  const uids = model.uids(from), move = model.pick(2) === 1;
  const reply = await model.mailbox.ask("copy", {
    folder: from.id,
    uids,
    to: to.name,
    move,
    limits: NO_LIMITS,
  });
  const source = [...from.messages.keys()].filter((uid) => uidHas(uids, uid)).sort((a, b) => a - b);
  assert.deepEqual(reply.source, uidSet(source));
  if (!source.length) return;
  to.modSeq++;
  if (move && from !== to) from.modSeq++;
  const destination = source.map((uid) => {
    const message = from.messages.get(uid)!;
    to.messages.set(to.uidNext, { ...message, flags: new Set(message.flags), modSeq: to.modSeq });
    if (move) from.messages.delete(uid);
    return to.uidNext++;
  });
  assert.deepEqual(reply.destination, uidSet(destination));
};

const read: Step = async (model) => {
  const folder = model.any();
  const uids = model.uids(folder), markSeen = model.pick(2) === 1;
  let changed = false;
  const want = [...folder.messages].filter(([uid]) => uidHas(uids, uid)).sort(([a], [b]) => a - b);
  for (const [, message] of want) changed ||= markSeen && !message.flags.has("\\Seen");
  const sections = [{ part: [], kind: "all" as const }];
  const reply = await model.mailbox.ask("fetch", { folder: folder.id, uids, items: { sections }, markSeen });
  if (changed) folder.modSeq++;
  for (const [, message] of want) {
    if (!markSeen || message.flags.has("\\Seen")) continue;
    message.flags.add("\\Seen");
    message.modSeq = folder.modSeq;
  }
  assert.deepEqual(
    reply.rows.map((row) => new TextDecoder().decode(row.sections![0] as Uint8Array)),
    want.map(([, message]) => message.text),
  );
};

const remake: Step = async (model) => {
  const name = NAMES[4 + model.pick(4)];
  if (model.folders.has(name)) {
    await model.mailbox.ask("deleteFolder", { name });
    model.folders.delete(name);
    return;
  }
  await model.mailbox.ask("createFolder", { name });
  for (const made of [...superiors(name), name]) await model.learn(made);
};

const rename: Step = async (model) => {
  const from = NAMES[4 + model.pick(4)], to = `r${model.pick(1000)}`;
  const moving = [...model.folders.keys()].filter((name) => name === from || name.startsWith(from + "/"));
  if (!model.folders.has(from)) return;
  await model.mailbox.ask("renameFolder", { from, to });
  for (const back of [false, true]) {
    if (back) await model.mailbox.ask("renameFolder", { from: to, to: from });
    for (const name of moving) {
      const { id } = await model.mailbox.status(back ? name : to + name.slice(from.length));
      assert.equal(id, model.folders.get(name)!.id);
    }
  }
  for (const above of superiors(from)) await model.learn(above);
};

/** A client that was away resynchronises (RFC 7162): its cache must then be the folder as it is. */
const resync: Step = async (model) => {
  const { id, cache, modSeq, messages } = model.any();
  const reply = await model.mailbox.ask("changes", { folder: id, since: cache.modSeq });
  const asked = await model.mailbox.ask("vanished", {
    folder: id,
    known: uidSet(cache.flags.keys()),
    since: cache.modSeq,
  });
  for (const uid of uidList(asked.uids)) assert.ok(cache.flags.has(uid) && uidHas(reply.vanished, uid));
  const added = uidSet([...messages.keys()].filter((uid) => !cache.flags.has(uid)));
  assert.deepEqual(reply.added, added);
  for (const uid of uidList(asked.uids)) cache.flags.delete(uid);
  for (const row of reply.changed) cache.flags.set(row.uid, flagLine(flagNames(row.flags), row.keywords));
  cache.modSeq = reply.highestModSeq;
  assert.equal(cache.modSeq, modSeq);
  const want = [...messages].map(([uid, message]) => [uid, flagLine(message.flags, "")]);
  assert.deepEqual(
    [...cache.flags].sort(([a], [b]) => a - b),
    want.sort(([a], [b]) => Number(a) - Number(b)),
  );
};

function flagLine(flags: Iterable<string>, keywords: string): string {
  return [...flags, ...keywords.split(" ")].filter((name) => name).sort().join(" ");
}

/** What a folder was like, or another that had its place, is nothing to a search. */
const find: Step = async (model) => {
  const { id, messages } = model.any();
  const value = `letter ${model.pick(4)}`, { ask } = model.mailbox;
  const all = [...messages].sort(([a], [b]) => a - b);
  const want = all.filter(([, { text }]) => text.toLowerCase().includes(value)).map(([uid]) => uid);
  const key = { key: "header", name: "subject", value } as const;
  const found = await ask("search", { folder: id, key });
  assert.deepEqual([...uidList(found.uids)], want, value);
  const { uids } = await ask("sort", {
    folder: id,
    key: { key: "all" },
    by: [{ key: "SUBJECT", reverse: false }],
  });
  const subject = (text: string) => /^Subject: (.*)$/m.exec(text)![1];
  const sorted = all.map(([uid, { text }]) => ({ uid, subject: subject(text) }))
    .sort((a, b) => a.subject < b.subject ? -1 : Number(a.subject > b.subject));
  assert.deepEqual([...uids], sorted.map(({ uid }) => uid));
};

const crash: Step = (model) => {
  model.mailbox.system.crash();
  return Promise.resolve();
};

const STEPS: [weight: number, step: Step][] = [
  [6, append],
  [8, store],
  [4, expunge],
  [5, copy],
  [3, read],
  [3, find],
  [1, remake],
  [1, rename],
  [4, resync],
  [1, crash],
];

async function compare(model: Model, folder: ModelFolder): Promise<void> {
  const rows = await model.mailbox.rows(folder.name);
  const got = rows.map((row) => [row.uid, row.modSeq, flagLine(flagNames(row.flags), row.keywords)]);
  const want = [...folder.messages].sort(([a], [b]) => a - b)
    .map(([uid, message]) => [uid, message.modSeq, flagLine(message.flags, "")]);
  assert.deepEqual(got, want, folder.name);
  const status = await model.mailbox.status(folder.name);
  assert.deepEqual([status.id, status.uidNext, status.highestModSeq], [
    folder.id,
    folder.uidNext,
    folder.modSeq,
  ]);
}

async function readWholeLog({ ask }: TestMailbox): Promise<LogEntry[]> {
  const entries: LogEntry[] = [];
  for (;;) {
    const page = await ask("readLog", { after: entries.length, limit: 50 });
    entries.push(...page.entries);
    if (entries.length >= page.end) return entries;
    assert.ok(page.entries.length);
  }
}

/** What the peer would have after applying the log: one line a message. */
function replay(entries: readonly LogEntry[]): string[] {
  const rows = new Map<string, Map<number, { modSeq: number; flags: Set<string>; hash: string }>>();
  const apply = (change: LogChange) => {
    if (change.op === "folder-gone") rows.delete(change.id);
    if (!("folder" in change)) return;
    let folder = rows.get(change.folder);
    if (!folder) rows.set(change.folder, folder = new Map());
    if (change.op === "message") {
      const flags = new Set([
        ...flagNames(change.flags),
        ...change.keywords.split(" ").filter((name) => name),
      ]);
      folder.set(change.uid, { modSeq: change.modSeq, flags, hash: change.hash });
      return;
    }
    for (const uid of uidList(change.uids)) {
      if (change.op === "expunge") assert.ok(folder.delete(uid));
      else {
        const row = folder.get(uid)!;
        row.modSeq = change.modSeq;
        for (const flag of change.add) row.flags.add(flag);
        for (const flag of change.remove) {
          assert.ok(row.flags.delete(flag), "only flags that were set are removed");
        }
      }
    }
  };
  entries.forEach((entry, i) => {
    assert.equal(entry.position, i + 1);
    entry.changes.forEach(apply);
  });
  const lines: string[] = [];
  for (const [id, folder] of rows) {
    for (const [uid, row] of folder) lines.push(`${id} ${uid} ${row.modSeq} ${flagLine(row.flags, "")}`);
  }
  return lines.sort();
}

for (const seed of [1, 2, 3, 4]) {
  Deno.test(`random operations agree with the model and with the log, seed ${seed}`, async () => {
    await withMailbox(async (mailbox) => {
      const random = seededRandom(seed * 7919);
      const pick: Pick = (below) => new DataView(random.bytes(4).buffer).getUint32(0) % below;
      const model = new Model(mailbox, pick);
      for (const name of NAMES.slice(0, 4)) await model.learn(name);
      const steps = STEPS.flatMap(([weight, step]) => Array<Step>(weight).fill(step));
      for (let i = 0; i < 150; i++) {
        await steps[pick(steps.length)](model);
        mailbox.clock.advance(pick(3));
        assert.deepEqual(mailbox.system.checkAll(), [], `step ${i}`);
        await compare(model, model.any());
      }
      const lines: string[] = [];
      for (const folder of model.folders.values()) {
        await compare(model, folder);
        for (const [uid, m] of folder.messages) {
          lines.push(`${folder.id} ${uid} ${m.modSeq} ${flagLine(m.flags, "")}`);
        }
      }
      assert.deepEqual(replay(await readWholeLog(mailbox)), lines.sort());
    });
  });
}
