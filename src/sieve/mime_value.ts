import { parameter } from "../codec/message/decode_text.ts";
import { readParameters } from "../codec/message/parameters.ts";
import { decodeWords } from "../codec/text/encoded_word.ts";
import { HeaderLexer } from "../codec/text/header_lexer.ts";
import type { Call } from "./call.ts";
import type { FieldView } from "./message/header_view.ts";
import type { Run } from "./run_state.ts";

/** Which part of a field's value `header :mime` compares (RFC 5703 §4.2); null: the whole value. */
export function mimeValue(call: Call, run: Run): ((field: FieldView) => string[]) | null {
  const { tags } = call;
  if (!tags.has("mime")) return null;
  if (tags.has("param")) {
    const names = run.texts(call, "param").map((name) => name.toLowerCase());
    return (field) => parameterValues(field, names);
  }
  if (tags.has("type")) return (field) => [mainValue(field).split("/")[0]];
  if (tags.has("subtype")) return (field) => [subtypeOf(field)];
  return tags.has("contenttype") ? (field) => [mainValue(field)] : null;
}

/** What stands before the parameters: a media type or a disposition. */
function mainValue(field: FieldView): string {
  return decodeWords(field.folded.replace(/\r?\n/g, "").split(";")[0].replace(/\s+/g, "")).trim();
}

/** Of a media type what follows the slash; of other fields nothing. */
function subtypeOf(field: FieldView): string {
  return mainValue(field).split("/").slice(1).join("/");
}

function parameterValues(field: FieldView, names: readonly string[]): string[] {
  const lexer = new HeaderLexer(field.folded);
  while (lexer.at < field.folded.length && field.folded[lexer.at] !== ";") lexer.at++;
  const pairs = readParameters(lexer);
  return names.flatMap((name) => {
    const value = parameter(pairs, name);
    return value === null ? [] : [decodeWords(value)];
  });
}
