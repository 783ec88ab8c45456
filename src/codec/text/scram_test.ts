import { strict as assert } from "node:assert";
import { fromLatin1, latin1, utf8 } from "../../base/bytes.ts";
import { decodeBase64, encodeBase64 } from "./sasl.ts";
import {
  formatScramKeys,
  formatServerFirst,
  isProof,
  parseClientFinal,
  parseClientFirst,
  parseScramKeys,
  saslPrep,
  scramChoice,
  scramKeys,
  type ScramMechanism,
  scramProof,
  serverSignature,
} from "./scram.ts";

/** The example dialogues of RFC 5802 §5 and RFC 7677 §3. */
const EXAMPLES: [ScramMechanism, first: string, server: string, final: string, signature: string][] = [
  [
    "SCRAM-SHA-1",
    "n,,n=user,r=fyko+d2lbbFgONRv9qkxdawL",
    "r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,s=QSXCR+Q6sek8bf92,i=4096",
    "c=biws,r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,p=v0X8v3Bz2T0CJGbJQyF0X+HI4Ts=",
    "rmF9pqV8S7suAoZWja4dJRkFsKQ=",
  ],
  [
    "SCRAM-SHA-256",
    "n,,n=user,r=rOprNGfwEbeRWgbNEkqO",
    "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096",
    "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=",
    "6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=",
  ],
];

Deno.test("the examples of RFC 5802 §5 and RFC 7677 §3", () => {
  for (const [mechanism, first, server, final, signature] of EXAMPLES) {
    const opening = parseClientFirst(latin1(first));
    assert.deepEqual([opening.login, opening.authzid, opening.header], ["user", "", "n,,"]);
    const [, nonce, salt] = /^r=([^,]+),s=([^,]+)/.exec(server)!;
    const keys = scramKeys(mechanism, "pencil", decodeBase64(salt), 4096);
    assert.equal(formatServerFirst(nonce, keys), server);
    const closing = parseClientFinal(latin1(final));
    const message = `${opening.bare},${server},${closing.bare}`;
    assert.equal(closing.channel, encodeBase64(opening.header));
    assert.ok(isProof(mechanism, keys, message, closing.proof));
    assert.deepEqual(scramProof(mechanism, "pencil", keys, message), closing.proof);
    assert.equal(encodeBase64(serverSignature(mechanism, keys, message)), signature);
    assert.ok(!isProof(mechanism, keys, `${message}x`, closing.proof));
    assert.ok(!isProof(mechanism, keys, message, closing.proof.slice(1)));
    assert.ok(!isProof(mechanism, scramKeys(mechanism, "pencil2", keys.salt, 4096), message, closing.proof));
    const stored = `bound ${formatScramKeys(mechanism, keys)}`;
    assert.deepEqual(parseScramKeys(stored, mechanism), keys);
    assert.equal(parseScramKeys("bound", mechanism), null);
  }
});

Deno.test("names, channel flags and extensions of the first message (RFC 5802 §5.1, §7)", () => {
  const rows: [string, [string, string] | null][] = [
    ["y,,n=a,r=x", ["a", ""]],
    ["n,a=b=2Cc,n=b=2Cc,r=x", ["b,c", "b,c"]],
    ["n,,n=a=3Db,r=x,z=later", ["a=b", ""]],
    ["n,,n=ü,r=x", ["ü", ""]],
    ["p=tls-unique,,n=a,r=x", null],
    ["p=tls-server-end-point,,n=a,r=x", ["a", ""]],
    ["n,,m=must,n=a,r=x", null],
    ["n,,n=a=20b,r=x", null],
    ["n,,n=,r=x", null],
    ["n,,n=a,r=", null],
    ["n,,n=a,r=x y", null],
    [`n,,n=a,r=${"x".repeat(257)}`, null],
    ["n,,n=a\0b,r=x", null],
    ["n=a,r=x", null],
    ["", null],
  ];
  for (const [text, want] of rows) {
    if (!want) assert.throws(() => parseClientFirst(utf8(text)), SyntaxError, text);
    else {
      const { login, authzid } = parseClientFirst(utf8(text));
      assert.deepEqual([login, authzid], want, text);
    }
  }
  for (const text of ["c=biws,r=x", "c=biws,r=x,p=", "r=x,c=biws,p=YQ==", "c=biws,r=x,p=YQ=", "\xff"]) {
    assert.throws(() => parseClientFinal(latin1(text)), SyntaxError, text);
  }
  assert.equal(fromLatin1(parseClientFinal(latin1("c=biws,r=x,q=y,p=YQ==")).proof), "a");
});

Deno.test("passwords are prepared as clients do (RFC 4013 §3)", () => {
  const rows = [["I\u00adX", "IX"], ["user", "user"], ["USER", "USER"], ["\u00aa", "a"], ["\u2168", "IX"], [
    "a\u00a0b",
    "a b",
  ]];
  for (const [text, want] of rows) assert.equal(saslPrep(text), want);
  assert.deepEqual(scramChoice("scram-sha-256"), { mechanism: "SCRAM-SHA-256", plus: false });
  assert.deepEqual(scramChoice("SCRAM-SHA-256-PLUS"), { mechanism: "SCRAM-SHA-256", plus: true });
  for (const name of ["SCRAM-SHA-1-PLUS", "SCRAM-SHA-512", "-PLUS", ""]) {
    assert.equal(scramChoice(name), null);
  }
});
