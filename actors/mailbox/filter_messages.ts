import { Fault } from "../../src/base/fault.ts";
import { fieldValue, findField, readHeader } from "../../src/codec/message/header.ts";
import { parseAddressList } from "../../src/codec/text/address.ts";
import type { SieveEnvelope } from "../../src/sieve/input.ts";
import { uidIntersect, uidList } from "../../src/codec/imap/uid_set.ts";
import { formatDiagnostic } from "../../src/codec/sieve/diagnostic.ts";
import type { Script } from "../../src/sieve/script.ts";
import { scriptText } from "./chosen_scripts.ts";
import { compiled } from "./compiled.ts";
import type { MailboxContract } from "./contract.ts";
import { filterStored } from "./filter_stored.ts";
import { scriptName } from "./script_names.ts";
import { activeScript } from "./scripts.ts";
import { folderById, type MailboxTurn } from "./state.ts";
import type { StoredMessage } from "./stored_message.ts";
import { runOnStored } from "./stored_script.ts";

type FilterMessages = MailboxContract["filterMessages"];

/**
 * Filters messages as if they were delivered now (draft-bosch-imap-filter-sieve §4): what is filed is a copy, the original
 * stays or is marked \Deleted, redirects and notices leave, and nobody is answered about a message of long ago.
 */
export function filterMessages(
  request: FilterMessages["request"],
  turn: MailboxTurn,
): FilterMessages["reply"] {
  const { uids, from = 1, filter } = request;
  const folder = folderById(turn, request.folder);
  const script = chosen(request, turn);
  return filterStored(turn, {
    folder,
    uids: uidList(uidIntersect(uids, [from, 0xffffffff])),
    filter,
    decide: (message) =>
      runOnStored(turn, script, message, filter, null, envelopeOf(message, filter.owner.address)),
    sends: filter.sends,
    moves: false,
  });
}

function chosen({ script: { kind, value }, filter }: FilterMessages["request"], turn: MailboxTurn): Script {
  const text = kind === "text"
    ? value
    : kind === "global"
    ? Object.hasOwn(filter.site.global, value) ? filter.site.global[value] : null
    : storedText(turn, kind === "active" ? activeScript(turn.db) : scriptName(value));
  if (text === null) {
    throw new Fault("not_found", kind === "active" ? "no script is active" : "no such script");
  }
  const { script, errors } = compiled(text);
  if (!script) throw new Fault("rejected", errors.map(formatDiagnostic).join("\r\n"));
  return script;
}

function storedText(turn: MailboxTurn, name: string | null): string | null {
  return name === null ? null : scriptText(turn.db, name);
}

/** The envelope as far as the message tells it (§5): `Return-Path`, which delivery wrote, or else its author. */
function envelopeOf({ raw }: StoredMessage, owner: string): SieveEnvelope {
  const header = readHeader(raw);
  const path = findField(header, "Return-Path"), author = findField(header, "From");
  const [first] = author ? parseAddressList(fieldValue(header, author)) : [];
  const from = path
    ? /<([^<>\s]+)>/.exec(fieldValue(header, path))?.[1] ?? null
    : first?.mailbox && first.host
    ? `${first.mailbox}@${first.host}`
    : null;
  return { from, to: owner, originalTo: null, auth: null };
}
