import { strict as assert } from "node:assert";
import { type HarnessOptions, startServer, type TestServer } from "./harness.ts";
import { ImapClient, type ImapResult } from "./imap_client.ts";
import type { ConnectOptions } from "./line_socket.ts";

/** Of every account of these tests. */
export const PASSWORD = "pass-word";

/** One server and what a dialogue needs of it. */
export interface World {
  readonly server: TestServer;
  /** Makes an account with an empty mailbox; its address. */
  newAccount(settings?: Record<string, unknown>): Promise<string>;
  /** A connection in the not authenticated state. Connections are closed after the dialogue. */
  connect(options?: ConnectOptions & { port?: number }): Promise<ImapClient>;
  /** A connection that is logged in, to a new account when none is named. */
  login(account?: string): Promise<ImapClient>;
  /** Connections that are logged in to the same new account. */
  loginTwice(): Promise<[ImapClient, ImapClient]>;
}

/** A conversation with the server, by what it shows. */
export type Dialogues = Record<string, (world: World) => Promise<void>>;

/**
 * Runs each dialogue as a test of its own against one server, with an account of its own. Afterwards the mailboxes'
 * invariants must hold and the server must have logged no error.
 */
export function testDialogues(prefix: string, dialogues: Dialogues, options: HarnessOptions = {}): void {
  let server: TestServer;
  let accounts = 0;
  // The server outlives single tests.
  const sanitize = { sanitizeOps: false, sanitizeResources: false };
  Deno.test.beforeAll(async () => {
    server = await startServer(options);
    await server.addDomain("a.test");
  });
  Deno.test.afterAll(() => server.remove());
  for (const [name, dialogue] of Object.entries(dialogues)) {
    Deno.test({
      name: `${prefix}: ${name}`,
      ...sanitize,
      async fn() {
        const open: ImapClient[] = [];
        const addresses: string[] = [];
        const logged = server.logs().length;
        const world: World = {
          server,
          async newAccount(settings = {}) {
            const address = `user${++accounts}@a.test`;
            await server.addAccount(address, PASSWORD, settings);
            addresses.push(address);
            return address;
          },
          async connect({ port, ...rest } = {}) {
            const client = await ImapClient.connect(port ?? server.ports.imap, rest);
            open.push(client);
            return client;
          },
          async login(account) {
            const client = await world.connect();
            await client.ok(`LOGIN ${account ?? await world.newAccount()} ${PASSWORD}`);
            return client;
          },
          async loginTwice() {
            const account = await world.newAccount();
            return [await world.login(account), await world.login(account)];
          },
        };
        try {
          await dialogue(world);
          for (const address of addresses) await checkMailbox(server, address);
          const errors = server.logs().slice(logged).filter((line) => line.level === "error");
          assert.deepEqual(errors, [], "the server logged errors");
        } finally {
          await Promise.all(open.map((client) => client.close()));
        }
      },
    });
  }
}

async function checkMailbox(server: TestServer, address: string): Promise<void> {
  const { status, body } = await server.api("GET", `/api/v1/mailboxes/${address}/check`);
  if (status !== 404) assert.deepEqual(body.problems, [], address); // some dialogues remove their account
}

/** A small message; `subject` may make it another one. */
export function mail(subject = "Hello", body = "Hi Bob.\r\n"): string {
  return [
    "From: Ann Bee <ann@a.test>",
    "To: bob@b.test",
    `Subject: ${subject}`,
    "Date: Thu, 1 Jan 2026 10:00:00 +0000",
    `Message-ID: <${subject.replace(/\W/g, "")}@a.test>`,
    "",
    body,
  ].join("\r\n");
}

/** Appends `count` small messages, subjects `m1`, `m2` …, to the folder. */
export async function fill(client: ImapClient, folder: string, count: number): Promise<void> {
  for (let i = 1; i <= count; i++) expectOk(await client.append(folder, mail(`m${i}`)));
}

export function expectOk(result: ImapResult): ImapResult {
  assert.equal(result.status, "OK", result.text);
  return result;
}

/** Asserts status and response code: `NO [TRYCREATE`. */
export function expectResult(result: ImapResult, want: string): ImapResult {
  const line = `${result.status} ${result.text}`;
  assert.ok(line.startsWith(want), `wanted ${want}, got ${line}`);
  return result;
}

/** The one line that matches. */
export function only(lines: readonly string[], pattern: RegExp): RegExpExecArray {
  const found = lines.map((line) => pattern.exec(line)).filter((match) => match !== null);
  assert.equal(found.length, 1, `${pattern} in ${JSON.stringify(lines)}`);
  return found[0];
}

export function none(lines: readonly string[], pattern: RegExp): void {
  assert.deepEqual(lines.filter((line) => pattern.test(line)), []);
}

/** The untagged FETCH responses, by message number: item name → value as it stands on the wire, literals undone. */
export function fetched(lines: readonly string[]): Map<number, Map<string, string>> {
  const out = new Map<number, Map<string, string>>();
  for (const line of lines) {
    const match = /^(\d+) FETCH \(([^]*)\)$/.exec(line);
    if (!match) continue;
    const items = out.get(Number(match[1])) ?? new Map<string, string>();
    out.set(Number(match[1]), items);
    readItems(match[2], items);
  }
  return out;
}

/** The items of one message. */
export function fetchedOne(lines: readonly string[], number = 1): Map<string, string> {
  const items = fetched(lines).get(number);
  assert.ok(items, `FETCH of ${number} in ${JSON.stringify(lines)}`);
  return items;
}

function readItems(text: string, items: Map<string, string>): void {
  for (let at = 0; at < text.length;) {
    const name = /[A-Z0-9.]+(?:\[[^\]]*\])?(?:<\d+>)? /y;
    name.lastIndex = at;
    const match = name.exec(text);
    assert.ok(match, `FETCH item at ${JSON.stringify(text.slice(at))}`);
    const start = name.lastIndex;
    const end = valueEnd(text, start);
    items.set(match[0].trimEnd(), plainValue(text.slice(start, end)));
    at = end + 1;
  }
}

/** Where the value that begins at `at` ends. */
function valueEnd(text: string, at: number): number {
  let depth = 0;
  for (;;) {
    const token = /~?\{(\d+)\}\r\n|"(?:[^"\\]|\\.)*"|[()]|[^ ()"{~]+|[ ~]/y;
    token.lastIndex = at;
    const match = token.exec(text);
    if (!match) return at;
    at = token.lastIndex + (match[1] ? Number(match[1]) : 0);
    if (match[0] === "(") depth++;
    if (match[0] === ")") depth--;
    if (depth === 0 && match[0] !== " ") return at;
  }
}

/** Strings without quotes or literal marker; the rest as it is. */
function plainValue(value: string): string {
  if (value.startsWith('"')) return value.slice(1, -1).replace(/\\(.)/g, "$1");
  return value.replace(/^~?\{\d+\}\r\n/, "");
}
