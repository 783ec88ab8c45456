/** Programs of others that the tests run: the Debian packages they come in, and files that tell they are whole. */
interface Tool {
  packages: readonly string[];
  /** A Perl module that the program does without where it is missing, and the tests don't. */
  perlModule?: string;
  /** Where it is when it is no program on the PATH. */
  file?: string;
  /** A file of another package that the tests use with it. */
  beside?: string;
  /** A large package: only `deno task clients` installs it. */
  large?: true;
}

const TOOLS: Readonly<Record<string, Tool>> = {
  curl: { packages: ["curl"] },
  fetchmail: { packages: ["fetchmail"] },
  ip: { packages: ["iproute2"] },
  getmail: { packages: ["getmail6"] },
  mbsync: { packages: ["isync"] },
  msmtp: { packages: ["msmtp"] },
  mutt: { packages: ["mutt"] },
  offlineimap: { packages: ["offlineimap3"] },
  php: { packages: ["php-cli", "php-sqlite3", "php-net-sieve"], beside: "/usr/share/php/Net/Sieve.php" },
  roundcube: {
    packages: ["php-cli", "php-sqlite3", "roundcube-core", "roundcube-sqlite3", "roundcube-plugins"],
    file: "/usr/share/roundcube/plugins/managesieve/managesieve.php",
    large: true,
  },
  openssl: { packages: ["openssl"] },
  python3: { packages: ["python3"] },
  "sieve-connect": { packages: ["sieve-connect"] },
  swaks: { packages: ["swaks", "libnet-ssleay-perl"], perlModule: "Net::SSLeay" },
  thunderbird: { packages: ["thunderbird"], large: true },
  dovecot: { packages: ["dovecot-imapd"] },
  "sieve-test": { packages: ["dovecot-sieve"] },
};

/** Whether a program is on the PATH (or where Debian puts servers), with all the tests want of it. */
export function hasTool(name: string): boolean {
  const folders = [...(Deno.env.get("PATH") ?? "").split(":"), "/usr/sbin", "/usr/bin"];
  const { file, beside, perlModule: module } = TOOLS[name] ?? {};
  const there = (file ? [file] : folders.map((folder) => `${folder}/${name}`)).some(exists);
  if (beside !== undefined && !exists(beside)) return false;
  if (!there || module === undefined) return there;
  return new Deno.Command("perl", { args: [`-M${module}`, "-e1"], stderr: "null" }).outputSync().success;
}

function exists(file: string): boolean {
  try {
    return Deno.statSync(file).isFile;
  } catch {
    return false;
  }
}

/** Installs missing tools where apt and root are there; answers the names that are still missing. */
export async function installTools({ large }: { large: boolean }): Promise<string[]> {
  const missing = () => Object.keys(TOOLS).filter((name) => !hasTool(name));
  const wanted = missing().filter((name) => large || !TOOLS[name].large);
  if (wanted.length === 0 || Deno.uid() !== 0 || !hasTool("apt-get")) return missing();
  const packages = [...new Set(wanted.flatMap((name) => TOOLS[name].packages))];
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
