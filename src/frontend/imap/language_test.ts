import { strict as assert } from "node:assert";
import { utf8 } from "../../base/bytes.ts";
import { withImap } from "./harness_test.ts";
import { chooseLanguage, LANGUAGES, translate } from "./texts.ts";

Deno.test("LANGUAGE chooses the first range that fits, in every state (RFC 5255 §3.2)", () =>
  withImap(async (test) => {
    const connection = await test.connect(false);
    assert.match(await connection.line() ?? "", /^\* OK \[CAPABILITY .* LANGUAGE /);
    const wire = (text: string) => String.fromCharCode(...utf8(text));
    await test.play(`
      C: a1 LANGUAGE
      S: * LANGUAGE (i-default en de)
      S: a1 OK LANGUAGE completed
      C: a2 LANGUAGE MUL
      S: a2 NO Language is not available
      C: a3 LANGUAGE FR-CA "DE-AT"
      S: * LANGUAGE (de)
      S: a3 OK ${wire("LANGUAGE ausgeführt")}
      C: a4 LOGIN alice@a.test wrong
      S: a4 NO [AUTHENTICATIONFAILED] Name oder Passwort ist falsch
      C: a5 LANGUAGE FR
      S: a5 NO ${wire("Sprache ist nicht verfügbar")}
      C: a6 LOGIN alice@a.test secret
      S: a6 OK [CAPABILITY …] Angemeldet
      C: a7 SELECT Nowhere
      S: a7 NO [NONEXISTENT] Diesen Ordner gibt es nicht
      C: a8 LANGUAGE de_AT
      S: a8 BAD …
      C: a9 LANGUAGE default
      S: * LANGUAGE (i-default)
      S: a9 OK LANGUAGE completed
      C: b1 LANGUAGE de
      S: * LANGUAGE (de)
      S: b1 OK …
      C: b2 UNAUTHENTICATE
      S: b2 OK …
      C: b3 NOOP
      S: b3 OK NOOP completed
    `);
    connection.send(`c1 LANGUAGE${" fr".repeat(51)}\r\n`);
    assert.match(await connection.line() ?? "", /^c1 BAD/);
  }));

Deno.test("ranges and texts", () => {
  assert.equal(chooseLanguage(["*"]), "en");
  assert.equal(chooseLanguage(["deu", "en-GB".toLowerCase()]), "en");
  assert.equal(chooseLanguage([]), null);
  for (const language of LANGUAGES) {
    assert.equal(translate("a text that nobody knows", language), "a text that nobody knows");
  }
  assert.equal(translate("UID FETCH completed", "de"), "UID FETCH ausgeführt");
});
