import { shown } from "../../codec/sieve/lexer.ts";
import { addressValues } from "../base/address.ts";
import type { Extension } from "../extension.ts";
import type { SieveEnvelope } from "../input.ts";
import { matchesAny } from "../match/matcher.ts";
import { envelopeAddress, type MailAddress } from "../message/mail_address.ts";
import { ScriptProblem } from "../problem.ts";

/** The parts of an envelope that can be asked for; null: it has no such part. */
const PARTS: Readonly<Record<string, (envelope: SieveEnvelope) => MailAddress | null>> = {
  from: ({ from }) => envelopeAddress(from),
  to: ({ to }) => envelopeAddress(to),
  orig_to: ({ originalTo }) => originalTo === null ? null : envelopeAddress(originalTo),
  auth: ({ auth }) => auth === null ? null : envelopeAddress(auth),
};

/**
 * The SMTP envelope matches (RFC 5228 §5.4). The null sender is the empty text whatever part is asked for. Besides
 * `from` and `to` there are `orig_to`, the recipient before aliases, and `auth`, the submitter.
 */
export const ENVELOPE: Extension = {
  name: "envelope",
  tests: [{
    name: "envelope",
    matching: true,
    addressPart: true,
    parameters: [
      { name: "parts of the envelope", kind: "texts", check: partProblem },
      { name: "texts to compare with", kind: "texts" },
    ],
    test(call, run) {
      const { envelope, imapEvent } = run.input;
      if (imapEvent) throw new ScriptProblem("there is no envelope when a folder changes (RFC 6785 §4.6)");
      const names = run.texts(call, 0);
      if (envelope === null) return false;
      const values = names.flatMap((name) => {
        const address = PARTS[name.toLowerCase()](envelope);
        if (address === null) return [];
        return address.all === "" ? [""] : addressValues([address], call.addressPart);
      });
      return matchesAny(call, values, call.parameters[1], run);
    },
  }],
};

function partProblem(name: string): string | null {
  return Object.hasOwn(PARTS, name.toLowerCase())
    ? null
    : `the envelope has no part "${shown(name)}"; there are "from", "to", "orig_to" and "auth"`;
}
