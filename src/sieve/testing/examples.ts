import { strict as assert } from "node:assert";
import { complaints, type Surroundings, tell, tryScript } from "./try_script.ts";

/** One example script of a standard, and what its text says of it. */
export interface Example {
  /** Section, and what the example is about. */
  at: string;
  script: string;
  /** Messages with what becomes of them, as `tell` has it. */
  runs?: readonly (readonly [message: string, want: string, around?: Surroundings])[];
  /** A piece of the complaint, for an example that is not Sieve; `because` says why the standard prints it. */
  refused?: string;
  because?: string;
}

/** Makes a test of each example. */
export function testExamples(standard: string, examples: readonly Example[]): void {
  for (const { at, script, runs = [], refused } of examples) {
    Deno.test(`${standard} ${at}`, () => {
      const errors = complaints(script).join("\n");
      if (refused !== undefined) return assert.ok(errors.includes(refused), errors || "it was not refused");
      assert.equal(errors, "");
      for (const [message, want, around] of runs) {
        assert.equal(tell(tryScript(script, message, around)), want);
      }
    });
  }
}

/** The mail messages of RFC 5228 §1.2. */
export const MESSAGE_A = `Date: Tue, 1 Apr 1997 09:06:31 -0800 (PST)
From: coyote@desert.example.org
To: roadrunner@acme.example.com
Subject: I have a present for you

Look, I'm sorry about the whole anvil thing.
`;

/** The other one. */
export const MESSAGE_B = `From: youcouldberich!@reply-by-postal-mail.invalid
Sender: b1ff@de.res.example.com
To: rube@landru.example.com
Date:  Mon, 31 Mar 1997 18:26:10 -0800
Subject: $$$ YOU, TOO, CAN BE A MILLIONAIRE! $$$

YOU MAY HAVE ALREADY WON TEN MILLION DOLLARS, BUT I DOUBT IT!
`;

/** A message of fields, one a line, and a line of text. */
export function mail(...fields: readonly string[]): string {
  return fields.map((field) => field + "\n").join("") + "\nText.\n";
}
