import { strict as assert } from "node:assert";
import { foldedBody } from "../../actors/mailbox/search_text.ts";
import { concat, fromLatin1, latin1 } from "../../src/base/bytes.ts";
import { seededRandom } from "../../src/base/id.ts";
import { LIMITS } from "../../src/base/limits.ts";
import { headerText } from "../../src/codec/message/decode_text.ts";
import { composeDsn } from "../../src/codec/message/dsn.ts";
import { fixUpSubmission } from "../../src/codec/message/fixups.ts";
import { hasField, readHeader } from "../../src/codec/message/header.ts";
import { countReceived } from "../../src/codec/message/received.ts";
import { extractSection, sectionRange, type SectionSpec } from "../../src/codec/message/section.ts";
import { formatBody, formatBodyStructure } from "../../src/codec/message/structure.ts";
import { summarize } from "../../src/codec/message/summarize.ts";
import type { MimePart } from "../../src/codec/message/summary.ts";
import { collationKey } from "../../src/codec/text/casemap.ts";
import { parseValue } from "../interop/imap_client.ts";
import { reportRuns } from "./report.ts";

const DURATION_MS = Number(Deno.env.get("MALLARD_FUZZ_MS") ?? 300);
const SEED = Number(Deno.env.get("MALLARD_FUZZ_SEED") ?? 1);
const FIXTURES = new URL("../fixtures/messages/", import.meta.url);
const NOISE = [
  " ",
  "\t",
  "\r\n",
  "\n",
  "\r",
  "\0",
  '"',
  "(",
  ")",
  "<",
  ">",
  ";",
  ":",
  "=",
  ",",
  "\\",
  "--",
  "*0*=",
  "=?",
  "?=",
  "\xff",
  "%41",
];

function samples(): string[] {
  const names = [...Deno.readDirSync(FIXTURES)].map(({ name }) => name).filter((name) =>
    name.endsWith(".eml")
  );
  return names.sort().map((name) => {
    const text = fromLatin1(Deno.readFileSync(new URL(name, FIXTURES)));
    return text.replaceAll("\n", "\r\n");
  });
}

class Dice {
  readonly #random;
  constructor(seed: number) {
    this.#random = seededRandom(seed);
  }
  below(limit: number): number {
    const [a, b, c] = this.#random.bytes(3);
    return (a * 65536 + b * 256 + c) % Math.max(1, limit);
  }
  pick<T>(list: readonly T[]): T {
    return list[this.below(list.length)];
  }
}

/** A message made from good ones by moving, doubling, cutting and spoiling lines. */
function mutate(dice: Dice, all: readonly string[]): string {
  const lines = dice.pick(all).split("\r\n");
  for (let n = dice.below(6); n >= 0; n--) {
    const at = dice.below(lines.length), other = dice.pick(dice.pick(all).split("\r\n"));
    const boundaries = lines.filter((line) => line.startsWith("--"));
    const split = dice.below(lines[at].length + 1);
    switch (dice.below(7)) {
      case 0:
        lines.splice(at, 1 + dice.below(3));
        if (lines.length === 0) lines.push("");
        break;
      case 1:
        lines.splice(at, 0, other);
        break;
      case 2:
        lines.splice(at, 0, boundaries.length ? dice.pick(boundaries) + dice.pick(["", "--", "x"]) : "");
        break;
      case 3:
        lines.length = at + 1;
        break;
      default:
        lines[at] = lines[at].slice(0, split) + dice.pick(NOISE) + lines[at].slice(split + dice.below(2));
    }
  }
  return lines.join(dice.below(10) === 0 ? "\n" : "\r\n");
}

/** A wire text is one IMAP value, and nothing that may not stand on the wire is in it. */
function checkWire(text: string): void {
  const [, end] = parseValue(text, 0);
  assert.equal(end, text.length);
  assert.ok(!text.includes("\0"));
}

function checkPart(raw: Uint8Array, part: MimePart, from: number, to: number, depth: number): void {
  assert.ok(from <= part.headerStart && part.headerStart <= part.bodyStart, "header before body");
  assert.ok(part.bodyStart <= part.bodyEnd && part.bodyEnd <= to, "body inside its parent");
  assert.ok(depth <= LIMITS.mimeDepth + 1, "depth");
  let lines = 0;
  for (let i = part.bodyStart; i < part.bodyEnd; i++) if (raw[i] === 10) lines++;
  assert.equal(part.lines, lines, "lines");
  let next = part.bodyStart;
  for (const child of part.children) {
    checkPart(raw, child, next, part.bodyEnd, depth + 1);
    next = child.bodyEnd;
  }
}

/** A header's fields and the rest are the header; ranges and whole answers agree. */
function checkSections(raw: Uint8Array, parts: MimePart): void {
  const get = (spec: SectionSpec) => extractSection(raw, parts, spec);
  const header = get({ part: [], kind: "header" }) as Uint8Array;
  const text = get({ part: [], kind: "text" }) as Uint8Array;
  assert.equal(fromLatin1(concat([header, text])), fromLatin1(raw), "header and text are the message");
  const names = ["subject", "content-type"];
  const picked = get({ part: [], kind: "fields", fields: names }) as Uint8Array;
  const others = get({ part: [], kind: "fields-not", fields: names }) as Uint8Array;
  const blank = picked.length + others.length - header.length;
  assert.ok(blank >= 0 && blank <= 2, "the empty line alone is in both");
  const partial = get({ part: [], kind: "text", partial: { offset: 3, count: 5 } }) as Uint8Array;
  assert.equal(fromLatin1(partial), fromLatin1(text.subarray(3, 8)));
  const range = sectionRange(parts, { part: [1], kind: "all" }, raw.length);
  const first = get({ part: [1], kind: "all" });
  assert.equal(first === null, range === null);
  if (range && first instanceof Uint8Array) assert.equal(first.length, range.end - range.start);
}

