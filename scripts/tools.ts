/** Programs of others that the tests run, and the Debian packages they come in. */
export const TOOLS: Readonly<Record<string, string>> = {
  curl: "curl",
  fetchmail: "fetchmail",
  getmail: "getmail6",
  mbsync: "isync",
  msmtp: "msmtp",
  mutt: "mutt",
  openssl: "openssl",
  python3: "python3",
  swaks: "swaks",
  doveadm: "dovecot-imapd",
};

/** Whether a program is on the PATH (or where Debian puts servers). */
export function hasTool(name: string): boolean {
  const folders = [...(Deno.env.get("PATH") ?? "").split(":"), "/usr/sbin", "/usr/bin"];
  return folders.some((folder) => {
    try {
      return Deno.statSync(`${folder}/${name}`).isFile;
    } catch {
      return false;
    }
  });
}

/** Installs missing tools where apt and root are there; answers the names that are still missing. */
export async function installTools(): Promise<string[]> {
  const missing = () => Object.keys(TOOLS).filter((name) => !hasTool(name));
  if (missing().length === 0 || Deno.uid() !== 0 || !hasTool("apt-get")) return missing();
  const packages = [...new Set(missing().map((name) => TOOLS[name]))];
  console.log(`installing ${packages.join(" ")}`);
  // RUNLEVEL=1: packages with a daemon of their own must not start it.
  const env = { DEBIAN_FRONTEND: "noninteractive", RUNLEVEL: "1" };
  const apt = async (...args: string[]) => {
    const { success } = await new Deno.Command("apt-get", { args, env, stdout: "null", stderr: "inherit" })
      .output();
    return success;
  };
  await apt("-q", "update");
  const install = ["-q", "-y", "--no-install-recommends", "install"];
  // One package that can't be had must not keep the others away.
  if (!await apt(...install, ...packages)) { for (const one of packages) await apt(...install, one); }
  return missing();
}
