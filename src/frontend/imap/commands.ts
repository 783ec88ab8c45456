import { append } from "./append.ts";
import { authenticate } from "./authenticate.ts";
import { cancelUpdate } from "./cancel_update.ts";
import { capability } from "./capability.ts";
import { close, unselect } from "./close.ts";
import type { Command, CommandHandler, State, Updates } from "./command.ts";
import { comparator } from "./comparator.ts";
import { compress } from "./compress.ts";
import { copy } from "./copy.ts";
import { deleteAcl } from "./delete_acl.ts";
import { enable } from "./enable.ts";
import { expunge } from "./expunge.ts";
import { fetch } from "./fetch.ts";
import { filter } from "./filter.ts";
import { create, deleteFolder, rename, subscribe } from "./folders.ts";
import { getAcl } from "./get_acl.ts";
import { id } from "./id.ts";
import { idle } from "./idle.ts";
import { language } from "./language.ts";
import { list, lsub } from "./list.ts";
import { listRights } from "./list_rights.ts";
import { login } from "./login.ts";
import { logout } from "./logout.ts";
import { getMetadata, setMetadata } from "./metadata.ts";
import { multiSearch } from "./multi_search.ts";
import { myRights } from "./my_rights.ts";
import { namespace } from "./namespace.ts";
import { check, noop } from "./noop.ts";
import { notify } from "./notify.ts";
import { getQuota, getQuotaRoot } from "./quota.ts";
import { replace } from "./replace.ts";
import { search } from "./search.ts";
import { select } from "./select.ts";
import { setAcl } from "./set_acl.ts";
import { setQuota } from "./set_quota.ts";
import { sort } from "./sort.ts";
import { starttls } from "./starttls.ts";
import { status } from "./status.ts";
import { store } from "./store.ts";
import { thread } from "./thread.ts";
import { uidBatches } from "./uid_batches.ts";
import { unauthenticate } from "./unauthenticate.ts";

const ANY: readonly State[] = ["not-authenticated", "authenticated", "selected"];
const BEFORE: readonly State[] = ["not-authenticated"];
const AFTER: readonly State[] = ["authenticated", "selected"];
const SELECTED: readonly State[] = ["selected"];

/** Name, states (RFC 9051 §6), what may be told of the folder before the answer (§7.5.1), handler. */
const TABLE: [string, readonly State[], Updates, CommandHandler][] = [
  ["CAPABILITY", ANY, "all", capability],
  ["NOOP", ANY, "all", noop],
  ["LOGOUT", ANY, "none", logout],
  ["ID", ANY, "all", id],
  ["LANGUAGE", ANY, "all", language],
  ["STARTTLS", BEFORE, "none", starttls],
  ["LOGIN", BEFORE, "none", login],
  ["AUTHENTICATE", BEFORE, "none", authenticate],
  ["ENABLE", AFTER, "all", enable],
  ["SELECT", AFTER, "none", select],
  ["EXAMINE", AFTER, "none", select],
  ["CREATE", AFTER, "all", create],
  ["DELETE", AFTER, "all", deleteFolder],
  ["RENAME", AFTER, "all", rename],
  ["SUBSCRIBE", AFTER, "all", subscribe],
  ["UNSUBSCRIBE", AFTER, "all", subscribe],
  ["LIST", AFTER, "all", list],
  ["LSUB", AFTER, "all", lsub],
  ["NAMESPACE", AFTER, "all", namespace],
  ["STATUS", AFTER, "all", status],
  ["GETQUOTA", AFTER, "all", getQuota],
  ["GETQUOTAROOT", AFTER, "all", getQuotaRoot],
  ["SETQUOTA", AFTER, "all", setQuota],
  ["ESEARCH", AFTER, "all", multiSearch],
  ["GETMETADATA", AFTER, "all", getMetadata],
  ["SETMETADATA", AFTER, "all", setMetadata],
  ["COMPARATOR", AFTER, "all", comparator],
  ["NOTIFY", AFTER, "all", notify],
  ["UNAUTHENTICATE", AFTER, "none", unauthenticate],
  ["COMPRESS", AFTER, "none", compress],
  ["SETACL", AFTER, "all", setAcl],
  ["DELETEACL", AFTER, "all", deleteAcl],
  ["GETACL", AFTER, "all", getAcl],
  ["LISTRIGHTS", AFTER, "all", listRights],
  ["MYRIGHTS", AFTER, "all", myRights],
  ["IDLE", AFTER, "all", idle],
  ["CHECK", SELECTED, "all", check],
  ["CLOSE", SELECTED, "none", close],
  ["UNSELECT", SELECTED, "none", unselect],
  ["EXPUNGE", SELECTED, "all", expunge],
  ["UID EXPUNGE", SELECTED, "all", expunge],
  ["SEARCH", SELECTED, "no-expunge", search],
  ["UID SEARCH", SELECTED, "all", search],
  ["SORT", SELECTED, "no-expunge", sort],
  ["UID SORT", SELECTED, "all", sort],
  ["THREAD", SELECTED, "no-expunge", thread],
  ["UID THREAD", SELECTED, "all", thread],
  ["UIDBATCHES", SELECTED, "all", uidBatches],
  ["CANCELUPDATE", SELECTED, "all", cancelUpdate],
  ["FETCH", SELECTED, "no-expunge", fetch],
  ["UID FETCH", SELECTED, "all", fetch],
  ["REPLACE", SELECTED, "all", replace],
  ["UID REPLACE", SELECTED, "all", replace],
  ["FILTER", SELECTED, "no-expunge", filter],
  ["UID FILTER", SELECTED, "all", filter],
  ["STORE", SELECTED, "no-expunge", store],
  ["UID STORE", SELECTED, "all", store],
  ["COPY", SELECTED, "all", copy],
  ["UID COPY", SELECTED, "all", copy],
  ["MOVE", SELECTED, "all", copy],
  ["UID MOVE", SELECTED, "all", copy],
];

/** All commands by name. */
export const COMMANDS: ReadonlyMap<string, Command> = new Map<string, Command>([
  ...TABLE.map(([name, states, updates, run]) => [name, { states, updates, run }] as [string, Command]),
  ["APPEND", { states: AFTER, updates: "all", overlaps: true, run: append }],
]);
