import type { DirectoryContract } from "../../../actors/directory/contract.ts";
import { fromLatin1, utf8 } from "../../base/bytes.ts";
import { formatAstring } from "../../codec/imap/response.ts";
import * as identifiers from "../identifiers.ts";
import type { Place } from "./place.ts";
import type { Session } from "./session.ts";

/** What the mailbox knows an identifier of a client by; names without a domain are of the user's own. */
export async function readIdentifier(session: Session, text: string): Promise<string> {
  const { id, address } = session.user;
  const own = [address, address.slice(0, address.lastIndexOf("@"))];
  const [, minus, name] = /^(-?)(.*)$/s.exec(text)!;
  if (own.some((one) => one.toLowerCase() === name.toLowerCase())) return minus + id;
  const directory = session.context.system.ref<DirectoryContract>("directory:main");
  return await identifiers.readIdentifier(directory, text, address.slice(address.lastIndexOf("@") + 1));
}

/** An identifier as clients see it. */
export async function writeIdentifier(session: Session, place: Place, stored: string): Promise<string> {
  const [, minus, name] = /^(-?)(.*)$/s.exec(stored)!;
  if (name === place.owner?.id) return minus + place.owner.address;
  if (name === session.user.id) return minus + session.user.address;
  const directory = session.context.system.ref<DirectoryContract>("directory:main");
  return await identifiers.writeIdentifier(directory, stored);
}

/** An identifier on the wire, in UTF-8. */
export function formatIdentifier(identifier: string): string {
  return formatAstring(fromLatin1(utf8(identifier)));
}
