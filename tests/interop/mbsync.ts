import { latin1 } from "./corpus.ts";
import { mustRun } from "./program.ts";

/** What mbsync is to pull, and where to. */
export interface MbsyncOptions {
  host: string;
  port: number;
  tls: "STARTTLS" | "IMAPS";
  caFile: string;
  user: string;
  password: string;
  folder: string;
  home: string;
  /** `Pull` unless given; `All` goes both ways. */
  sync?: "Pull" | "All";
}

/** Pulls everything of one account into a Maildir; answers the message files that are there now. */
export async function mbsync(options: MbsyncOptions): Promise<string[]> {
  await Deno.mkdir(options.folder, { recursive: true });
  const file = `${options.folder}/mbsyncrc`;
  await Deno.writeTextFile(
    file,
    `IMAPAccount server
Host ${options.host}
Port ${options.port}
User ${options.user}
Pass "${options.password}"
SSLType ${options.tls}
SystemCertificates no
CertificateFile ${options.caFile}
AuthMechs LOGIN

IMAPStore far
Account server

MaildirStore near
Path ${options.folder}/mail/
Inbox ${options.folder}/mail/INBOX
SubFolders Verbatim

Channel all
Far :far:
Near :near:
Patterns *
Create Near
Expunge None
Sync ${options.sync ?? "Pull"}
SyncState *
`,
    { mode: 0o600 },
  );
  await Deno.mkdir(`${options.folder}/mail`, { recursive: true });
  await mustRun("mbsync", ["-c", file, "-q", "-a"], { home: options.home, timeoutMs: 300_000 });
  return await nearSide(options.folder);
}

/** Every message file on the near side, sorted: equal before and after a run that moved nothing. */
async function nearSide(folder: string, path = `${folder}/mail`): Promise<string[]> {
  const found: string[] = [];
  for await (const entry of Deno.readDir(path)) {
    const here = `${path}/${entry.name}`;
    if (entry.isDirectory) found.push(...await nearSide(folder, here));
    else if (/\/(new|cur)\/[^/]+$/.test(here)) found.push(here);
  }
  return found.sort();
}

/** Messages of a Maildir folder as they came over the wire: CRLF, without the line that mbsync adds for itself. */
export async function maildirMessages(path: string): Promise<string[]> {
  const messages: string[] = [];
  for (const part of ["new", "cur"]) {
    for await (const entry of Deno.readDir(`${path}/${part}`)) {
      const text = latin1(await Deno.readFile(`${path}/${part}/${entry.name}`));
      messages.push(text.replace(/^X-TUID: [^\n]*\n/m, "").replaceAll("\n", "\r\n"));
    }
  }
  return messages;
}
