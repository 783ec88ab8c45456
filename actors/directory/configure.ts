import { formatAddress, normaliseDomain, parseAddress } from "./address.ts";
import type { DirectoryDefaults } from "./contract.ts";
import { acknowledgeSetting, byteSetting } from "./limits.ts";
import { defaultsOf, type DirectoryTurn, forget } from "./state.ts";

/** Takes this server's defaults from its configuration; they are not part of the log. */
export function configure(request: DirectoryDefaults, turn: DirectoryTurn): Record<string, never> {
  const defaults: DirectoryDefaults = {
    quotaBytes: byteSetting("quotaBytes", request.quotaBytes, 0),
    messageBytes: byteSetting("messageBytes", request.messageBytes, 1) ?? defaultsOf(turn).messageBytes,
    postmaster: request.postmaster === null ? null : formatAddress(parseAddress(request.postmaster)),
    loginDomain: request.loginDomain ? normaliseDomain(request.loginDomain) : null,
    acknowledge: acknowledgeSetting(request.acknowledge) ?? "local",
    hostname: request.hostname ? request.hostname.toLowerCase() : null,
  };
  const value = JSON.stringify(defaults);
  const known = turn.db.get<{ value: string }>("SELECT value FROM settings WHERE name='defaults'");
  if (known?.value !== value) {
    turn.db.run("INSERT OR REPLACE INTO settings(name,value) VALUES('defaults',?)", value);
    forget(turn.state);
    turn.publish("changed", {});
  }
  return {};
}
