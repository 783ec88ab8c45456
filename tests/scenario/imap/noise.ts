import { strict as assert } from "node:assert";
import { Dice, makeInput } from "../../support/imap_noise.ts";
import { ServerClosed } from "../../support/line_socket.ts";
import { type Dialogues, fill, PASSWORD } from "../../support/imap_world.ts";

const DURATION_MS = Number(Deno.env.get("MALLARD_FUZZ_MS") ?? 1000);
const SEED = Number(Deno.env.get("MALLARD_FUZZ_SEED") ?? 1);

/** Literals that are waited for, and an IDLE or an AUTHENTICATE, end by this. */
const FLUSH = "\r\n".repeat(1000) + "DONE\r\n*\r\n";

/** Broken commands at a live server: it answers each, ends a session at most, and says nothing of bugs in its log. */
export const noiseDialogues: Dialogues = {
  "noise is answered, and others do not notice": async (world) => {
    const account = await world.newAccount();
    const bystander = await world.login(account);
    await bystander.ok("CREATE other");
    await fill(bystander, "INBOX", 3);
    const end = performance.now() + DURATION_MS;
    for (let seed = SEED; performance.now() < end; seed++) {
      const dice = new Dice(seed);
      const client = await world.connect();
      if (dice.below(8)) await client.ok(`LOGIN ${account} ${PASSWORD}`);
      if (dice.below(3)) client.send("s SELECT INBOX");
      for (let i = 0; i < 5; i++) client.socket.write(latin1(makeInput(dice, 1000)));
      client.send(FLUSH);
      client.send("end NOOP");
      try {
        while (!(await client.socket.readLine()).startsWith("end ")) { /* anything */ }
      } catch (error) {
        if (!(error instanceof ServerClosed)) throw new Error(`MALLARD_FUZZ_SEED=${seed}`, { cause: error });
      }
      await client.socket.close();
    }
    assert.equal((await bystander.command("NOOP")).status, "OK");
    await bystander.ok("SELECT INBOX");
    await bystander.ok("UID FETCH 1:* (FLAGS ENVELOPE BODYSTRUCTURE)");
  },
};

function latin1(text: string): Uint8Array {
  return Uint8Array.from(text, (char) => char.charCodeAt(0));
}
