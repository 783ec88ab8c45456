import type { FetchRow } from "../../../actors/mailbox/contract.ts";
import type { FetchItems } from "../../../actors/mailbox/rows/contract.ts";
import { LIMITS } from "../../base/limits.ts";
import type { Arguments } from "../../codec/imap/arguments.ts";
import { type FetchAttribute, type FetchName, parseFetchItems } from "../../codec/imap/fetch_items.ts";
import { parsePartialRange } from "../../codec/imap/search_program.ts";
import { resolveSequenceSet } from "../../codec/imap/sequence_set.ts";
import { uidCount, type UidSet } from "../../codec/imap/uid_set.ts";
import type { SectionSpec } from "../../codec/message/section.ts";
import type { CommandHandler } from "./command.ts";
import { BodiesFetch } from "./fetch_bodies.ts";
import { fetchKeptFlags, fetchUids, FlagsCollector } from "./fetch_flags.ts";
import { fromColumns } from "./fetch_columns.ts";
import { takePartial } from "./esearch.ts";
import { FetchWriter } from "./fetch_writer.ts";
import { tellKeywords } from "./flag_lines.ts";
import { fetchPages } from "./fetch_pages.ts";
import { boundMessages, tellLimit } from "./message_limit.ts";
import { no, ok } from "./reply.ts";
import { resolveSet } from "./resolve.ts";
import { writeVanishedEarlier } from "./select.ts";
import type { Session } from "./session.ts";

/** Items that lie in the row itself, and rows of a page when nothing else is asked for. */
const NARROW: ReadonlySet<string> = new Set(["UID", "FLAGS", "INTERNALDATE", "RFC822.SIZE", "MODSEQ"]);
const NARROW_ROWS = 4000;

interface Modifiers {
  changedSince?: number;
  /** RFC 9394 §3.3. */
  partial?: string;
  vanished: boolean;
}

/** FETCH and UID FETCH (RFC 9051 §6.4.5; RFC 7162 §3.1.4, §3.2.6). */
export const fetch: CommandHandler = async (session, args, call) => {
  const view = session.folder;
  args.space();
  const set = args.sequenceSet();
  args.space();
  const attributes = parseFetchItems(args);
  const modifiers = parseModifiers(args);
  args.end();
  if (modifiers.vanished && (!call.uid || !session.qresync || modifiers.changedSince === undefined)) {
    throw new SyntaxError("VANISHED wants UID FETCH, QRESYNC and CHANGEDSINCE");
  }
  if (call.uid && !session.uidOnly && !has(attributes, "UID")) attributes.unshift({ name: "UID" });
  if (modifiers.changedSince !== undefined) modifiers.changedSince = view.knownSince(modifiers.changedSince);
  if (modifiers.changedSince !== undefined && !has(attributes, "MODSEQ")) attributes.push({ name: "MODSEQ" });
  if (has(attributes, "MODSEQ")) session.enableCondstore();
  if (modifiers.partial && !call.uid) throw new SyntaxError("PARTIAL wants UID FETCH");
  const asked = resolveSet(view, set, call.uid);
  const { uids, code: limit } = boundMessages(
    modifiers.partial ? takePartial(asked, modifiers.partial) : asked,
  );
  // RFC 9738 §3.1: then nothing is done at all.
  if (limit !== null && modifiers.partial) {
    return no("Too many messages for one FETCH", `MESSAGELIMIT ${LIMITS.commandMessages}`);
  }
  if (modifiers.vanished) {
    const asked = resolveSequenceSet(set, Math.max(view.lastUid, view.uidNext - 1));
    await writeVanishedEarlier(session, view, asked, modifiers.changedSince ?? 0);
  }
  if (!uids.length) return ok("FETCH completed");
  const writer = new FetchWriter(session, view, attributes);
  const complete = modifiers.changedSince === undefined
    ? await writeAll(session, writer, uids, attributes)
    : await writeRows(session, writer, uids, attributes, modifiers.changedSince, null);
  if (writer.unknownEncoding) return no("A part's encoding is not known", "UNKNOWN-CTE");
  const reply = complete || modifiers.changedSince !== undefined
    ? ok("FETCH completed")
    : ok("Some messages are gone", "EXPUNGEISSUED");
  return tellLimit(session, reply, limit);
};

function has(attributes: readonly FetchAttribute[], name: FetchName): boolean {
  return attributes.some((attribute) => attribute.name === name);
}

