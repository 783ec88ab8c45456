import type { StoredActor } from "../../src/actor/actor.ts";
import { replicaHandlers } from "../../src/actor/replica_handlers.ts";
import { deleteAcl, getAcl, listRights, myRights, setAcl } from "./acl.ts";
import { getAnnotations, setAnnotations } from "./annotations.ts";
import { append } from "./append.ts";
import { applyLog } from "./apply_log.ts";
import { changes, vanished } from "./changes.ts";
import { checkFile } from "./check.ts";
import type { MailboxContract } from "./contract.ts";
import { copy } from "./copy.ts";
import { createFolder } from "./create.ts";
import { deleteFolder } from "./delete.ts";
import { deliver, mayPost } from "./deliver.ts";
import { missingContents, readContents, stageContents } from "./exchange.ts";
import { expunge } from "./expunge.ts";
import { copyAnswered, fileCopy } from "./file_copy.ts";
import { fetch } from "./fetch.ts";
import { listFolders, status, statuses, subscribe, usage } from "./folders.ts";
import { beginMailbox, firstFolders } from "./genesis.ts";
import { usesGlobalScript } from "./global_includes.ts";
import { hashMailbox } from "./hash.ts";
import { heal } from "./heal.ts";
import { index } from "./index_text.ts";
import { closeForks, readLog } from "./log.ts";
import { popList } from "./pop.ts";
import { mailboxChanges } from "./replicated.ts";
import { renameFolder } from "./rename.ts";
import { runEvent } from "./run_event.ts";
import { filterMessages } from "./filter_messages.ts";
import { runScript } from "./run_script.ts";
import { MIGRATIONS } from "./schema.ts";
import {
  deleteScript,
  getScript,
  haveSpace,
  listScripts,
  putScript,
  renameScript,
  setActiveScript,
} from "./scripts.ts";
import { search } from "./search.ts";
import { select } from "./select.ts";
import { sort } from "./sort.ts";
import { snapshot, tip } from "./snapshot.ts";
import { emptyState, type MailboxState } from "./state.ts";
import { store } from "./store.ts";
import { threadRows } from "./thread_rows.ts";

/** All mail of one user: `mailbox:<account id>`, one file. */
export const mailboxActor: StoredActor<MailboxContract, MailboxState> = {
  kind: "mailbox",
  idle: "index",
  migrations: MIGRATIONS,
  reads: new Set([
    "listFolders",
    "status",
    "statuses",
    "changes",
    "vanished",
    "search",
    "sort",
    "threadRows",
    "usage",
    "popList",
    "getAcl",
    "listRights",
    "myRights",
    "mayPost",
    "listScripts",
    "getScript",
    "haveSpace",
    "usesGlobalScript",
    "getAnnotations",
    "check",
    "hash",
    "readLog",
    "missingContents",
    "readContents",
    "replicaState",
    "listMarks",
    "commonMark",
    "snapshot",
  ]),
  changes: mailboxChanges,
  // RCPT asks for room: strangers must not make files, nor wait for one.
  absent: { usage: (mailbox) => ({ bytes: 0, messages: 0, folders: firstFolders(mailbox).length }) },
  handlers: {
    listFolders,
    createFolder,
    deleteFolder,
    renameFolder,
    subscribe,
    status,
    statuses,
    select,
    changes,
    vanished,
    fetch,
    search,
    sort,
    threadRows,
    store,
    expunge,
    copy,
    append,
    setAcl,
    deleteAcl,
    getAcl,
    listRights,
    myRights,
    mayPost,
    deliver,
    usage,
    popList,
    listScripts,
    getScript,
    putScript,
    deleteScript,
    renameScript,
    setActiveScript,
    haveSpace,
    usesGlobalScript,
    fileCopy,
    copyAnswered,
    runScript,
    filterMessages,
    runEvent,
    getAnnotations,
    setAnnotations,
    check: (_request, turn) => ({ problems: checkFile(turn.db) }),
    hash: hashMailbox,
    readLog,
    missingContents,
    readContents,
    stageContents,
    ...replicaHandlers,
    acked(request, turn) {
      closeForks(turn);
      return replicaHandlers.acked(request, turn);
    },
    applyLog,
    heal,
    tip,
    snapshot,
    index,
  },
  open(db, name) {
    beginMailbox(db, name);
    return emptyState();
  },
  check: checkFile,
};
