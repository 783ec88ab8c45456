import { Dice } from "../support/sieve_scripts.ts";

/** What of a message scripts are made from, so that their tests hold now and then. */
interface Material {
  /** The script edits headers; then it asks nothing of bodies, which Pigeonhole loses sight of by that. */
  edits: boolean;
  fields: { name: string; value: string }[];
  words: string[];
}

const EXTENSIONS = [
  "fileinto",
  "envelope",
  "copy",
  "body",
  "variables",
  "relational",
  "imap4flags",
  "subaddress",
  "date",
  "index",
  "regex",
  "mime",
  "foreverypart",
  "extracttext",
  "environment",
  "editheader",
  "ihave",
  "encoded-character",
  "comparator-i;ascii-numeric",
  "mailbox",
  "reject",
  "vacation",
  "enotify",
  "spamtest",
];
const COMMON = [
  "Subject",
  "From",
  "To",
  "Cc",
  "Date",
  "Received",
  "Content-Type",
  "X-Mailer",
  "List-Id",
  "Message-ID",
];
const ADDRESS_FIELDS = ["From", "To", "Cc", "Reply-To", "Sender"];
const RELATIONS = ["gt", "ge", "lt", "le", "eq", "ne"];

/** A script whose tests are about this message (one char an octet), of the extensions that sieve-test knows as well. */
export function scriptFor(message: string, dice: Dice): string {
  const material = materialOf(message, dice.below(2) === 0);
  const lines = [`require [${EXTENSIONS.map((name) => `"${name}"`).join(", ")}];`];
  for (let left = 2 + dice.below(4); left > 0; left--) lines.push(rule(material, dice));
  if (dice.below(3) === 0) lines.push(lastAction(dice));
  return lines.join("\r\n") + "\r\n";
}

function materialOf(message: string, edits: boolean): Material {
  const header = message.slice(0, Math.max(0, message.indexOf("\r\n\r\n"))).replace(/\r\n[ \t]+/g, " ");
  const fields = [...header.matchAll(/^([\x21-\x39\x3b-\x7e]+):[ \t]*([^\r\n]*)/gm)]
    .map(([, name, value]) => ({ name, value: value.trim() })).filter(({ value }) =>
      /^[\x20-\x7e]*$/.test(value)
    );
  const body = message.slice(message.indexOf("\r\n\r\n") + 4, 20_000);
  const words = [...new Set(body.match(/[A-Za-z]{4,12}/g) ?? [])].slice(0, 200);
  return { edits, fields, words: words.length > 0 ? words : ["word"] };
}

const quote = (text: string) => `"${text.replace(/["\\]/g, "\\$&")}"`;

/** A field's name, mostly one that the message has. */
function fieldName({ fields }: Material, dice: Dice): string {
  return fields.length > 0 && dice.below(3) > 0 ? dice.pick(fields).name : dice.pick(COMMON);
}

/** A piece of a field's value, in some shape. */
function pieceOf(value: string, dice: Dice): string {
  const from = dice.below(value.length + 1), piece = value.slice(from, from + 1 + dice.below(12));
  return dice.pick([piece, piece.toUpperCase(), piece.toLowerCase(), piece]);
}

/** A pattern in which no `?` stands first or behind an asterisk: there Pigeonhole looks in the wrong place. */
function glob(value: string, dice: Dice): string {
  const piece = pieceOf(value, dice).replace(/[*?\\]/g, "").replace(/^(.+?)[^*?]/, "$1?");
  const start = value.slice(0, 5).replace(/[*?\\]/g, "");
  return dice.pick([`*${piece}*`, `${start}*`, "*", `*${piece}`, "* *", `${start}*${piece}*`]);
}

function regex(value: string, dice: Dice): string {
  const piece = pieceOf(value, dice).replace(/[^A-Za-z0-9 ]/g, ".");
  return dice.pick([
    `${piece}`,
    `^${value.slice(0, 4).replace(/[^A-Za-z0-9 ]/g, ".")}`,
    `[[:alpha:]]+(${piece || "x"})?$`,
    `(${piece || "a"}|[0-9]{2,3})+`,
    "^[^ ]+ (.*)$",
    "([a-z]+)@([a-z.]+)",
  ]);
}

/** Match type, comparator and key for a value. */
function match(value: string, dice: Dice): [matching: string, key: string] {
  const octet = dice.below(4) === 0 ? ' :comparator "i;octet"' : "";
  switch (dice.below(7)) {
    case 0:
      return [":is" + octet, value];
    case 1:
    case 2:
      return [":contains" + octet, pieceOf(value, dice)];
    case 3:
    case 4:
      return [":matches" + octet, glob(value, dice)];
    case 5:
      return [":regex" + octet, regex(value, dice)];
    default:
      return [`:value "${dice.pick(RELATIONS)}" :comparator "i;octet"`, pieceOf(value, dice)];
  }
}

function keys(key: string, material: Material, dice: Dice): string {
  return dice.below(3) === 0 ? `[${quote(dice.pick(material.words))}, ${quote(key)}]` : quote(key);
}

