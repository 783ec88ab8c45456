import { Fault } from "../../src/base/fault.ts";
import { LIMITS } from "../../src/base/limits.ts";
import { utf8 } from "../../src/base/bytes.ts";
import { type Address, formatAddress } from "./address.ts";
import type { Resolution } from "./contract.ts";
import { allPublics, limitsOfPublics } from "./public.ts";
import { defaultsOf, type DirectoryTurn } from "./state.ts";

/** The folder of a public mailbox that stands for the namespace itself. */
const ROOT = "INBOX";
const LEVEL = "/";

/** Whether a target of an alias is a folder of a public namespace, `#Name/Folder`, and not an address. */
export function isFolderTarget(text: string): boolean {
  return text.startsWith("#");
}

/** Such a target in its one form. Fault `invalid` for what names no namespace that is there. */
export function folderTarget(turn: DirectoryTurn, text: string): string {
  const target = text.normalize("NFC");
  const levels = target.slice(1).split(LEVEL);
  if (levels.some((level) => !level) || utf8(target).length > LIMITS.folderNameBytes) {
    throw new Fault("invalid", `${text} is no folder of a public namespace`);
  }
  if (!allPublics(turn).some(({ name, approved }) => approved && name === levels[0])) {
    throw new Fault("invalid", `${text} is in no public namespace`);
  }
  return target;
}

/** Where mail for such a target goes; null when the namespace is gone. `address` is the one that leads there. */
export function folderBox(
  turn: DirectoryTurn,
  target: string,
  address: Address,
): Resolution["mailboxes"][number] | null {
  const [name] = target.slice(1).split(LEVEL);
  const row = allPublics(turn).find((one) => one.approved && one.name === name);
  if (!row) return null;
  const text = formatAddress(address);
  return {
    account: {
      id: row.id,
      address: text,
      displayName: target,
      limits: limitsOfPublics(turn),
      acknowledge: defaultsOf(turn).acknowledge ?? "local",
    },
    address: text,
    tag: null,
    own: false,
    delivery: "accept",
    folder: ROOT + target.slice(1 + name.length),
  };
}
