/** Subjects are cut here before the repeated rules below run over them; nobody sorts by what comes after. */
const SUBJECT_CHARS = 2000;

const LEADER = /(?:(?:\[[^[\]]*\] *)*(?:re|fwd?) *(?:\[[^[\]]*\] *)?:|[ \t])/iy;
const BLOB = /\[[^[\]]*\] */y;
const TRAILER = /(?:\(fwd\)|[ \t])$/i;

/** A subject's base text, and whether something on it said reply or forward. */
export interface BaseSubject {
  base: string;
  isReply: boolean;
}

/** RFC 5256 §2.1: the subject without `Re:`, `[list]`, `(fwd)` and so on. `subject` is decoded text. */
export function baseSubject(subject: string): BaseSubject {
  let text = subject.slice(0, SUBJECT_CHARS).replace(/[\t\r\n ]+/g, " ");
  let isReply = false;
  for (;;) {
    for (let match = TRAILER.exec(text); match; match = TRAILER.exec(text)) {
      if (match[0].length > 1) isReply = true;
      text = text.slice(0, match.index);
    }
    const { at, reply } = skipPrefixes(text);
    isReply ||= reply;
    text = text.slice(at);
    if (!/^\[fwd:.*\]$/is.test(text)) return { base: text, isReply };
    isReply = true;
    text = text.slice(5, -1);
  }
}

/** Steps (3) to (5). */
function skipPrefixes(text: string): { at: number; reply: boolean } {
  let at = 0, reply = false;
  for (;;) {
    LEADER.lastIndex = at;
    const leader = LEADER.exec(text);
    if (leader) {
      at = LEADER.lastIndex;
      reply ||= leader[0].endsWith(":");
      continue;
    }
    BLOB.lastIndex = at;
    if (!BLOB.test(text) || BLOB.lastIndex >= text.length) return { at, reply };
    at = BLOB.lastIndex;
  }
}
