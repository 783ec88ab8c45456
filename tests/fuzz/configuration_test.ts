import { strict as assert } from "node:assert";
import { utf8 } from "../../src/base/bytes.ts";
import type { Random } from "../../src/base/id.ts";
import { ConfigurationError, loadConfiguration } from "../../src/config/load.ts";
import { below, fuzz, mutate } from "./rounds.ts";

const SAMPLE = `{
  // A server.
  "hostname": "mx.a.test", "dataDir": "data", "postmaster": null,
  "listeners": [
    { "protocol": "smtp", "address": "0.0.0.0", "port": 25, "tls": "none" },
    { "protocol": "http", "address": "::1", "port": 8080, "tls": "none" },
  ],
  "tls": { "certificates": [] },
  "limits": { "messageBytes": 20971520, "quotaBytes": null },
  "outbound": { "routes": [{ "domain": "*", "host": "127.0.0.1", "port": 25 }], "smarthost": "[::1]:25" },
  "queue": { "backoffSeconds": [1, 2.5, 1e3] }, /* end */
  "log": { "level": "info", "format": "json" }
}`;
const WORDS = [
  "{",
  "}",
  "[",
  "]",
  ",",
  ":",
  '"',
  "null",
  "true",
  "1e999",
  "-0",
  "//",
  "/*",
  '"\\u',
  '"__proto__":',
];

function text(random: Random): Uint8Array {
  let sample = SAMPLE;
  for (let i = below(random, 4); i > 0; i--) {
    const at = below(random, sample.length);
    sample = sample.slice(0, at) + WORDS[below(random, WORDS.length)] + sample.slice(at + below(random, 12));
  }
  if (below(random, 200) === 0) sample = "[".repeat(below(random, 2_000)) + sample;
  return mutate(random, utf8(sample), 3);
}

const folder = await Deno.makeTempDir({ prefix: "mallard-fuzz-" });
addEventListener("unload", () => Deno.removeSync(folder, { recursive: true }));

fuzz("configuration files are read or refused with readable problems", 0.7, (random) => {
  const file = `${folder}/mallard.jsonc`;
  Deno.writeFileSync(file, text(random));
  try {
    assert.equal(typeof loadConfiguration({ file }).hostname, "string");
  } catch (error) {
    assert.ok(error instanceof ConfigurationError, String(error));
    assert.ok(error.problems.length > 0 && error.message !== "");
  }
  assert.equal(({} as Record<string, unknown>).hostname, undefined, "no prototype was touched");
});

const NAMES = [
  "HOSTNAME",
  "LISTENERS",
  "QUEUE__BACKOFF_SECONDS",
  "LIMITS__QUOTA_BYTES",
  "OUTBOUND__SMARTHOST",
];

fuzz("settings of the environment are read or refused", 0.3, (random) => {
  const environment: Record<string, string> = {};
  for (let i = below(random, 4); i >= 0; i--) {
    const name = NAMES[below(random, NAMES.length)] + (below(random, 4) ? "" : "__X");
    environment[`MALLARD_${name}`] = new TextDecoder().decode(text(random)).slice(0, below(random, 100));
  }
  try {
    loadConfiguration({ demo: below(random, 2) === 0, environment });
  } catch (error) {
    assert.ok(error instanceof ConfigurationError, String(error));
  }
});
