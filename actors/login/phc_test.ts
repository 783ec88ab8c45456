import { strict as assert } from "node:assert";
import { runHashJob } from "./hash_job.ts";
import { formatHash, isCurrent, parseHash } from "./phc.ts";

const OLD = {
  argon2id: "$argon2id$v=19$m=64,t=1,p=1$c29tZXNhbHQ$9NH8Al8PIJh5lnLNp4GnkO8HVuPWlxV1TDP5JdQTdPc",
  bcrypt: "$2b$04$......................w74bL5gU7LSJClZClCa.Pkz14aTv/XO",
};

Deno.test("parseHash() takes argon2id, scrypt and bcrypt, and nothing else", () => {
  const salt = "c29tZXNhbHQ";
  const hash = "AAAAAAAAAAAAAAAAAAAAAA";
  assert.equal(parseHash(OLD.argon2id).kind, "argon2id");
  assert.equal(parseHash(OLD.bcrypt).kind, "bcrypt");
  assert.equal(parseHash(`$scrypt$ln=15,r=8,p=1$${salt}$${hash}`).kind, "scrypt");
  const bad = [
    "",
    "secret",
    "{PLAIN}secret",
    "{BLF-CRYPT}" + OLD.bcrypt,
    "$1$abc$def",
    `$argon2i$v=19$m=64,t=1,p=1$${salt}$${hash}`,
    `$argon2id$v=19$m=64,t=0,p=1$${salt}$${hash}`,
    `$argon2id$v=19$m=9999999,t=1,p=1$${salt}$${hash}`,
    `$argon2id$v=19$m=64,t=1,p=1$${salt}$AAAA`,
    `$scrypt$ln=30,r=8,p=1$${salt}$${hash}`,
    `$scrypt$ln=15,r=8,p=99$${salt}$${hash}`,
    OLD.bcrypt.replace("$04$", "$31$"),
  ];
  for (const text of bad) assert.throws(() => parseHash(text), SyntaxError, text);
});

Deno.test("isCurrent() holds for new hashes only", () => {
  assert.equal(isCurrent(formatHash(new Uint8Array(16), new Uint8Array(32))), true);
  assert.equal(isCurrent(OLD.argon2id), false);
  assert.equal(isCurrent(OLD.bcrypt), false);
});

Deno.test("runHashJob() makes hashes that it finds right, and no others", async () => {
  const made = String(await runHashJob({ kind: "hash", password: "päss wörd", salt: new Uint8Array(16) }));
  assert.match(made, /^\$argon2id\$v=19\$m=19456,t=2,p=1\$[^$=]+\$[^$=]+$/);
  const verify = (password: string, passwordHash: string) =>
    runHashJob({ kind: "verify", password, passwordHash });
  assert.equal(await verify("päss wörd", made), true);
  assert.equal(await verify("pa\u0308ss\u00a0wo\u0308rd", made), true, "however it is typed");
  assert.equal(await verify("päss wörd ", made), false);
});

Deno.test("runHashJob() checks hashes that other programs made", async () => {
  // RFC 7914 §12, third vector: N=16384, r=8, p=1.
  const hash = Uint8Array.fromHex(
    "7023bdcb3afd7348461c06cd81fd38ebfda8fbba904f8e3ea9b543f6545da1f2d5432955613f0fcf62d49705242a9af9e61e85dc0d651e40dfcf017b45575887",
  );
  const salt = new TextEncoder().encode("SodiumChloride");
  const scrypt = `$scrypt$ln=14,r=8,p=1$${salt.toBase64({ omitPadding: true })}$${
    hash.toBase64({ omitPadding: true })
  }`;
  const verify = (password: string, passwordHash: string) =>
    runHashJob({ kind: "verify", password, passwordHash });
  assert.equal(await verify("pleaseletmein", scrypt), true);
  assert.equal(await verify("pleaseletmeout", scrypt), false);
  // From the bcrypt test set of the OpenBSD implementation's authors.
  const bcrypt = "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW";
  assert.equal(await verify("U*U", bcrypt), true);
  assert.equal(await verify("U*V", bcrypt), false);
  await assert.rejects(verify("secret", "{PLAIN}secret"), SyntaxError);
});
