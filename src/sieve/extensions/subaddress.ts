import type { Extension } from "../extension.ts";

/** Separates a user from a detail in a local part (RFC 5233 §4). */
const SEPARATOR = "+";

/** `:user` and `:detail` of `user+detail@domain`. Without a separator there is a user, and no detail. */
export const SUBADDRESS: Extension = {
  name: "subaddress",
  addressParts: [
    { name: "user", of: ({ localPart }) => localPart === null ? null : split(localPart)[0] },
    { name: "detail", of: ({ localPart }) => localPart === null ? null : split(localPart)[1] },
  ],
};

function split(localPart: string): [user: string, detail: string | null] {
  const at = localPart.indexOf(SEPARATOR);
  return at < 0 ? [localPart, null] : [localPart.slice(0, at), localPart.slice(at + SEPARATOR.length)];
}
