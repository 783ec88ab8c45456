import { hash } from "node:crypto";
import { hex } from "../../src/base/bytes.ts";
import { LIMITS } from "../../src/base/limits.ts";
import type { Database } from "../../src/storage/database.ts";
import { checkAcl } from "./check_acl.ts";
import { checkAnnotations } from "./check_annotations.ts";
import { checkScripts } from "./check_scripts.ts";
import { BODY_ROWS } from "./content_refs.ts";
import { FLAG } from "./contract.ts";
import { folderName } from "./names.ts";
import { checkMarks, isMark } from "./own_seen.ts";
import { type Folder, readFolders } from "./state.ts";

/** Problems told of one sort; a broken file would otherwise fill the log. */
const TOLD = 20;
/** Bytes of messages whose hash is computed anew in one check; beyond it lengths are compared only. */
const HASHED_BYTES = 64 * 1024 * 1024;

type Tell = (problem: string) => void;

/** Every broken invariant of a mailbox file, one line each; empty when all is well. */
export function checkFile(db: Database): string[] {
  const problems: string[] = [];
  const tell = (problem: string) => void problems.push(problem);
  const folders = readFolders(db);
  for (const folder of folders) {
    checkName(folder, tell);
    checkCounters(db, folder, tell);
    checkSpans(db, folder, tell);
    checkExpunged(db, folder, tell);
    checkChanged(db, folder, tell);
  }
  checkOrphans(db, tell);
  checkReferences(db, tell);
  checkBytes(db, tell);
  checkKeywords(db, tell);
  checkScripts(db, tell);
  checkAcl(db, tell);
  checkAnnotations(db, tell);
  checkLog(db, tell);
  const quick = db.all<{ quick_check: string }>("PRAGMA quick_check(20)");
  for (const { quick_check } of quick) if (quick_check !== "ok") tell(`sqlite: ${quick_check}`);
  return problems;
}

function checkName(folder: Folder, tell: Tell): void {
  let name = "";
  try {
    name = folderName(folder.name);
  } catch {
    // Told below: the name differs from what it should be.
  }
  if (name !== folder.name) tell(`folder ${folder.id}: bad name`);
}

function checkCounters(db: Database, folder: Folder, tell: Tell): void {
  const row = db.get<Record<string, number>>(
    `SELECT count(*) AS messages, ifnull(sum(flags & ${FLAG.seen} = 0), 0) AS unseen,
       ifnull(sum(flags & ${FLAG.deleted} != 0), 0) AS deleted, ifnull(sum(size), 0) AS size,
       ifnull(max(uid), 0) AS uid, ifnull(max(modseq), 1) AS modseq, ifnull(sum(born > modseq), 0) AS unborn
     FROM message WHERE fid = ?`,
    folder.fid,
  )!;
  for (const name of ["messages", "unseen", "deleted", "size"] as const) {
    if (row[name] !== folder[name]) {
      tell(`folder ${folder.name}: ${name} is ${folder[name]}, should be ${row[name]}`);
    }
  }
  if (row.uid >= folder.uidNext) {
    tell(`folder ${folder.name}: UID ${row.uid} is not below UIDNEXT ${folder.uidNext}`);
  }
  if (row.modseq > folder.highestModSeq) {
    tell(`folder ${folder.name}: modseq ${row.modseq} is above the highest`);
  }
  if (row.unborn) tell(`folder ${folder.name}: ${row.unborn} messages were born after their last change`);
  if (folder.recentFrom > folder.uidNext) tell(`folder ${folder.name}: recent from beyond UIDNEXT`);
  if (folder.uidValidity < 1 || folder.uidValidity > 0xffffffff) {
    tell(`folder ${folder.name}: bad UIDVALIDITY`);
  }
}

