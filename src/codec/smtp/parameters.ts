import { decodeXtext } from "./xtext.ts";

/** What MAIL carries beside the sender. `sizeBytes` null: not declared (RFC 1870). */
export interface MailParameters {
  sizeBytes: number | null;
  /** RFC 6152, RFC 3030. */
  body: "7bit" | "8bitmime" | "binarymime";
  smtpUtf8: boolean;
  /** RFC 3461 §4.3 and §4.4; `envid` decoded from xtext. */
  ret: "full" | "hdrs" | null;
  envid: string | null;
}

/** What RCPT carries beside the recipient, RFC 3461 §4.1 and §4.2; `orcpt` is `type;address`, decoded from xtext. */
export interface RcptParameters {
  notify: ("never" | "success" | "failure" | "delay")[];
  orcpt: string | null;
}

/** A parameter that was not offered, or a value of it that is not known: 555 (RFC 5321 §4.1.1.11). */
export class UnknownParameter extends SyntaxError {}

const NO_MAIL_PARAMETERS: MailParameters = Object.freeze({
  sizeBytes: null,
  body: "7bit",
  smtpUtf8: false,
  ret: null,
  envid: null,
});
const NO_RCPT_PARAMETERS: RcptParameters = Object.freeze({ notify: [], orcpt: null });
const ENVID_CHARS = 100;
const ORCPT_CHARS = 500;

/** Parameters from `at`, the place after the path, to the end of the line. */
export function parseMailParameters(text: string, at: number): MailParameters {
  if (at === text.length) return NO_MAIL_PARAMETERS;
  const out: MailParameters = { ...NO_MAIL_PARAMETERS };
  for (const [name, value] of splitParameters(text, at)) {
    switch (name) {
      case "SIZE":
        if (!/^\d{1,20}$/.test(value)) throw new SyntaxError("SIZE needs a number");
        out.sizeBytes = Number(value);
        break;
      case "BODY":
        out.body = bodyType(value);
        break;
      case "SMTPUTF8":
        if (value !== "") throw new SyntaxError("SMTPUTF8 takes no value");
        out.smtpUtf8 = true;
        break;
      case "RET":
        out.ret = returnType(value);
        break;
      case "ENVID":
        if (value === "" || value.length > ENVID_CHARS) {
          throw new SyntaxError("ENVID needs 1 to 100 characters");
        }
        out.envid = decodeXtext(value);
        break;
      case "AUTH":
        // RFC 4954 §5: who submitted it first. Nobody is trusted with that here, so it is read and forgotten.
        decodeXtext(value);
        break;
      default:
        throw new UnknownParameter(`parameter ${name} is not supported`);
    }
  }
  return out;
}

/** The same for RCPT. */
export function parseRcptParameters(text: string, at: number): RcptParameters {
  if (at === text.length) return NO_RCPT_PARAMETERS;
  const out: RcptParameters = { notify: [], orcpt: null };
  for (const [name, value] of splitParameters(text, at)) {
    if (name === "NOTIFY") out.notify = notifyList(value);
    else if (name === "ORCPT") out.orcpt = originalRecipient(value);
    else throw new UnknownParameter(`parameter ${name} is not supported`);
  }
  return out;
}

/** ` NAME[=value]` repeated; names in upper case, each once. */
function splitParameters(text: string, at: number): Map<string, string> {
  if (text[at] !== " ") throw new SyntaxError("a space is expected after the address");
  const out = new Map<string, string>();
  for (const word of text.slice(at + 1).split(" ")) {
    if (word === "") continue;
    const found = /^([A-Za-z0-9][A-Za-z0-9-]*)(?:=([^\x00-\x20\x7f]+))?$/.exec(word);
    if (!found) throw new SyntaxError("a parameter is malformed");
    const name = found[1].toUpperCase();
    if (out.has(name)) throw new SyntaxError(`parameter ${name} is repeated`);
    out.set(name, found[2] ?? "");
  }
  return out;
}

function bodyType(value: string): MailParameters["body"] {
  const body = value.toLowerCase();
  if (body === "7bit" || body === "8bitmime" || body === "binarymime") return body;
  throw new UnknownParameter("BODY is 7BIT, 8BITMIME or BINARYMIME");
}

function returnType(value: string): "full" | "hdrs" {
  const ret = value.toLowerCase();
  if (ret === "full" || ret === "hdrs") return ret;
  throw new SyntaxError("RET is FULL or HDRS");
}

function notifyList(value: string): RcptParameters["notify"] {
  const out: RcptParameters["notify"] = [];
  for (const word of value.toLowerCase().split(",")) {
    if (word !== "never" && word !== "success" && word !== "failure" && word !== "delay") {
      throw new SyntaxError("NOTIFY is NEVER, or SUCCESS, FAILURE and DELAY");
    }
    if (!out.includes(word)) out.push(word);
  }
  if (out.includes("never") && out.length > 1) throw new SyntaxError("NOTIFY=NEVER stands alone");
  return out;
}

function originalRecipient(value: string): string {
  const split = value.indexOf(";");
  if (split < 1 || value.length > ORCPT_CHARS || !/^[A-Za-z0-9-]+$/.test(value.slice(0, split))) {
    throw new SyntaxError("ORCPT needs a type and an address");
  }
  return `${value.slice(0, split)};${decodeXtext(value.slice(split + 1))}`;
}
