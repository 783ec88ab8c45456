import type { MailboxContract } from "./contract.ts";
import { emailId } from "./content.ts";
import { folderByName } from "./folders.ts";
import type { MailboxTurn } from "./state.ts";

type PopList = MailboxContract["popList"];

/**
 * POP3's view of a folder. A UIDL (RFC 1939 §7) is made of the content's hash and the moment it was saved: both travel
 * to the other server and survive a new UID, so it stays the same for ever and on either server. `twins.ts`
 * sees to it that no two messages of a folder share both.
 */
export function popList(request: PopList["request"], turn: MailboxTurn): PopList["reply"] {
  const folder = folderByName(turn, request.folder ?? "INBOX");
  const rows = turn.db.tuples<[number, number, number, Uint8Array]>(
    `SELECT m.uid, m.size, m.save_ms, c.hash FROM message m JOIN content c ON c.id = m.content_id
     WHERE m.fid = ? ORDER BY m.uid`,
    folder.fid,
  );
  const messages = rows.map(([uid, size, saveMs, hash]) => {
    return { uid, size, uidl: `${emailId(hash)}.${saveMs.toString(36)}` };
  });
  return { folder: folder.id, messages };
}
