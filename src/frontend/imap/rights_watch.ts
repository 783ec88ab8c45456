import { Fault } from "../../base/fault.ts";
import { errorFields } from "../../base/log.ts";
import type { FolderView } from "./folder_view.ts";
import type { Place } from "./place.ts";
import type { Session } from "./session.ts";
import { sharingOf } from "./sharing.ts";

/** A busy or restarting mailbox is asked again after this time. */
const RETRY_MS = 1_000;

/** What keeps an eye on the rights of somebody who has another owner's folder open. */
export interface RightsWatch {
  /** Rights on the folder were changed. */
  look(): void;
  close(): void;
}

/**
 * Rights count in open sessions, too, whatever the client does or does not do: who may no longer read hears BYE at once,
 * as if the folder were deleted; who may do more or less is told with the next response. Membership of groups counts as
 * rights do. `changed` is called when there is something to tell.
 */
export function watchRights(
  session: Session,
  view: FolderView,
  place: Place,
  changed: () => void,
): RightsWatch {
  const sharing = sharingOf(session.context);
  const { id } = session.user;
  let open = true;
  let known: Promise<string> = groupsOf();
  known.catch(() => {}); // asked again when it is needed
  const unwatch = sharing.watch(() => {
    view.markStale(); // nothing that is kept answers until the mailbox has been asked again
    const before = known;
    known = groupsOf();
    Promise.all([before.catch(() => null), known]).then(([was, is]) => was !== is && look(), later);
  });

  async function groupsOf(): Promise<string> {
    return (await sharing.identity(id)).groups.join(" ");
  }

  function look(): void {
    if (!open) return;
    askRights(view, place).then((rights) => {
      if (!open) return;
      if (rights === "") return session.end("You may no longer read the selected folder");
      if (rights !== null) view.takeRights(rights);
      changed();
    }, later);
  }

  function later(error: unknown): void {
    session.log.warn("imap.rights", errorFields(error));
    session.context.clock.after(RETRY_MS, look);
  }

  return {
    look,
    close() {
      open = false;
      unwatch();
    },
  };
}

/** What may be done with the open folder: nothing when it may not be read, null when it has another name now. */
async function askRights(view: FolderView, place: Place): Promise<string | null> {
  const refused = (error: unknown) => error instanceof Fault && ["denied", "not_found"].includes(error.code);
  try {
    const { gone } = await place.mailbox.ask("changes", { folder: view.id, since: Number.MAX_SAFE_INTEGER });
    if (gone) return null; // told as any deletion is
  } catch (error) {
    if (refused(error)) return "";
    throw error;
  }
  try {
    return (await place.mailbox.ask("myRights", { name: view.name })).rights;
  } catch (error) {
    if (refused(error)) return null;
    throw error;
  }
}
