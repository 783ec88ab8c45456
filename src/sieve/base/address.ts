import { shown } from "../../codec/sieve/lexer.ts";
import type { AddressPart, TestDefinition } from "../extension.ts";
import { fieldsInView } from "../fields.ts";
import { checkFieldNames, holdsAddresses } from "../header_names.ts";
import { matchesAny } from "../match/matcher.ts";
import { fieldAddresses } from "../message/header_view.ts";
import type { MailAddress } from "../message/mail_address.ts";

/** The whole address; also what is compared when nothing is said (RFC 5228 §2.7.4). */
const ALL: AddressPart = { name: "all", of: ({ all }) => all };

/** `:localpart`, `:domain` and `:all`. */
export const ADDRESS_PARTS: readonly AddressPart[] = [
  ALL,
  { name: "localpart", of: ({ localPart }) => localPart },
  { name: "domain", of: ({ domain }) => domain },
];

/** What of these addresses a test compares. */
export function addressValues(addresses: readonly MailAddress[], part: AddressPart | null): string[] {
  return addresses.map((part ?? ALL).of).filter((text) => text !== null);
}

/** An address in a header field matches (RFC 5228 §5.1). */
export const ADDRESS: TestDefinition = {
  name: "address",
  matching: true,
  addressPart: true,
  parameters: [{ name: "names of header fields", kind: "texts" }, {
    name: "texts to compare with",
    kind: "texts",
  }],
  check(call, checker) {
    checkFieldNames(call, checker);
    const names = call.parameters[0];
    if (names?.kind !== "texts") return;
    for (const { constant, position } of names.items) {
      if (constant !== null && !holdsAddresses(constant)) {
        checker.error(
          position,
          `the header field "${shown(constant)}" holds no addresses; use the test "header" for it`,
        );
      }
    }
  },
  test(call, run) {
    const addresses = fieldsInView(call, run, run.texts(call, 0).filter(holdsAddresses)).flatMap(
      fieldAddresses,
    );
    return matchesAny(call, addressValues(addresses, call.addressPart), call.parameters[1], run);
  },
};
