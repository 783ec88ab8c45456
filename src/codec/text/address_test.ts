import { strict as assert } from "node:assert";
import { type HeaderAddress, parseAddressList } from "./address.ts";

/** `name|mailbox@host`, with the route in front when there is one; `name:` and `;` around a group. */
function show({ name, route, mailbox, host }: HeaderAddress): string {
  if (mailbox === null) return ";";
  if (host === null) return `${mailbox}:`;
  return `${name === null ? "" : name + "|"}${route === null ? "" : route + ":"}${mailbox}@${host}`;
}

const TABLE: [input: string, want: string[]][] = [
  ["", []],
  ["foo@bar", ["foo@bar"]],
  ["foo@bar (Name X)", ["Name X|foo@bar"]],
  ["(c) foo@bar", ["foo@bar"]],
  ["Foo Bar <a@b>", ["Foo Bar|a@b"]],
  ['"Foo, \\"x\\" Bar" <a@b>, <c@d>', ['Foo, "x" Bar|a@b', "c@d"]],
  ["J. Doe <a@b>", ["J. Doe|a@b"]],
  ['"A" B "C" <a@b>', ["A B C|a@b"]],
  ["A\r\n\tB <a@b>", ["A B|a@b"]],
  ['"A\r\n  B" <a@b>', ["A B|a@b"]],
  ["Foo (c) <a@b> (d), e@f", ["Foo|a@b", "e@f"]],
  ["<@x,@y:a@b>", ["@x,@y:a@b"]],
  ["a@[1.2.3.4]", ["a@[1.2.3.4]"]],
  ['"a b"@c', ["a b@c"]],
  ["a . b @ c . d", ["a.b@c.d"]],
  ['"a"."b"@c', ["a.b@c"]],
  ["a..b@c, .d@e, f.@g", ["a..b@c", ".d@e", "f.@g"]],
  ["\xc3\xa9 <\xc3\xa9@\xc3\xa9>", ["\xc3\xa9|\xc3\xa9@\xc3\xa9"]],
  ["=?utf-8?q?x?= =?utf-8?q?y?= <a@b>", ["=?utf-8?q?x?= =?utf-8?q?y?=|a@b"]],
  ["grp: a@b, c@d;", ["grp:", "a@b", "c@d", ";"]],
  ["undisclosed-recipients:;, x@y", ["undisclosed-recipients:", ";", "x@y"]],
  ["A <a@b>, B: c@d, e@f; , g@h", ["A|a@b", "B:", "c@d", "e@f", ";", "g@h"]],
  ["never: closed@b", ["never:", "closed@b", ";"]],
  ["a@b, , c@d,", ["a@b", "c@d"]],
  ["foo", ["foo@MISSING_DOMAIN"]],
  ["Foo Bar, x@y", ["Foo Bar|MISSING_MAILBOX@MISSING_DOMAIN", "x@y"]],
  ["@b", ["MISSING_MAILBOX@b"]],
  ["a@", ["a@MISSING_DOMAIN"]],
  ["<>", ["MISSING_MAILBOX@MISSING_DOMAIN"]],
  ["X <a", ["X|a@SYNTAX_ERROR"]],
  ["Foo <a b@c>, d@e", ["Foo|a@SYNTAX_ERROR"]],
  ["A <@x>", ["A|INVALID_ROUTE:MISSING_MAILBOX@MISSING_DOMAIN"]],
  ["a@b; c@d", ["a@b"]],
  ['"unterminated <a@b>', ["MISSING_MAILBOX@MISSING_DOMAIN"]],
  ["(unterminated", []],
  ["x (unterminated", ["MISSING_MAILBOX@MISSING_DOMAIN"]],
  ['one "unterminated <a@b>', ["one@MISSING_DOMAIN"]],
  ['two words "unterminated <a@b>', ["two words|MISSING_MAILBOX@MISSING_DOMAIN"]],
];

Deno.test("parseAddressList() reads lists as people and programs write them", () => {
  for (const [input, want] of TABLE) assert.deepEqual(parseAddressList(input).map(show), want, input);
});
