import type { DirectoryContract } from "../../../actors/directory/contract.ts";
import type { ActorRef } from "../../actor/actor.ts";
import { fromLatin1, utf8 } from "../../base/bytes.ts";
import { Fault } from "../../base/fault.ts";
import { formatAstring } from "../../codec/imap/response.ts";
import type { Place } from "./place.ts";
import type { Session } from "./session.ts";

/** How an account id looks that no longer has an address. */
const BARE_ID = /^[0-9a-z]{26}$/;

/**
 * What the mailbox knows an identifier of a client by (RFC 4314 §3): accounts by id, so that rights stay with them
 * whatever they are called; `$name` and `group:name` groups by address; a `-` before it stays. Names without a domain
 * are of the user's own. Fault `not_found` when there is nobody of the name.
 */
export async function readIdentifier(session: Session, text: string): Promise<string> {
  if (text.startsWith("-")) return `-${await readIdentifier(session, text.slice(1))}`;
  const lower = text.toLowerCase();
  if (lower === "anyone" || lower === "authenticated") return lower;
  const directory = session.context.system.ref<DirectoryContract>("directory:main");
  const group = /^(?:\$|group:)(.+)$/i.exec(text);
  if (group) return await groupIdentifier(directory, withDomain(session, group[1]));
  if (BARE_ID.test(text)) return text;
  const address = withDomain(session, text);
  if (address.toLowerCase() === session.user.address.toLowerCase()) return session.user.id;
  try {
    return (await directory.ask("getAccount", { address })).id;
  } catch (error) {
    if (!(error instanceof Fault) || error.code !== "not_found") throw error;
    return await groupIdentifier(directory, address);
  }
}

/** An identifier as clients see it: accounts by address, or by id when they are gone. */
export async function writeIdentifier(session: Session, place: Place, stored: string): Promise<string> {
  if (stored.startsWith("-")) return `-${await writeIdentifier(session, place, stored.slice(1))}`;
  if (stored === place.owner.id) return place.owner.address;
  if (stored === session.user.id) return session.user.address;
  if (stored === "anyone" || stored === "authenticated" || stored.startsWith("group:")) return stored;
  const directory = session.context.system.ref<DirectoryContract>("directory:main");
  try {
    return (await directory.ask("account", { id: stored })).address;
  } catch (error) {
    if (error instanceof Fault && error.code === "not_found") return stored;
    throw error;
  }
}

/** An identifier on the wire, in UTF-8. */
export function formatIdentifier(identifier: string): string {
  return formatAstring(fromLatin1(utf8(identifier)));
}

async function groupIdentifier(directory: ActorRef<DirectoryContract>, address: string): Promise<string> {
  try {
    return `group:${(await directory.ask("getGroup", { address })).address}`;
  } catch (error) {
    if (error instanceof Fault && error.code === "not_found") {
      throw new Fault("not_found", `there is no user or group ${address}`);
    }
    throw error;
  }
}

function withDomain(session: Session, name: string): string {
  const own = session.user.address;
  return name.includes("@") ? name : name + own.slice(own.lastIndexOf("@"));
}
