import type { ActorRef } from "../actor/actor.ts";
import type { DirectoryContract } from "../../actors/directory/contract.ts";
import { Fault } from "../base/fault.ts";

/** How an account id looks that no longer has an address. */
const BARE_ID = /^[0-9a-z]{26}$/;

/**
 * What a mailbox knows an identifier by that people write (RFC 4314 §3): accounts by id, so that rights stay with them
 * whatever they are called; `$name` and `group:name` groups by address; a `-` before it stays. Names without a domain
 * are of the given one. Fault `not_found` when there is nobody of the name.
 */
export async function readIdentifier(
  directory: ActorRef<DirectoryContract>,
  text: string,
  domain: string | null,
): Promise<string> {
  if (text.startsWith("-")) return `-${await readIdentifier(directory, text.slice(1), domain)}`;
  const lower = text.toLowerCase();
  if (lower === "anyone" || lower === "authenticated") return lower;
  const full = (name: string) => name.includes("@") || domain === null ? name : `${name}@${domain}`;
  const group = /^(?:\$|group:)(.+)$/i.exec(text);
  if (group) return await groupIdentifier(directory, full(group[1]));
  if (BARE_ID.test(text)) return text;
  const address = full(text);
  try {
    return (await directory.ask("getAccount", { address })).id;
  } catch (error) {
    if (!(error instanceof Fault) || error.code !== "not_found") throw error;
    return await groupIdentifier(directory, address);
  }
}

/** An identifier as people see it: accounts by address, or by id when they are gone. */
export async function writeIdentifier(
  directory: ActorRef<DirectoryContract>,
  stored: string,
): Promise<string> {
  if (stored.startsWith("-")) return `-${await writeIdentifier(directory, stored.slice(1))}`;
  if (stored === "anyone" || stored === "authenticated" || stored.startsWith("group:")) return stored;
  try {
    return (await directory.ask("account", { id: stored })).address;
  } catch (error) {
    if (error instanceof Fault && error.code === "not_found") return stored;
    throw error;
  }
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
