import { Fault } from "../../base/fault.ts";
import { encodeBase64 } from "../../codec/text/sasl.ts";
import type { TokenVerifier } from "../../net/token_issuer.ts";
import { withImap } from "./harness_test.ts";

/** Two tokens that hold, one of them nobody's; and an issuer that may be away. */
const TOKENS: TokenVerifier = {
  scope: "mail",
  configuration: "https://id.test/.well-known/openid-configuration",
  verify(token) {
    if (token === "good.token") return Promise.resolve("alice@a.test");
    if (token === "strange") return Promise.resolve("eve@b.test");
    return Promise.reject(new Fault(token === "away" ? "unavailable" : "denied", "no"));
  },
};

const bearer = (token: string, header = "n,,", more = "") =>
  encodeBase64(`${header}\x01${more}auth=Bearer ${token}\x01\x01`);
const xoauth2 = (token: string, user = "alice@a.test") =>
  encodeBase64(`user=${user}\x01auth=Bearer ${token}\x01\x01`);
const REASON = encodeBase64(
  '{"status":"invalid_token","scope":"mail","openid-configuration":"https://id.test/.well-known/openid-configuration"}',
);
const END = encodeBase64("\x01");

Deno.test("OAUTHBEARER and XOAUTH2 (RFC 7628 §3)", () =>
  withImap(async (test) => {
    test.tokens = TOKENS;
    for (let i = 0; i < 8; i++) await test.connect();
    await test.play(`
      C: a0 CAPABILITY
      S: * CAPABILITY … AUTH=OAUTHBEARER AUTH=XOAUTH2 AUTH=PLAIN AUTH=LOGIN
      S: a0 OK …
      C: a1 AUTHENTICATE OAUTHBEARER ${bearer("good.token")}
      S: a1 OK [CAPABILITY … IDLE …] Logged in
      C2: a1 AUTHENTICATE OAUTHBEARER
      S2: +…
      C2: ${bearer("good.token", "n,a=Alice@a.test,", "host=mx.a.test\x01port=143\x01odd=\x01")}
      S2: a1 OK …
      C3: a1 AUTHENTICATE OAUTHBEARER ${bearer("bad")}
      S3: + ${REASON}
      C3: ${END}
      S3: a1 NO [AUTHENTICATIONFAILED] …
      C3: a2 AUTHENTICATE OAUTHBEARER ${bearer("strange")}
      S3: + ${REASON}
      C3: *
      S3: a2 NO [AUTHENTICATIONFAILED] …
      C3: a3 AUTHENTICATE OAUTHBEARER ${bearer("good.token", "n,a=bob@a.test,")}
      S3: + ${REASON}
      C3: ${END}
      S3: a3 NO [AUTHENTICATIONFAILED] …
      C3: a4 AUTHENTICATE OAUTHBEARER ${bearer("away")}
      S3: a4 NO [UNAVAILABLE] …
      C3: a5 AUTHENTICATE OAUTHBEARER
      S3: +…
      C3: *
      S3: a5 BAD …
      C4: a1 AUTHENTICATE XOAUTH2 ${xoauth2("good.token")}
      S4: a1 OK …
      C5: a1 AUTHENTICATE XOAUTH2 ${xoauth2("good.token", "bob@a.test")}
      S5: + ${encodeBase64('{"status":"401","schemes":"bearer","scope":"mail"}')}
      C5:
      S5: a1 NO [AUTHENTICATIONFAILED] …
    `);
    const broken = [
      "\x01",
      "n,,\x01auth=Bearer x\x01",
      "n,,\x01auth=Basic x\x01\x01",
      "n,,\x01\x01",
      "p=tls-unique,,\x01auth=Bearer x\x01\x01",
      "n,,\x01auth=Bearer x\x01auth=Bearer y\x01\x01",
      "n,,\x01=\x01auth=Bearer x\x01\x01",
      "n,,\x01auth=Bearer x y\x01\x01",
    ];
    for (const message of broken) {
      await test.play(`
        C6: b AUTHENTICATE OAUTHBEARER ${encodeBase64(message)}
        S6: b BAD …
      `);
    }
    await test.play(`
      C6: b AUTHENTICATE XOAUTH2 ${encodeBase64("user=a\x01auth=Bearer x\x01")}
      S6: b BAD …
    `);
  }));

Deno.test("tokens are not taken where no issuer is configured, and not in clear text", () =>
  withImap(async (test) => {
    await test.connect();
    await test.play(`
      C: a1 AUTHENTICATE OAUTHBEARER ${bearer("good.token")}
      S: a1 NO [CANNOT] …
    `);
    test.tokens = TOKENS;
    test.allowPlaintext = false;
    await test.connect();
    await test.play(`
      C2: a1 AUTHENTICATE OAUTHBEARER ${bearer("good.token")}
      S2: a1 NO [PRIVACYREQUIRED] …
    `);
  }));
