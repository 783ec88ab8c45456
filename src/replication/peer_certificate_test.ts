import { strict as assert } from "node:assert";
import { X509Certificate } from "node:crypto";
import { ManualClock } from "../base/clock.ts";
import { makeCertificateAuthority, makeLeaf } from "../net/certificate.ts";
import { createPeerCheck } from "./peer_certificate.ts";

const NOW = Date.UTC(2026, 5, 1);
const DAY_MS = 86_400_000;

function raw(pair: { cert: string }): Uint8Array {
  return new X509Certificate(pair.cert).raw;
}

Deno.test("only a certificate of the pair's authority, in its time and for the peer alone, is the peer's", async () => {
  const times = { nowMs: NOW, days: 90 };
  const ca = await makeCertificateAuthority("Pair", times);
  const later = await makeCertificateAuthority("Pair", { ...times, nowMs: NOW + DAY_MS });
  const other = await makeCertificateAuthority("Other", times);
  const leaf = await makeLeaf(ca, { names: ["a"], ...times });
  const check = createPeerCheck(ca.cert, "a", new ManualClock(NOW));
  const notOurs = "its certificate is not from the authority of the pair";
  const rows: readonly [name: string, raw: Uint8Array | undefined, problem: string | null][] = [
    ["the peer's", raw(leaf), null],
    ["none", undefined, "it shows no certificate"],
    ["empty", new Uint8Array(0), "it shows no certificate"],
    ["another authority", raw(await makeLeaf(other, { names: ["a"], ...times })), notOurs],
    ["another authority of the same name", raw(await makeLeaf(later, { names: ["a"], ...times })), notOurs],
    ["signed by the peer's own key", raw(await makeLeaf(leaf, { names: ["a"], ...times })), notOurs],
    ["self-signed in the peer's name", raw(await makeCertificateAuthority("a", times)), notOurs],
    ["the authority itself", raw(ca), notOurs],
    [
      "another node",
      raw(await makeLeaf(ca, { names: ["b"], ...times })),
      "its certificate is for b, not for a",
    ],
    [
      "a longer name",
      raw(await makeLeaf(ca, { names: ["a.b"], ...times })),
      "its certificate is for a.b, not for a",
    ],
    ["any name", raw(await makeLeaf(ca, { names: ["*"], ...times })), "its certificate is for *, not for a"],
    [
      "two",
      raw(await makeLeaf(ca, { names: ["a", "b"], ...times })),
      "its certificate is for a, b, not for a",
    ],
    [
      "none in particular",
      raw(await makeLeaf(ca, { names: [], ips: ["10.0.0.1"], ...times })),
      "its certificate is for nobody, not for a",
    ],
    [
      "over",
      raw(await makeLeaf(ca, { names: ["a"], days: 1, nowMs: NOW - 2 * DAY_MS })),
      "its certificate has expired on May 31 00:00:00 2026 GMT",
    ],
    [
      "not yet",
      raw(await makeLeaf(ca, { names: ["a"], days: 1, nowMs: NOW + DAY_MS })),
      "its certificate is not good before Jun  1 23:00:00 2026 GMT",
    ],
  ];
  for (const [name, bytes, problem] of rows) assert.equal(check(bytes), problem, name);

  const tampered = Uint8Array.from(raw(leaf));
  tampered[tampered.length - 1] ^= 1;
  assert.equal(check(tampered), notOurs);
  assert.match(check(raw(leaf).subarray(5)) ?? "", /^its certificate cannot be read/);

  const both = createPeerCheck(other.cert + "\n" + ca.cert, "a", new ManualClock(NOW));
  assert.equal(both(raw(leaf)), null, "a file with the next authority beside this one");
});
