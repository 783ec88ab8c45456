import { strict as assert } from "node:assert";
import { directoryActor } from "../../actors/directory/actor.ts";
import { mailboxActor } from "../../actors/mailbox/actor.ts";
import { mayAsk } from "./table.ts";

Deno.test("the other server may ask for every change that both hold, and for no secret", () => {
  for (const actor of [mailboxActor, directoryActor]) {
    const { kind, handlers, changes } = actor;
    for (const name of Object.keys(handlers)) {
      const changing = changes!(name, { markSeen: false });
      if (changing) assert.ok(mayAsk("peer", kind, name), `${kind} ${name}`);
    }
  }
  for (const name of ["credentials", "configure", "heal"]) {
    assert.ok(!mayAsk("peer", "directory", name), name);
  }
  for (const name of ["heal", "fetch", "search"]) assert.ok(!mayAsk("peer", "mailbox", name), name);
  assert.ok(!mayAsk("peer", "login", "verify"));
  assert.ok(!mayAsk("peer", "queue", "submit"));
});
