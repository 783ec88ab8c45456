import { formatAstring } from "../../codec/imap/response.ts";
import type { CommandHandler } from "./command.ts";
import { no, ok } from "./reply.ts";
import { chooseLanguage, LANGUAGES } from "./texts.ts";

/** Ranges looked at in one command. */
const MAX_RANGES = 50;

/** A language range (RFC 4647 §2.1), `i-default` and `default` among them. */
const RANGE = /^(?:\*|[a-z]{1,8}(?:-(?:[a-z0-9]{1,8}|\*)){0,10})$/;

/**
 * LANGUAGE (RFC 5255 §3.2): the texts that people may read come in this language from its response on. There is one
 * namespace, and its prefix is empty: nothing of it could be translated.
 */
export const language: CommandHandler = (session, args) => {
  const ranges: string[] = [];
  while (args.accept(" ")) {
    const range = args.astring().toLowerCase();
    if (!RANGE.test(range) || ranges.length >= MAX_RANGES) throw new SyntaxError("bad language range");
    ranges.push(range);
  }
  args.end();
  if (!ranges.length) {
    session.write(`* LANGUAGE (${LANGUAGES.map(formatAstring).join(" ")})\r\n`);
    return ok("LANGUAGE completed");
  }
  const chosen = chooseLanguage(ranges);
  if (!chosen) return no("Language is not available");
  session.language = chosen;
  session.write(`* LANGUAGE (${formatAstring(chosen)})\r\n`);
  return ok("LANGUAGE completed");
};
