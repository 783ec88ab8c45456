import type { CommandParts } from "../imap/receiver.ts";
import { readWords, type Word } from "./words.ts";

/** One command of ManageSieve as a value. `BAD` is what is none; its message may be shown. */
export type ManageSieveCommand =
  | { verb: "AUTHENTICATE"; mechanism: string; initial: string | null }
  | { verb: "HAVESPACE"; name: string; sizeBytes: number }
  | { verb: "PUTSCRIPT"; name: string; content: string }
  | { verb: "CHECKSCRIPT"; content: string }
  | Each<"GETSCRIPT" | "DELETESCRIPT", { name: string }>
  | { verb: "SETACTIVE"; name: string | null }
  | { verb: "RENAMESCRIPT"; from: string; to: string }
  | { verb: "NOOP"; tag: string | null }
  | Each<"CAPABILITY" | "STARTTLS" | "LOGOUT" | "LISTSCRIPTS" | "UNAUTHENTICATE">
  | { verb: "BAD"; message: string };

/** One member of the union for each verb, so that a table can name the type of one command. */
type Each<V extends string, Fields = unknown> = V extends V ? { verb: V } & Fields : never;

/** Reads one command (RFC 5804 §4). Never throws for what a client can send. */
export function parseManageSieveCommand(parts: CommandParts): ManageSieveCommand {
  try {
    const [verb, ...args] = readWords(parts);
    if (!verb || verb.string) return bad(verb ? "a command begins with its name" : "empty command");
    return parseVerb(verb.text.toUpperCase(), args);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return bad(error.message);
  }
}

/** A client's answer to a SASL challenge: one string alone (RFC 5804 §2.1). Throws SyntaxError. */
export function parseSaslAnswer(parts: CommandParts): string {
  const words = readWords(parts);
  if (words.length !== 1 || !words[0].string) {
    throw new SyntaxError("the answer to a challenge is one string");
  }
  return words[0].text;
}

function parseVerb(verb: string, args: readonly Word[]): ManageSieveCommand {
  switch (verb) {
    case "AUTHENTICATE": {
      const [mechanism, initial] = strings(verb, args, 1, 2);
      return { verb, mechanism: mechanism.toUpperCase(), initial: initial ?? null };
    }
    case "HAVESPACE": {
      const [name] = strings(verb, args.slice(0, 1), 1);
      return { verb, name, sizeBytes: number(verb, args.slice(1)) };
    }
    case "PUTSCRIPT": {
      const [name, content] = strings(verb, args, 2);
      return { verb, name, content };
    }
    case "CHECKSCRIPT":
      return { verb, content: strings(verb, args, 1)[0] };
    case "GETSCRIPT":
    case "DELETESCRIPT":
      return { verb, name: strings(verb, args, 1)[0] };
    case "SETACTIVE":
      // RFC 5804 §2.8: the empty name makes the active script inactive.
      return { verb, name: strings(verb, args, 1)[0] || null };
    case "RENAMESCRIPT": {
      const [from, to] = strings(verb, args, 2);
      return { verb, from, to };
    }
    case "NOOP":
      return { verb, tag: strings(verb, args, 0, 1)[0] ?? null };
    case "CAPABILITY":
    case "STARTTLS":
    case "LOGOUT":
    case "LISTSCRIPTS":
    case "UNAUTHENTICATE":
      strings(verb, args, 0);
      return { verb };
  }
  return bad("unknown command");
}

function strings(verb: string, args: readonly Word[], least: number, most = least): string[] {
  if (args.length < least || args.length > most || args.some((word) => !word.string)) {
    const count = least === most ? `${least || "no"}` : `${least} or ${most}`;
    throw new SyntaxError(`${verb} takes ${count} string${count === "1" ? "" : "s"}`);
  }
  return args.map((word) => word.text);
}

/** 32 bits without a sign or leading zeros (RFC 5804 §4, number). */
function number(verb: string, args: readonly Word[]): number {
  const [word] = args;
  const value = args.length === 1 && !word.string && /^(?:0|[1-9]\d{0,9})$/.test(word.text)
    ? Number(word.text)
    : NaN;
  if (!(value < 2 ** 32)) throw new SyntaxError(`${verb} takes a string and a number of 32 bits`);
  return value;
}

function bad(message: string): ManageSieveCommand {
  return { verb: "BAD", message };
}
