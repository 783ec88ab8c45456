import { strict as assert } from "node:assert";
import { ImapClient } from "../support/imap_client.ts";
import { startPair } from "../support/pair.ts";

Deno.test("with both, what changes nothing is not taken for what the other server does not confirm", async () => {
  const pair = await startPair({ acknowledge: "both" });
  try {
    await pair.servers[0].addAccount("ann@pair.test");
    for (const server of pair.servers) {
      const host = server.address;
      const imap = await ImapClient.login(server.ports.imaps, "ann@pair.test", "pass-word", {
        host,
        tls: true,
      });
      await imap.ok("SUBSCRIBE INBOX");
      await imap.append("INBOX", "Subject: one\r\n\r\ntext\r\n");
      await imap.ok("SELECT INBOX");
      for (let n = 0; n < 3; n++) await imap.ok("STORE 1 +FLAGS (\\Flagged)");
      await imap.close();
    }
    for (const server of pair.servers) {
      assert.ok(!server.logs().some(({ event }) => event === "replication.degraded"));
    }
  } finally {
    await pair.remove();
  }
});
