import { strict as assert } from "node:assert";
import { mailboxActor } from "./actor.ts";
import type { MailboxContract } from "./contract.ts";
import { letter, newMessage, NO_LIMITS } from "./fixture_test.ts";
import { type Pair, type Server, withPair } from "./pair_test.ts";

/** Moves one server's time on, so that what it does next is later than all that was done. */
function later(pair: Pair, server: Server): Server["ask"] {
  const now = Math.max(pair.home.clock.nowMs(), pair.other.clock.nowMs());
  server.clock.advance(now - server.clock.nowMs() + 1000);
  return server.ask;
}

type Set = MailboxContract["setAnnotations"]["request"];

const set = (name: string, value: string | null, entry = "/private/comment"): ["setAnnotations", Set] => [
  "setAnnotations",
  { name, values: [{ entry, value }] },
];

/** All that a server knows of these folders. */
async function values(server: Server, ...names: string[]): Promise<Record<string, string | null>> {
  const { folders } = await server.ask("getAnnotations", {
    names,
    entries: ["/private", "/shared"],
    depth: Infinity,
  });
  return Object.fromEntries(
    folders.flatMap(({ name, values }) => values.map(({ entry, value }) => [`${name} ${entry}`, value])),
  );
}

Deno.test("annotations travel, and the later word on each entry counts", () =>
  withPair(async (pair) => {
    const { home, other } = pair;
    assert.equal(mailboxActor.changes!("setAnnotations", {}), true);
    await home.ask("createFolder", { name: "Box" });
    await home.ask(...set("Box", "0"));
    await home.ask(...set("", "s", "/private/filters/values/a"));
    await pair.meet();
    const want = { "Box /private/comment": "0", " /private/filters/values/a": "s" };
    assert.deepEqual(await values(other, "Box", ""), want);
    await later(pair, home)(...set("Box", "home"));
    await later(pair, other)(...set("Box", "other"));
    await later(pair, other)(...set("Box", "more", "/shared/comment"));
    await later(pair, home)(...set("", null, "/private/filters/values/a"));
    await pair.meet();
    assert.deepEqual(await values(home, "Box", ""), {
      "Box /private/comment": "other",
      "Box /shared/comment": "more",
    });
  }));

Deno.test("a folder that one server deletes takes along what the other one noted on it", () =>
  withPair(async (pair) => {
    const { home, other } = pair;
    await home.ask("createFolder", { name: "Box" });
    await home.ask(...set("Box", "0"));
    await pair.meet();
    await later(pair, home)("deleteFolder", { name: "Box" });
    await later(pair, other)(...set("Box", "later"));
    await pair.meet();
    assert.deepEqual(await values(home, "Box"), {});
  }));

Deno.test("a folder that lives on for its new mail has the same annotations on both", () =>
  withPair(async (pair) => {
    const { home, other } = pair;
    await home.ask("createFolder", { name: "Box" });
    await home.ask(...set("Box", "0"));
    await home.ask(...set("Box", "1", "/shared/comment"));
    await pair.meet();
    const message = newMessage(letter(1));
    await later(pair, other)("append", { name: "Box", messages: [message], limits: NO_LIMITS });
    await home.ask("stageContents", { contents: [message] });
    await later(pair, home)("deleteFolder", { name: "Box" });
    await later(pair, other)(...set("Box", "later", "/shared/comment"));
    await pair.meet();
    assert.deepEqual(await values(home, "Box"), { "Box /shared/comment": "later" });
  }));

Deno.test("two that never met put their annotations together", () =>
  withPair(async (pair) => {
    const { home, other } = pair;
    await home.ask(...set("", "h", "/private/filters/values/h"));
    await other.ask(...set("", "o", "/private/filters/values/o"));
    await other.ask("createFolder", { name: "Box" });
    await other.ask(...set("Box", "box"));
    await pair.meet();
    assert.deepEqual(await values(home, "", "Box"), {
      " /private/filters/values/h": "h",
      " /private/filters/values/o": "o",
      "Box /private/comment": "box",
    });
  }));
