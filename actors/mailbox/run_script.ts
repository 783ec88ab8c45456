import { Fault } from "../../src/base/fault.ts";
import { formatDiagnostic } from "../../src/codec/sieve/diagnostic.ts";
import type { Script } from "../../src/sieve/script.ts";
import { scriptText } from "./chosen_scripts.ts";
import { compiled } from "./compiled.ts";
import type { MailboxContract } from "./contract.ts";
import { filterStored } from "./filter_stored.ts";
import { folderByName } from "./folders.ts";
import { activeScript } from "./scripts.ts";
import type { Folder, MailboxTurn } from "./state.ts";
import { runOnStored } from "./stored_script.ts";

type Run = MailboxContract["runScript"];

/**
 * A rehearsal of a script over the messages of a folder, and with `apply` its performance: the same run decides both, so
 * the one does what the other told. What leaves the server is for mail that comes, not for mail that has been read.
 */
export function runScript(request: Run["request"], turn: MailboxTurn): Run["reply"] {
  const { filter, from = 1, apply } = request;
  const script = chosen(request, turn);
  const folder = folderByName(turn, request.folder);
  const { verdicts, next } = filterStored(turn, {
    folder,
    uids: uidsFrom(turn, folder, from),
    filter,
    decide: (message) => runOnStored(turn, script, message, filter, null),
    rehearsal: !apply,
    sends: null,
    moves: true,
  });
  return { verdicts, next };
}

function* uidsFrom({ db }: MailboxTurn, { fid }: Folder, from: number): IterableIterator<number> {
  const sql = "SELECT min(uid) FROM message WHERE fid = ? AND uid >= ?";
  for (let at = from;; at++) {
    const [[uid]] = db.tuples<[number | null]>(sql, fid, at);
    if (uid === null) return;
    yield at = uid;
  }
}

function chosen({ content }: Run["request"], turn: MailboxTurn): Script {
  const name = activeScript(turn.db);
  const text = content ?? (name === null ? null : scriptText(turn.db, name));
  if (text === null) throw new Fault("not_found", "no script is active");
  const { script, errors } = compiled(text);
  if (!script) throw new Fault("rejected", errors.map(formatDiagnostic).join("; "));
  return script;
}
