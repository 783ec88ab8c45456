import { fieldName, readHeader } from "./header.ts";

/** Which header fields tell what filters in front of this server found; null: none does. */
export interface VerdictFields {
  spam: string | null;
  /** The score that means 100 percent. */
  spamFull: number;
  virus: string | null;
}

/** RFC 5235 §2: spam in percent, viruses from 1 to 5; null: nobody looked. */
export interface ReadVerdict {
  spamPercent: number | null;
  virusLevel: number | null;
}

/** Words that virus filters write, by the levels of RFC 5235 §3.3. */
const VIRUS_WORDS: readonly [RegExp, number][] = [
  [/^[1-5]$/, 0],
  [/\b(?:not infected|no virus|clean|ok|no)\b/i, 1],
  [/\b(?:cured|disinfected)\b/i, 2],
  [/\b(?:suspicious|suspected)\b/i, 4],
  [/\b(?:infected|virus|yes|found)\b/i, 5],
];

/** Reads the topmost field of each name: the last filter on the way wrote it. */
export function readVerdict(raw: Uint8Array, { spam, spamFull, virus }: VerdictFields): ReadVerdict {
  if (spam === null && virus === null) return { spamPercent: null, virusLevel: null };
  const header = readHeader(raw);
  const value = (name: string | null) => {
    const field = name === null
      ? undefined
      : header.fields.find((one) => fieldName(header, one).toLowerCase() === name.toLowerCase());
    return field ? header.text.slice(field.value, field.end).trim() : null;
  };
  return { spamPercent: percentOf(value(spam), spamFull), virusLevel: levelOf(value(virus)) };
}

/** The first number of the text, or as many stars as there are (`X-Spam-Level`); below nothing is nothing. */
function percentOf(text: string | null, full: number): number | null {
  if (text === null) return null;
  const number = /-?\d+(?:\.\d+)?/.exec(text)?.[0];
  const score = number === undefined ? /^\*+/.exec(text)?.[0].length : Number(number);
  if (score === undefined) return null;
  return Math.round(Math.min(100, Math.max(0, (score / full) * 100)));
}

function levelOf(text: string | null): number | null {
  if (text === null) return null;
  const found = VIRUS_WORDS.find(([words]) => words.test(text));
  return found ? found[1] || Number(text) : null;
}