Deno.test(`messages: anything is summarized, consistently (seed ${SEED})`, () => {
  const all = samples(), dice = new Dice(SEED), until = performance.now() + DURATION_MS;
  let runs = 0;
  for (; performance.now() < until || runs < 50; runs++) {
    const text = mutate(dice, all), raw = latin1(text);
    try {
      const summary = summarize(raw);
      checkWire(summary.envelope);
      checkWire(summary.bodyStructure);
      checkWire(formatBody(summary.parts));
      checkPart(raw, summary.parts, 0, raw.length, 0);
      checkSections(raw, summary.parts);
      const stored = JSON.parse(JSON.stringify(summary.parts)) as MimePart;
      assert.equal(formatBodyStructure(stored), summary.bodyStructure, "the tree alone is enough");
      assert.ok([...summary.preview].length <= 200);
      foldedBody(raw, stored);
      collationKey(headerText(readHeader(raw)));
    } catch (error) {
      throw new Error(`run ${runs}: ${JSON.stringify(text)}`, { cause: error });
    }
  }
  reportRuns("messages", runs);
});

Deno.test(`messages: fix-ups and reports stay well-formed (seed ${SEED})`, () => {
  const all = samples(), dice = new Dice(SEED + 1), until = performance.now() + DURATION_MS;
  let runs = 0;
  for (; performance.now() < until || runs < 50; runs++) {
    const raw = latin1(mutate(dice, all));
    const fixed = fixUpSubmission(raw, { nowMs: 0, messageId: "new@example.org", sender: "a@example.org" });
    const header = readHeader(fixed);
    for (const name of ["date", "message-id", "from"]) assert.ok(hasField(header, name), name);
    for (const name of ["bcc", "return-path"]) assert.ok(!hasField(header, name), name);
    assert.equal(countReceived(fixed), countReceived(raw));
    assert.equal(
      fixUpSubmission(fixed, { nowMs: 1, messageId: "other@example.org" }),
      fixed,
      "once is enough",
    );
    const report = summarize(composeDsn({
      reportingMta: "mx.example.org",
      from: "postmaster@example.org",
      to: "a@example.org",
      messageId: "report@example.org",
      dateMs: 0,
      envelopeId: fromLatin1(raw).slice(0, 30),
      arrivalMs: 0,
      recipients: [{
        address: fromLatin1(raw).slice(5, 40),
        orcpt: fromLatin1(raw).slice(40, 80),
        action: "failed",
        status: "5.0.0",
        remoteMta: fromLatin1(raw).slice(80, 90),
        reply: fromLatin1(raw).slice(90, 200),
        lastAttemptMs: 0,
        willRetryUntilMs: null,
      }],
      original: raw,
      ret: dice.pick(["full", "headers"]),
      smtpUtf8: dice.pick([true, false]),
    }));
    assert.equal(report.parts.subtype, "report");
    assert.equal(report.parts.children.length, 3);
  }
  reportRuns("fix-ups and reports", runs);
});

Deno.test("messages: nests, floods and giants stay linear", () => {
  const nested = (count: number, header: (i: number) => string) =>
    Array.from({ length: count }, (_, i) => header(i)).join("");
  const inputs: Record<string, string> = {
    "10000 nested multiparts": nested(
      10_000,
      (i) => `Content-Type: multipart/mixed; boundary=b${i}\r\n\r\n--b${i}\r\n`,
    ),
    "20000 nested messages": nested(20_000, () => "Content-Type: message/rfc822\r\n\r\n"),
    "50000 parts": "Content-Type: multipart/mixed; boundary=b\r\n\r\n" + "--b\r\n\r\nx\r\n".repeat(50_000),
    "a header of 8 MB": "X: abcdefghij\r\n".repeat(500_000) + "\r\nbody",
    "one field of 8 MB": "Subject: " + "a".repeat(8_000_000) + "\r\n\r\nbody",
    "addresses without end": "To: " + "a,".repeat(500_000) + "\r\n\r\n",
    "fields without end": "To: a\r\n".repeat(200_000) + "\r\n",
    "parentheses without end": "To: " + "(".repeat(500_000) + "\r\n\r\n",
    "parameters without end": "Content-Type: a/b" + ";x*0=a".repeat(150_000) + "\r\n\r\n",
    "prefixes without end": "Subject: " + "re:[a]".repeat(100_000) + "\r\n\r\n",
    "lines that look like boundaries":
      nested(90, (i) => `Content-Type: multipart/mixed; boundary=a${i}\r\n\r\n--a${i}\r\n`) +
      "\r\n" + "--a\n".repeat(1_000_000),
    "nothing but line ends": "\n".repeat(8_000_000),
    "nothing but NUL": "\0".repeat(8_000_000),
    "nothing at all": "",
  };
  for (const [name, text] of Object.entries(inputs)) {
    const raw = latin1(text), started = performance.now();
    const summary = summarize(raw);
    const ms = performance.now() - started;
    // Far above what is needed on a busy machine, far below what anything quadratic would take.
    assert.ok(ms < 3000, `${name}: ${ms.toFixed()} ms`);
    assert.ok(JSON.stringify(summary).length < 8 * LIMITS.headerBytes, `${name}: the summary is bounded`);
    checkWire(summary.envelope);
    checkWire(summary.bodyStructure);
  }
});
