import type { SearchKey } from "../../codec/imap/search.ts";
import type { SortColumn, SortCriterion } from "../../codec/imap/sort.ts";
import { sortedOrder } from "../../codec/imap/sort_order.ts";
import type { FolderView } from "./folder_view.ts";
import type { Session } from "./session.ts";

/** All messages of the view that match, in order: several pages are put in order together. */
export async function sortMessages(
  session: Session,
  view: FolderView,
  key: SearchKey,
  by: SortCriterion[],
): Promise<{ uids: Uint32Array; highestModSeq: number }> {
  const pages: Uint32Array[] = [], columns: SortColumn[][] = by.map(() => []);
  let highestModSeq = 0, from: number | undefined;
  do {
    const page = await session.selected.ask("sort", { folder: view.id, key, by, from });
    pages.push(page.uids);
    page.columns.forEach((column, i) => columns[i].push(column));
    highestModSeq = Math.max(highestModSeq, page.highestModSeq);
    from = page.next ?? undefined;
    if (session.ending !== null) session.stop(session.ending);
  } while (from !== undefined);
  return {
    uids: pages.length === 1 ? known(view, pages[0]) : merge(view, by, pages, columns),
    highestModSeq,
  };
}

/** Those that the client knows. */
function known(view: FolderView, uids: Uint32Array): Uint32Array {
  return uids.filter((uid) => view.seqOf(uid));
}

function merge(
  view: FolderView,
  by: SortCriterion[],
  pages: readonly Uint32Array[],
  columns: readonly SortColumn[][],
): Uint32Array {
  const uids = Uint32Array.from(pages.flatMap((page) => [...page]));
  const order = sortedOrder(by, columns.map(joined), uids.length);
  return known(view, order.map((at) => uids[at]));
}

function joined(pieces: readonly SortColumn[]): SortColumn {
  const numbers = pieces.filter((piece) => piece instanceof Float64Array);
  if (!numbers.length) return (pieces as string[][]).flat();
  const all = new Float64Array(numbers.reduce((sum, piece) => sum + piece.length, 0));
  let at = 0;
  for (const piece of numbers) {
    all.set(piece, at);
    at += piece.length;
  }
  return all;
}
