import { strict as assert } from "node:assert";
import { concat, fromLatin1, latin1 } from "../../src/base/bytes.ts";
import { type Random, seededRandom } from "../../src/base/id.ts";
import { parsePop3Command } from "../../src/codec/pop3/command.ts";
import { cutTop } from "../../src/codec/pop3/top.ts";
import { Collector } from "../../src/codec/smtp/collector.ts";
import { parseCommand } from "../../src/codec/smtp/command.ts";
import { DotReader } from "../../src/codec/smtp/dot_reader.ts";
import { dotStuff, normalizeLineEnds } from "../../src/codec/smtp/dot_writer.ts";
import { parseAddress } from "../../src/codec/smtp/path.ts";
import { formatReply, parseReply, parseReplyLine } from "../../src/codec/smtp/reply.ts";
import { parseSaslPlain } from "../../src/codec/text/sasl.ts";
import { decodeXtext, encodeXtext } from "../../src/codec/smtp/xtext.ts";
import { reportRuns } from "./report.ts";

/** Milliseconds for all of this file; `MALLARD_FUZZ_SEED` repeats a run. */
const DURATION_MS = Number(Deno.env.get("MALLARD_FUZZ_MS") ?? 300);
const SEED = Number(Deno.env.get("MALLARD_FUZZ_SEED") ?? Date.now() % 1e9);

const WORDS = [
  "MAIL FROM:<",
  "RCPT TO:<",
  "EHLO ",
  "HELO x",
  "LHLO ",
  "BDAT 12 LAST",
  "AUTH PLAIN ",
  "VRFY ",
  "DATA",
  "STARTTLS",
  "a@b.test",
  '"q p"',
  "\\",
  "@a,@b:",
  "[IPv6:::1]",
  "[1.2.3.4]",
  "postmaster",
  ">",
  "<>",
  " SIZE=1",
  " BODY=8BITMIME",
  " SMTPUTF8",
  " RET=FULL",
  " ENVID=a+2Bb",
  " NOTIFY=NEVER",
  " ORCPT=rfc822;x",
  "=",
  "+",
  ";",
  ",",
  ".",
  "..",
  "@",
  " ",
  "\t",
  "\0",
  "\r",
  "\n",
  "\r\n",
  "\r\n.\r\n",
  ".\r\n",
  "\x80",
  "\xc3\xbc",
  "\xff",
  "USER ",
  "PASS ",
  "RETR 1",
  "TOP 1 2",
  "LANG ",
  "UIDL 99999999999",
  "250-",
  "250 ",
  "5.1.1 ",
  "\x7f",
  "0",
  "-",
];

function number(random: Random, below: number): number {
  const [a, b] = random.bytes(2);
  return (a * 256 + b) % below;
}

/** Text made of grammar pieces and noise, latin-1. */
function noise(random: Random, pieces: number): string {
  let out = "";
  for (let i = number(random, pieces); i >= 0; i--) {
    out += number(random, 4)
      ? WORDS[number(random, WORDS.length)]
      : fromLatin1(random.bytes(number(random, 9)));
  }
  return out;
}

/** Runs `round` with fresh randoms for its share of the time; a failure names its seed. */
function fuzz(name: string, round: (random: Random) => void): void {
  Deno.test(`fuzz: ${name}`, () => {
    const end = performance.now() + DURATION_MS / 6;
    let seed = SEED;
    for (; performance.now() < end; seed++) {
      try {
        round(seededRandom(seed));
      } catch (error) {
        throw new Error(`MALLARD_FUZZ_SEED=${seed}`, { cause: error });
      }
    }
    reportRuns(name, seed - SEED);
  });
}

function onlySyntaxError(run: () => unknown): void {
  try {
    run();
  } catch (error) {
    assert.ok(error instanceof SyntaxError, String(error));
  }
}

