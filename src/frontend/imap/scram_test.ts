import { strict as assert } from "node:assert";
import { ScramClient } from "../../../tests/support/scram.ts";
import { SCRAM_MECHANISMS } from "../../codec/text/scram.ts";
import { withImap } from "./harness_test.ts";

Deno.test("AUTHENTICATE SCRAM proves both sides to each other (RFC 5802 §5, RFC 7677)", () =>
  withImap(async (test) => {
    for (const mechanism of SCRAM_MECHANISMS) {
      for (const initial of [true, false]) {
        const connection = await test.connect();
        const client = new ScramClient(mechanism, "alice@a.test", "secret");
        connection.send(`a AUTHENTICATE ${mechanism}${initial ? ` ${client.first()}` : ""}\r\n`);
        if (!initial) {
          assert.equal(await connection.line(), "+ ");
          connection.send(`${client.first()}\r\n`);
        }
        const challenge = (await connection.line())!;
        connection.send(`${client.final(challenge.slice(2))}\r\n`);
        assert.ok(client.trusts((await connection.line())!.slice(2)));
        connection.send("\r\n");
        assert.match(await connection.line() ?? "", /^a OK \[CAPABILITY .*\] Logged in/);
      }
    }
  }));

Deno.test("SCRAM-SHA-256-PLUS is bound to the server's certificate (RFC 5802 §6, RFC 5929 §4)", () =>
  withImap(async (test) => {
    const endPoint = new Uint8Array(32).fill(9);
    const tls = { version: "TLSv1.3", cipher: "", serverName: null, endPoint };
    const run = async (name: string, header: string, bound: Uint8Array): Promise<string> => {
      const connection = await test.connect();
      connection.tls = tls;
      const client = new ScramClient("SCRAM-SHA-256", "alice@a.test", "secret", header, bound);
      connection.send(`a AUTHENTICATE ${name} ${client.first()}\r\n`);
      const challenge = (await connection.line())!;
      if (!challenge.startsWith("+ ")) return challenge;
      connection.send(`${client.final(challenge.slice(2))}\r\n`);
      const last = (await connection.line())!;
      if (!last.startsWith("+ ")) return last;
      assert.ok(client.trusts(last.slice(2)));
      connection.send("\r\n");
      return (await connection.line())!;
    };
    const plus = "SCRAM-SHA-256-PLUS", asked = "p=tls-server-end-point,,", none = new Uint8Array(0);
    assert.match(await run(plus, asked, endPoint), /^a OK/);
    assert.match(await run(plus, asked, new Uint8Array(32)), /^a BAD/, "another server's certificate");
    assert.match(await run(plus, asked, none), /^a BAD/);
    assert.match(await run(plus, "n,,", none), /^a BAD/);
    assert.match(await run("SCRAM-SHA-256", asked, endPoint), /^a BAD/);
    assert.match(await run("SCRAM-SHA-256", "n,,", none), /^a OK/);
    assert.match(await run("SCRAM-SHA-256", "y,,", none), /^a NO \[AUTHENTICATIONFAILED\]/, "taken away");
    const [connection] = test.connections;
    connection.send("b UNAUTHENTICATE\r\nc CAPABILITY\r\n");
    assert.match(await connection.line() ?? "", /^b OK/);
    assert.match(await connection.line() ?? "", / AUTH=SCRAM-SHA-256-PLUS AUTH=SCRAM-SHA-256 /);
  }));

Deno.test("SCRAM is refused with a wrong password, a changed header or nonsense, and can be given up", () =>
  withImap(async (test) => {
    const connection = await test.connect();
    const run = async (client: ScramClient, change: (final: string) => string): Promise<string> => {
      connection.send(`a AUTHENTICATE SCRAM-SHA-256 ${client.first()}\r\n`);
      const line = (await connection.line())!;
      if (!line.startsWith("+ ")) return line;
      connection.send(`${change(client.final(line.slice(2)))}\r\n`);
      return (await connection.line())!;
    };
    const same = (final: string) => final;
    const wrong = new ScramClient("SCRAM-SHA-256", "alice@a.test", "wrong");
    assert.match(await run(wrong, same), /^a NO \[AUTHENTICATIONFAILED\]/);
    const nobody = new ScramClient("SCRAM-SHA-256", "bob@a.test", "secret");
    assert.match(await run(nobody, same), /^a NO \[AUTHENTICATIONFAILED\]/);
    const other = new ScramClient("SCRAM-SHA-256", "alice@a.test", "secret", "n,a=bob@a.test,");
    assert.match(await run(other, same), /^a NO \[AUTHENTICATIONFAILED\]/);
    const right = new ScramClient("SCRAM-SHA-256", "alice@a.test", "secret");
    assert.match(await run(right, () => "bm9uc2Vuc2U="), /^a BAD/);
    assert.match(await run(right, (final) => btoa(atob(final).replace("c=biws", "c=eSws"))), /^a BAD/);
    assert.match(
      await run(right, (final) => btoa(atob(final).replace("clientnonce", "clientnoncf"))),
      /^a BAD/,
    );
    assert.match(await run(right, () => "*"), /^a BAD Authentication cancelled/);
    const bound = new ScramClient("SCRAM-SHA-256", "alice@a.test", "secret", "p=tls-server-end-point,,");
    assert.match(await run(bound, same), /^a BAD/);
    test.allowPlaintext = false;
    const clear = await test.connect();
    clear.send("a AUTHENTICATE SCRAM-SHA-256\r\n");
    assert.match(await clear.line() ?? "", /^a NO \[PRIVACYREQUIRED\]/);
    assert.doesNotMatch(test.logged.join("\n"), /clientnonce|secret/);
  }));
