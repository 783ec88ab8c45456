/** Ids that are kept of a message: the first, where a thread starts, and the last ones. */
const MAX_REFERENCES = 30;
/** Longer ids are no ids (RFC 5322 §2.1.1 lines hold 998). */
const ID_CHARS = 998;

/** The first `<id>` of a value without its angle brackets (RFC 5322 §3.6.4); null when there is none. */
export function messageIdOf(value: string | null): string | null {
  if (value === null) return null;
  const start = value.indexOf("<");
  if (start < 0) return value.trim().includes("@") && !/\s/.test(value.trim()) ? value.trim() : null;
  const end = value.indexOf(">", start);
  const id = end < 0 ? "" : value.slice(start + 1, end).trim();
  return id === "" || id.length > ID_CHARS ? null : id;
}

/** Ids of References, then In-Reply-To's that are new: oldest first, each once, without angle brackets. */
export function referencesOf(references: string | null, inReplyTo: string | null): string[] {
  return bounded([...new Set([...idsOf(references), ...idsOf(inReplyTo)])]);
}

/**
 * The references by which THREAD=REFERENCES links messages (RFC 5256 §3): the ids of References or, when it has none,
 * the first one of In-Reply-To. An id that comes twice stays twice: the last one of all is the parent (step 1.B), and
 * links follow the order that is written (step 1.A).
 */
export function threadReferences(references: string | null, inReplyTo: string | null): string[] {
  const ids = bounded(idsOf(references));
  return (ids.length ? ids : idsOf(inReplyTo).slice(0, 1)).map(normalId);
}

/** Every `<id>` of a value in the order that is written. */
function idsOf(value: string | null): string[] {
  const ids: string[] = [];
  for (let at = value?.indexOf("<") ?? -1; value !== null && at >= 0;) {
    const end = value.indexOf(">", at);
    if (end < 0) break;
    const id = value.slice(value.lastIndexOf("<", end) + 1, end).replace(/[\s]+/g, "");
    if (id !== "" && id.length <= ID_CHARS) ids.push(id);
    at = value.indexOf("<", end);
  }
  return ids;
}

function bounded(ids: string[]): string[] {
  return ids.length <= MAX_REFERENCES ? ids : [ids[0], ...ids.slice(1 - MAX_REFERENCES)];
}

/** `<"a"@b>` and `<a@b>` are one id (RFC 5256 §3): quotes and backslashes of quoted strings go. */
export function normalId(id: string): string {
  if (!id.includes('"')) return id;
  return id.replace(/"((?:[^"\\]|\\.)*)"/g, (_, inner: string) => inner.replace(/\\(.)/g, "$1"));
}
