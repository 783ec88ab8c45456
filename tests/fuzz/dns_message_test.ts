import { strict as assert } from "node:assert";
// @ts-types="../../src/net/dns_packet.d.ts"
import { type Answer, encode } from "dns-packet";
import type { Random } from "../../src/base/id.ts";
import {
  type DnsType,
  formatDnsQuery,
  negativeTtlS,
  normalizeDnsName,
  parseDnsResponse,
  readAlias,
  readRecords,
} from "../../src/net/dns_message.ts";
import { below, fuzz, mutate } from "./rounds.ts";

const TYPES: readonly DnsType[] = ["A", "AAAA", "MX", "TXT", "TLSA", "PTR", "SRV"];
const RECORDS: readonly Answer[] = [
  { type: "A", name: "a.test", data: "192.0.2.1" },
  { type: "AAAA", name: "a.test", data: "2001:db8::1" },
  { type: "MX", name: "a.test", data: { preference: 10, exchange: "mx.a.test" } },
  { type: "TXT", name: "a.test", data: ["v=spf1 -all", "more"] },
  { type: "CNAME", name: "b.test", data: "a.test" },
  { type: "PTR", name: "1.2.0.192.in-addr.arpa", data: "a.test" },
  { type: "SRV", name: "_imap._tcp.a.test", data: { priority: 1, weight: 2, port: 143, target: "a.test" } },
];

function response(random: Random): Uint8Array {
  const pick = (): Answer => ({
    ...RECORDS[below(random, RECORDS.length)],
    ttl: below(random, 100),
    class: "IN",
  });
  return encode({
    id: below(random, 65536),
    type: "response",
    flags: 0x8180 | below(random, 16),
    questions: [{ name: "a.test", type: "MX", class: "IN" }],
    answers: Array.from({ length: below(random, 4) }, pick),
    authorities: Array.from({ length: below(random, 2) }, pick),
  });
}

fuzz("DNS responses are read or refused", 1, (random) => {
  const wire = below(random, 10) ? mutate(random, response(random), 6) : random.bytes(below(random, 600));
  let read;
  try {
    read = parseDnsResponse(wire);
  } catch (error) {
    assert.ok(error instanceof SyntaxError, String(error));
    return;
  }
  for (const records of [read.answers, read.authorities]) {
    assert.ok(records.length <= 65535);
    for (const type of TYPES) readRecords(type, records);
    for (const record of records) readAlias(record);
  }
  negativeTtlS(read);
  const name = read.question && normalizeDnsName(read.question.name);
  if (name) formatDnsQuery(read.id, name, TYPES[below(random, TYPES.length)], true);
});