/** Runs must be ascending, apart, and hold exactly the UIDs that exist. */
function checkSpans(db: Database, folder: Folder, tell: Tell): void {
  let end = -1, count = 0;
  const spans = db.tuples<[number, number]>(
    "SELECT first_uid, last_uid FROM span WHERE fid = ? ORDER BY first_uid",
    folder.fid,
  );
  for (const [first, last] of spans) {
    if (first <= end + 1 && end >= 0 || last < first) tell(`folder ${folder.name}: runs touch at ${first}`);
    end = last;
    count += last - first + 1;
  }
  if (count !== folder.messages) tell(`folder ${folder.name}: runs hold ${count} UIDs of ${folder.messages}`);
  const outside = db.get<{ uid: number }>(
    `SELECT uid FROM message m WHERE fid = ?1 AND NOT EXISTS
       (SELECT 1 FROM span s WHERE s.fid = ?1 AND m.uid BETWEEN s.first_uid AND s.last_uid) LIMIT 1`,
    folder.fid,
  );
  if (outside) tell(`folder ${folder.name}: UID ${outside.uid} is in no run`);
}

function checkExpunged(db: Database, folder: Folder, tell: Tell): void {
  const back = db.get<{ uid: number }>(
    `SELECT m.uid FROM expunged e JOIN message m ON m.fid = e.fid AND m.uid BETWEEN e.first_uid AND e.last_uid
     WHERE e.fid = ? LIMIT 1`,
    folder.fid,
  );
  if (back) tell(`folder ${folder.name}: UID ${back.uid} exists and is expunged`);
  const late = db.get<{ modseq: number }>(
    "SELECT modseq FROM expunged WHERE fid = ? AND (modseq > ? OR modseq <= ?) LIMIT 1",
    folder.fid,
    folder.highestModSeq,
    folder.vanishedFrom,
  );
  if (late) tell(`folder ${folder.name}: expunged at modseq ${late.modseq} is out of range`);
}

/** Every message that changed of late lies in a run of its modseq, and the index of the unseen holds just those. */
function checkChanged(db: Database, folder: Folder, tell: Tell): void {
  const missing = db.get<{ uid: number }>(
    `SELECT uid FROM message m WHERE fid = ?1 AND modseq > ?2 AND NOT EXISTS
       (SELECT 1 FROM changed c WHERE c.fid = ?1 AND c.modseq = m.modseq AND m.uid BETWEEN c.first_uid AND c.last_uid)
     LIMIT 1`,
    folder.fid,
    folder.changedFrom,
  );
  if (missing) tell(`folder ${folder.name}: the change of UID ${missing.uid} is in no run`);
  const wrong = db.get<{ uid: number }>(
    `SELECT uid FROM message WHERE fid = ? AND (flags & ${FLAG.seen} = 0) != (unseen IS NOT NULL) LIMIT 1`,
    folder.fid,
  );
  if (wrong) tell(`folder ${folder.name}: UID ${wrong.uid} is counted as seen or unseen against its flags`);
}

function checkOrphans(db: Database, tell: Tell): void {
  for (const table of ["message", "span", "expunged", "changed"]) {
    const row = db.get<{ fid: number }>(
      `SELECT fid FROM ${table} WHERE fid NOT IN (SELECT fid FROM folder) LIMIT 1`,
    );
    if (row) tell(`${table}: rows of folder ${row.fid}, which does not exist`);
  }
  for (
    const [table, column] of [["header", "content_id"], ["shared", "content_id"], ["brief", "content_id"]]
  ) {
    const row = db.get<{ id: number }>(
      `SELECT ${column} AS id FROM ${table} WHERE ${column} NOT IN (SELECT id FROM content) LIMIT 1`,
    );
    if (row) tell(`${table}: a row of content ${row.id}, which does not exist`);
  }
  const body = db.get<{ id: number }>(
    `SELECT id FROM body WHERE id / ${BODY_ROWS} NOT IN (SELECT id FROM content) LIMIT 1`,
  );
  if (body) tell(`body: row ${body.id} is of no content`);
}

/** Each content is used exactly as often as `shared` says, and at least once. */
function checkReferences(db: Database, tell: Tell): void {
  const rows = db.all<{ id: number; uses: number; noted: number }>(
    `SELECT c.id, ifnull(m.uses, 0) AS uses, 1 + ifnull(s.extra, 0) AS noted FROM content c
       LEFT JOIN (SELECT content_id, count(*) AS uses FROM message GROUP BY content_id) m ON m.content_id = c.id
       LEFT JOIN shared s ON s.content_id = c.id
     WHERE ifnull(m.uses, 0) != 1 + ifnull(s.extra, 0) LIMIT ${TOLD}`,
  );
  for (const { id, uses, noted } of rows) tell(`content ${id}: used ${uses} times, noted ${noted}`);
  const missing = db.all<{ fid: number; uid: number }>(
    `SELECT m.fid, m.uid FROM message m LEFT JOIN content c ON c.id = m.content_id
     WHERE c.id IS NULL OR c.size != m.size LIMIT ${TOLD}`,
  );
  for (const { fid, uid } of missing) tell(`folder ${fid}: UID ${uid} has no content of its size`);
}

