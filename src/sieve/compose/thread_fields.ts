import { unfold } from "../../codec/message/header.ts";
import type { HeaderView } from "../message/header_view.ts";

/** Ids of References that a reply takes over, the newest of them; mail with hundreds has gone wrong. */
const MOST_REFERENCES = 20;

/** In-Reply-To and References of a reply to a message (RFC 5322 §3.6.4); empty when it has no Message-ID. */
export function threadFields(header: HeaderView): [name: string, value: string | null][] {
  const ids = (name: string) =>
    header.fields(name).flatMap(({ folded }) => unfold(folded).match(/<[!-~]{1,500}>/g) ?? []);
  const [own] = ids("message-id");
  if (own === undefined) return [];
  const references = ids("references");
  const before = references.length > 0 ? references : ids("in-reply-to").slice(0, 1);
  return [["In-Reply-To", own], ["References", [...before.slice(-MOST_REFERENCES), own].join(" ")]];
}
