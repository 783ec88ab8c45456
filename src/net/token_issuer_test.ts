import { strict as assert } from "node:assert";
import { ManualClock } from "../base/clock.ts";
import { Fault } from "../base/fault.ts";
import { utf8 } from "../base/bytes.ts";
import { createTokenVerifier, type IssuerSettings } from "./token_issuer.ts";

const base64url = (bytes: Uint8Array) => bytes.toBase64({ alphabet: "base64url", omitPadding: true });
const json = (value: unknown) => base64url(utf8(JSON.stringify(value)));

const KINDS = {
  RS256: {
    name: "RSASSA-PKCS1-v1_5",
    hash: "SHA-256",
    modulusLength: 2048,
    publicExponent: new Uint8Array([1, 0, 1]),
  },
  PS256: {
    name: "RSA-PSS",
    hash: "SHA-256",
    saltLength: 32,
    modulusLength: 2048,
    publicExponent: new Uint8Array([1, 0, 1]),
  },
  ES256: { name: "ECDSA", hash: "SHA-256", namedCurve: "P-256" },
  EdDSA: { name: "Ed25519" },
} as const;
type Kind = keyof typeof KINDS;

const pairs = new Map<Kind, CryptoKeyPair>();
for (const kind of Object.keys(KINDS) as Kind[]) {
  pairs.set(kind, await crypto.subtle.generateKey(KINDS[kind], true, ["sign", "verify"]) as CryptoKeyPair);
}

async function publicKey(kind: Kind, kid: string): Promise<Record<string, unknown>> {
  return { ...await crypto.subtle.exportKey("jwk", pairs.get(kind)!.publicKey), kid, alg: kind, use: "sig" };
}

async function sign(kind: Kind, claims: unknown, header: Record<string, unknown> = {}): Promise<string> {
  const signed = `${json({ alg: kind, kid: kind, ...header })}.${json(claims)}`;
  const signature = await crypto.subtle.sign(
    KINDS[kind],
    pairs.get(kind)!.privateKey,
    new TextEncoder().encode(signed),
  );
  return `${signed}.${base64url(new Uint8Array(signature))}`;
}

/** An issuer on this machine. */
async function withIssuer(
  test: (
    issuer: {
      url: string;
      answers: Record<string, unknown>;
      asked: string[];
      settings: IssuerSettings;
      clock: ManualClock;
    },
  ) => Promise<void>,
): Promise<void> {
  const answers: Record<string, unknown> = {};
  const asked: string[] = [];
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, async (request) => {
    const { pathname } = new URL(request.url);
    asked.push(`${request.headers.get("authorization") ?? ""}${pathname} ${await request.text()}`);
    const answer = answers[pathname];
    if (typeof answer === "string") return new Response(answer);
    return answer === undefined ? new Response("{}", { status: 404 }) : Response.json(answer);
  });
  const url = `http://127.0.0.1:${server.addr.port}`;
  const settings = {
    issuer: url,
    audience: "mail",
    scope: null,
    claim: "email",
    keys: null,
    introspection: null,
  };
  try {
    await test({ url, answers, asked, settings, clock: new ManualClock() });
  } finally {
    await server.shutdown();
  }
}

const refused = (code: string) => (error: unknown) => error instanceof Fault && error.code === code;

Deno.test("tokens signed by the issuer's keys hold, by every algorithm (RFC 7519, RFC 7518 §3.1)", () =>
  withIssuer(async ({ url, answers, asked, settings, clock }) => {
    answers["/.well-known/openid-configuration"] = { issuer: url, jwks_uri: `${url}/keys` };
    answers["/keys"] = {
      keys: [
        ...await Promise.all(
          (["RS256", "PS256", "ES256", "EdDSA"] as Kind[]).map((kind) => publicKey(kind, kind)),
        ),
        null,
        { kty: "odd", kid: "RS256" },
      ],
    };
    const { verify } = createTokenVerifier(settings, clock);
    const nowS = clock.nowMs() / 1000;
    const good = {
      iss: url,
      aud: ["x", "mail"],
      exp: nowS + 100,
      nbf: nowS - 1,
      email: "alice@a.test",
      scope: "a b",
    };
    for (const kind of pairs.keys()) assert.equal(await verify(await sign(kind, good)), "alice@a.test", kind);
    assert.deepEqual(asked, ["/.well-known/openid-configuration ", "/keys "]);
    const rows: [string, unknown, Record<string, unknown>?][] = [
      ["another issuer", { ...good, iss: "https://other.test" }],
      ["another audience", { ...good, aud: "smtp" }],
      ["no audience", { ...good, aud: undefined }],
      ["expired", { ...good, exp: nowS - 61 }],
      ["no end", { ...good, exp: undefined }],
      ["an end that is no number", { ...good, exp: "9999999999" }],
      ["not yet", { ...good, nbf: nowS + 61 }],
      ["nobody", { ...good, email: undefined }],
      ["an address that was not verified", { ...good, email_verified: false }],
      ["an extension", good, { crit: ["b64"] }],
      ["an algorithm of another key", good, { alg: "PS256", kid: "RS256" }],
      ["no algorithm", good, { alg: "none" }],
      ["a name of the language", good, { alg: "constructor" }],
    ];
    for (const [what, claims, header] of rows) {
      await assert.rejects(verify(await sign("RS256", claims, header)), refused("denied"), what);
    }
    assert.equal(await verify(await sign("RS256", { ...good, exp: nowS - 59 })), "alice@a.test");
    const token = await sign("ES256", good);
    for (
      const broken of [
        "",
        "x",
        token.slice(0, -8),
        `${token}.x`,
        `${token.slice(0, -4)}AAAA`,
        token.replace(".", ".e30"),
      ]
    ) {
      await assert.rejects(verify(broken), refused("denied"), broken);
    }
    // The public key must not be taken for a shared secret.
    const [head, body] = [json({ alg: "HS256", kid: "RS256" }), json(good)];
    await assert.rejects(verify(`${head}.${body}.${base64url(new Uint8Array(32))}`), refused("denied"));
  }));

