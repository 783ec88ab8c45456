import type { Command } from "./command.ts";
import { accountCommands } from "./verbs/account.ts";
import { accountImportCommand } from "./verbs/account_import.ts";
import { aliasCommands, groupCommands } from "./verbs/alias.ts";
import { checkConfigCommand } from "./verbs/check_config.ts";
import { domainCommands } from "./verbs/domain.ts";
import { dnsCommand } from "./verbs/dns.ts";
import { namespaceCommands } from "./verbs/namespace.ts";
import { publicCommands } from "./verbs/public.ts";
import { queueCommands } from "./verbs/queue.ts";
import { healthCommand } from "./verbs/health.ts";
import { mailboxCommands } from "./verbs/mailbox.ts";
import { mailboxExportCommand, mailboxImportCommand } from "./verbs/mailbox_archive.ts";
import { replicaPairCommand, replicaStatusCommand } from "./verbs/replica.ts";
import { replicaCopyCommands } from "./verbs/replica_copies.ts";
import { rulesCommands } from "./verbs/rules.ts";
import { type Serve, serveCommand } from "./verbs/serve.ts";
import { sieveCommands } from "./verbs/sieve.ts";

/** Every verb there is, in the order of the help. `serve` comes from the composition root. */
export function allCommands(serve: Serve): Command[] {
  return [
    serveCommand(serve),
    checkConfigCommand,
    healthCommand,
    ...domainCommands,
    ...accountCommands,
    accountImportCommand,
    ...aliasCommands,
    ...groupCommands,
    ...publicCommands,
    ...namespaceCommands,
    ...queueCommands,
    ...mailboxCommands,
    mailboxExportCommand,
    mailboxImportCommand,
    ...sieveCommands,
    ...rulesCommands,
    replicaPairCommand,
    replicaStatusCommand,
    ...replicaCopyCommands,
    dnsCommand,
  ];
}
