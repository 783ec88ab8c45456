import { sleep, startServer, type TestServer } from "../support/harness.ts";
import { SmtpClient } from "../support/smtp_client.ts";

/**
 * `deno task bench-sieve [--messages N] [--rounds N]`: deliveries over SMTP to accounts with a script of 60 rules, of
 * which the last one matches, and to accounts with none at all, in turn. Prints the ratio of their medians, and that
 * of the processor time which a message takes: on a machine that does other things too, only the second is to be
 * trusted.
 */
const flag = (name: string, fallback: number) => {
  const at = Deno.args.indexOf(`--${name}`);
  return at < 0 ? fallback : Number(Deno.args[at + 1]);
};
const MESSAGES = flag("messages", 10_000);
const ROUNDS = flag("rounds", 4);
const ACCOUNTS = 20;
const CONNECTIONS = 8;

/** Sixty rules of the sorts that people write: lists, senders, subjects, sizes. */
function script(): string {
  const rules = Array.from({ length: 59 }, (_, n) => {
    const target = `fileinto "F${n % 10}"; stop;`;
    switch (n % 4) {
      case 0:
        return `if header :contains "list-id" "<list${n}.example.org>" { ${target} }`;
      case 1:
        return `if address :is :all ["from", "sender"] ["a${n}@example.org", "b${n}@example.org"] { ${target} }`;
      case 2:
        return `if allof (header :matches "subject" "*[ticket-${n}]*", not size :over ${n}M) { ${target} }`;
      default:
        return `if anyof (address :domain "to" "d${n}.example.org", exists "x-rule-${n}") { ${target} }`;
    }
  });
  return [
    'require ["fileinto", "imap4flags"];',
    ...rules,
    'if header :contains "subject" "benchmark" { fileinto "F0"; }',
  ].join("\r\n");
}

const BODY = "Lines of text, as mail has them, some sixty octets of it each.\r\n".repeat(60);

function letter(n: number): string {
  return [
    "Received: from relay.example.net by mx.example.net; Sat, 28 Nov 2026 12:00:00 +0000",
    `Message-ID: <b${n}@example.net>`,
    `From: "Somebody ${n % 97}" <somebody${n % 97}@example.net>`,
    "To: everybody@bench.test",
    "Cc: one@example.net, two@example.net, three@example.net",
    `Subject: a benchmark message number ${n}`,
    "Date: Sat, 28 Nov 2026 12:00:00 +0000",
    "MIME-Version: 1.0",
    "Content-Type: text/plain; charset=utf-8",
    "",
    BODY,
  ].join("\r\n");
}

/** Processor time that the server's processes have taken, in milliseconds. */
async function cpuMs(server: TestServer): Promise<number> {
  const children = await Deno.readTextFile(`/proc/${server.pid}/task/${server.pid}/children`);
  let ticks = 0;
  for (const pid of [String(server.pid), ...children.trim().split(" ")]) {
    const fields = (await Deno.readTextFile(`/proc/${pid}/stat`)).replace(/^.*\) /, "").split(" ");
    ticks += Number(fields[11]) + Number(fields[12]);
  }
  return ticks * 10;
}

/** Waits until the server has done what it does with new mail once nobody asks for anything: its search index. */
async function quiet(server: TestServer): Promise<void> {
  await sleep(3_000);
  for (let i = 0; i < 60; i++) {
    const before = await cpuMs(server);
    await sleep(1_000);
    if (await cpuMs(server) - before < 50) return;
  }
}

let sent = 0;

/** Deliveries in a second. */
async function rate(server: TestServer, user: (n: number) => string, messages: number): Promise<number> {
  const begun = performance.now();
  let next = 0;
  await Promise.all(Array.from({ length: CONNECTIONS }, async () => {
    const smtp = await SmtpClient.connect(server.ports.smtp);
    await smtp.expect(250, "EHLO bench.test");
    while (next < messages) {
      const n = next++;
      const reply = await smtp.mail("x@example.net", [user(n)], letter(sent++));
      if (reply.code !== 250) throw new Error(reply.lines.join());
    }
    await smtp.close();
  }));
  return messages * 1000 / (performance.now() - begun);
}

const logFolder = await Deno.makeTempDir({ prefix: "mallard-" });
const server = await startServer({
  logFile: `${logFolder}/server.log`,
  configuration: { limits: { quotaBytes: null } },
});
try {
  await server.api("PUT", "/api/v1/sieve/roles/default", { script: null });
  for (let i = 0; i < ACCOUNTS; i++) {
    for (const kind of ["plain", "ruled"]) await server.addAccount(`${kind}${i}@bench.test`, "bench-pass");
    const path = `/api/v1/accounts/ruled${i}@bench.test/scripts/rules`;
    const { status, body } = await server.api("PUT", path, { content: script(), active: true });
    if (status !== 201) throw new Error(JSON.stringify(body));
    for (let f = 0; f < 10; f++) {
      await server.api("PUT", `/api/v1/mailboxes/ruled${i}@bench.test/folders`, { name: `F${f}` });
    }
  }
  const rates: Record<string, number[]> = { plain: [], ruled: [] };
  const costs: Record<string, number[]> = { plain: [], ruled: [] };
  for (const kind of ["plain", "ruled"]) await rate(server, (n) => `${kind}${n % ACCOUNTS}@bench.test`, 500);
  for (let round = 0; round < ROUNDS; round++) {
    for (const kind of round % 2 ? ["ruled", "plain"] : ["plain", "ruled"]) {
      await quiet(server);
      const count = Math.ceil(MESSAGES / ROUNDS), before = await cpuMs(server);
      const per = await rate(server, (n) => `${kind}${n % ACCOUNTS}@bench.test`, count);
      const cost = (await cpuMs(server) - before) / count;
      rates[kind].push(per);
      costs[kind].push(cost);
      const name = kind === "plain" ? "no script" : "60 rules";
      console.log(
        `round ${round + 1}, ${name}: ${per.toFixed(0)} messages/s, ${cost.toFixed(2)} ms of CPU each`,
      );
    }
  }
  const median = (of: number[]) => {
    const sorted = of.toSorted((a, b) => a - b);
    return (sorted[(sorted.length - 1) >> 1] + sorted[sorted.length >> 1]) / 2;
  };
  const [plain, ruled] = [median(rates.plain), median(rates.ruled)];
  const [cheap, dear] = [median(costs.plain), median(costs.ruled)];
  console.log(
    `no script ${plain.toFixed(0)} messages/s, 60 rules ${ruled.toFixed(0)} messages/s: ratio ` +
      `${(ruled / plain).toFixed(2)}; by CPU time (${cheap.toFixed(2)} and ${dear.toFixed(2)} ms) ` +
      `${(cheap / dear).toFixed(2)}. Wanted: at least 0.70.`,
  );
} finally {
  await server.remove();
  await Deno.remove(logFolder, { recursive: true });
}
