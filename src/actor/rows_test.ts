import { strict as assert } from "node:assert";
import { Fault } from "../base/fault.ts";
import { type Random, seededRandom } from "../base/id.ts";
import { type Database, openMemoryDatabase } from "../storage/database.ts";
import { GENESIS, type LogEntry, type LogMark, markOf } from "./replica.ts";
import { joinRows } from "./row_branches.ts";
import {
  allRows,
  applyRow,
  hashRows,
  type JoinedRow,
  putRow,
  readRow,
  removeRow,
  replaceAll,
  type Row,
  type RowChange,
  type Tables,
  writeJoined,
} from "./rows.ts";
import { undeclaredColumns } from "./undeclared.ts";

const columns = {
  a: "last",
  b: "last",
  list: "union",
  count: "counter",
  high: "max",
  low: "min",
  born: "never",
} as const;

const TABLES: Tables = {
  plain: { key: ["k", "n"], columns, removal: "wins" },
  lasting: { key: ["k", "n"], columns, removal: "last" },
  script: {
    key: ["name"],
    columns: { text: "copy", size: "last" },
    removal: "last",
    copyOf: (lost, taken) => {
      for (let n = 1;; n++) {
        const copy = { ...lost, name: `${lost.name} (${n})` };
        if (!taken(copy)) return copy;
      }
    },
  },
};

const BODY = "(k TEXT, n INTEGER, a TEXT, b TEXT, list TEXT, count INTEGER, high INTEGER, low INTEGER, " +
  "born INTEGER, PRIMARY KEY(k, n))";
const SCHEMA = `CREATE TABLE plain${BODY}; CREATE TABLE lasting${BODY};
  CREATE TABLE script(name TEXT PRIMARY KEY, text TEXT, size INTEGER)`;

/** One server's copy: its tables, its log since the common point, its clock. */
class Side {
  readonly db: Database = openMemoryDatabase();
  log: LogEntry[] = [];
  ms = 1000;

  constructor(readonly name: string, base?: Side) {
    this.db.exec(SCHEMA);
    if (base) replaceAll(this.db, TABLES, allRows(base.db, TABLES));
  }

  /** One turn: what `run` changes is one entry. */
  turn(run: (db: { db: Database }) => (RowChange | null)[], requestId?: string): void {
    const changes = run(this).filter((change) => change !== null);
    if (changes.length) this.append(changes, requestId);
  }

  append(changes: unknown[], requestId = `${this.name}${this.log.length}`): LogEntry {
    const hlc = Math.max(this.ms * 2048, this.log.at(-1)?.hlc ?? 0);
    // As it comes out of a log table.
    const entry = JSON.parse(JSON.stringify({ position: this.log.length + 1, requestId, hlc, changes }));
    this.log.push(entry);
    return entry;
  }

  put(table: string, row: Row, atMs = this.ms + 1, options = {}): void {
    this.ms = atMs;
    this.turn((turn) => [putRow(turn, TABLES, table, row, options)]);
  }

  remove(table: string, key: (string | number)[], atMs = this.ms + 1): void {
    this.ms = atMs;
    this.turn((turn) => [removeRow(turn, TABLES, table, key)]);
  }

  get end(): LogMark {
    const last = this.log.at(-1);
    return last ? markOf(last) : GENESIS;
  }

  get hash(): string {
    return hashRows(this.db, TABLES);
  }
}

/** The home joins the other side's branch and logs it. */
function heal(home: Side, other: Side): JoinedRow[] {
  const rows = joinRows(home.db, TABLES, home.log, other.log);
  home.ms = Math.max(home.ms, Math.ceil((other.log.at(-1)?.hlc ?? 0) / 2048));
  home.append([{ op: "join", branch: { common: GENESIS, end: other.end }, rows }]);
  return rows;
}

const ROW = { k: "x", n: 1, a: "a0", b: "b0", list: '["p","q"]', count: 10, high: 5, low: 5, born: 1 };

function forked(): { home: Side; other: Side } {
  const base = new Side("base");
  for (const table of ["plain", "lasting"]) base.put(table, ROW);
  base.put("script", { name: "main", text: "keep;", size: 5 });
  return { home: new Side("h", base), other: new Side("o", base) };
}

/** Both end up with this row. */
function joinsTo(home: Side, other: Side, table: string, key: (string | number)[], want: Row | null): void {
  writeJoined(other.db, TABLES, heal(home, other));
  assert.deepEqual(readRow(home.db, TABLES, table, key), want);
  assert.equal(other.hash, home.hash);
}

