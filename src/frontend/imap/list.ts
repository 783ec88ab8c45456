import type { Arguments } from "../../codec/imap/arguments.ts";
import { formatMailbox } from "../../codec/imap/response.ts";
import { type MetadataRequest, parseEntriesOrOptions } from "../../codec/imap/metadata.ts";
import { RIGHTS } from "../../codec/imap/rights.ts";
import type { CommandHandler } from "./command.ts";
import { fullPattern } from "./list_pattern.ts";
import { type ListEntry, type ListRequest, selectFolders, selectSubscribed } from "./list_select.ts";
import { askMetadata } from "./metadata.ts";
import { formatMyRights } from "./my_rights.ts";
import { ok } from "./reply.ts";
import type { Session } from "./session.ts";
import { sharedFolders, statusesOf } from "./shared_folders.ts";
import { formatStatus, parseStatusItems, type StatusItem } from "./status.ts";

/** Patterns in one LIST, and folders whose STATUS is asked for at once. */
const MAX_PATTERNS = 100, STATUS_BATCH = 100;

interface ParsedList extends ListRequest {
  status: StatusItem[] | null;
  /** RFC 9590. */
  metadata: MetadataRequest | null;
  /** RFC 8440. */
  myRights: boolean;
  /** `LIST "" ""` only asks for the separator. */
  root: boolean;
}

/** LIST with its selection and return options (RFC 9051 §6.3.9; RFC 5258, RFC 5819, RFC 6154, RFC 9590). */
export const list: CommandHandler = async (session, args) => {
  const request = parseList(session, args);
  if (request.root) {
    session.write('* LIST (\\Noselect) "/" ""\r\n');
    return ok("LIST completed");
  }
  const { folders, subscriptions } = await session.mailbox.ask("listFolders", {});
  const shared = await sharedFolders(session, request.patterns);
  const entries = selectFolders([...folders, ...shared], subscriptions, request);
  if (request.status || request.metadata) await writeWithMore(session, entries, request);
  else session.write(entries.map((entry) => formatListed(session, entry, request.myRights)).join(""));
  return ok("LIST completed");
};

/** LSUB (RFC 3501 §6.3.9). */
export const lsub: CommandHandler = async (session, args) => {
  args.space();
  const reference = args.mailbox();
  args.space();
  const pattern = fullPattern(reference, args.listMailbox());
  args.end();
  const { subscriptions } = await session.mailbox.ask("listFolders", {});
  const entries = selectSubscribed(subscriptions, pattern);
  session.write(entries.map((entry) => formatEntry(session, "LSUB", entry)).join(""));
  return ok("LSUB completed");
};

function parseList(session: Session, args: Arguments): ParsedList {
  args.space();
  const selection: string[] = [];
  let extended = session.rev2;
  if (args.peek() === "(") {
    extended = true;
    selection.push(...args.list(() => parseWord(args, SELECTION_OPTIONS)));
    args.space();
  }
  const recursive = selection.includes("RECURSIVEMATCH");
  if (recursive && !selection.includes("SUBSCRIBED") && !selection.includes("SPECIAL-USE")) {
    throw new SyntaxError("RECURSIVEMATCH needs another option");
  }
  const reference = args.mailbox();
  args.space();
  const several = args.peek() === "(";
  const given = several ? args.list(() => args.listMailbox()) : [args.listMailbox()];
  if (!given.length || given.length > MAX_PATTERNS) throw new SyntaxError("bad number of patterns");
  const returned: string[] = [];
  let status: StatusItem[] | null = null;
  let metadata: MetadataRequest | null = null;
  if (args.accept(" ")) {
    if (args.atom().toUpperCase() !== "RETURN") throw new SyntaxError("expected RETURN");
    extended = true;
    args.space();
    args.list(() => {
      const word = parseWord(args, RETURN_OPTIONS);
      returned.push(word);
      if (word === "STATUS") {
        args.space();
        status = parseStatusItems(args);
      } else if (word === "METADATA") {
        args.space();
        metadata = { entries: [], depth: 0, maxBytes: null };
        parseEntriesOrOptions(args, metadata);
      }
    });
  }
  args.end();
  return {
    patterns: given.map((pattern) => fullPattern(reference, pattern)),
    extended: extended || several,
    subscribed: selection.includes("SUBSCRIBED"),
    recursive,
    specialUse: selection.includes("SPECIAL-USE"),
    returnSubscribed: returned.includes("SUBSCRIBED"),
    status,
    metadata,
    myRights: returned.includes("MYRIGHTS"),
    root: !several && !selection.length && given[0] === "",
  };
}

const SELECTION_OPTIONS = ["SUBSCRIBED", "REMOTE", "RECURSIVEMATCH", "SPECIAL-USE"];
/** CHILDREN and SPECIAL-USE are always returned. */
const RETURN_OPTIONS = ["SUBSCRIBED", "CHILDREN", "SPECIAL-USE", "STATUS", "METADATA", "MYRIGHTS"];

function parseWord(args: Arguments, known: readonly string[]): string {
  const word = args.atom().toUpperCase();
  if (!known.includes(word)) throw new SyntaxError(`unknown option ${word}`);
  return word;
}

/** A LIST, and MYRIGHTS of a folder that is there (RFC 8440 §3). */
function formatListed(session: Session, entry: ListEntry, myRights: boolean): string {
  const line = formatEntry(session, "LIST", entry);
  return myRights && entry.exists ? line + formatMyRights(session, entry.name, entry.rights ?? RIGHTS) : line;
}

function formatEntry(session: Session, word: "LIST" | "LSUB", entry: ListEntry): string {
  const name = formatMailbox(entry.name, session.utf8);
  const childInfo = entry.childInfo ? ' ("CHILDINFO" ("SUBSCRIBED"))' : "";
  return `* ${word} (${entry.attributes.join(" ")}) "/" ${name}${childInfo}\r\n`;
}

/** Each LIST followed by its STATUS (RFC 5819 §2) and METADATA (RFC 9590 §3), asked for in batches. */
async function writeWithMore(
  session: Session,
  entries: ListEntry[],
  { status: items, metadata, myRights }: ParsedList,
): Promise<void> {
  if (items?.includes("HIGHESTMODSEQ")) session.enableCondstore();
  for (let at = 0; at < entries.length; at += STATUS_BATCH) {
    const batch = entries.slice(at, at + STATUS_BATCH);
    const names = batch.filter((entry) => entry.exists).map((entry) => entry.name);
    const byName = items && names.length ? await statusesOf(session, names) : null;
    const texts = metadata && names.length ? (await askMetadata(session, names, metadata, true)).texts : null;
    for (const entry of batch) {
      session.write(formatListed(session, entry, myRights));
      const status = byName?.get(entry.name);
      if (status && items) session.write(await formatStatus(session, status, items));
      if (entry.exists) session.write(texts?.get(entry.name) ?? "");
    }
    await session.flush();
  }
}