Deno.test("keys are asked for again when a token names a new one, but not at everybody's word", () =>
  withIssuer(async ({ url, answers, asked, settings, clock }) => {
    answers["/k"] = { keys: [await publicKey("ES256", "old")] };
    const { verify } = createTokenVerifier(
      { ...settings, keys: `${url}/k`, claim: "sub", scope: "imap" },
      clock,
    );
    const claims = {
      iss: url,
      aud: "mail",
      exp: clock.nowMs() / 1000 + 5000,
      sub: "alice",
      scope: "imap smtp",
    };
    assert.equal(await verify(await sign("ES256", claims, { kid: "old" })), "alice");
    await assert.rejects(
      verify(await sign("ES256", { ...claims, scope: "imaps" }, { kid: "old" })),
      refused("denied"),
    );
    answers["/k"] = { keys: [await publicKey("ES256", "new")] };
    for (let n = 0; n < 3; n++) {
      await assert.rejects(verify(await sign("ES256", claims, { kid: "new" })), refused("denied"));
    }
    assert.equal(asked.length, 1);
    clock.advance(30_000);
    assert.equal(await verify(await sign("ES256", claims, { kid: "new" })), "alice");
    assert.equal(asked.length, 2);
    // Away: the keys that are here go on.
    delete answers["/k"];
    clock.advance(601_000);
    assert.equal(await verify(await sign("ES256", claims, { kid: "new" })), "alice");
    assert.equal(asked.length, 3);
  }));

Deno.test("an issuer that does not answer as it should makes logins wait", () =>
  withIssuer(async ({ url, answers, settings, clock }) => {
    const token = await sign("ES256", { iss: url, aud: "mail", exp: 9e9, email: "a@b.test" });
    const bad: unknown[] = [
      undefined,
      { issuer: "https://other.test", jwks_uri: `${url}/keys` },
      { issuer: url, jwks_uri: "http://elsewhere.test/keys" },
      { issuer: url, jwks_uri: 5 },
      "not json",
      `"${"x".repeat(300_000)}"`,
    ];
    for (const answer of bad) {
      answers["/.well-known/openid-configuration"] = answer;
      await assert.rejects(
        createTokenVerifier(settings, clock).verify(token),
        refused("unavailable"),
        String(answer),
      );
    }
    answers["/.well-known/openid-configuration"] = { issuer: url, jwks_uri: `${url}/keys` };
    answers["/keys"] = { keys: 5 };
    await assert.rejects(createTokenVerifier(settings, clock).verify(token), refused("unavailable"));
  }));

Deno.test("an issuer may be asked about each token (RFC 7662 §2)", () =>
  withIssuer(async ({ url, answers, asked, settings, clock }) => {
    const introspection = { url: `${url}/ask`, clientId: "mx:1", clientSecret: "s p" };
    const { verify } = createTokenVerifier({ ...settings, introspection }, clock);
    answers["/ask"] = { active: true, aud: "mail", email: "alice@a.test" };
    assert.equal(await verify("opaque+token"), "alice@a.test");
    assert.deepEqual(asked, [
      `Basic ${btoa("mx%3A1:s%20p")}/ask token=opaque%2Btoken&token_type_hint=access_token`,
    ]);
    for (
      const answer of [{ active: false }, { active: "true" }, { active: true, aud: "x", email: "a" }, {
        active: true,
        aud: "mail",
        exp: 1,
        email: "a",
      }, { active: true, aud: "mail", iss: "https://other.test", email: "a" }]
    ) {
      answers["/ask"] = answer;
      await assert.rejects(verify("x"), refused("denied"), JSON.stringify(answer));
    }
    delete answers["/ask"];
    await assert.rejects(verify("x"), refused("unavailable"));
  }));
