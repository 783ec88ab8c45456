import { Fault } from "../../base/fault.ts";
import { LIMITS } from "../../base/limits.ts";
import {
  type EntryValue,
  formatEntryValues,
  type MetadataRequest,
  parseEntryValues,
  parseGetMetadata,
} from "../../codec/imap/metadata.ts";
import { formatMailbox } from "../../codec/imap/response.ts";
import type { CommandHandler } from "./command.ts";
import { isCriterion } from "./filters.ts";
import { fullName, locate } from "./place.ts";
import { no, ok, type Reply } from "./reply.ts";
import type { Session } from "./session.ts";
import { byMailbox } from "./shared_folders.ts";

/** Where the search criteria of FILTER are kept (RFC 5466 §3.2). */
const FILTERS = /^\/private\/filters\/values\/(.*)$/;

/** GETMETADATA (RFC 5464 §4.2); the empty name means the server. */
export const getMetadata: CommandHandler = async (session, args) => {
  args.space();
  const { folder, ...request } = parseGetMetadata(args);
  const { texts, longest } = await askMetadata(session, [folder], request);
  const text = texts.get(folder);
  if (text === undefined) return no("No such folder", "NONEXISTENT");
  session.write(text);
  return ok("GETMETADATA completed", longest ? `METADATA LONGENTRIES ${longest}` : null);
};

/** SETMETADATA (RFC 5464 §4.3): all values or none. What all users would share of the server is not a user's to set. */
export const setMetadata: CommandHandler = async (session, args) => {
  args.space();
  const name = args.mailbox();
  args.space();
  const values = parseEntryValues(args);
  args.end();
  const refusal = name === "" ? refuseServerValues(values) : null;
  if (refusal) return refusal;
  session.notifier?.own(name);
  try {
    const place = await locate(session, name);
    await place.mailbox.ask("setAnnotations", { name: place.name, values });
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    if (error.code === "too_big") return no(error.message, `METADATA MAXSIZE ${LIMITS.annotationBytes}`);
    if (error.code === "limit") return no(error.message, "METADATA TOOMANY");
    throw error;
  }
  return ok("SETMETADATA completed");
};

function refuseServerValues(values: readonly EntryValue[]): Reply | null {
  for (const { entry, value } of values) {
    if (entry.startsWith("/shared/")) return no("Only the administrator sets this entry", "NOPERM");
    const filter = FILTERS.exec(entry)?.[1];
    if (filter === undefined || value === null) continue;
    if (filter.includes("/")) return no("A filter's name has no slash", "CANNOT");
    if (!isCriterion(value)) return no("The value is no search criterion", "CANNOT");
  }
  return null;
}

/**
 * The untagged METADATA of each folder that is there, and the length of the longest value over MAXSIZE. `among` many
 * those are left out that this user is not to ask about.
 */
export async function askMetadata(
  session: Session,
  names: string[],
  { entries, depth, maxBytes }: MetadataRequest,
  among = false,
): Promise<{ texts: Map<string, string>; longest: number }> {
  const texts = new Map<string, string>();
  let longest = 0;
  for (const { place, names: inside } of await byMailbox(session, names)) {
    const request = { names: inside, entries, depth, maxBytes: maxBytes ?? undefined, among };
    const reply = await place.mailbox.ask("getAnnotations", request);
    longest = Math.max(longest, reply.longest);
    for (const { name, values } of reply.folders) {
      const full = name === "" ? "" : fullName(place, name);
      const folder = name === "" ? '""' : formatMailbox(full, session.utf8);
      texts.set(full, values.length ? `* METADATA ${folder} ${formatEntryValues(values)}\r\n` : "");
    }
  }
  return { texts, longest };
}
