import { Buffer } from "node:buffer";

/** In about one body of a hundred. */
export const RARE = "xylophonist";
/** In nearly every body and in some subjects. */
export const COMMON = "meeting";
/** In no message. */
export const ABSENT = "qqzzqqzz";

const FIRST = "Ann Bob Carla Dmitri Eva Farid Greta Hugo Ines Jonas Kaori Liam Mona Nils Olga Pablo".split(
  " ",
);
const LAST = "Adler Brandt Cruz Dahl Evers Faber Gomez Hansen Ito Jensen Klein Lopez Moreau Novak".split(" ");
const MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(" ");

/** Numbers from a seed: mulberry32. */
export function numbers(seed: number): () => number {
  let a = seed >>> 0;
  return () => {
    a = (a + 0x6d2b79f5) | 0;
    let t = Math.imul(a ^ (a >>> 15), 1 | a);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

/** Twenty thousand words of two to four syllables, the same at every run. */
export const WORDS: readonly string[] = makeWords();

function makeWords(): string[] {
  const random = numbers(42);
  const pick = (from: string) => from[Math.floor(random() * from.length)];
  const words = new Set<string>();
  while (words.size < 20_000) {
    let word = "";
    for (let s = 2 + Math.floor(random() * 3); s > 0; s--) word += pick("bcdfghjklmnprstvw") + pick("aeiou");
    words.add(word + pick("nrstlm"));
  }
  return [COMMON, ...words];
}

/** A word; those at the head of the list come often, as in any language. */
export function wordOf(random: () => number): string {
  return WORDS[Math.floor(WORDS.length * random() ** 4)];
}

function paragraphs(random: () => number, size: number): string {
  const lines: string[] = [];
  for (let bytes = 0; bytes < size;) {
    const line = Array.from({ length: 6 + Math.floor(random() * 6) }, () => wordOf(random)).join(" ");
    lines.push(line);
    bytes += line.length + 2;
    if (random() < 0.12) lines.push("");
  }
  return lines.join("\r\n");
}

/**
 * Message number `i`, always the same: 2 KiB to `largest` bytes; replies form threads of eight; every third has an
 * alternative in HTML, every fifth an attachment in base64.
 */
export function letter(i: number, largest = 20_480): Uint8Array {
  const random = numbers(i * 2_654_435_761);
  const size = 2048 + Math.floor(random() * Math.max(0, largest - 2048));
  const first = FIRST[Math.floor(random() * FIRST.length)], last = LAST[Math.floor(random() * LAST.length)];
  const thread = i >> 3, place = i & 7;
  const topic = numbers(thread + 7);
  const subject = Array.from({ length: 5 }, () => wordOf(topic)).join(" ");
  const two = (n: number) => String(n).padStart(2, "0");
  const date = `${two(1 + (i * 13) % 28)} ${MONTHS[Math.floor(i / 2000) % 12]} 2025 ${two(i % 24)}:${
    two((i * 7) % 60)
  }:00 +0000`;
  const id = (n: number) => `<m${n}@bench.example>`;
  const headers = [
    `Received: from relay${i % 9}.example by mx.bench.test with ESMTPS id ${i}; ${date}`,
    `From: ${first} ${last} <${first}.${last}@${["north", "south", "east"][i % 3]}.example>`.toLowerCase(),
    "To: user <u1@bench.test>",
    `Subject: ${place ? "Re: " : ""}${subject} #${thread}`,
    `Date: ${date}`,
    `Message-ID: ${id(i)}`,
    "MIME-Version: 1.0",
  ];
  if (place) {
    const before = Array.from({ length: place }, (_, n) => id(thread * 8 + n));
    headers.push(`In-Reply-To: ${before[place - 1]}`, `References: ${before.join("\r\n ")}`);
  }
  const text = (random() < 0.01 ? RARE + " " : "") +
    paragraphs(random, i % 5 && i % 3 ? size - 700 : size / 3);
  const { type, body } = bodyOf(i, text, size);
  return Buffer.from([...headers, `Content-Type: ${type}`].join("\r\n") + "\r\n\r\n" + body);
}

function bodyOf(i: number, text: string, size: number): { type: string; body: string } {
  const plain = "text/plain; charset=utf-8";
  if (i % 5 && i % 3) return { type: plain, body: text + "\r\n" };
  const boundary = `=_${i}`;
  const second = i % 5
    ? `Content-Type: text/html; charset=utf-8\r\n\r\n<html><body><p>${text}</p></body></html>\r\n`
    : 'Content-Type: application/pdf; name="file.pdf"\r\nContent-Transfer-Encoding: base64\r\n\r\n' +
      Buffer.alloc(size >> 1, i & 255).toString("base64").replace(/.{76}/g, "$&\r\n") + "\r\n";
  const body =
    `--${boundary}\r\nContent-Type: ${plain}\r\n\r\n${text}\r\n--${boundary}\r\n${second}--${boundary}--\r\n`;
  return { type: `multipart/${i % 5 ? "alternative" : "mixed"}; boundary="${boundary}"`, body };
}
