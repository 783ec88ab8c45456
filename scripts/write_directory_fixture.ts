import { LocalSystem } from "../src/actor/local.ts";
import { ManualClock } from "../src/base/clock.ts";
import { seededRandom } from "../src/base/id.ts";
import { directoryActor } from "../actors/directory/actor.ts";
import type { DirectoryContract } from "../actors/directory/contract.ts";
import { dumpSql } from "./dump_sql.ts";

/**
 * Writes a small directory of the newest schema as SQL to standard output. Run it once when a schema is released, into
 * `actors/directory/fixtures/version_N.sql`; from then on the migration test brings that file to every later schema.
 *
 *     deno run -A scripts/write_directory_fixture.ts > actors/directory/fixtures/version_N.sql
 */
async function writeFixture(): Promise<string> {
  const clock = new ManualClock();
  const system = new LocalSystem({ clock, random: seededRandom(3), actors: [directoryActor] });
  const { ask } = system.ref<DirectoryContract>("directory:main");
  const passwordHash = "$argon2id$v=19$m=8,t=1,p=1$c2FsdA$aGFzaA";
  const scram = "binding SCRAM-SHA-256$4096$c2FsdA==$c3RvcmVk$c2VydmVy";
  await ask("configure", { quotaBytes: 1000, messageBytes: 100, postmaster: null, loginDomain: "a.test" });
  await ask("createDomain", { name: "a.test", catchAll: "ann@a.test", quotaBytes: 2000 });
  await ask("createDomain", { name: "b.test", aliasOf: "a.test" });
  await ask("createDomain", { name: "gone.test" });
  for (const name of ["zoe", "ann", "bob"]) {
    clock.advance(1000);
    await ask("createAccount", { address: `${name}@a.test`, passwordHash, displayName: name, scram });
  }
  await ask("updateAccount", { address: "ann@a.test", quotaBytes: 500, internal: true });
  await ask("removeAccount", { address: "bob@a.test" });
  await ask("createAlias", {
    address: "sales@a.test",
    targets: ["ann@a.test", "x@out.test"],
    internal: false,
  });
  await ask("createAlias", { address: "old@*", targets: ["ann@a.test"], internal: true });
  await ask("removeAlias", { address: "old@*" });
  await ask("createGroup", { address: "all@a.test", members: ["zoe@a.test"] });
  await ask("updateGroup", { address: "all@a.test", members: ["zoe@a.test", "ann@a.test"] });
  await ask("removeDomain", { name: "gone.test" });
  await ask("rewriteSender", { from: "who@out.test", by: "ann@a.test" });
  return dumpSql(system.disk.open("directory", "main").db);
}

console.log(await writeFixture());