Deno.test("putRow() and removeRow() tell what really changed, and applyRow() does the same elsewhere", () => {
  const { home, other } = forked();
  home.put("plain", ROW);
  assert.equal(home.log.length, 0, "nothing changed");
  home.put("plain", { ...ROW, a: "a1", count: 12 });
  home.put("plain", { ...ROW, n: 2 });
  home.remove("plain", ["x", 1]);
  home.remove("plain", ["x", 9]);
  const key = ["x", 1];
  const { k: _k, n: _n, ...cells } = ROW;
  assert.deepEqual(home.log.flatMap((entry) => entry.changes), [
    { op: "row", table: "plain", key, set: { a: "a1", count: 12 }, was: { count: 10 } },
    { op: "row", table: "plain", key: ["x", 2], set: cells, was: null },
    { op: "row", table: "plain", key, set: null, was: { list: '["p","q"]', count: 12 } },
  ]);
  for (const { changes } of home.log) {
    for (const change of changes) applyRow(other.db, TABLES, change as RowChange);
  }
  assert.equal(other.hash, home.hash);
  const late: RowChange = { op: "row", table: "plain", key, set: { a: "a2" } };
  assert.throws(() => applyRow(other.db, TABLES, late), (error) => (error as Fault).code === "conflict");
  const unknown: RowChange = { op: "row", table: "future", key, set: null };
  assert.throws(() => applyRow(other.db, TABLES, unknown), (error) => (error as Fault).code === "invalid");
  assert.throws(() => home.put("plain", { ...ROW, n: 2, born: 2 }), /born does not change/);
});

Deno.test("each column joins by its own rule", () => {
  const { home, other } = forked();
  home.put("plain", { ...ROW, a: "home", b: "home" }, 20);
  home.put("plain", { ...ROW, a: "home", b: "home", list: '["q","h"]', count: 13, high: 6, low: 4 }, 30);
  other.put("plain", { ...ROW, b: "other" }, 10);
  other.put("plain", { ...ROW, a: "other", b: "other", list: '["p","o"]', count: 5, high: 9, low: 3 }, 25);
  const want = { ...ROW, a: "other", b: "home", list: '["h","o"]', count: 8, high: 9, low: 3 };
  joinsTo(home, other, "plain", ["x", 1], want);
});

Deno.test("of two changes at the same time the home's stays; of two rows made apart its `never`", () => {
  const { home, other } = forked();
  for (const [side, born] of [[home, 1], [other, 2]] as const) {
    side.put("plain", { ...ROW, n: 3, a: side.name, born }, 50);
  }
  const want = { ...ROW, n: 3, a: "h", born: 1, count: 20 };
  joinsTo(home, other, "plain", ["x", 3], want);
});

Deno.test("a removal wins over changes, or the last of both; a row made anew later stays", () => {
  type Step = [side: "home" | "other", what: "change" | "remove" | "make", atMs: number];
  const rows: [table: "plain" | "lasting", steps: Step[], stays: string | null][] = [
    ["plain", [["home", "remove", 10], ["other", "change", 20]], null],
    ["plain", [["other", "remove", 10], ["home", "change", 20]], null],
    ["lasting", [["home", "remove", 10], ["other", "change", 20]], "other20"],
    ["lasting", [["home", "remove", 20], ["other", "change", 10]], null],
    ["lasting", [["other", "remove", 10], ["home", "change", 20]], "home20"],
    ["lasting", [["other", "remove", 20], ["home", "change", 10]], null],
    ["plain", [["home", "remove", 10], ["other", "remove", 12], ["other", "make", 20]], "other20"],
    ["plain", [["home", "remove", 30], ["other", "remove", 12], ["other", "make", 20]], null],
    ["plain", [["other", "remove", 10], ["home", "remove", 12], ["home", "make", 20]], "home20"],
    ["plain", [["other", "remove", 30], ["home", "remove", 12], ["home", "make", 20]], null],
    ["lasting", [["home", "change", 30], ["other", "remove", 12], ["other", "make", 20]], "home30"],
  ];
  for (const [table, steps, stays] of rows) {
    const sides = forked();
    for (const [side, what, atMs] of steps) {
      if (what === "remove") sides[side].remove(table, ["x", 1], atMs);
      else sides[side].put(table, { ...ROW, a: `${side}${atMs}` }, atMs);
    }
    writeJoined(sides.other.db, TABLES, heal(sides.home, sides.other));
    const found = readRow(sides.home.db, TABLES, table, ["x", 1]);
    assert.equal(found?.a ?? null, stays, JSON.stringify([table, steps]));
    if (found) assert.equal(found.b, "b0");
    assert.equal(sides.other.hash, sides.home.hash);
  }
});

