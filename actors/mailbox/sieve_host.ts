import { readRow } from "../../src/actor/rows.ts";
import { fromUtf8, latin1 } from "../../src/base/bytes.ts";
import type { Host } from "../../src/sieve/host.ts";
import type { SiteScripts } from "../directory/contract.ts";
import { scriptText } from "./chosen_scripts.ts";
import { compiled } from "./compiled.ts";
import { folderNamed } from "./filing_folder.ts";
import { remembers } from "./marks.ts";
import { catalog, type MailboxTurn } from "./state.ts";
import { SERVER_ENTRIES, TABLES } from "./tables.ts";

/**
 * What scripts may ask of the mailbox that they run in. Of a folder in another mailbox all that is known here is whether
 * the owner has anything to do with that mailbox, which `isElsewhere` says.
 */
export function sieveHost(
  turn: MailboxTurn,
  site: Pick<SiteScripts, "global">,
  isElsewhere: (name: string) => boolean = () => false,
): Host {
  const { db } = turn;
  const annotation = (folder: string, entry: string) => {
    const row = readRow(db, TABLES, "annotation", [folder, entry.toLowerCase()]);
    return row ? fromUtf8(latin1(String(row.value))) : null;
  };
  const hasUse = (uses: readonly string[], attribute: string) =>
    uses.some((use) => use.toLowerCase() === attribute.toLowerCase());
  return {
    mailboxExists: (name) => folderNamed(turn, name) !== null || isElsewhere(name),
    mailboxIdExists: (id) => catalog(turn).byId.has(id),
    specialUseExists(mailbox, attribute) {
      const folders = mailbox === null ? [...catalog(turn).byId.values()] : [folderNamed(turn, mailbox)];
      return folders.some((folder) => folder !== null && hasUse(folder.specialUse, attribute));
    },
    mailboxMetadata(mailbox, entry) {
      const folder = folderNamed(turn, mailbox);
      return folder && annotation(folder.id, entry);
    },
    serverMetadata: (entry) => annotation(SERVER_ENTRIES, entry),
    remembers: (kind, key) => remembers(turn, kind, key),
    includedScript(location, name) {
      const global = Object.hasOwn(site.global, name) ? site.global[name] : null;
      const text = location === "global" ? global : scriptText(db, name.normalize("NFC"));
      return text === null ? null : compiled(text);
    },
    // There are no lists yet that scripts could name (RFC 6134 §2.6 lets a server have none).
    listExists: () => false,
    listHas: () => false,
    listMembers: () => null,
  };
}
