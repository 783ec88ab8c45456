import type { ActorKind } from "../actor/actor.ts";

/**
 * The kinds of place: processes with rights of their own. `main` holds the sockets and supervises the others; `peer` is
 * the other server of a pair, over the link.
 */
export type PlaceKind = "main" | "shard" | "control" | "peer";

/** What the two servers of a pair ask each other about any actor that both hold. */
const REPLICATION = [
  "replicaState",
  "listMarks",
  "commonMark",
  "readLog",
  "applyLog",
  "acked",
  "tip",
  "snapshot",
  "hash",
  "moveHome",
] as const;

/** What one kind of place holds, may ask others, and may touch. The one table of rights. */
export interface PlaceRights {
  /** Kinds of actor that live here. */
  kinds: readonly ActorKind[];
  /** Requests that this place may send to actors elsewhere, by kind; `*` is every request. */
  asks: Partial<Record<ActorKind, readonly string[]>>;
  /** Folders below the data folder that it may read and write; `null` for main, which is started with its own rights. */
  folders: readonly string[] | null;
  /** Heap bound in MiB. */
  heapMiB: number;
}

/**
 * Least permissions. Everything that is not named is refused: no network (beyond the one socket to main), no
 * environment, no subprocess, no other folder. A test holds this table against what the processes really get.
 */
const PLACES: Record<PlaceKind, PlaceRights> = {
  main: {
    kinds: [],
    asks: {
      mailbox: ["*"],
      queue: ["*"],
      login: ["verify", "hash", "scramBegin", "scramEnd", "vouch"],
      directory: [
        "resolve",
        "rewriteSender",
        "hasDomain",
        "maySendAs",
        "account",
        "configure",
        "createDomain",
        "updateDomain",
        "removeDomain",
        "getDomain",
        "listDomains",
        "createAccount",
        "updateAccount",
        "removeAccount",
        "getAccount",
        "listAccounts",
        "createAlias",
        "removeAlias",
        "getAlias",
        "listAliases",
        "createGroup",
        "updateGroup",
        "removeGroup",
        "getGroup",
        "listGroups",
        "createPublic",
        "createPublicAddresses",
        "updatePublicAddresses",
        "updatePublic",
        "removePublic",
        "listPublics",
        "listPublicAddresses",
        "createSpace",
        "removeSpace",
        "listSpaces",
        "shares",
        "identity",
        "siteScripts",
        "listGlobalScripts",
        "getGlobalScript",
        "updateGlobalScript",
        "removeGlobalScript",
        "updateSieveRole",
        "check",
        "heal",
        ...REPLICATION,
      ],
    },
    folders: null,
    heapMiB: 4096,
  },
  peer: {
    kinds: [],
    asks: {
      mailbox: [
        ...REPLICATION,
        "missingContents",
        "readContents",
        "stageContents",
        "createFolder",
        "deleteFolder",
        "renameFolder",
        "subscribe",
        "store",
        "expunge",
        "copy",
        "append",
        "deliver",
        "fileCopy",
        "setAcl",
        "deleteAcl",
        "putScript",
        "runScript",
        "runEvent",
        "filterMessages",
        "setAnnotations",
        "deleteScript",
        "renameScript",
        "setActiveScript",
      ],
      directory: [
        ...REPLICATION,
        "rehash",
        "createDomain",
        "updateDomain",
        "removeDomain",
        "createAccount",
        "updateAccount",
        "removeAccount",
        "createAlias",
        "removeAlias",
        "createGroup",
        "updateGroup",
        "removeGroup",
        "updateShares",
        "createPublic",
        "createPublicAddresses",
        "updatePublicAddresses",
        "updatePublic",
        "removePublic",
        "createSpace",
        "removeSpace",
        "updateGlobalScript",
        "removeGlobalScript",
        "updateSieveRole",
      ],
      queue: ["keepCopy", "dropCopies"],
    },
    folders: [],
    heapMiB: 0,
  },
  shard: {
    kinds: ["mailbox"],
    asks: {
      // What scripts file into shared and public folders, and what was refused there back into INBOX.
      mailbox: ["fileCopy"],
      queue: ["submit"],
      directory: ["updateShares", "createPublicAddresses", "updatePublicAddresses"],
    },
    folders: ["mailboxes"],
    heapMiB: 2048,
  },
  control: {
    kinds: ["directory", "queue", "login"],
    asks: { mailbox: ["deliver"], directory: ["rehash"] },
    folders: ["control"],
    heapMiB: 1024,
  },
};

/** Mailboxes are spread over this many folders, and folders over shards, so that shards can be added without moving files. */
export const BUCKETS = 256;

/** The bucket of a mailbox name (FNV-1a). */
export function bucketOf(name: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < name.length; i++) hash = Math.imul(hash ^ name.charCodeAt(i), 0x01000193);
  return (hash >>> 0) % BUCKETS;
}

/** The folder name of a bucket: `00` … `ff`. */
export function bucketFolder(bucket: number): string {
  return bucket.toString(16).padStart(2, "0");
}

/** The place of an actor: `control`, or `shard-2` of `shards`. */
export function placeOf(kind: ActorKind, name: string, shards: number): string {
  return kind === "mailbox" ? `shard-${bucketOf(name) % shards}` : "control";
}

/** Whether a place of `kind` may send this request. */
export function mayAsk(kind: PlaceKind, actor: ActorKind, request: string): boolean {
  const allowed = PLACES[kind].asks[actor];
  return !!allowed && (allowed.includes("*") || allowed.includes(request));
}

/** Folders that a place may touch, below the data folder. */
export function placeFolders(place: string, shards: number): string[] {
  if (place === "control") return ["control"];
  const index = Number(place.slice("shard-".length));
  if (shards === 1) return ["mailboxes"];
  const own = [`mailboxes/host-${index}`];
  for (let b = index; b < BUCKETS; b += shards) own.push(`mailboxes/${bucketFolder(b)}`);
  return own;
}

/** The arguments that start a place's process with exactly its rights. `--no-prompt` turns every other wish into an error. */
export function placeArguments(
  place: string,
  options: {
    data: string;
    shards: number;
    entry: string;
    socket: string;
    code: string;
    heapMiB?: number;
    /** This server and the other one of its pair, if there is one. */
    node?: { id: string; peer: string | null };
    /** How it writes its log; every line from `info` up as JSON when left out. */
    log?: { level: string; format: string };
  },
): string[] {
  const kind: PlaceKind = place === "control" ? "control" : "shard";
  const folders = placeFolders(place, options.shards).map((folder) => `${options.data}/${folder}`)
    .concat(options.socket).join(",");
  return [
    "run",
    "--no-prompt",
    "--cached-only",
    "--unstable-worker-options",
    // `gc()` for `tidy_memory.ts` and for the hashing thread, which leaves 19 MiB behind with each hash.
    `--v8-flags=--max-old-space-size=${options.heapMiB ?? PLACES[kind].heapMiB},--expose-gc`,
    `--allow-read=${folders}${kind === "control" ? `,${options.code}` : ""}`,
    `--allow-write=${folders}`,
    `--allow-net=unix:${options.socket}`,
    "--deny-env",
    "--deny-run",
    "--deny-ffi",
    "--deny-sys",
    "--deny-import",
    options.entry,
    place,
    options.socket,
    options.data,
    String(options.shards),
    options.node?.id ?? "mx1",
    options.node?.peer ?? "",
    ...options.log ? [options.log.level, options.log.format] : [],
  ];
}
