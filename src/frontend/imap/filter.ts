import type { MailboxContract } from "../../../actors/mailbox/contract.ts";
import type { ScriptChoice, StoredVerdict } from "../../../actors/mailbox/filter/contract.ts";
import { fromLatin1, fromUtf8, latin1, utf8 } from "../../base/bytes.ts";
import { Fault } from "../../base/fault.ts";
import type { Arguments } from "../../codec/imap/arguments.ts";
import { formatString } from "../../codec/imap/response.ts";
import type { CommandHandler } from "./command.ts";
import { findMessages, mentionsNumbers, resolveFor } from "./find.ts";
import { storedFilter } from "./imap_events.ts";
import { boundSearch, tellLimit } from "./message_limit.ts";
import { no, ok } from "./reply.ts";
import { readProgram } from "./search.ts";
import type { Session } from "./session.ts";

const KINDS: Readonly<Record<string, ScriptChoice["kind"]>> = {
  DELIVERY: "active",
  PERSONAL: "personal",
  GLOBAL: "global",
  SCRIPT: "text",
};

/** Faults of a script that is not there or not right. */
const PROBLEMS: ReadonlySet<string> = new Set(["rejected", "not_found", "invalid"]);

/**
 * FILTER and UID FILTER (draft-bosch-imap-filter-sieve-00 §3.2): filters messages that match as if they were delivered
 * now. The scripts are the user's own, and so must the folder be.
 */
export const filter: CommandHandler = async (session, args, call) => {
  const view = session.folder;
  args.space();
  if (args.word() !== "SIEVE") throw new SyntaxError("only SIEVE filters are known");
  args.space();
  const script = parseScript(args);
  args.space();
  const program = await readProgram(session, args);
  if ("status" in program) return program;
  if (session.uidOnly) return no("FILTERED has no form without message numbers", "CANNOT");
  if (!session.context.filtering) return no("Scripts are switched off here");
  if (session.selected.address !== session.mailbox.address) {
    return no("Only own folders are filtered", "NOPERM");
  }
  if (view.readOnly) return no("Folder is open read-only", "READ-ONLY");
  if (mentionsNumbers(program.key)) call.updates = "no-expunge";
  const correlator = `(TAG ${formatString(call.tag)})`;
  const stored = await storedFilter(session, session.user);
  const request = () => ({ folder: view.id, script, filter: { ...stored, sends: session.sends } });
  const problem = await problemOf(session, { ...request(), uids: [] });
  if (problem) {
    session.write(`* FILTER ${correlator} ERRORS ${formatText(problem)}\r\n`);
    return no("The script cannot be run");
  }
  const { key, code: limit } = boundSearch(view, resolveFor(view, program.key));
  const { uids } = await findMessages(session, session.selected, view, key, call.tag);
  let unsent = 0;
  for (let from: number | null = 1; from !== null && uids.length;) {
    const page: Page = await session.selected.ask("filterMessages", { ...request(), uids, from });
    session.countSends(page.sent);
    unsent += page.unsent;
    for (const verdict of page.verdicts) {
      const seq = view.seqOf(verdict.uid);
      if (!seq) continue;
      const uid = call.uid ? ` UID ${verdict.uid}` : "";
      session.write(`* ${seq} FILTERED ${correlator}${uid} ${resultOf(verdict)}\r\n`);
    }
    await session.flush();
    if (session.ending !== null) session.stop(session.ending);
    from = page.next;
  }
  if (unsent) {
    return no(`${unsent} messages were left alone: scripts have sent as many as one command may`, "LIMIT");
  }
  return tellLimit(session, ok("FILTER completed"), limit);
};

type Page = MailboxContract["filterMessages"]["reply"];

function parseScript(args: Arguments): ScriptChoice {
  const word = args.word();
  const kind = Object.hasOwn(KINDS, word) ? KINDS[word] : undefined;
  if (kind === undefined) throw new SyntaxError(`unknown kind of script ${word}`);
  if (kind === "active") return { kind, value: "" };
  args.space();
  return { kind, value: decode(kind === "text" ? args.string() : args.astring()) };
}

/** Scripts and their names are UTF-8 (RFC 5228 §2.1, RFC 5804 §1.6). */
function decode(octets: string): string {
  const text = fromUtf8(latin1(octets));
  if (text.includes("\ufffd") && !octets.includes("\xef\xbf\xbd")) throw new SyntaxError("not UTF-8");
  return text;
}

/** Why the script cannot be run at all; null when it can. */
async function problemOf(
  session: Session,
  request: MailboxContract["filterMessages"]["request"],
): Promise<string | null> {
  try {
    await session.selected.ask("filterMessages", request);
    return null;
  } catch (error) {
    if (error instanceof Fault && PROBLEMS.has(error.code)) {
      return error.message;
    }
    throw error;
  }
}

/** What became of one message (§3.3). */
function resultOf({ error, notes }: StoredVerdict): string {
  if (error !== null) return `ERRORS ${formatText(error)}`;
  return notes.length ? `WARNINGS ${formatText(notes.join("\r\n"))}` : "OK";
}

/** Text for the user, in UTF-8. */
function formatText(text: string): string {
  return formatString(fromLatin1(utf8(text)));
}
