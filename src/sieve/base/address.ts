import { shown } from "../../codec/sieve/lexer.ts";
import type { TestCall } from "../call.ts";
import type { AddressPart, TestDefinition } from "../extension.ts";
import { fieldsInView } from "../fields.ts";
import { checkFieldNames, holdsAddresses } from "../header_names.ts";
import { matchesAny } from "../match/matcher.ts";
import { fieldAddresses } from "../message/header_view.ts";
import type { MailAddress } from "../message/mail_address.ts";
import type { Run } from "../run_state.ts";

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
  const { of } = part ?? ALL, values: string[] = [];
  for (const address of addresses) {
    const text = of(address);
    if (text !== null) values.push(text);
  }
  return values;
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
    const values: string[] = [];
    for (const field of fieldsInView(call, run, addressNames(call, run))) {
      values.push(...addressValues(fieldAddresses(field), call.addressPart));
    }
    return matchesAny(call, values, call.parameters[1], run);
  },
};

/** Names of fields that hold addresses; of constant ones the check has seen that they do. */
function addressNames(call: TestCall, run: Run): readonly string[] {
  const names = run.texts(call, 0), given = call.parameters[0];
  return given?.kind === "texts" && given.constant !== null ? names : names.filter(holdsAddresses);
}
