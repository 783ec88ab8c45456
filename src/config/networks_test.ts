import { strict as assert } from "node:assert";
import { networkSet, parseNetwork } from "./networks.ts";

Deno.test("an address is in a network or not", () => {
  const inside = networkSet(["192.0.2.0/24", "198.51.100.7", "2001:db8:1::/48", "10.0.0.0/8"]);
  for (
    const [address, expected] of [
      ["192.0.2.0", true],
      ["192.0.2.255", true],
      ["192.0.3.0", false],
      ["198.51.100.7", true],
      ["198.51.100.8", false],
      ["2001:db8:1:ffff::1", true],
      ["2001:db8:2::1", false],
      ["::ffff:10.1.2.3", true],
      ["::ffff:11.1.2.3", false],
      ["not an address", false],
    ] as const
  ) assert.equal(inside(address), expected, address);
  assert.equal(networkSet([])("127.0.0.1"), false);
});

Deno.test("what is no network is refused", () => {
  for (const text of ["", "192.0.2.0/33", "192.0.2/24", "::/129", "192.0.2.0/", "a.test", "192.0.2.0/8/8"]) {
    assert.throws(() => parseNetwork(text), SyntaxError, text);
  }
  assert.deepEqual(parseNetwork("::1"), { address: "::1", bits: 128, family: "ipv6" });
});
