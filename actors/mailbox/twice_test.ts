import { strict as assert } from "node:assert";
import { GENESIS } from "../../src/actor/replica.ts";
import { add, expunge, play, view } from "./acts_test.ts";
import type { DeliveryFilter } from "./filter/contract.ts";
import { letter, newMessage, NO_LIMITS } from "./fixture_test.ts";
import { type Server, withPair } from "./pair_test.ts";

const VACATION: DeliveryFilter = {
  site: { before: null, default: 'require "vacation"; vacation "away";', after: null, global: {} },
  envelope: { from: "ann@out.test", to: "bob@a.test", originalTo: null, auth: null, smtpUtf8: false },
  owner: { address: "bob@a.test", name: "", aliases: [] },
  zoneMinutes: 0,
  environment: {},
  spamPercent: null,
  virusLevel: null,
  mayRefuse: false,
  hostname: "mx.a.test",
};

/** One request that reached both servers, as its answer was lost with the link: it counts once. */

Deno.test("a request that both servers executed counts once", () =>
  withPair(async (pair) => {
    const request = { message: newMessage(letter(5)), folder: "INBOX", limits: NO_LIMITS };
    await pair.home.ask("deliver", request, { requestId: "delivery-5" });
    pair.other.clock.advance(3000);
    await pair.other.ask("deliver", request, { requestId: "delivery-5" });
    await play(pair, [[pair.other, add(20)]]);
    await pair.meet();
    assert.deepEqual((await view(pair.home)).INBOX.sort(), ["20", "5"]);
    // And whoever repeats it once more gets the answer of then.
    const again = await pair.other.ask("deliver", request, { requestId: "delivery-5" });
    assert.equal(again.folder, "INBOX");
    assert.equal((await view(pair.other)).INBOX.length, 2);
  }));

Deno.test("a request that both servers executed counts once, also when the join of it is joined again", () =>
  withPair(async (pair) => {
    const request = { message: newMessage(letter(5)), folder: "a", limits: NO_LIMITS };
    await pair.home.ask("deliver", request, { requestId: "delivery-5" });
    pair.other.clock.advance(3000);
    await pair.other.ask("deliver", request, { requestId: "delivery-5" });
    // The home was given away before its join came there.
    await pair.heal(GENESIS);
    const { end, tip } = await pair.home.ask("tip", {});
    const entries = await pair.home.entries(GENESIS);
    await pair.other.ask("heal", { common: GENESIS, theirs: { entries, end, tip } });
    assert.deepEqual((await view(pair.other)).a, ["5"]);
  }));

Deno.test("a MOVE that both servers executed does not win over the next one, be its clock ahead", () =>
  withPair(async (pair) => {
    await play(pair, [[pair.home, add(1)]]);
    await pair.meet();
    const move = async (server: Server, to: string, requestId?: string) => {
      const { id } = await server.ask("status", { name: "INBOX" });
      const request = { folder: id, uids: [1, 0xffffffff], to, limits: NO_LIMITS, move: true };
      await server.ask("copy", request, { requestId });
    };
    pair.home.clock.advance(60_000);
    for (const server of [pair.home, pair.other]) await move(server, "INBOX", "move-1");
    await move(pair.other, "Trash");
    await pair.meet();
    assert.deepEqual((await view(pair.home)).Trash, ["1"]);
  }));

Deno.test("a COPY that both servers executed counts once, although one had fewer of the messages", () =>
  withPair(async (pair) => {
    await play(pair, [[pair.home, add(1)], [pair.home, add(2)]]);
    await pair.meet();
    await play(pair, [[pair.home, expunge(1)]]);
    for (const server of [pair.home, pair.other]) {
      const folder = (await server.ask("status", { name: "INBOX" })).id;
      const request = { folder, uids: [1, 2], to: "Trash", limits: NO_LIMITS, move: false };
      await server.ask("copy", request, { requestId: "copy-1" });
    }
    await pair.meet();
    assert.deepEqual((await view(pair.home)).Trash.sort(), ["1", "2"]);
  }));

Deno.test("a request that waited here while the other server carried it out is not done again after the heal", () =>
  withPair(async (pair) => {
    const request = { message: newMessage(letter(1)), folder: "INBOX", limits: NO_LIMITS };
    const first = await pair.other.ask("deliver", request, { requestId: "delivery-1" });
    await pair.home.ask("createFolder", { name: "x" });
    await pair.meet();
    assert.deepEqual(await pair.home.ask("deliver", request, { requestId: "delivery-1" }), first);
    assert.equal((await pair.home.ask("status", { name: "INBOX" })).messages, 1);
  }));

Deno.test("a delivery that both servers filed is remembered as answered, though the home alone answered", () =>
  withPair(async (pair) => {
    const message = newMessage(letter(5, "x", "From: ann@out.test\r\nTo: bob@a.test\r\n"));
    const request = { message, folder: "INBOX", limits: NO_LIMITS, filter: VACATION };
    for (const server of [pair.home, pair.other]) {
      await server.ask("deliver", request, { requestId: "delivery-5" });
    }
    // The one that did not answer joins.
    const { end, tip } = await pair.home.ask("tip", {});
    const entries = await pair.home.entries(GENESIS);
    await pair.other.ask("heal", { common: GENESIS, theirs: { entries, end, tip } });
    const joined = (await pair.other.entries(GENESIS)).flatMap(({ changes }) => changes);
    const rows = joined.flatMap((change) => change.op === "join" ? change.rows : []);
    assert.deepEqual(rows.map(({ table, row }) => [table, row !== null]), [["mark", true]]);
  }));
