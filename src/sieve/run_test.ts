import { strict as assert } from "node:assert";
import { utf8 } from "../base/bytes.ts";
import { compile } from "./compile.ts";
import { EMPTY_HOST } from "./host.ts";
import { runAll } from "./run.ts";
import { tell } from "./testing/try_script.ts";

/** Scripts one after the other, and what becomes of the message. */
function runThem(...sources: string[]): string {
  const scripts = sources.map((source) => {
    const { script, errors } = compile(
      `require ["fileinto", "copy", "variables", "vacation", "ihave", "imap4flags"];${source}`,
    );
    assert.deepEqual(errors, []);
    return script!;
  });
  return tell(runAll(scripts, {
    message: utf8("From: a@b.example\r\nTo: owner@example.com\r\n\r\nx\r\n"),
    envelope: { from: "a@b.example", to: "owner@example.com", originalTo: null, auth: null },
    owner: { address: "owner@example.com", aliases: [], name: "" },
    nowMs: 0,
    zoneMinutes: 0,
    environment: {},
    spamPercent: null,
    virusLevel: null,
    host: EMPTY_HOST,
  }));
}

const ROWS: readonly [name: string, scripts: string[], want: string][] = [
  ["nothing said is asked of the next", ["", 'fileinto "a";'], 'fileinto "a"'],
  ["a keep is the next one's to decide", ["keep;", "discard;"], "discard"],
  ["and stays when it says nothing", ["keep;", ""], "-"],
  ["what is filed is settled", ['fileinto "a";', "keep;"], 'fileinto "a"'],
  ["what is dropped is settled", ["discard;", "keep;"], "discard"],
  ["a copy is not", ['fileinto :copy "a";', 'fileinto "b";'], 'fileinto "a"; fileinto "b"'],
  ["stop ends one script", ["stop; discard;", 'fileinto "a";'], 'fileinto "a"'],
  ["variables end with their script", ['set "a" "x";', 'fileinto "b${a}";'], 'fileinto "b"'],
  ["one reply is enough", ['vacation "a";', 'vacation "b";'], "vacation to a@b.example; -"],
  ["an error is the end", ['error "x";', "discard;"], "error: x"],
  ["of all of them", ['fileinto :copy "a";', 'error "x";'], "error: x"],
  ["three scripts", ['addflag "x";', "keep;", 'fileinto "c";'], 'fileinto "c" flags x'],
];

for (const [name, scripts, want] of ROWS) {
  Deno.test(`runAll: ${name}`, () => assert.equal(runThem(...scripts), want));
}

Deno.test("runAll wants a script", () => assert.throws(() => runThem(), RangeError));
