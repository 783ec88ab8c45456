/** One message on its way into or out of an archive. */
export interface ArchivedMessage {
  folder: string;
  /** Place in its folder when it was exported: names files, and means nothing on import. */
  uid: number;
  /** IMAP flags and keywords. */
  flags: string[];
  /** INTERNALDATE in milliseconds since 1970; null when the archive does not know. */
  dateMs: number | null;
  raw: Uint8Array;
}

/** Writes an archive; folders come before their messages. */
export interface ArchiveWriter {
  folder(name: string): Promise<void>;
  add(message: ArchivedMessage): Promise<void>;
  close(): Promise<void>;
}

/** What an archive holds: folders, so that empty ones are kept, and messages. */
export type ArchiveEntry = { kind: "folder"; name: string } | { kind: "message"; message: ArchivedMessage };

/** One way to keep a mailbox in files. */
export interface ArchiveFormat {
  name: string;
  /** Makes a new archive at a path where nothing is yet. */
  create(path: string): Promise<ArchiveWriter>;
  read(path: string): AsyncIterable<ArchiveEntry>;
}

const CR = 13;
const LF = 10;

/** Text of another program with LF line ends gets CRLF (RFC 5322 §2.1); text that has CRLF is left as it is. */
export function withCrlf(raw: Uint8Array): Uint8Array {
  const first = raw.indexOf(LF);
  if (first < 0 || (first > 0 && raw[first - 1] === CR)) return raw;
  let count = 0;
  for (let at = first; at >= 0; at = raw.indexOf(LF, at + 1)) count++;
  const out = new Uint8Array(raw.length + count);
  let to = 0;
  let from = 0;
  for (let at = first; at >= 0; at = raw.indexOf(LF, at + 1)) {
    const line = raw.subarray(from, at);
    out.set(line, to);
    to += line.length;
    if (raw[at - 1] !== CR || at === from) out[to++] = CR;
    out[to++] = LF;
    from = at + 1;
  }
  out.set(raw.subarray(from), to);
  return out.subarray(0, to + raw.length - from);
}

/** Makes a folder that must not be there yet. */
export async function makeNew(path: string): Promise<void> {
  await Deno.mkdir(path, { recursive: false });
}

/** A folder name as a path: each level one name that every file system takes. */
export function folderPath(name: string): string {
  return name.split("/").map(fileName).join("/");
}

/** Undoes `folderPath`. */
export function folderOf(path: string): string {
  return path.split("/").map((part) => decodeURIComponent(part)).join("/");
}

/** A level as a file name: what file systems do not take, and dots in front, are written as `%` and two digits. */
function fileName(level: string): string {
  const safe = level.replace(/[%\\:*?"<>|\x00-\x1f\x7f]/g, escape);
  return safe.replace(/^\./, "%2E").replace(/[. ]$/, escape) || "%20";
}

function escape(character: string): string {
  return "%" + character.charCodeAt(0).toString(16).toUpperCase().padStart(2, "0");
}
