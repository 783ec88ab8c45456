import { strict as assert } from "node:assert";
import { fromLatin1, latin1 } from "../../src/base/bytes.ts";
import { Arguments } from "../../src/codec/imap/arguments.ts";
import { parseFetchItems } from "../../src/codec/imap/fetch_items.ts";
import { type CommandParts, CommandReceiver } from "../../src/codec/imap/receiver.ts";
import { formatAstring, formatMailbox, formatNstring, formatString } from "../../src/codec/imap/response.ts";
import { parseSearchProgram, parseSearchReturn, resolveKey } from "../../src/codec/imap/search_program.ts";
import { resolveSequenceSet } from "../../src/codec/imap/sequence_set.ts";
import { decodeBase64, encodeBase64, parseLoginAnswer, parsePlain } from "../../src/codec/text/sasl.ts";
import { decodeMailboxName, encodeMailboxName } from "../../src/codec/text/utf7.ts";
import { Dice, makeInput } from "../support/imap_noise.ts";
import { reportRuns } from "./report.ts";

const DURATION_MS = Number(Deno.env.get("MALLARD_FUZZ_MS") ?? 300);
const SEED = Number(Deno.env.get("MALLARD_FUZZ_SEED") ?? 1);
const LINE_BYTES = 400;
const LITERAL_BYTES = 500;
/** More than any literal that is waited for: brings the receiver back to the start of a line. */
const FLUSH = "\r\n".repeat(1000);

/** All that may be called on the text after a command. */
const READERS: ((args: Arguments) => unknown)[] = [
  (args) => args.mailbox(),
  (args) => args.listMailbox(),
  (args) => args.text(),
  (args) => args.nstring(),
  (args) => args.astringBytes(),
  (args) => args.number(),
  (args) => args.number64(),
  (args) => args.flags(),
  (args) => args.date(),
  (args) => args.dateTime(),
  (args) => args.literalOrString(),
  (args) => args.list(() => args.astring()),
  (args) => resolveSequenceSet(args.sequenceSet(), 100),
  (args) => parseFetchItems(args),
  (args) => {
    parseSearchReturn(args);
    const { key } = parseSearchProgram(args);
    return resolveKey(key, {
      seq: (set) => resolveSequenceSet(set, 9),
      uid: (set) => resolveSequenceSet(set, 99),
    });
  },
];

/** Runs `action`; a SyntaxError is an answer, anything else is a bug. */
function tolerate(action: () => unknown): void {
  try {
    action();
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
}

function parseEverything(parts: CommandParts): void {
  for (const utf8 of [false, true]) {
    for (const reader of READERS) {
      for (let skip = 0; skip < 3; skip++) {
        tolerate(() => {
          const args = new Arguments(parts, { utf8 });
          args.tag();
          args.space();
          args.command();
          for (let i = 0; i < skip; i++) args.space(), args.astring();
          args.space();
          reader(args);
          args.end();
        });
      }
    }
  }
}

/** Feeds the input in pieces that `chunk` chooses; returns each event as text. */
function drive(input: string, chunk: () => number, visit: (parts: CommandParts) => void): string[] {
  const receiver = new CommandReceiver({ lineBytes: LINE_BYTES });
  const bytes = latin1(input);
  const events: string[] = [];
  let literalBytes = 0;
  for (let at = 0; at < bytes.length;) {
    const piece = bytes.slice(at, at + chunk());
    at += piece.length;
    receiver.push(piece);
    for (let event = receiver.next(); event.kind !== "need"; event = receiver.next()) {
      events.push(
        JSON.stringify(
          event.kind === "command" ? [event.parts.text, event.parts.literals.map(fromLatin1)] : event,
        ),
      );
      if (event.kind === "command" && event.parts.text[0]) visit(event.parts);
      literalBytes = event.kind === "literal" && event.size <= LITERAL_BYTES ? event.size : 0;
      if (event.kind !== "literal") continue;
      if (event.size <= LITERAL_BYTES) receiver.acceptLiteral();
      else receiver.refuseLiteral();
    }
    assert.ok(receiver.heldBytes <= LINE_BYTES + literalBytes + 2 + piece.length, "held input is bounded");
  }
  return events;
}

function checkReceiver(dice: Dice): void {
  const input = makeInput(dice, LINE_BYTES) + FLUSH + "z9 NOOP\r\n";
  const whole = drive(input, () => input.length, parseEverything);
  assert.equal(whole.at(-1), JSON.stringify([["z9 NOOP"], []]), "the next line is read as a command again");
  const pieces = drive(input, () => 1 + dice.below(dice.pick([1, 5, 100])), () => {});
  assert.deepEqual(pieces, whole, "pieces do not matter");
}

function checkWords(dice: Dice): void {
  const text = dice.octets(dice.below(20));
  const ascii = text.replace(/[^ -~]/g, (char) => "&-,AZaz0"[char.charCodeAt(0) % 8]);
  for (const word of [text, ascii]) {
    tolerate(() => assert.equal(encodeMailboxName(decodeMailboxName(word)), word));
    tolerate(() => assert.equal(encodeBase64(decodeBase64(word)), word));
    tolerate(() => parsePlain(latin1(word)));
    tolerate(() => parseLoginAnswer(latin1(word)));
    const name = word.replace(/[\x80-\xff]/g, "日");
    for (const wire of [formatAstring(word), formatString(word), formatNstring(word)]) {
      reread(wire, word, false);
    }
    reread(formatMailbox(name, false), name, false, true);
    reread(formatMailbox(name, true), name, true, true);
  }
}

/** What we write reads back; NUL alone is lost, as the grammar has no place for it. */
function reread(wire: string, want: string, utf8: boolean, mailbox = false): void {
  if (want.includes("\0")) return;
  const receiver = new CommandReceiver({ lineBytes: LINE_BYTES });
  receiver.push(latin1(wire + "\r\n"));
  let event = receiver.next();
  if (event.kind === "literal") receiver.acceptLiteral(), event = receiver.next();
  assert.ok(event.kind === "command", wire);
  const args = new Arguments(event.parts, { utf8 });
  const got = mailbox ? args.mailbox() : args.astring();
  args.end();
  assert.equal(got, mailbox ? want.normalize("NFC") : want);
}

Deno.test("IMAP codecs: any input gives values or SyntaxError, in bounded memory, and the next line is read again", () => {
  const end = performance.now() + DURATION_MS;
  let rounds = 0;
  for (let seed = SEED; performance.now() < end || rounds < 20; seed++, rounds++) {
    try {
      const dice = new Dice(seed);
      checkReceiver(dice);
      for (let i = 0; i < 10; i++) checkWords(dice);
    } catch (error) {
      throw new Error(`MALLARD_FUZZ_SEED=${seed}`, { cause: error });
    }
  }
  reportRuns("IMAP codecs", rounds);
});
