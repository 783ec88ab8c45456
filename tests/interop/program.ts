import { hasTool } from "../../scripts/tools.ts";

/** What a program of others said. */
export interface ProgramResult {
  code: number;
  stdout: string;
  stderr: string;
}

/** Runs a program with its own home folder and a deadline; `input` goes to its standard input. */
export async function runProgram(
  command: string,
  args: readonly string[],
  options: { home: string; input?: string; env?: Record<string, string>; timeoutMs?: number; uid?: number },
): Promise<ProgramResult> {
  const child = new Deno.Command(command, {
    args: [...args],
    env: { HOME: options.home, FETCHMAILHOME: options.home, TERM: "dumb", LC_ALL: "C.UTF-8", ...options.env },
    uid: options.uid,
    gid: options.uid,
    stdin: options.input === undefined ? "null" : "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const timer = setTimeout(() => child.kill("SIGKILL"), options.timeoutMs ?? 60_000);
  if (options.input !== undefined) {
    const writer = child.stdin.getWriter();
    // A program may end without reading all of it.
    await writer.write(new TextEncoder().encode(options.input)).then(() => writer.close()).catch(() => {});
  }
  const { code, stdout, stderr } = await child.output();
  clearTimeout(timer);
  const decoder = new TextDecoder();
  return { code, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
}

/** The same, and it must succeed. */
export async function mustRun(
  command: string,
  args: readonly string[],
  options: Parameters<typeof runProgram>[2],
): Promise<string> {
  const { code, stdout, stderr } = await runProgram(command, args, options);
  if (code !== 0) throw new Error(`${command} ended with ${code}\n${stdout}\n${stderr}`);
  return stdout + stderr;
}

/** Registers a test that needs programs; without them it is skipped and says so. */
export function programTest(tools: readonly string[], name: string, run: () => Promise<void>): void {
  const missing = tools.filter((tool) => !hasTool(tool));
  const title = missing.length > 0 ? `${name} (skipped: no ${missing.join(", ")})` : name;
  Deno.test({ name: title, ignore: missing.length > 0, fn: run });
}

/** A folder that goes when the tests are over. */
export function temporaryFolder(): string {
  const path = Deno.makeTempDirSync({ prefix: "mallard-interop-" });
  // Programs that refuse to run as root reach what is theirs inside.
  Deno.chmodSync(path, 0o755);
  globalThis.addEventListener("unload", () => Deno.removeSync(path, { recursive: true }));
  return path;
}
