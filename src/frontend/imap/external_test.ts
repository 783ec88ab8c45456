import { encodeBase64 } from "../../codec/text/sasl.ts";
import { withImap } from "./harness_test.ts";

Deno.test("EXTERNAL: the client is whom its certificate names (RFC 4422 §A)", () =>
  withImap(async (test) => {
    for (let i = 0; i < 4; i++) {
      const connection = await test.connect(false);
      await connection.line();
      connection.tls = {
        version: "TLSv1.3",
        cipher: "x",
        serverName: null,
        clientAddresses: [["alice@a.test"], ["bob@a.test", "alice@a.test"], [], ["eve@b.test"]][i],
      };
    }
    await test.play(`
      C: a0 CAPABILITY
      S: * CAPABILITY … AUTH=EXTERNAL AUTH=PLAIN AUTH=LOGIN
      S: a0 OK …
      C: a1 AUTHENTICATE EXTERNAL =
      S: a1 OK [CAPABILITY …] Logged in
      C2: a1 AUTHENTICATE EXTERNAL =
      S2: a1 NO [AUTHENTICATIONFAILED] …
      C2: a2 AUTHENTICATE EXTERNAL ${encodeBase64("carol@a.test")}
      S2: a2 NO [AUTHENTICATIONFAILED] …
      C2: a3 AUTHENTICATE EXTERNAL ${encodeBase64(new Uint8Array([0xff]))}
      S2: a3 BAD …
      C2: a4 AUTHENTICATE EXTERNAL
      S2: +…
      C2: *
      S2: a4 BAD …
      C2: a5 AUTHENTICATE EXTERNAL
      S2: +…
      C2: ${encodeBase64("ALICE@a.test")}
      S2: a5 OK …
      C3: a0 CAPABILITY
      S3: * CAPABILITY … AUTH=SCRAM-SHA-1 AUTH=PLAIN AUTH=LOGIN
      S3: a0 OK …
      C3: a1 AUTHENTICATE EXTERNAL =
      S3: a1 NO [CANNOT] …
      C4: a1 AUTHENTICATE EXTERNAL =
      S4: a1 NO [AUTHENTICATIONFAILED] …
    `);
  }));
