import type { Random } from "../../src/base/id.ts";

/** Makes Sieve scripts that compile, of random tests and actions. */
export function randomScript(random: Random, extensions: readonly string[]): string {
  const dice = new Dice(random);
  const lines = [`require [${extensions.map((name) => `"${name}"`).join(", ")}];`];
  for (let left = 1 + dice.below(6); left > 0; left--) lines.push(command(dice, 0));
  return lines.join(dice.pick(["\n", "\r\n", " ", " # note\n", " /* a */ "]));
}

/** A source of choices. */
export class Dice {
  constructor(readonly random: Random) {}

  below(limit: number): number {
    const [a, b] = this.random.bytes(2);
    return (a << 8 | b) % limit;
  }

  pick<T>(list: readonly T[]): T {
    return list[this.below(list.length)];
  }
}

const TEXTS = [
  "",
  "a",
  "hello",
  "*",
  "*@example.org",
  "b*?",
  "[*] *",
  "example.org",
  "\\\\*x",
  "1",
  "10",
  "\u00e4\u00f6",
];
const TEMPLATES = ["${1}", "x${v}y", "${global.g}", "${0}${2}", "${hex:41 42}"];
const FIELDS = ["subject", "from", "to", "x-none", "received"];
const ADDRESS_FIELDS = ["from", "to", "cc"];
const RELATIONS = ["gt", "ge", "lt", "le", "eq", "ne"];

function text(dice: Dice): string {
  return `"${dice.below(4) === 0 ? dice.pick(TEMPLATES) : dice.pick(TEXTS)}"`;
}

function texts(dice: Dice): string {
  return dice.below(3) === 0 ? `[${text(dice)}, ${text(dice)}]` : text(dice);
}

/** A comparator and a match type that go together. */
function matching(dice: Dice): string {
  switch (dice.below(8)) {
    case 0:
      return `:value "${dice.pick(RELATIONS)}" :comparator "i;ascii-numeric"`;
    case 1:
      return `:count "${dice.pick(RELATIONS)}" :comparator "i;ascii-numeric"`;
    case 2:
      return `:${dice.pick(["contains", "matches"])} :comparator "${
        dice.pick(["i;octet", "i;unicode-casemap"])
      }"`;
    case 3:
      return "";
    default:
      return ":" + dice.pick(["is", "contains", "matches"]);
  }
}

function test(dice: Dice, depth: number): string {
  const part = () => dice.pick(["", ":all", ":localpart", ":domain", ":user", ":detail"]);
  switch (dice.below(depth > 3 ? 10 : 13)) {
    case 0:
      return `header ${matching(dice)} "${dice.pick(FIELDS)}" ${texts(dice)}`;
    case 1:
      return `header :index 1 ${dice.pick(["", ":last"])} ${matching(dice)} "${dice.pick(FIELDS)}" ${
        texts(dice)
      }`;
    case 2:
      return `address ${part()} ${matching(dice)} "${dice.pick(ADDRESS_FIELDS)}" ${texts(dice)}`;
    case 3:
      return `envelope ${part()} ${matching(dice)} "${dice.pick(["from", "to"])}" ${texts(dice)}`;
    case 4:
      return `exists "${dice.pick(FIELDS)}"`;
    case 5:
      return `size ${dice.pick([":over", ":under"])} ${dice.pick(["1", "10K", "1M"])}`;
    case 6:
      return `body ${dice.pick([":raw", ":text", ':content "text"'])} ${matching(dice)} ${texts(dice)}`;
    case 7:
      return `string ${matching(dice)} ${texts(dice)} ${texts(dice)}`;
    case 8:
      return `header :regex "${dice.pick(FIELDS)}" "${
        dice.pick(["a+", "^(.*)@", "[[:alpha:]]*b|c", "(a|b){2,3}"])
      }"`;
    case 9:
      return dice.pick(["true", "false", 'hasflag "a"', "duplicate", 'currentdate :is "year" "1970"']);
    case 10:
      return `not ${test(dice, depth + 1)}`;
    default:
      return `${dice.pick(["anyof", "allof"])} (${test(dice, depth + 1)}, ${test(dice, depth + 1)})`;
  }
}

function command(dice: Dice, depth: number): string {
  const folder = `"${dice.pick(["INBOX", "a", "Lists/b"])}"`;
  if (depth < 4 && dice.below(3) === 0) return conditional(dice, depth);
  switch (dice.below(14)) {
    case 0:
      return "keep;";
    case 1:
      return "discard;";
    case 2:
      return `redirect ${dice.pick(["", ":copy"])} "${dice.pick(["x", "y"])}@example.org";`;
    case 3:
      return `set ${dice.pick(["", ":lower", ":upperfirst :length", ":quotewildcard"])} "v" ${text(dice)};`;
    case 4:
      return `${dice.pick(["addflag", "setflag", "removeflag"])} ${texts(dice)};`;
    case 5:
      return `addheader ${dice.pick(["", ":last"])} "X-New" ${text(dice)};`;
    case 6:
      return `deleteheader ${matching(dice)} "${dice.pick(FIELDS)}" ${texts(dice)};`;
    case 7:
      return 'notify :message "m" "mailto:n@example.org";';
    case 8:
      return `set "global.g" ${text(dice)};`;
    case 9:
      return depth < 4 ? `foreverypart { ${command(dice, 4)} break; }` : "stop;";
    case 10:
      return 'include :once :optional "other";';
    case 11:
      return `keep :flags ${texts(dice)};`;
    default:
      return `fileinto ${dice.pick(["", ":copy", ":create", ':flags "\\\\Seen"'])} ${folder};`;
  }
}

function conditional(dice: Dice, depth: number): string {
  const block = () => `{ ${command(dice, depth + 1)} ${dice.below(2) ? command(dice, depth + 1) : ""} }`;
  let out = `if ${test(dice, 0)} ${block()}`;
  if (dice.below(3) === 0) out += ` elsif ${test(dice, 0)} ${block()}`;
  if (dice.below(3) === 0) out += ` else ${block()}`;
  return out;
}
