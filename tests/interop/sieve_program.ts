import { runProgram } from "./program.ts";

/** What a script does with a message, in words that two interpreters share; sorted, as the order tells nothing. */
export type SieveAnswer = string[];

/** User and group that sieve-test runs as: it refuses to work for root. */
const NOBODY = 65534;

/** Runs Debian's sieve-test over a script and a message, by their paths below `folder`. */
export async function sieveTest(folder: string, script: string, message: string): Promise<SieveAnswer> {
  const args = ["-C", "-c", `${folder}/dovecot.conf`, "-f", "sender@example.org"];
  for (const option of ["-a", "-r"]) args.push(option, "me+tag@example.com");
  const { code, stdout, stderr } = await runProgram("sieve-test", [...args, script, message], {
    home: folder,
    env: { USER: "nobody", TZ: "UTC" },
    uid: NOBODY,
  });
  if (/validation failed|parse failed|failed to compile/.test(stderr)) {
    return ["refused: " + stderr.trim().split("\n")[0]];
  }
  if (stderr.includes("Panic:")) return ["crash"];
  if (code !== 0) return ["error"];
  return readActions(stdout);
}

/** Writes the configuration that sieve-test needs, and gives the folder to the user it runs as. */
export function prepareSieveTest(folder: string): void {
  Deno.writeTextFileSync(
    `${folder}/dovecot.conf`,
    `base_dir = ${folder}
log_path = /dev/null
ssl = no
mail_location = maildir:${folder}/mail
plugin {
  sieve_extensions = +editheader +spamtest
  sieve_spamtest_status_type = score
  sieve_spamtest_status_header = X-Sieve-Score: (.*)
  sieve_spamtest_max_value = 10
  sieve_max_redirects = 10
}
`,
  );
  Deno.chownSync(folder, NOBODY, NOBODY);
}

/** Reads the actions out of what sieve-test prints. */
function readActions(output: string): SieveAnswer {
  const actions: string[] = [];
  for (const line of output.split("\n")) {
    const [, text] = /^ \* (.*)$/.exec(line) ?? [];
    const [, flags] = /^\s+\+ add IMAP flags: (.*)$/.exec(line) ?? [];
    if (flags !== undefined) actions.push(withFlags(actions.pop() ?? "", flags.split(" ")));
    if (text === undefined) continue;
    const [, folder] = /^store message in folder: (.*)$/.exec(text) ?? [];
    const [, address] = /^redirect message to: <(.*)>$/.exec(text) ?? [];
    if (folder !== undefined) actions.push(`file ${folder}`);
    else if (address !== undefined) actions.push(`redirect ${address}`);
    else actions.push(text.split(" ").slice(0, text.startsWith("send") ? 2 : 1).join(" "));
  }
  return actions.sort();
}

/** Flags have neither order nor case. */
export function withFlags(action: string, flags: readonly string[]): string {
  return flags.length === 0
    ? action
    : `${action} [${flags.map((flag) => flag.toLowerCase()).sort().join(" ")}]`;
}

/** Whether two answers are the same; sieve-test cuts long names and ends them with dots. */
export function sameAnswer(theirs: SieveAnswer, ours: SieveAnswer): boolean {
  return theirs.length === ours.length && theirs.every((action, i) => {
    const [, start, flags] = /^(.*)\.\.\.( \[.*\])?$/.exec(action) ?? [];
    return action === ours[i] ||
      start !== undefined && ours[i].startsWith(start) && ours[i].endsWith(flags ?? "");
  });
}