Deno.test("another form of the same value beats no change of the other side", () => {
  for (const [homeAt, otherAt, want] of [[10, 20, "h"], [20, 10, "h"]] as const) {
    const { home, other } = forked();
    home.put("plain", { ...ROW, a: "h" }, homeAt);
    other.put("plain", { ...ROW, a: "a0 stronger" }, otherAt, { weak: true });
    joinsTo(home, other, "plain", ["x", 1], { ...ROW, a: want });
  }
  const { home, other } = forked();
  home.put("plain", { ...ROW, a: "a0 stronger" }, 30, { weak: true });
  other.put("plain", { ...ROW, a: "o" }, 10);
  other.put("plain", { ...ROW, a: "o stronger" }, 20, { weak: true });
  joinsTo(home, other, "plain", ["x", 1], { ...ROW, a: "o stronger" });
});

Deno.test("a lost version of a `copy` column is kept under the name that the table gives it, once", () => {
  for (const [homeAt, otherAt] of [[10, 20], [20, 10]]) {
    const { home, other } = forked();
    home.put("script", { name: "main", text: "discard;", size: 8 }, homeAt);
    other.put("script", { name: "main", text: "stop;", size: 5 }, otherAt);
    heal(home, other);
    const once = home.hash;
    other.put("script", { name: "other", text: "", size: 0 }, 30);
    writeJoined(other.db, TABLES, heal(home, other));
    assert.equal(other.hash, home.hash);
    home.remove("script", ["other"]);
    assert.equal(home.hash, once);
    const texts = ["main", "main (1)", "main (2)"].map((name) =>
      readRow(home.db, TABLES, "script", [name])?.text
    );
    assert.deepEqual(
      texts,
      homeAt < otherAt ? ["stop;", "discard;", undefined] : ["discard;", "stop;", undefined],
    );
  }
});

Deno.test("no copy is kept of a version that only one side changed", () => {
  const { home, other } = forked();
  home.put("script", { name: "main", text: "keep;", size: 6 }, 10);
  other.put("script", { name: "main", text: "stop;", size: 5 }, 20);
  heal(home, other);
  other.put("script", { name: "main", text: "stop; # again", size: 13 }, 30);
  joinsTo(home, other, "script", ["main"], { name: "main", text: "stop; # again", size: 13 });
  assert.equal(allRows(home.db, TABLES).filter(({ table }) => table === "script").length, 1);
});

Deno.test("a request that both sides ran counts once, and what it made elsewhere goes", () => {
  const { home, other } = forked();
  home.turn((turn) => [putRow(turn, TABLES, "plain", { ...ROW, count: 11 })], "same");
  other.turn(
    (turn) => [
      putRow(turn, TABLES, "plain", { ...ROW, count: 11 }),
      putRow(turn, TABLES, "plain", { ...ROW, n: 7 }),
    ],
    "same",
  );
  other.put("plain", { ...ROW, n: 7, a: "later" });
  other.put("plain", { ...ROW, count: 14 });
  joinsTo(home, other, "plain", ["x", 1], { ...ROW, count: 14 });
  assert.equal(readRow(home.db, TABLES, "plain", ["x", 7]), null);
});

Deno.test("a branch that holds a join of the other server is joined all the same", () => {
  const { home, other } = forked();
  home.put("plain", { ...ROW, count: 11, a: "h" });
  other.put("plain", { ...ROW, count: 12, list: '["p","q","o"]' });
  heal(home, other);
  home.put("plain", { ...readRow(home.db, TABLES, "plain", ["x", 1])!, count: 20 });
  // The other one is the home now.
  const rows = heal(other, home);
  writeJoined(home.db, TABLES, rows);
  assert.equal(home.hash, other.hash);
  const want = { ...ROW, a: "h", list: '["p","q","o"]', count: 20 };
  assert.deepEqual(readRow(home.db, TABLES, "plain", ["x", 1]), want);
});

const number = (random: Random, below: number) => {
  const [high, low] = random.bytes(2);
  return (high * 256 + low) % below;
};

/** Random turns on one side; with `model` what was added, counted and last written is noted. */
function wander(side: Side, random: Random, turns: number, removals: boolean): void {
  for (let i = 0; i < turns; i++) {
    side.ms += number(random, 20);
    const table = number(random, 2) ? "plain" : "lasting";
    const key = ["r", number(random, 4)];
    const row = readRow(side.db, TABLES, table, key) ??
      { ...ROW, k: "r", n: key[1], list: "[]", count: 0, high: null, low: null };
    const column = Object.keys(columns)[number(random, 6)];
    const value = `${side.name}${side.log.length}`;
    if (column === "a" || column === "b") row[column] = value;
    else if (column === "list") {
      const list: string[] = JSON.parse(String(row.list));
      if (list.length && number(random, 3) === 0) list.splice(number(random, list.length), 1);
      else list.push(value);
      row.list = JSON.stringify(list);
    } else if (column === "count") row.count = Number(row.count) + number(random, 9) - 4;
    else row[column] = number(random, 1000);
    if (removals && number(random, 6) === 0) side.remove(table, key as (string | number)[], side.ms);
    else side.put(table, row, side.ms);
  }
}

