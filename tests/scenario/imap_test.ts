import { testDialogues } from "../support/imap_world.ts";
import { driftDialogues } from "./imap/drift.ts";
import { folderDialogues } from "./imap/folders.ts";
import { messageDialogues } from "./imap/messages.ts";
import { noiseDialogues } from "./imap/noise.ts";
import { resyncDialogues } from "./imap/resync.ts";
import { searchDialogues } from "./imap/search.ts";
import { sessionDialogues } from "./imap/session.ts";
import { sharedDialogues } from "./imap/shared.ts";
import { sharingDialogues } from "./imap/sharing.ts";

testDialogues("IMAP", {
  ...sessionDialogues,
  ...folderDialogues,
  ...messageDialogues,
  ...searchDialogues,
  ...sharedDialogues,
  ...sharingDialogues,
  ...resyncDialogues,
  ...driftDialogues,
  ...noiseDialogues,
}, { configuration: { auth: { allowPlaintext: true } } });
