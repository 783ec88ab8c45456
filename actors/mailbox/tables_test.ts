import { strict as assert } from "node:assert";
import { undeclaredColumns } from "../../src/actor/undeclared.ts";
import { openMemoryDatabase } from "../../src/storage/database.ts";
import { migrate } from "../../src/storage/migrate.ts";
import { MIGRATIONS } from "./schema.ts";
import { BY_MESSAGE_JOIN, LOCAL, TABLES } from "./tables.ts";

Deno.test("every column of the mailbox is declared: how the other server gets it, or why it need not", () => {
  const db = openMemoryDatabase();
  migrate(db, MIGRATIONS);
  const declared = { ...BY_MESSAGE_JOIN, ...LOCAL };
  assert.deepEqual(undeclaredColumns(db, TABLES, declared), []);
  assert.deepEqual(Object.keys(BY_MESSAGE_JOIN).filter((name) => name in LOCAL), [], "declared twice");
  for (const [name, reason] of Object.entries(declared)) {
    assert(name.includes("."), `${name}: column by column, so that a new one is not forgotten`);
    assert(reason.length > 5, name);
  }
  const tables = Object.keys({ ...TABLES, ...declared }).map((name) => name.split(".")[0]);
  for (const table of new Set(tables)) {
    if (table === "words") continue; // a word index gets no columns
    db.exec(`ALTER TABLE "${table}" ADD COLUMN forgotten TEXT`);
    assert.deepEqual(undeclaredColumns(db, TABLES, declared), [`${table}.forgotten`]);
    db.exec(`ALTER TABLE "${table}" DROP COLUMN forgotten`);
  }
  db.exec("CREATE TABLE vacation (sender TEXT PRIMARY KEY)");
  assert.deepEqual(undeclaredColumns(db, TABLES, declared), ["vacation.sender"]);
});