Deno.test("any two branches join to the same on both sides, however often they are joined", () => {
  for (let seed = 1; seed <= 150; seed++) {
    const random = seededRandom(seed);
    const base = new Side("base");
    wander(base, random, 12, false);
    const [home, other] = [new Side("h", base), new Side("o", base)];
    home.ms = base.ms + number(random, 100);
    other.ms = base.ms + number(random, 100);
    for (let round = 0; round < 3; round++) {
      wander(home, random, number(random, 8), true);
      wander(other, random, number(random, 8), true);
      heal(home, other);
      const once = home.hash;
      const rows = heal(home, other);
      assert.equal(home.hash, once, `seed ${seed}: joined twice`);
      // The other side may take it or may have gone on meanwhile.
      if (number(random, 2)) continue;
      writeJoined(other.db, TABLES, rows);
      assert.equal(other.hash, home.hash, `seed ${seed}`);
      [home.log, other.log] = [[], []];
    }
  }
});

Deno.test("without removals: the last change of a column wins, additions stay, counters are exact", () => {
  for (let seed = 1; seed <= 100; seed++) {
    const random = seededRandom(seed);
    const base = new Side("base");
    wander(base, random, 12, false);
    const [home, other] = [new Side("h", base), new Side("o", base)];
    home.ms = base.ms + number(random, 100);
    other.ms = base.ms + number(random, 100);
    for (let round = 0; round < 3; round++) {
      wander(home, random, number(random, 8), false);
      wander(other, random, number(random, 8), false);
      heal(home, other);
    }
    for (const { table, key } of allRows(home.db, TABLES)) {
      const at = `seed ${seed}, ${table} ${key}`;
      const row = readRow(home.db, TABLES, table, key)!;
      const before = readRow(base.db, TABLES, table, key) ?? { a: null, b: null, list: "[]", count: 0 };
      const of = (side: Side) =>
        side.log.flatMap(({ hlc, changes }) =>
          (changes as RowChange[]).filter((c) =>
            c.op === "row" && c.table === table && `${c.key}` === `${key}`
          )
            .map((change) => ({ hlc, set: change.set!, was: change.was }))
        );
      const all = [
        ...of(home).map((op) => ({ ...op, home: 1 })),
        ...of(other).map((op) => ({ ...op, home: 0 })),
      ];
      for (const column of ["a", "b"]) {
        const writes = all.filter(({ set }) => column in set).sort((x, y) =>
          x.hlc - y.hlc || x.home - y.home
        );
        assert.equal(row[column], writes.at(-1)?.set[column] ?? before[column], `${at}.${column}`);
      }
      const sum = all.reduce(
        (n, { set, was }) => "count" in set ? n + Number(set.count) - Number(was?.count ?? 0) : n,
        Number(before.count),
      );
      assert.equal(row.count, sum, `${at}.count`);
      const removed = new Set<string>();
      const added = new Set<string>(JSON.parse(String(before.list)));
      for (const { set, was } of all) {
        if (!("list" in set)) continue;
        const [from, to]: string[][] = [JSON.parse(String(was?.list ?? "[]")), JSON.parse(String(set.list))];
        for (const item of to) if (!from.includes(item)) added.add(item);
        for (const item of from) if (!to.includes(item)) removed.add(item);
      }
      const want = [...added].filter((item) => !removed.has(item)).sort();
      assert.deepEqual(JSON.parse(String(row.list)).sort(), want, `${at}.list`);
    }
  }
});

Deno.test("undeclaredColumns() names what neither joins nor is a server's own, and what is gone", () => {
  const db = openMemoryDatabase();
  db.exec(`${SCHEMA}; CREATE TABLE log(position INTEGER); CREATE TABLE own(x); CREATE TABLE forgotten(y, z);
    ALTER TABLE plain ADD COLUMN late TEXT; ALTER TABLE plain ADD COLUMN cached TEXT`);
  const local = { own: "a test", "plain.cached": "made again from the rest", "plain.past": "a test" };
  assert.deepEqual(undeclaredColumns(db, TABLES, local), [
    "forgotten.y",
    "forgotten.z",
    "plain.late",
    "plain.past: declared but not there",
  ]);
});