function test(material: Material, dice: Dice, depth = 0): string {
  const { fields, words } = material;
  const field = fields.length > 0 ? dice.pick(fields) : { name: "Subject", value: "x" };
  const [matching, key] = match(field.value, dice);
  const part = dice.pick(["", ":all", ":localpart", ":domain", ":user", ":detail"]);
  switch (dice.below(depth > 1 ? 14 : 17)) {
    case 0:
    case 1:
    case 2:
      return `header ${matching} ${quote(field.name)} ${keys(key, material, dice)}`;
    case 3:
      return `header :index ${1 + dice.below(2)} ${dice.pick(["", ":last"])} ${matching} ${
        quote(field.name)
      } ${quote(key)}`;
    case 4:
    case 5: {
      const address = /[\w.+-]+@[\w.-]+/.exec(field.value)?.[0] ?? "someone@example.org";
      const [how, what] = match(dice.pick([address, address.split("@")[0], address.split("@")[1]]), dice);
      return `address ${part} ${how} "${dice.pick(ADDRESS_FIELDS)}" ${keys(what, material, dice)}`;
    }
    case 6:
      return `envelope ${part} ${dice.pick([":is", ":contains", ":matches"])} "${
        dice.pick(["from", "to"])
      }" ${dice.pick(['"me"', '"tag"', '"*@*"', '"sender@example.org"', '"example.com"'])}`;
    case 7:
      return `exists [${quote(fieldName(material, dice))}, ${quote(fieldName(material, dice))}]`;
    case 8:
      return `size ${dice.pick([":over", ":under"])} ${dice.pick(["1K", "2K", "4K", "10K", "3000"])}`;
    case 9: {
      if (material.edits) return "true";
      const [how, what] = match(dice.pick(words), dice);
      return `body ${dice.pick([":raw", ':content "text"', ':content "text/plain"'])} ${
        /:(?:value|is|regex)/.test(how) ? ":contains" : how
      } ${quote(what)}`;
    }
    case 10:
      return `${dice.pick(["header", "address"])} :count "${
        dice.pick(RELATIONS)
      }" :comparator "i;ascii-numeric" ["To", "Cc", "From"] "${dice.below(4)}"`;
    case 11: {
      const zone = dice.pick(["", ":originalzone", ':zone "+0130"']);
      const part = dice.pick([
        "year",
        "month",
        "day",
        "hour",
        "weekday",
        "date",
        "julian",
        "zone",
        "iso8601",
        "std11",
      ]);
      return `date ${zone} :matches "date" "${part}" "${dice.pick(["*0*", "*", "*1", "2*"])}"`;
    }
    case 12:
      return `header :mime :anychild ${
        dice.pick([":type", ":subtype", ":contenttype"])
      } :contains "Content-Type" "${dice.pick(["text", "html", "plain", "multipart", "image"])}"`;
    case 13:
      return dice.pick([
        `string :matches "\${m}" "${dice.pick(["?*", "*e*", "a*"])}"`,
        'hasflag "a"',
        'hasflag :count "ge" :comparator "i;ascii-numeric" "2"',
        'ihave "vnd.nothing"',
        'environment :contains "name" "x-none"',
      ]);
    case 14:
      return `not ${test(material, dice, depth + 1)}`;
    default:
      return `${dice.pick(["anyof", "allof"])} (${test(material, dice, depth + 1)}, ${
        test(material, dice, depth + 1)
      })`;
  }
}

function rule(material: Material, dice: Dice): string {
  if (dice.below(8) === 0 && !material.edits) {
    return `foreverypart { if header :mime :contenttype "Content-Type" "text/plain" { extracttext :first 20 "t"; ${
      dice.pick(["break;", ""])
    } } }`;
  }
  const body = [setting(material, dice), action(dice)].filter(Boolean).join(" ");
  return `if ${test(material, dice)} { ${body} }` + (dice.below(3) === 0 ? ` else { ${action(dice)} }` : "");
}

/** Something that leaves a trace in the folders' names later on. */
function setting(material: Material, dice: Dice): string {
  switch (dice.below(9)) {
    case 0:
      return `set ${
        dice.pick(["", ":lower", ":upperfirst :lower", ":length", ":quotewildcard"])
      } "m" "\${1}";`;
    case 1:
      return 'set "m" "${m}x${0}";';
    case 2:
      if (!material.edits) return "";
      return `addheader ${dice.pick(["", ":last"])} "X-New" "v \${1}";`;
    case 3:
      if (!material.edits) return "";
      return `deleteheader ${dice.pick(["", ":index 1 ", ":contains"])} ${quote(fieldName(material, dice))}${
        dice.pick(["", ' "a"'])
      };`
        .replace(/:contains ("[^"]*");/, "$1;");
    case 4:
      return `${dice.pick(["addflag", "setflag", "removeflag"])} ${
        dice.pick(['"a"', '["\\\\Seen", "b"]', '"a \\\\flagged"'])
      };`;
    default:
      return "";
  }
}

function action(dice: Dice): string {
  switch (dice.below(12)) {
    case 0:
      return "keep;";
    case 1:
      return "discard;";
    case 2:
      return dice.pick([
        `redirect :copy "y${dice.below(2)}@example.org";`,
        `redirect "x${dice.below(3)}@example.org";`,
      ]);
    case 3:
      return 'fileinto "INBOX";';
    case 4:
      return `fileinto :flags "${dice.pick(["c", "\\\\Seen", "a b"])}" "flagged";`;
    case 5:
      return 'fileinto "v:${1}:${2}";';
    case 6:
      return 'fileinto "m:${m}";';
    case 7:
      return 'if string :contains "${t}" "e" { fileinto "t"; }';
    case 8:
      return dice.below(3) === 0 ? "stop;" : "keep;";
    default:
      return dice.pick([
        `fileinto :copy "c${dice.below(2)}";`,
        `fileinto ${dice.pick(["", ":create"])} "f${dice.below(4)}";`,
      ]);
  }
}

function lastAction(dice: Dice): string {
  return dice.pick([
    'reject "no";',
    'vacation "away";',
    'notify :message "m" "mailto:n@example.org";',
    'error "oops";',
    'if header :matches "X-New" "*" { fileinto "new:${1}"; }',
    'fileinto "end:${0}";',
  ]);
}
