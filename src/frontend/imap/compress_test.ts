import { strict as assert } from "node:assert";
import { Buffer } from "node:buffer";
import { constants, createDeflateRaw, createInflateRaw, deflateRawSync } from "node:zlib";
import type { FakeConnection } from "../../../tests/support/fake_connection.ts";
import { fromLatin1, latin1 } from "../../base/bytes.ts";
import { LIMITS } from "../../base/limits.ts";
import { type ImapTest, withImap } from "./harness_test.ts";

/** A client that speaks zlib's raw DEFLATE, as RFC 4978 §4 describes it. */
class Client {
  readonly #deflate = createDeflateRaw();
  readonly #inflate = createInflateRaw();
  #text = "";

  constructor(readonly connection: FakeConnection) {
    this.#inflate.on("data", (bytes: Uint8Array) => void (this.#text += fromLatin1(bytes)));
  }

  /** Sends compressed text, in pieces of `size` octets. */
  async send(text: string, size = Infinity): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#deflate.write(latin1(text));
      this.#deflate.flush(constants.Z_SYNC_FLUSH, () => resolve());
    });
    const bytes = Buffer.from(this.#deflate.read() as Buffer);
    for (let at = 0; at < bytes.length; at += size) {
      this.connection.send(new Uint8Array(bytes.subarray(at, at + size)));
      if (size < Infinity) await new Promise((resolve) => setTimeout(resolve));
    }
  }

  /** What came until a line begins with `start`. */
  async until(start: string): Promise<string> {
    for (let tries = 0; tries < 400; tries++) {
      const at = `\r\n${this.#text}`.indexOf(`\r\n${start}`);
      const end = at < 0 ? -1 : this.#text.indexOf("\r\n", at);
      if (end >= 0) {
        const text = this.#text.slice(0, end + 2);
        this.#text = this.#text.slice(end + 2);
        return text;
      }
      const output = this.connection.takeOutput();
      if (output) this.#inflate.write(latin1(output));
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    throw new Error(`no ${start} in ${this.#text}`);
  }

  close(): void {
    this.#deflate.close();
    this.#inflate.close();
  }
}

async function compressed(test: ImapTest): Promise<Client> {
  const connection = await test.open();
  await test.command(connection, "COMPRESS DEFLATE");
  return new Client(connection);
}

Deno.test("COMPRESS is offered after login, and begins after its answer (RFC 4978 §3)", () =>
  withImap(async (test) => {
    const early = await test.connect();
    early.send("a1 COMPRESS DEFLATE\r\n");
    assert.match(await early.line() ?? "", /^a1 BAD/);
    const second = await test.open();
    second.send("a1 CAPABILITY\r\n");
    assert.match(await second.line() ?? "", / COMPRESS=DEFLATE /);
    assert.match(await second.line() ?? "", /^a1 OK/);
    second.send("a2 COMPRESS LZMA\r\n");
    assert.match(await second.line() ?? "", /^a2 BAD/);
    second.send("a3 compress deflate\r\n");
    assert.match(await second.line() ?? "", /^a3 OK/);
    const client = new Client(second);
    await client.send("b1 CAPABILITY\r\n");
    assert.doesNotMatch(await client.until("b1 OK"), /COMPRESS/);
    await client.send("b2 COMPRESS DEFLATE\r\n");
    assert.match(await client.until("b2 "), /^b2 BAD \[COMPRESSIONACTIVE\]/);
    await client.send("b3 LOGOUT\r\n");
    assert.match(await client.until("b3 "), /\* BYE .*\r\nb3 OK/);
    client.close();
  }));

Deno.test("literals, IDLE and octets one at a time pass through the compression", () =>
  withImap(async (test) => {
    const client = await compressed(test);
    const body = `Subject: hi\r\n\r\n${"line of text\r\n".repeat(2000)}`;
    await client.send(`a1 APPEND INBOX {${body.length}}\r\n`);
    await client.until("+ ");
    await client.send(`${body}\r\n`);
    await client.until("a1 OK");
    await client.send("a2 SELECT INBOX\r\n", 1);
    assert.match(await client.until("a2 OK"), /\* 1 EXISTS/);
    await client.send("a3 FETCH 1 BODY.PEEK[]\r\n", 3);
    assert.ok((await client.until("a3 OK")).includes(body));
    await client.send("a4 IDLE\r\n");
    await client.until("+ idling");
    await test.append();
    await client.until("* 2 EXISTS");
    await client.send("DONE\r\na5 NOOP\r\n");
    await client.until("a4 OK");
    await client.until("a5 OK");
    client.close();
  }));

Deno.test("compressed data that begins right behind the command counts, clear text does not", () =>
  withImap(async (test) => {
    const connection = await test.open();
    const eager = deflateRawSync(latin1("a2 NOOP\r\n"), { finishFlush: constants.Z_SYNC_FLUSH });
    connection.send(`a1 COMPRESS DEFLATE\r\n${fromLatin1(new Uint8Array(eager))}`);
    assert.match(await connection.line() ?? "", /^a1 OK/);
    const client = new Client(connection);
    await client.until("a2 OK");
    client.close();
    const clear = await test.open();
    clear.send("a1 COMPRESS DEFLATE\r\na2 NOOP\r\n");
    assert.match(await clear.line() ?? "", /^a1 OK/);
    await new Promise((resolve) => clear.closed.addEventListener("abort", resolve));
  }));

Deno.test("a little that becomes very much ends the session, in bounded memory", () =>
  withImap(async (test) => {
    const connection = await test.open();
    await test.command(connection, "COMPRESS DEFLATE");
    const zeros = Buffer.alloc(8 * 1024 * 1024, "x");
    const bomb = new Uint8Array(deflateRawSync(zeros, { finishFlush: constants.Z_SYNC_FLUSH }));
    const enough = LIMITS.inflateAheadBytes / zeros.length + 4;
    for (let i = 0; i < enough; i++) connection.send(bomb);
    await new Promise((resolve) => connection.closed.addEventListener("abort", resolve));
  }));