/** ` (CHANGEDSINCE n [VANISHED])`, ` (PARTIAL 1:10)`. */
function parseModifiers(args: Arguments): Modifiers {
  const modifiers: Modifiers = { vanished: false };
  if (!args.accept(" ")) return modifiers;
  args.list(() => {
    const word = args.atom().toUpperCase();
    if (word === "VANISHED") modifiers.vanished = true;
    else if (word === "CHANGEDSINCE") {
      args.space();
      modifiers.changedSince = args.number64();
    } else if (word === "PARTIAL") {
      args.space();
      modifiers.partial = parsePartialRange(args);
    } else throw new SyntaxError(`unknown modifier ${word}`);
  });
  return modifiers;
}

/** What takes in the rows of a FETCH, to answer the next one. */
interface Keeper {
  add(rows: readonly FetchRow[]): void;
}

/** Writes what the session or the server keeps, and asks for the rest. False when messages are gone. */
async function writeAll(
  session: Session,
  writer: FetchWriter,
  uids: UidSet,
  attributes: FetchAttribute[],
): Promise<boolean> {
  if (attributes.every(({ name }) => name === "UID")) {
    await fetchUids(session, uids);
    return true;
  }
  const bodies = BodiesFetch.start(session, uids, attributes);
  if (bodies) {
    const missing = await bodies.write(writer, uids);
    return !missing.length || await writeRows(session, writer, missing, attributes, undefined, bodies);
  }
  if (!isBare(attributes) || !has(attributes, "FLAGS")) {
    return await writeRows(session, writer, uids, attributes, undefined, null);
  }
  if (await fetchKeptFlags(session, uids, attributes)) return true;
  const collector = FlagsCollector.start(session, uids);
  try {
    return await writeRows(session, writer, uids, attributes, undefined, collector);
  } finally {
    collector?.end();
  }
}

/** Asks for page after page; false when messages were missing. */
export async function writeRows(
  session: Session,
  writer: FetchWriter,
  uids: UidSet,
  attributes: FetchAttribute[],
  changedSince: number | undefined,
  keeper: Keeper | null,
): Promise<boolean> {
  const view = session.folder;
  const sections: SectionSpec[] = [];
  let sets = false;
  for (const attribute of attributes) {
    if (attribute.name !== "SECTION") continue;
    sections.push(attribute.spec);
    if (!attribute.peek) sets = true;
  }
  const request = {
    folder: view.id,
    uids,
    items: itemsOf(attributes, sections),
    markSeen: sets && !view.readOnly,
    changedSince,
    // Rows of numbers and flags alone are small: fewer, larger pages.
    byColumn: uidCount(uids) > 1,
    limitRows: wide(attributes) ? undefined : NARROW_ROWS,
  };
  const withFlags = has(attributes, "FLAGS");
  let count = 0;
  for await (const page of fetchPages(session, request)) {
    const rows = page.columns ? fromColumns(page.columns) : page.rows;
    if (page.stamp) view.noteOwn(page.stamp, true, rows);
    keeper?.add(rows);
    if (withFlags || page.stamp) tellKeywords(session, view, rows);
    writer.writePage(rows, page.stamp?.modSeq ?? null);
    count += rows.length;
    await session.flush();
    if (session.ending !== null) session.stop(session.ending);
  }
  return count >= uidCount(uids);
}

/** Whether UIDs and flags are all that is asked for. */
function isBare(attributes: readonly FetchAttribute[]): boolean {
  return attributes.every(({ name }) => name === "UID" || name === "FLAGS");
}

/** Whether rows bring texts along. */
function wide(attributes: readonly FetchAttribute[]): boolean {
  return attributes.some(({ name }) => !NARROW.has(name));
}

/** What of a row has to travel. */
function itemsOf(attributes: readonly FetchAttribute[], sections: SectionSpec[]): FetchItems {
  const names = new Set<string>(attributes.map((attribute) => attribute.name));
  return {
    bare: isBare(attributes),
    envelope: names.has("ENVELOPE"),
    bodyStructure: names.has("BODYSTRUCTURE"),
    parts: names.has("BODY"),
    preview: names.has("PREVIEW"),
    emailId: names.has("EMAILID"),
    threadId: names.has("THREADID"),
    saveDate: names.has("SAVEDATE"),
    sections: sections.length ? sections : undefined,
  };
}
