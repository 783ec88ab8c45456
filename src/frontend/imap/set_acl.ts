import { parseRights } from "../../codec/imap/rights.ts";
import type { CommandHandler } from "./command.ts";
import { readIdentifier } from "./identifier.ts";
import { locate } from "./place.ts";
import { ok } from "./reply.ts";

/** SETACL (RFC 4314 §3.1): `+` adds rights, `-` takes some away, else they take the place of what was. */
export const setAcl: CommandHandler = async (session, args) => {
  args.space();
  const name = args.mailbox();
  args.space();
  const given = args.text();
  args.space();
  const change = args.astring();
  args.end();
  const mode = change.startsWith("+") ? "add" : change.startsWith("-") ? "remove" : "replace";
  const rights = parseRights(mode === "replace" ? change : change.slice(1));
  const place = await locate(session, name);
  const identifier = await readIdentifier(session, given);
  await place.mailbox.ask("setAcl", { name: place.name, entry: { identifier, rights }, mode });
  return ok("SETACL completed");
};
