import type { SearchKey } from "../../codec/imap/search.ts";
import { type SortColumn, type SortCriterion, sortedOrder } from "../../codec/imap/sort.ts";
import type { FolderView } from "./folder_view.ts";
import type { Session } from "./session.ts";

/** All messages of the view that match, in order: pages come sorted and are put together. */
export async function sortMessages(
  session: Session,
  view: FolderView,
  key: SearchKey,
  by: SortCriterion[],
): Promise<{ uids: number[]; highestModSeq: number }> {
  const uids: number[] = [], columns: SortColumn[] = by.map(() => []);
  let highestModSeq = 0, from: number | undefined, pages = 0;
  do {
    const page = await session.selected.ask("sort", { folder: view.id, key, by, from });
    for (const uid of page.uids) uids.push(uid);
    page.columns.forEach((column, i) => {
      for (const value of column) columns[i].push(value);
    });
    highestModSeq = Math.max(highestModSeq, page.highestModSeq);
    from = page.next ?? undefined;
    pages++;
    if (session.ending !== null) session.stop(session.ending);
  } while (from !== undefined);
  const sorted = pages > 1 ? sortedOrder(by, columns, uids).map((at) => uids[at]) : uids;
  return { uids: sorted.filter((uid) => view.seqOf(uid)), highestModSeq };
}
