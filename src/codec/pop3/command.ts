import { fromLatin1 } from "../../base/bytes.ts";

/** One command line of POP3 as a value. `BAD` is a line that is none; its message may be shown. */
export type Pop3Command =
  | { verb: "USER"; name: string }
  | { verb: "PASS"; password: string }
  | { verb: "AUTH"; mechanism: string | null; initial: string | null }
  | Each<"LIST" | "UIDL", { message: number | null }>
  | Each<"RETR" | "DELE", { message: number }>
  | { verb: "TOP"; message: number; lines: number }
  | { verb: "LANG"; range: string | null }
  | Each<"CAPA" | "STLS" | "UTF8" | "STAT" | "NOOP" | "RSET" | "QUIT">
  | { verb: "BAD"; message: string };

/** One member of the union for each verb, so that a table can name the type of one command. */
type Each<V extends string, Fields = unknown> = V extends V ? { verb: V } & Fields : never;

const utf8 = new TextDecoder("utf-8", { fatal: true });
const NUMBER = /^\d{1,9}$/;

/** Reads one line, without its CRLF (RFC 1939 §3, RFC 2449 §4). Never throws for what a client can send. */
export function parsePop3Command(line: Uint8Array): Pop3Command {
  let text = fromLatin1(line);
  if (/[\0\r\n\x80-\xff]/.test(text)) {
    if (/[\0\r\n]/.test(text)) return bad("control character in the command");
    // RFC 6856 §2.2: names and passwords may be UTF-8; nothing else may.
    if (!/^(?:USER|PASS) /i.test(text)) return bad("the command must be ASCII");
    try {
      text = utf8.decode(line);
    } catch {
      return bad("the command is not UTF-8");
    }
  }
  const space = text.indexOf(" ");
  const verb = (space < 0 ? text : text.slice(0, space)).toUpperCase();
  const rest = space < 0 ? "" : text.slice(space + 1);
  // A password may begin and end with spaces (RFC 1939 §7, PASS).
  if (verb === "PASS") return rest === "" ? bad("PASS needs a password") : { verb, password: rest };
  return parseVerb(verb, rest.trim());
}

function parseVerb(verb: string, rest: string): Pop3Command {
  switch (verb) {
    case "RETR":
    case "DELE":
      return NUMBER.test(rest) ? { verb, message: Number(rest) } : bad(`${verb} needs a message number`);
    case "LIST":
    case "UIDL":
      if (rest === "") return { verb, message: null };
      return NUMBER.test(rest) ? { verb, message: Number(rest) } : bad(`${verb} takes a message number`);
    case "TOP":
      return parseTop(rest);
    case "USER":
      return rest === "" ? bad("USER needs a name") : { verb, name: rest };
    case "AUTH":
      return parseAuth(rest);
    case "LANG":
      return /^(?:\*|[A-Za-z0-9-]{1,64})?$/.test(rest)
        ? { verb, range: rest === "" ? null : rest }
        : bad("malformed language");
    case "CAPA":
    case "STLS":
    case "UTF8":
    case "STAT":
    case "NOOP":
    case "RSET":
    case "QUIT":
      return rest === "" ? { verb } : bad(`${verb} takes no argument`);
  }
  return bad("unknown command");
}

/** RFC 1939 §7. */
function parseTop(rest: string): Pop3Command {
  const found = /^(\d{1,9}) +(\d{1,9})$/.exec(rest);
  if (!found) return bad("TOP needs a message number and a number of lines");
  return { verb: "TOP", message: Number(found[1]), lines: Number(found[2]) };
}

/** RFC 5034 §4; without a mechanism it asks which there are (RFC 1734 clients do). `=` is an empty response. */
function parseAuth(rest: string): Pop3Command {
  const found = /^(?:([A-Za-z0-9_-]{1,20})(?: +([A-Za-z0-9+\/]*={0,2}))?)?$/.exec(rest);
  if (!found) return bad("AUTH needs a mechanism and may have a base64 response");
  const initial = found[2] === undefined ? null : found[2] === "=" ? "" : found[2];
  return { verb: "AUTH", mechanism: found[1]?.toUpperCase() ?? null, initial };
}

function bad(message: string): Pop3Command {
  return { verb: "BAD", message };
}
