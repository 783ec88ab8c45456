/** Which octets of a message a FETCH item wants: BODY[…], BINARY[…], RFC822.* (RFC 9051 §6.4.5). */
export interface SectionSpec {
  /** Part numbers, from 1; empty for the whole message. */
  part: number[];
  kind: "all" | "header" | "fields" | "fields-not" | "text" | "mime" | "binary" | "binary-size";
  /** Header field names as the client wrote them (kind `fields` and `fields-not`). */
  fields?: string[];
  /** `<offset.count>`. */
  partial?: { offset: number; count: number };
}
