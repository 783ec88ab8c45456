import { strict as assert } from "node:assert";
import { type LocalWorld, withWorld } from "../../../tests/support/local_world.ts";
import type { ListenerSettings } from "../context.ts";
import { serveSmtp } from "./server.ts";
import { Buffer } from "node:buffer";

/** The PLAIN response, RFC 4616. */
export const plain = (login: string, password: string) =>
  Buffer.from(`\0${login}\0${password}`).toString("base64");

/** A script against one fresh session, in a world with alice and bob at a.test. */
export function scripted(
  name: string,
  script: string,
  options: { listener?: Partial<ListenerSettings>; prepare?: (world: LocalWorld) => Promise<void> | void } =
    {},
): void {
  Deno.test(name, () =>
    withWorld(async (world) => {
      await world.account("alice@a.test");
      await world.account("bob@a.test");
      await options.prepare?.(world);
      world.connect(serveSmtp, options.listener);
      await world.play(script);
    }));
}

/** Says EHLO and swallows the answer. */
export async function hello(connection: ReturnType<LocalWorld["connect"]>, verb = "EHLO"): Promise<string[]> {
  assert.match(await connection.line() ?? "", /^220 /);
  return await lines(connection, `${verb} client.test`);
}

/** Sends a line and gives its reply's lines. */
export async function lines(
  connection: ReturnType<LocalWorld["connect"]>,
  command: string | null,
): Promise<string[]> {
  if (command !== null) connection.send(command + "\r\n");
  const out: string[] = [];
  for (;;) {
    const line = await connection.line();
    if (line === null) return out;
    out.push(line);
    if (line[3] !== "-") return out;
  }
}

export async function expect(
  connection: ReturnType<LocalWorld["connect"]>,
  command: string | null,
  want: RegExp,
): Promise<string> {
  const last = (await lines(connection, command)).at(-1) ?? "(closed)";
  assert.match(last, want, command ?? "");
  return last;
}
