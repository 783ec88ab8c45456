import { fromLatin1 } from "../../src/base/bytes.ts";
import { seededRandom } from "../../src/base/id.ts";

const WORDS = [
  ..."a1 NOOP;LOGIN;SELECT;UID FETCH;FETCH;SEARCH;STORE;APPEND;LIST;RETURN;CHARSET UTF-8;CHARSET KOI8-R"
    .split(";"),
  ..."1:*;$;2,4:7,9:*;4294967295;0;*;(;);(\\Seen $a);\\Deleted;+FLAGS.SILENT;BODY[];BODY.PEEK[1.2.MIME]"
    .split(";"),
  ..."BODY[HEADER.FIELDS (From To)]<0.10>;BINARY[1]<2.3>;RFC822;ALL;FAST;ENVELOPE;PREVIEW (LAZY)".split(";"),
  ..."OR;NOT;UNSEEN;KEYWORD;HEADER;SUBJECT;SINCE;1-Feb-2024;MODSEQ;OLDER;UID;RETURN (MIN COUNT)".split(";"),
  ...'"a b";"\\"";"";NIL;INBOX;Entw&APw-rfe;&Jjo-&-;"17-Jul-1996 02:44:25 -0700";%;PARTIAL -1:-9;"\xc3\xa4"'
    .split(";"),
];

/** Right commands, so that what is broken is not broken everywhere. */
const COMMANDS = [
  ..."NOOP;CAPABILITY;NAMESPACE;IDLE;CLOSE;UNSELECT;EXPUNGE;CHECK;ENABLE QRESYNC;ENABLE IMAP4rev2".split(";"),
  ..."SELECT INBOX;EXAMINE INBOX (CONDSTORE);SELECT INBOX (QRESYNC (1 2 1:3 (1,2 1,2)));STATUS INBOX (MESSAGES SIZE)"
    .split(";"),
  ...'LIST "" *;LIST (SUBSCRIBED RECURSIVEMATCH) "" (a% *) RETURN (CHILDREN STATUS (UNSEEN));LSUB "" %'.split(
    ";",
  ),
  ...'CREATE x/y;CREATE z (USE (\\Sent));DELETE x;RENAME x y;SUBSCRIBE x;GETQUOTAROOT INBOX;ID ("a" NIL)'
    .split(";"),
  ..."FETCH 1:* (UID FLAGS ENVELOPE BODYSTRUCTURE BODY);UID FETCH 1:* (FLAGS) (CHANGEDSINCE 1 VANISHED)"
    .split(";"),
  ..."FETCH 1 BODY[HEADER.FIELDS.NOT (To)]<1.5>;FETCH * BINARY[1];UID FETCH $ (RFC822 MODSEQ EMAILID)".split(
    ";",
  ),
  ..."STORE 1:2 +FLAGS.SILENT (\\Seen a);UID STORE 1:* (UNCHANGEDSINCE 9) -FLAGS (a \\Deleted);STORE * FLAGS ()"
    .split(";"),
  ...'COPY 1:* other;UID MOVE 2 other;UID EXPUNGE 1:3;SEARCH RETURN (SAVE) OR SEEN NOT (SUBJECT "x" 1:*)'
    .split(";"),
  ..."SEARCH RETURN (MIN MAX ALL COUNT) UNSEEN;UID SEARCH CHARSET UTF-8 TEXT {2}\r\nab;SEARCH MODSEQ 3".split(
    ";",
  ),
  ...'APPEND INBOX (\\Seen) {4+}\r\na: b;APPEND other " 1-Jan-2020 00:00:00 +0000" {3}\r\nabc'.split(";"),
  ..."SORT (REVERSE DATE) UTF-8 FUZZY TEXT a;UID THREAD REFERENCES UTF-8 UIDAFTER 1;UIDBATCHES 500 1:2;ENABLE UIDONLY"
    .split(";"),
  ...'COMPARATOR default;SETQUOTA "" (STORAGE 1);ESEARCH IN (personal) RETURN (COUNT) ALL;NOTIFY NONE;CANCELUPDATE "x"'
    .split(";"),
  ..."AUTHENTICATE OAUTHBEARER bixhPWEsAWF1dGg9QmVhcmVyIHgBAQ==;AUTHENTICATE EXTERNAL =;LOGIN a b;AUTHENTICATE PLAIN AGEAYg==;AUTHENTICATE LOGIN"
    .split(";"),
];

/** One stream of decisions from a seed. */
export class Dice {
  readonly #random;
  constructor(seed: number) {
    this.#random = seededRandom(Math.imul(seed, 0x9e3779b1));
  }

  below(limit: number): number {
    const [a, b, c] = this.#random.bytes(3);
    return (a << 16 | b << 8 | c) % limit;
  }

  pick<T>(items: readonly T[]): T {
    return items[this.below(items.length)];
  }

  octets(length: number): string {
    return fromLatin1(this.#random.bytes(length));
  }
}

/** Commands of plausible words with literals, then some octets changed, doubled, cut or made up. */
export function makeInput(dice: Dice, longestLine: number): string {
  let text = "";
  for (let line = dice.below(5); line >= 0; line--) {
    text += `t${line}`;
    if (dice.below(3)) text += " " + dice.pick(COMMANDS);
    else for (let word = dice.below(12); word > 0; word--) text += " " + makeWord(dice);
    text += "\r\n";
  }
  for (let change = dice.below(6); change > 0; change--) {
    const at = dice.below(text.length + 1);
    const rest = text.slice(at + dice.below(4));
    const middle = dice.pick([
      "",
      "\r",
      "\n",
      "\0",
      "{",
      "}",
      "(",
      '"',
      "\\",
      " ",
      "\r\n",
      text.slice(at, at + 9),
    ]);
    text = text.slice(0, at) + (dice.below(4) ? middle : dice.octets(dice.below(20))) + rest;
  }
  if (!dice.below(10)) text += "x".repeat(dice.below(3 * longestLine)) + "\r\n";
  // A refused literal this long would swallow all that follows; that is tested beside the receiver.
  return text.replace(/\{\d{4,}\+\}/g, "{999+}");
}

function makeWord(dice: Dice): string {
  const kind = dice.below(12);
  if (kind) return dice.pick(WORDS);
  const octets = dice.octets(dice.below(30));
  const size = dice.below(8) ? octets.length : dice.below(1000);
  return `${dice.pick(["", "", "~"])}{${size}${dice.pick(["", "+"])}}\r\n${octets}`;
}
