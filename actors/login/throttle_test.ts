import { strict as assert } from "node:assert";
import { ManualClock } from "../../src/base/clock.ts";
import { seededRandom } from "../../src/base/id.ts";
import { createRememberedLogins } from "./remembered.ts";
import { clientKey, createThrottle } from "./throttle.ts";

Deno.test("createThrottle() blocks after so many failures until the window ends", () => {
  const clock = new ManualClock();
  const throttle = createThrottle(clock, 2, 1000);
  throttle.fail("a");
  assert.equal(throttle.blocked("a"), false);
  clock.advance(999);
  throttle.fail("a");
  assert.equal(throttle.blocked("a"), true);
  assert.equal(throttle.blocked("b"), false);
  clock.advance(1);
  assert.equal(throttle.blocked("a"), false);
});

Deno.test("clientKey() takes an IPv6 network for one client", () => {
  const table: [ip: string, want: string][] = [
    ["192.0.2.1", "192.0.2.1"],
    ["::ffff:192.0.2.1", "192.0.2.1"],
    ["2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"],
    ["2001:DB8:01:0002::1", "2001:db8:1:2::/64"],
    ["::1", "0:0:0:0::/64"],
    ["2001:db8::1:2", "2001:db8:0:0::/64"],
    ["fe80::1%eth0", "fe80:0:0:0::/64"],
  ];
  for (const [ip, want] of table) assert.equal(clientKey(ip), want, ip);
});

Deno.test("createRememberedLogins() forgets after minutes, by account, and never keeps a password", () => {
  const clock = new ManualClock();
  const remembered = createRememberedLogins(clock, seededRandom(3));
  const key = remembered.key("id", "alice@a.test", "secret password", "$x$y");
  assert(!key.includes("secret"));
  assert.notEqual(key, remembered.key("id", "alice@a.test", "secret password", "$x$z"));
  assert.notEqual(key, remembered.key("id", "alice@a.test ", "secret password", "$x$y"));
  assert.notEqual(
    key,
    createRememberedLogins(clock, seededRandom(4)).key("id", "alice@a.test", "secret password", "$x$y"),
  );
  remembered.add(key, "id");
  assert.equal(remembered.has(key), true);
  remembered.drop("other");
  assert.equal(remembered.has(key), true);
  remembered.drop("id");
  assert.equal(remembered.has(key), false);
  remembered.add(key, "id");
  clock.advance(5 * 60_000);
  assert.equal(remembered.has(key), false);
});
