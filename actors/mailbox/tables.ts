import type { Tables } from "../../src/actor/rows.ts";
import { scriptCopy } from "./script_names.ts";

/** A stored Sieve script. */
export type ScriptRow = { name: string; content: string };

/** An annotation (RFC 5464): `folder` is a folder's id, `entry` in lower case, `value` octets as latin-1. */
export type AnnotationRow = { folder: string; entry: string; value: string };

/** The `folder` of annotations of the server as a whole, as this user sees it. */
export const SERVER_ENTRIES = "";

/** What a script remembers until a moment (RFC 5230 §4.2, RFC 7352): who was answered, which message was seen. */
export type MarkRow = { kind: string; key: string; until_ms: number };

/** A setting of the mailbox; null is as if it had never been set. */
export type SettingRow = { name: string; value: string | null };

/** Rights on a folder, for one identifier. */
export type AclRow = { folder: string; identifier: string; rights: string };

/** The setting that names the active script: so there is one at most, and two servers cannot disagree. */
export const ACTIVE_SCRIPT = "active-script";

/** Every setting there is. */
export const SETTINGS: ReadonlySet<string> = new Set([ACTIVE_SCRIPT]);

/**
 * Rows by key that two servers hold alike, and how two versions join. The last word on a script counts, as if both had
 * been said to one server; a version that lost against another one is kept beside it. Settings are not removed but set
 * to null, so that a later word on the other server finds them.
 */
export const TABLES = {
  script: { key: ["name"], columns: { content: "copy" }, removal: "last", copyOf: scriptCopy },
  acl: { key: ["folder", "identifier"], columns: { rights: "last" }, removal: "last" },
  setting: { key: ["name"], columns: { value: "last" }, removal: "last" },
  annotation: { key: ["folder", "entry"], columns: { value: "last" }, removal: "last" },
  // Both sides' marks stay, each until the later moment. Only what ended long ago is taken away.
  // The home alone answers senders, also where both filed one delivery.
  mark: { key: ["kind", "key"], columns: { until_ms: "max" }, removal: "last", eachSide: true },
} as const satisfies Tables;

/** What reaches the other server as changes of folders and messages, and what a heal joins by rules of its own. */
export const BY_MESSAGE_JOIN: Readonly<Record<string, string>> = {
  "meta.key":
    "`uid_validity` stands in every join; `indexed` and `unbriefed` say how far this file's index is",
  "meta.value": "as its key",
  "folder.id": "named by each change",
  "folder.name": "the later word, or a free name",
  "folder.uid_validity": "given once, in a range of each server's own",
  "folder.uid_next": "the larger one, above all that either side gave",
  "folder.highest_modseq": "above both sides'",
  "folder.special_use": "as the name",
  "subscription.name": "the later word on each name",
  "message.uid": "one content for ever: of two births one gets a new UID",
  "message.modseq": "anew for all that either side touched",
  "message.flags": "the later word on each flag",
  "message.keywords": "as flags",
  "message.internal_ms": "comes with the message",
  "message.save_ms": "comes with the message",
  "message.size": "comes with the message",
  "content.hash": "named by each message; the bytes are asked for where they are missing",
  "content.thread_id": "comes with the message",
};

const OWN_KEY = "a number inside this file";
const OF_CONTENT = "worked out from the bytes, here as there";
const COUNTED = "counted from the messages";
const INDEX = "each file's own index, by numbers of its own";
const CUT_OFF = "what this server left to the other one when it was cut off from it";

/** What each server holds for itself, and why. */
export const LOCAL: Readonly<Record<string, string>> = {
  "folder.fid": OWN_KEY,
  "folder.messages": COUNTED,
  "folder.unseen": COUNTED,
  "folder.deleted": COUNTED,
  "folder.size": COUNTED,
  "folder.recent_from": "\\Recent is the business of one server's sessions",
  "folder.vanished_from": "how far back this file's `expunged` goes",
  "folder.changed_from": "how far back this file's `changed` goes",
  "folder.fork_from": CUT_OFF,
  "folder.fork_to": CUT_OFF,
  "folder.fork_uid": CUT_OFF,
  "message.fid": OWN_KEY,
  "message.content_id": OWN_KEY,
  "message.unseen": "as its flags",
  "message.born": "the modseq that this server's sessions first heard of it by",
  "content.id": OWN_KEY,
  "content.size": OF_CONTENT,
  "content.header_bytes": OF_CONTENT,
  "content.sent_ms": OF_CONTENT,
  "content.sent_day": OF_CONTENT,
  "content.envelope": OF_CONTENT,
  "content.structure": OF_CONTENT,
  "content.preview": OF_CONTENT,
  "content.parts": OF_CONTENT,
  "content.message_id": OF_CONTENT,
  "content.subject": OF_CONTENT,
  "content.base_subject": OF_CONTENT,
  "content.is_reply": OF_CONTENT,
  "content.from_name": OF_CONTENT,
  "content.from_address": OF_CONTENT,
  "content.to_name": OF_CONTENT,
  "content.to_address": OF_CONTENT,
  "content.cc_name": OF_CONTENT,
  "content.cc_address": OF_CONTENT,
  "keyword.name": "spellings that came with messages, here as there",
  "span.fid": OWN_KEY,
  "span.first_uid": "runs of the folder's messages",
  "span.last_uid": "runs of the folder's messages",
  "expunged.fid": OWN_KEY,
  "expunged.modseq": "written from the same changes on both",
  "expunged.first_uid": "as its modseq",
  "expunged.last_uid": "as its modseq",
  "changed.fid": OWN_KEY,
  "changed.modseq": "written from the same changes on both",
  "changed.first_uid": "as its modseq",
  "changed.last_uid": "as its modseq",
  "shared.content_id": OWN_KEY,
  "shared.extra": COUNTED,
  "header.content_id": OWN_KEY,
  "header.data": "the bytes, asked for by hash",
  "body.id": OWN_KEY,
  "body.data": "the bytes, asked for by hash",
  "brief.content_id": OWN_KEY,
  "brief.sent_ms": OF_CONTENT,
  "brief.subject": OF_CONTENT,
  "brief.is_reply": OF_CONTENT,
  "brief.from_box": OF_CONTENT,
  "brief.to_box": OF_CONTENT,
  "brief.cc_box": OF_CONTENT,
  "brief.from_shown": OF_CONTENT,
  "brief.to_shown": OF_CONTENT,
  "brief.id_key": OF_CONTENT,
  "brief.refs": OF_CONTENT,
  "brief.in_from": OF_CONTENT,
  "brief.in_to": OF_CONTENT,
  "brief.in_cc": OF_CONTENT,
  "brief.in_bcc": OF_CONTENT,
  "brief.in_subject": OF_CONTENT,
  "brief.in_id": OF_CONTENT,
  "gram.id": INDEX,
  "gram.bits": INDEX,
  "shared_word.block": INDEX,
  "shared_word.word": INDEX,
  "shared_word.bits": INDEX,
  "unblocked.part": INDEX,
  "unblocked.first_id": INDEX,
  "unblocked.contents": INDEX,
  "unblocked.buckets": INDEX,
  "unblocked.words": INDEX,
  "thread.key": "found again from the messages that come",
  "thread.thread_id": "as its key",
  "words.text": "each file's own index",
  "unindex.first_id": "each file's own index",
  "unindex.last_id": "each file's own index",
};
