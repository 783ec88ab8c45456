import { readRow } from "../../src/actor/rows.ts";
import { fromUtf8, latin1 } from "../../src/base/bytes.ts";
import { uidIntersect, uidList, type UidSet } from "../../src/codec/imap/uid_set.ts";
import { scriptText } from "./chosen_scripts.ts";
import { compiled } from "./compiled.ts";
import type { MailboxContract } from "./contract.ts";
import type { ImapEvent } from "./filter/contract.ts";
import { filterStored } from "./filter_stored.ts";
import { type Folder, folderById, type MailboxTurn } from "./state.ts";
import { runOnStored } from "./stored_script.ts";
import { SERVER_ENTRIES, TABLES } from "./tables.ts";

type RunEvent = MailboxContract["runEvent"];

/** The annotation that names a folder's script for events (RFC 6785 §2.3.1). */
const ENTRY = "/shared/imapsieve/script";

/** What is to be told of something that was done with messages: nothing, unless the folder has a script for it. */
export function eventsOf(
  turn: MailboxTurn,
  cause: ImapEvent["cause"],
  folder: Folder,
  groups: readonly { uids: UidSet; flags: string[] }[],
): { events?: ImapEvent[] } {
  const some = groups.filter(({ uids }) => uids.length);
  if (!some.length || scriptName(turn, folder) === null) return {};
  return { events: some.map(({ uids, flags }) => ({ cause, folder: folder.id, uids, flags })) };
}

/** Runs the folder's script for each message of an event that is still there; see `MailboxContract`. */
export function runEvent(
  { event, from = 1, filter }: RunEvent["request"],
  turn: MailboxTurn,
): RunEvent["reply"] {
  const folder = folderById(turn, event.folder);
  const name = scriptName(turn, folder);
  const text = name === null ? null : scriptText(turn.db, name);
  const script = text === null ? null : compiled(text).script;
  // RFC 6785 §2.3.1: a name without a script runs none.
  if (!script) return { verdicts: [], next: null, sent: { messages: 0, bytes: 0 }, unsent: 0 };
  const reply = filterStored(turn, {
    folder,
    uids: uidList(uidIntersect(event.uids, [from, 0xffffffff])),
    filter,
    decide: (message) =>
      runOnStored(turn, script, message, filter, {
        "imap.user": filter.user,
        "imap.email": filter.user,
        "imap.cause": event.cause,
        "imap.mailbox": folder.name,
        "imap.changedflags": event.flags.join(" "),
      }),
    sends: filter.sends,
    moves: false,
  });
  for (const { error } of reply.verdicts) {
    if (error) turn.log.info("sieve.error", { script: name, problem: error });
  }
  return reply;
}

/** The folder's own entry counts, and where it has none the server's; an empty one is none (RFC 6785 §2.3.1). */
function scriptName(turn: MailboxTurn, folder: Folder): string | null {
  const row = readRow(turn.db, TABLES, "annotation", [folder.id, ENTRY]) ??
    readRow(turn.db, TABLES, "annotation", [SERVER_ENTRIES, ENTRY]);
  return row ? fromUtf8(latin1(String(row.value))).normalize("NFC") || null : null;
}
