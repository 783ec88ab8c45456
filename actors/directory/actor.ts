import type { StoredActor } from "../../src/actor/actor.ts";
import { replicaHandlers } from "../../src/actor/replica_handlers.ts";
import {
  account,
  createAccount,
  credentials,
  decoyKey,
  getAccount,
  listAccounts,
  rehash,
  removeAccount,
  updateAccount,
} from "./accounts.ts";
import {
  createAlias,
  createGroup,
  getAlias,
  getGroup,
  listAliases,
  listGroups,
  removeAlias,
  removeGroup,
  updateGroup,
} from "./aliases.ts";
import { check } from "./check.ts";
import { configure } from "./configure.ts";
import type { DirectoryContract } from "./contract.ts";
import { createDomain, getDomain, listDomains, removeDomain, updateDomain } from "./domains.ts";
import { hashOf, readLog } from "./log.ts";
import { directoryChanges } from "./replicated.ts";
import { applyLog, heal, snapshot, tip } from "./replicate.ts";
import { createPublic, listPublics, removePublic, updatePublic } from "./public.ts";
import { createSpace, listSpaces, removeSpace } from "./spaces.ts";
import { createPublicAddresses, listPublicAddresses, updatePublicAddresses } from "./public_addresses.ts";
import { identity, shares, updateShares } from "./sharing.ts";
import { hasDomain, maySendAs, resolve } from "./resolve.ts";
import { migrations } from "./migrations.ts";
import { rewriteSender } from "./srs.ts";
import {
  getGlobalScript,
  listGlobalScripts,
  removeGlobalScript,
  siteScripts,
  updateGlobalScript,
  updateSieveRole,
} from "./sieve.ts";
import { type DirectoryState, emptyState } from "./state.ts";

/** Domains, accounts, aliases, groups and credentials: one actor, `directory:main`, in one SQLite file. */
export const directoryActor: StoredActor<DirectoryContract, DirectoryState> = {
  kind: "directory",
  migrations,
  reads: new Set<keyof DirectoryContract & string>([
    "resolve",
    "hasDomain",
    "maySendAs",
    "credentials",
    "decoyKey",
    "account",
    "getDomain",
    "listDomains",
    "getAccount",
    "listAccounts",
    "getAlias",
    "listAliases",
    "getGroup",
    "listGroups",
    "listPublics",
    "listPublicAddresses",
    "listSpaces",
    "shares",
    "identity",
    "siteScripts",
    "listGlobalScripts",
    "getGlobalScript",
    "check",
    "hash",
    "readLog",
    "rewriteSender",
    "replicaState",
    "listMarks",
    "commonMark",
    "tip",
    "snapshot",
  ]),
  handlers: {
    resolve,
    rewriteSender,
    hasDomain,
    maySendAs,
    credentials,
    decoyKey,
    rehash,
    account,
    configure,
    createDomain,
    updateDomain,
    removeDomain,
    getDomain,
    listDomains,
    createAccount,
    updateAccount,
    removeAccount,
    getAccount,
    listAccounts,
    createAlias,
    removeAlias,
    getAlias,
    listAliases,
    createGroup,
    updateGroup,
    removeGroup,
    getGroup,
    listGroups,
    createPublic,
    createPublicAddresses,
    updatePublicAddresses,
    listPublicAddresses,
    updatePublic,
    createSpace,
    removeSpace,
    listSpaces,
    removePublic,
    listPublics,
    updateShares,
    shares,
    identity,
    siteScripts,
    listGlobalScripts,
    getGlobalScript,
    updateGlobalScript,
    removeGlobalScript,
    updateSieveRole,
    check: (_request, turn) => ({ problems: check(turn.db) }),
    hash: (_request, turn) => hashOf(turn),
    readLog,
    ...replicaHandlers,
    tip,
    applyLog,
    heal,
    snapshot,
  },
  changes: directoryChanges,
  open: () => emptyState(),
  check,
};
