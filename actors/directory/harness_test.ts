import { strict as assert } from "node:assert";
import type { ActorRef } from "../../src/actor/actor.ts";
import { LocalSystem } from "../../src/actor/local.ts";
import { ManualClock } from "../../src/base/clock.ts";
import { Fault, type FaultCode } from "../../src/base/fault.ts";
import { seededRandom } from "../../src/base/id.ts";
import { directoryActor } from "./actor.ts";
import type { DirectoryContract } from "./contract.ts";

/** A directory for tests, in memory. */
export interface TestDirectory {
  system: LocalSystem;
  clock: ManualClock;
  directory: ActorRef<DirectoryContract>;
  domain(name: string, rest?: Partial<DirectoryContract["createDomain"]["request"]>): Promise<void>;
  /** Makes an account; its id. */
  account(
    address: string,
    rest?: Partial<DirectoryContract["createAccount"]["request"]>,
  ): Promise<string>;
  /** Where mail goes: `id` or `id:delivery` of mailboxes, then outside addresses; sorted. */
  route(address: string, authenticated?: boolean): Promise<string[]>;
  refused(request: Promise<unknown>, code: FaultCode): Promise<void>;
}

/** Runs a test with a fresh directory and checks the file's invariants at the end. */
export async function withDirectory(test: (t: TestDirectory) => Promise<void>): Promise<void> {
  const clock = new ManualClock();
  const system = new LocalSystem({ clock, random: seededRandom(1), actors: [directoryActor] });
  const directory = system.ref<DirectoryContract>("directory:main");
  try {
    await test({
      system,
      clock,
      directory,
      domain: async (name, rest) => void await directory.ask("createDomain", { name, ...rest }),
      account: async (address, rest) => {
        clock.advance(1);
        const request = { address, passwordHash: "$argon2id$v=19$test", ...rest };
        return (await directory.ask("createAccount", request)).id;
      },
      route: async (address, authenticated = false) => {
        const { mailboxes, external } = await directory.ask("resolve", { address, authenticated });
        const boxes = mailboxes.map((box) =>
          box.delivery === "accept" ? box.account.address : `${box.account.address}:${box.delivery}`
        );
        return [...boxes, ...external].sort();
      },
      refused: (request, code) =>
        assert.rejects(request, (error) => {
          assert(error instanceof Fault, String(error));
          assert.equal(error.code, code, error.message);
          return true;
        }),
    });
    assert.deepEqual((await directory.ask("check", {})).problems, []);
  } finally {
    await system.close();
  }
}
