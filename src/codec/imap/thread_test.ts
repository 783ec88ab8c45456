import { strict as assert } from "node:assert";
import { formatThreads, type Parents, type ThreadColumns } from "./thread.ts";
import { threadByReferences } from "./thread_references.ts";
import { threadBySubject } from "./thread_subject.ts";

/** One message: `id < references: [Re: ]subject @date`; all but the id may be missing. */
function columns(lines: string[]): ThreadColumns {
  const out: Record<keyof ThreadColumns, number[]> = {
    uid: [],
    sentMs: [],
    subject: [],
    isReply: [],
    id: [],
    refs: [],
    refCount: [],
  };
  const numbers = new Map<string, number>();
  const numberOf = (text: string) => {
    if (!numbers.has(text)) numbers.set(text, numbers.size + 1);
    return numbers.get(text)!;
  };
  lines.forEach((line, i) => {
    const [, id, refs, re, subject, date] =
      /^(\w*)(?: <([\w ]*))?(?:: (re )?(\w*))?(?: @(\d+))?$/.exec(line) ?? assert.fail(line);
    const list = (refs ?? "").split(" ").filter(Boolean);
    out.uid.push(i + 1);
    out.sentMs.push(Number(date ?? i));
    out.subject.push(subject ? numberOf(`subject ${subject}`) : 0);
    out.isReply.push(re ? 1 : 0);
    out.id.push(id ? numberOf(id) : 0);
    out.refCount.push(list.length);
    for (const ref of list) out.refs.push(numberOf(ref));
  });
  return out;
}

function format(parents: Parents, { sentMs, uid }: ThreadColumns): string {
  return [...formatThreads(parents, sentMs, (message) => uid[message])].join("");
}

function drive(columns: ThreadColumns): Parents {
  const work = threadByReferences(columns);
  for (;;) {
    const step = work.next();
    if (step.done) return step.value;
  }
}

const references = (lines: string[]) => {
  const all = columns(lines);
  return format(drive(all), all);
};

Deno.test("threadByReferences(): the steps of RFC 5256 §3", () => {
  const rows: [string, string[], string][] = [
    ["nothing", [], ""],
    ["a chain", ["a", "b <a", "c <a b"], "(1 2 3)"],
    ["siblings by date", ["a", "b <a @9", "c <a @8"], "(1 (3)(2))"],
    ["answers before the message", ["b <a", "a", "c <b"], "(2 1 3)"],
    ["1: a missing parent of one child", ["b <x"], "(1)"],
    ["3: a missing parent of two", ["b <x", "c <x"], "((1)(2))"],
    ["3: missing ones in a row", ["b <x y z", "c <x y w"], "((1)(2))"],
    ["3: a missing one between", ["a", "c <a x", "d <a x"], "(1 (2)(3))"],
    ["1A: duplicate ids", ["a", "a", "b <a"], "(1 3)(2)"],
    ["1A: a loop", ["a <b", "b <a"], "(2 1)"],
    ["1A: itself", ["a <a"], "(1)"],
    ["1: an id that is named twice", ["a", "b", "c <a b a"], "(1 (2)(3))"],
    ["1B: own references count", ["c <a b", "b", "a"], "(2 1)(3)"],
    ["1B: an earlier guess is broken", ["a", "z", "c <z b", "b <a"], "(1 4 3)(2)"],
    ["5: same subject, both no replies", ["a: hello", "b: hello"], "((1)(2))"],
    ["5: a reply by its subject", ["a: hello", "b: re hello"], "(1 2)"],
    ["5: a reply that is older", ["b: re hello", "a: hello"], "(2 1)"],
    ["5: two replies", ["b: re hello", "c: re hello"], "((1)(2))"],
    ["5: into a missing one", ["b <x: re hello", "c <x: re hello", "d: hello"], "((1)(2)(3))"],
    [
      "5: two missing ones",
      ["a <x: re hi", "b <x: re hi", "c <y: re hi", "d <y: re hi", "e: other"],
      "((1)(2)(3)(4))(5)",
    ],
    ["5: three of one subject", ["a: hello", "b: hello", "c: hello"], "((1)(2)(3))"],
    ["5: no subject", ["a", "b"], "(1)(2)"],
    ["6: threads by date", ["a @5", "b @3", "c <a @1"], "(2)(1 3)"],
    ["6: a missing one by its first child", ["b <x @9", "c <x @4", "d @5"], "((2)(1))(3)"],
    ["without ids", ["", " <a", "a"], "(1)(3 2)"],
  ];
  for (const [name, lines, want] of rows) assert.equal(references(lines), want, name);
});

Deno.test("threadBySubject() has no grandchildren (RFC 5256 §3)", () => {
  const all = columns(["a: x @5", "b: y @1", "c <b: re x @2", "d: x @7", "e @3", "f @4"]);
  assert.equal(format(threadBySubject(all), all), "(2)(3 (1)(4))(5 6)");
});

Deno.test("formatThreads() writes the example of RFC 5256 §4", () => {
  const uid = [2, 3, 6, 4, 23, 44, 7, 96], at = (n: number) => uid.indexOf(n);
  const parents = [-1, -1, at(3), at(6), at(4), at(6), at(44), at(7)];
  const text = [...formatThreads(parents, uid.map((_, i) => i), (i) => uid[i])].join("");
  assert.equal(text, "(2)(3 6 (4 23)(44 7 96))");
});

Deno.test("threading takes chains of any depth and hostile references in bounded time", () => {
  const count = 60_000;
  const chain = {
    uid: Array.from({ length: count }, (_, i) => i + 1),
    sentMs: new Array(count).fill(0),
    subject: new Array(count).fill(0),
    isReply: new Array(count).fill(0),
    id: Array.from({ length: count }, (_, i) => i + 1),
    refs: Array.from({ length: count - 1 }, (_, i) => i + 1),
    refCount: Array.from({ length: count }, (_, i) => i ? 1 : 0),
  };
  assert.equal(format(drive(chain), chain).length, String(chain.uid.join(" ")).length + 2);
  // A third is a chain; pairs hang below its end, and each link has to make sure that it closes no loop.
  const third = count / 3;
  const hostile = { ...chain, refs: [] as number[], refCount: [] as number[] };
  for (let i = 0; i < count; i++) {
    const pair = i >= third;
    hostile.refCount.push(i === 0 ? 0 : 1);
    if (i) hostile.refs.push(!pair ? i : (i - third) % 2 ? third : i + 2);
  }
  const before = performance.now();
  drive(hostile);
  assert.ok(performance.now() - before < 5_000);
});

Deno.test("threadByReferences() keeps every message once, whatever the references", () => {
  let state = 7;
  const next = (bound: number) => (state = (state * 1103515245 + 12345) & 0x7fffffff) % bound;
  for (let round = 0; round < 300; round++) {
    const count = 1 + next(30);
    const lines = Array.from({ length: count }, () => {
      const refs = Array.from({ length: next(5) }, () => `m${next(40)}`).join(" ");
      return `m${next(40)} <${refs}: ${next(2) ? "re " : ""}${next(2) ? `s${next(6)}` : ""} @${next(10)}`;
    });
    const numbers = references(lines).match(/\d+/g)?.map(Number) ?? [];
    assert.deepEqual(numbers.sort((a, b) => a - b), lines.map((_, i) => i + 1), lines.join("\n"));
  }
});