function checkBytes(db: Database, tell: Tell): void {
  const contents = db.all<{ id: number; hash: Uint8Array; size: number; header_bytes: number }>(
    "SELECT id, hash, size, header_bytes FROM content ORDER BY id",
  );
  let budget = HASHED_BYTES, told = 0;
  for (const { id, hash: expected, size, header_bytes } of contents) {
    if (told >= TOLD) return;
    budget -= size;
    const problem = budget > 0
      ? hashedProblem(db, id, expected, size, header_bytes)
      : lengthProblem(db, id, size, header_bytes);
    if (problem === null) continue;
    tell(`content ${id}: ${problem}`);
    told++;
  }
}

function hashedProblem(
  db: Database,
  id: number,
  expected: Uint8Array,
  size: number,
  headerBytes: number,
): string | null {
  const header = db.get<{ data: Uint8Array }>("SELECT data FROM header WHERE content_id = ?", id)?.data;
  if (!header || header.length !== headerBytes) return "the header has not its size";
  const body = db.all<{ id: number; data: Uint8Array }>(
    "SELECT id, data FROM body WHERE id BETWEEN ? AND ? ORDER BY id",
    id * BODY_ROWS,
    id * BODY_ROWS + BODY_ROWS - 1,
  );
  const raw = new Uint8Array(size);
  raw.set(header.subarray(0, size));
  let at = headerBytes;
  for (let i = 0; i < body.length; i++) {
    const { data } = body[i];
    if (body[i].id !== id * BODY_ROWS + i) return "a piece of the body is missing";
    if (i < body.length - 1 && data.length !== LIMITS.bodyChunkBytes) {
      return "a piece of the body has not its size";
    }
    if (at + data.length > size) return "the body is too long";
    raw.set(data, at);
    at += data.length;
  }
  if (at !== size) return `has ${at} bytes of ${size}`;
  return hash("sha256", raw) === hex(expected) ? null : "its bytes do not have its hash";
}

function lengthProblem(db: Database, id: number, size: number, headerBytes: number): string | null {
  const { n } = db.get<{ n: number }>(
    "SELECT ifnull(sum(length(data)), 0) AS n FROM body WHERE id BETWEEN ? AND ?",
    id * BODY_ROWS,
    id * BODY_ROWS + BODY_ROWS - 1,
  )!;
  return n + headerBytes === size ? null : `has ${n + headerBytes} bytes of ${size}`;
}

function checkKeywords(db: Database, tell: Tell): void {
  const known = new Set(db.tuples<[string]>("SELECT name FROM keyword").flat());
  for (const [line] of db.tuples<[string]>("SELECT DISTINCT keywords FROM message WHERE keywords NOT NULL")) {
    const names = line.split(" ");
    if (names.join(" ") !== [...new Set(names)].sort().join(" ")) tell(`keywords "${line}" are not in order`);
    for (const name of names) {
      if (!isMark(name) && !known.has(name)) tell(`keyword ${name} is not known`);
    }
    checkMarks(names.filter(isMark), tell);
  }
}

/** Positions go up by one, but for a join that replaces what stood before it; and time goes on. */
function checkLog(db: Database, tell: Tell): void {
  const row = db.get<{ holes: number; back: number }>(
    `SELECT ifnull(sum(position - before != 1 AND changes NOT LIKE '[{"op":"join"%'), 0) AS holes,
       ifnull(sum(hlc < earlier), 0) AS back
     FROM (SELECT position, hlc, changes, lag(position) OVER w AS before, lag(hlc) OVER w AS earlier
       FROM log WINDOW w AS (ORDER BY position)) WHERE before NOT NULL`,
  )!;
  if (row.holes) tell(`log: entries are missing in ${row.holes} places`);
  if (row.back) tell(`log: time goes back ${row.back} times`);
}