fuzz("command lines are read or refused, never thrown at", (random) => {
  const line = latin1(noise(random, 8));
  const command = parseCommand(line);
  if (command.verb === "RCPT") {
    assert.ok(command.to === "postmaster" || parseAddress(command.to) === command.to, command.to);
    assert.ok(!/[\0\r\n]/.test(command.to + (command.parameters.orcpt ?? "")));
  }
  if (command.verb === "MAIL" && command.from !== null) {
    assert.equal(parseAddress(command.from), command.from);
    assert.ok(!/[\0\r\n]/.test(command.parameters.envid ?? ""));
  }
  assert.equal(typeof parsePop3Command(line).verb, "string");
});

fuzz("a message comes out of DATA as it went in, however it is cut", (random) => {
  const message = normalizeLineEnds(latin1(noise(random, 40) + "\r\n"));
  const wire = concat([...dotStuff(message), latin1("QUIT\r\n")]);
  const collector = new Collector(1e6);
  const reader = new DotReader(collector, 1e6);
  let rest: Uint8Array | null = null;
  let at = 0;
  while (at < wire.length && rest === null) {
    const end = Math.min(wire.length, at + 1 + number(random, 40));
    rest = reader.push(wire.slice(at, end));
    at = end;
  }
  assert.ok(reader.done && !reader.bareLineEnd && !reader.lineTooLong);
  assert.equal(fromLatin1(collector.take()), fromLatin1(message));
  assert.equal(fromLatin1(rest!) + fromLatin1(wire.subarray(at)), "QUIT\r\n");
});

fuzz("DATA ends at the same place for whole input and for pieces, and only after CRLF . CRLF", (random) => {
  const wire = latin1(noise(random, 60));
  const read = (step: () => number) => {
    const collector = new Collector(1e6);
    const reader = new DotReader(collector, 50);
    let at = 0, consumed = wire.length;
    while (at < wire.length && !reader.done) {
      const end = Math.min(wire.length, at + step());
      const rest = reader.push(wire.slice(at, end));
      at = end;
      if (rest) consumed = at - rest.length;
    }
    const { done, bareLineEnd, lineTooLong } = reader;
    return { done, consumed, bareLineEnd, lineTooLong, text: done ? fromLatin1(collector.take()) : "" };
  };
  const whole = read(() => wire.length);
  const expected = ("\r\n" + fromLatin1(wire)).indexOf("\r\n.\r\n");
  assert.equal(whole.done, expected >= 0);
  if (whole.done) {
    assert.equal(whole.consumed, expected + 3);
    const content = fromLatin1(wire).slice(0, expected);
    assert.equal(whole.bareLineEnd, /\r(?!\n)|(?<!\r)\n/.test(content));
    assert.equal(whole.text, content.replace(/(^|\r\n)\./g, "$1"));
    // With its line end, whichever it is.
    assert.equal(whole.lineTooLong, content.split("\n").some((line) => line.length + 1 > 52));
    assert.deepEqual(read(() => 1), whole);
    assert.deepEqual(read(() => 1 + number(random, 7)), whole);
  }
});

fuzz("replies", (random) => {
  const text = noise(random, 6);
  onlySyntaxError(() => parseReply(text));
  onlySyntaxError(() => parseReplyLine(text));
  const lines = [noise(random, 3), noise(random, 3)].map((line) => line.replace(/[^\x20-\x7e]/g, "?"));
  assert.deepEqual(parseReply(formatReply(550, "5.7.1", lines)), { code: 550, enhanced: "5.7.1", lines });
});

fuzz("xtext and SASL", (random) => {
  const text = noise(random, 6);
  onlySyntaxError(() => decodeXtext(text));
  onlySyntaxError(() => parseSaslPlain(btoa(text)));
  onlySyntaxError(() => parseSaslPlain(text));
  const plain = text.replace(/[\x00-\x1f\x7f]/g, "");
  assert.equal(decodeXtext(encodeXtext(plain)), plain);
});

fuzz("TOP is a beginning of the message", (random) => {
  const message = latin1(noise(random, 30));
  const top = cutTop(message, number(random, 5), true)!;
  assert.deepEqual(top, message.subarray(0, top.length));
});
