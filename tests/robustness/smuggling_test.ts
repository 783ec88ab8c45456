import { strict as assert } from "node:assert";
import { startServer, type TestServer } from "../support/harness.ts";
import { ImapClient } from "../support/imap_client.ts";
import { LineSocket } from "../support/line_socket.ts";

const OTHER = "other@evil.test";
const VICTIM = "victim@evil.test";
const HELLO = "EHLO e.test\r\n";
const SMUGGLED =
  `MAIL FROM:<smuggler@e.test>\r\nRCPT TO:<${OTHER}>\r\nDATA\r\nSubject: smuggled\r\n\r\nx\r\n.\r\n`;
/** Ends of data to some server, none to RFC 5321 §4.1.1.4. */
const FALSE_ENDS = [
  "\n.\n",
  "\n.\r\n",
  "\r\n.\n",
  "\r.\r",
  "\r\n.\r",
  "\r.\r\n",
  "\n.\r",
  "\r\n.\0\r\n",
  "\r\n\0.\r\n",
  "\r\r\n.\r\r\n",
  "\r\n.\r\r\n",
  "\r\n. \r\n",
  "\r\n\x85.\r\n",
  "\n\n.\n\n",
  "\r\n..\r\n",
  ".\r\n",
];

Deno.test("no false end of data lets a second message through", async () => {
  const server = await startServer({ configuration: { auth: { allowPlaintext: true } } });
  try {
    for (const account of [OTHER, VICTIM]) await server.addAccount(account);
    let accepted = 0;
    for (const port of ["smtp", "lmtp", "submission"] as const) {
      for (const end of FALSE_ENDS) accepted += await smuggle(server, port, end);
    }
    const imap = await ImapClient.login(server.ports.imap, OTHER, "pass-word");
    assert.ok((await imap.ok("SELECT INBOX")).includes("0 EXISTS"), "a message was smuggled");
    await imap.close();
    const victim = await ImapClient.login(server.ports.imap, VICTIM, "pass-word");
    assert.ok((await victim.ok("SELECT INBOX")).includes(`${accepted} EXISTS`));
    await victim.close();
  } finally {
    await server.remove();
  }
});

/** One reply, whatever stands between; 1 when the message was taken as one. */
async function smuggle(
  server: TestServer,
  port: "smtp" | "lmtp" | "submission",
  end: string,
): Promise<number> {
  const socket = await LineSocket.connect(server.ports[port]);
  const say = async (line: string, code: RegExp) => {
    socket.write(line);
    let reply: string;
    do reply = await socket.readLine(); while (reply[3] === "-");
    assert.match(reply, code, `${port} ${JSON.stringify(end)}`);
    return reply;
  };
  await say("", /^220/);
  await say(port === "lmtp" ? "LHLO e.test\r\n" : HELLO, /^250/);
  if (port === "submission") await say(`AUTH PLAIN ${btoa(`\0${VICTIM}\0pass-word`)}\r\n`, /^235/);
  await say(`MAIL FROM:<${VICTIM}>\r\n`, /^250/);
  await say(`RCPT TO:<${VICTIM}>\r\n`, /^250/);
  await say("DATA\r\n", /^354/);
  const reply = await say(`Subject: one\r\n\r\nbody${end}${SMUGGLED}`, /^(250|554) /);
  await say("NOOP\r\n", /^250 /);
  assert.ok(await socket.isSilent(20), "there was more than one reply");
  await socket.close();
  return reply.startsWith("250") ? 1 : 0;
}
