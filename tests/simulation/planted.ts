import { dropStaged } from "../../actors/mailbox/exchange.ts";
import { isMark } from "../../actors/mailbox/own_seen.ts";
import { catalog } from "../../actors/mailbox/state.ts";
import { logEnd, type LogEntry } from "../../src/actor/replica.ts";
import { afterJoin, all, around, branch, branchChanges, link, type Planted } from "./plant.ts";

/** Changes of a mailbox after which a server that is cut off must have left numbers to the other one. */
const FILING = ["deliver", "append", "copy", "store", "expunge"];

/** Puts something before every request that files or changes messages. */
const filing = (before: Parameters<typeof around>[2]) =>
  all(...FILING.map((name) => around("mailbox", name, before)));

/** Faults as they happen in replication, each to be found by the simulation. */
export const PLANTED: readonly Planted[] = [
  { name: "acknowledges before the disk has it", disk: { lies: true } },
  { name: "after a restart nothing is looked for that was not shipped", forgetful: true },
  { name: "answers when one server has it where both were promised", acknowledge: "local" },
  {
    name: "a request that is sent to the home loses its id: done again after a cut it counts twice",
    link: link((request) => request.homeOnly ? { ...request, requestId: null } : request),
  },
  {
    name: "a server that is not the home takes changes that were sent to it as the home",
    link: link((request) => ({ ...request, homeOnly: false })),
  },
  {
    name: "an answer of the home does not wait until the change is here",
    link: link(
      (request) => request,
      (outcome, request) =>
        outcome.ok && request.homeOnly ? { ...outcome, mark: { position: 0, tag: "" } } : outcome,
    ),
  },
  {
    name: "any mark counts as common",
    actor: around("mailbox", "commonMark", (request) => ({ mark: request.marks[0] ?? null })),
  },
  {
    name: "an entry is known by its position alone",
    actor: around("mailbox", "applyLog", (request, turn, run) => {
      const { position } = logEnd(turn);
      const entries = request.entries.filter((entry: LogEntry) => entry.position > position);
      return entries.length ? run({ ...request, after: logEnd(turn), entries }) : { end: logEnd(turn) };
    }),
  },
  {
    name: "a page that comes again is applied again",
    actor: around("mailbox", "applyLog", (request, turn, run) => {
      const { position } = logEnd(turn);
      const [first] = request.entries as LogEntry[];
      if (!first || first.position > position) return run(request);
      const entries = request.entries.map((entry: LogEntry, n: number) => ({
        ...entry,
        position: position + 1 + n,
      }));
      return run({ ...request, after: logEnd(turn), entries });
    }),
  },
  {
    name: "messages that wait for their entry are dropped too early",
    actor: around("mailbox", "applyLog", (request, turn, run) => {
      dropStaged(turn);
      return run(request);
    }),
  },
  {
    name: "the log loses what the other server does not have yet",
    actor: around("mailbox", "acked", (request, turn, run) => {
      const reply = run(request);
      turn.db.run("DELETE FROM log WHERE position < ?", logEnd(turn).position);
      return reply;
    }),
  },
  {
    name: "no UIDs are left to the other server while it is out of sight",
    actor: filing((request, turn, run) => {
      for (const folder of catalog(turn).byId.values()) folder.forkUid ||= 1;
      return run(request);
    }),
  },
  {
    name: "no modseqs are left to the other server while it is out of sight",
    actor: filing((request, turn, run) => {
      for (const folder of catalog(turn).byId.values()) folder.forkTo ||= 1;
      return run(request);
    }),
  },
  {
    name: "both servers give save dates of the same parity",
    node: (node) => ({ ...node, slot: 0 }),
  },
  {
    name: "a UID that the other side gave is given again at a heal",
    actor: around("mailbox", "heal", (request, _turn, run) => {
      const { theirs } = request;
      const folders = theirs.tip.folders.map((head: object) => ({ ...head, uidNext: 1 }));
      return run({ ...request, theirs: { ...theirs, tip: { ...theirs.tip, folders } } });
    }),
  },
  {
    name: "a UID that the other side's clients have passed is not retired",
    actor: around("mailbox", "heal", (request, turn, run) => {
      const { theirs } = request;
      const folders = theirs.tip.folders.map((head: object) => ({ ...head, uidNext: 1 }));
      const reply = run({ ...request, theirs: { ...theirs, tip: { ...theirs.tip, folders } } });
      const next = new Map(theirs.tip.folders.map((head: { id: string; uidNext: number }) => [
        head.id,
        head.uidNext,
      ]));
      const { position } = logEnd(turn);
      const { changes } = turn.db.get<{ changes: string }>(
        "SELECT changes FROM log WHERE position = ?",
        position,
      )!;
      const [join] = JSON.parse(changes);
      for (const head of join.folders) {
        head.uidNext = Math.max(head.uidNext, Number(next.get(head.id) ?? 0));
        turn.db.run("UPDATE folder SET uid_next = ? WHERE id = ?", head.uidNext, head.id);
      }
      turn.db.run("UPDATE log SET changes = ? WHERE position = ?", JSON.stringify([join]), position);
      turn.state.catalog = null;
      return reply;
    }),
  },
  {
    name: "a heal keeps the modseqs of messages that were there before",
    actor: afterJoin(
      (turn) => turn.db.tuples("SELECT modseq, fid, uid FROM message"),
      (turn, known) => {
        for (const row of known) {
          turn.db.run("UPDATE message SET modseq = ? WHERE fid = ? AND uid = ?", ...row);
        }
      },
    ),
  },
  {
    name: "a join forgets what went on either side",
    actor: afterJoin(
      () => null,
      (turn) =>
        turn.db.run(
          "DELETE FROM expunged WHERE modseq = (SELECT highest_modseq FROM folder WHERE folder.fid = expunged.fid)",
        ),
    ),
  },
  {
    name: "entries of the other server are applied without a note of what went",
    actor: around("mailbox", "applyLog", (request, turn, run) => {
      const before = turn.db.tuples<[number, number]>("SELECT fid, highest_modseq FROM folder");
      const reply = run(request);
      for (const row of before) turn.db.run("DELETE FROM expunged WHERE fid = ? AND modseq > ?", ...row);
      return reply;
    }),
  },
  {
    name: "a branch loses its first entry",
    actor: branch((entries) => entries.length > 1 ? entries.slice(1) : entries),
  },
  {
    name: "the home's word on a flag counts, be it the earlier one",
    actor: branch((entries) =>
      entries.map((entry) => entry.changes[0]?.op === "flags" ? { ...entry, hlc: 1 } : entry)
    ),
  },
  {
    name: "the other server's word on a flag counts, be it the earlier one",
    actor: branch((entries) =>
      entries.map((entry) => entry.changes[0]?.op === "flags" ? { ...entry, hlc: entry.hlc + HOURS } : entry)
    ),
  },
  {
    name: "a message that was expunged on the other side comes back",
    actor: branch((entries) =>
      entries.map((entry) =>
        entry.changes.some(({ op }) => op === "message") ? entry : ({
          ...entry,
          changes: entry.changes.filter(({ op }) => op !== "expunge"),
        })
      )
    ),
  },
  {
    name: "a message that was moved on both sides stays twice",
    actor: branchChanges((change) => change.op === "message" ? { ...change, from: undefined } : change),
  },
  {
    name: "a request that both servers executed is not recognised at the heal",
    actor: branch((entries) => entries.map((entry) => ({ ...entry, requestId: `${entry.requestId}-` }))),
  },
  {
    name: "subscriptions are not joined",
    actor: branchChanges((change) => change.op === "subscription" ? null : change),
  },
  {
    name: "the home's word on a right counts, be it the earlier one",
    actor: branch((entries) =>
      butLast(
        entries,
        (hlc, { changes: [change] }) => change?.op === "row" && change.table === "acl" ? 1 : hlc,
      )
    ),
  },
  {
    name: "a reader's own \\Seen is not joined",
    actor: branchChanges((change) =>
      change.op === "flags" && change.add.some(isMark) ? { ...change, add: [], remove: [] } : change
    ),
  },
  {
    name: "what scripts remember is not joined",
    actor: branchChanges((change) => change.op === "row" && change.table === "mark" ? null : change),
  },
  {
    name: "whoever reads is taken for the owner",
    actor: around("mailbox", "fetch", (request, _turn, run) => run({ ...request, as: undefined })),
  },
  {
    name: "rights that come from the other server count only after a restart",
    actor: around("mailbox", "applyLog", (request, turn, run) => {
      const { acl } = turn.state;
      const reply = run(request);
      if (acl) turn.state.acl = acl;
      return reply;
    }),
  },
  {
    name: "all readers are shown the common \\Seen",
    actor: around("mailbox", "fetch", (request, turn, run) => {
      turn.state.ownSeen = new Set();
      const reply = run(request);
      turn.state.ownSeen = null;
      return reply;
    }),
  },
  {
    name: "a folder that the other side gave another name keeps the old one",
    actor: branchChanges((change, turn) =>
      change.op === "folder" && catalog(turn).byId.has(change.id) ? null : change
    ),
  },
  {
    name: "a join does not replace the entries that it joined",
    actor: around("mailbox", "applyLog", (request, turn, run) => {
      const rows = turn.db.tuples<[number, string, number, string]>(
        "SELECT position, request_id, hlc, changes FROM log",
      );
      const reply = run(request);
      if (request.entries[0]?.changes[0]?.op !== "join") return reply;
      for (const row of rows) {
        turn.db.run(
          "INSERT OR IGNORE INTO log (position, request_id, hlc, changes) VALUES (?, ?, ?, ?)",
          ...row,
        );
      }
      turn.tail.last = null;
      return reply;
    }),
  },
  {
    name: "a heal forgets that the other side moved the home",
    actor: branchChanges((change) => change.op === "home" ? null : change),
  },
  {
    name: "each server takes its own claim for the later one",
    link: link(
      (request) => request,
      (outcome, request) =>
        outcome.ok && request.name === "replicaState"
          ? { ...outcome, reply: { ...(outcome.reply as object), epoch: -1 } }
          : outcome,
    ),
  },
  {
    name: "a copy of the whole state lacks keywords",
    actor: around("mailbox", "snapshot", (request, _turn, run) => {
      const reply = run(request);
      const [join] = reply.entry.changes;
      for (const folder of join.folders) for (const row of folder.rows) row[3] = "";
      return reply;
    }),
  },
  {
    name: "the home's password counts, be it the earlier one",
    actor: branch((entries) => butLast(entries, () => 1), "directory"),
  },
  {
    name: "the other server's password counts, be it the earlier one",
    actor: branch((entries) => butLast(entries, (hlc) => hlc + HOURS), "directory"),
  },
  {
    name: "another hash of the same password counts as a change",
    actor: branch((entries) =>
      entries.map((entry) => ({
        ...entry,
        changes: entry.changes.map((change) => ({ ...change, weak: undefined })),
      })), "directory"),
  },
  {
    name: "an alias that both servers made keeps the targets of one",
    actor: around("directory", "heal", (request, turn, run) => {
      const before = turn.db.tuples<[string, string, string]>("SELECT targets, domain, local FROM aliases");
      const reply = run(request);
      const { position } = logEnd(turn);
      const { changes } = turn.db.get<{ changes: string }>(
        "SELECT changes FROM log WHERE position = ?",
        position,
      )!;
      const [join] = JSON.parse(changes);
      for (const [targets, domain, local] of before) {
        turn.db.run("UPDATE aliases SET targets = ? WHERE domain = ? AND local = ?", targets, domain, local);
        for (const { table, key, row } of join.rows) {
          if (table === "aliases" && row && key[0] === domain && key[1] === local) row.targets = targets;
        }
      }
      turn.db.run("UPDATE log SET changes = ? WHERE position = ?", JSON.stringify([join]), position);
      turn.state.hash = null;
      return reply;
    }),
  },
  {
    name: "a join of the directory leaves out the last row",
    actor: around("directory", "applyLog", (request, _turn, run) =>
      run({
        ...request,
        entries: request.entries.map((entry: Entry) => {
          const [change] = entry.changes;
          return change?.op === "join" && change.branch
            ? { ...entry, changes: [{ ...change, rows: change.rows?.slice(0, -1) }] }
            : entry;
        }),
      })),
  },
];

type Entry = LogEntry<{ op: string; branch?: unknown; rows?: unknown[] }>;

/** Later than anything in a history, in hybrid logical time. */
const HOURS = 2 ** 36;

/** Gives entries another time; the last one has to keep the mark that the other side names. */
function butLast<T extends { hlc: number }>(entries: T[], time: (hlc: number, entry: T) => number): T[] {
  return entries.map((entry, n) =>
    n === entries.length - 1 ? entry : { ...entry, hlc: time(entry.hlc, entry) }
  );
}
