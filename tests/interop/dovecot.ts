import { freePort } from "../support/ports.ts";

/** A private Dovecot on loopback, for comparing answers. */
export interface Dovecot {
  hostname: string;
  port: number;
  user: string;
  password: string;
  stop(): Promise<void>;
}

const BINARY = "/usr/sbin/dovecot";
const HOST = "127.0.0.9";

/** Whether a Dovecot can be started here: it is installed and we are root, as its master process must be. */
export function dovecotInstalled(): boolean {
  try {
    return Deno.statSync(BINARY).isFile && Deno.uid() === 0;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

/** Starts one with its own folder under the temporary directory; `stop` ends it and removes the folder. */
export async function startDovecot(): Promise<Dovecot> {
  const root = await Deno.makeTempDir({ prefix: "dovecot-" });
  await Deno.chmod(root, 0o755);
  for (const folder of ["run", "state", "mail"]) await Deno.mkdir(`${root}/${folder}`);
  await run(["chown", "nobody:nogroup", `${root}/mail`]);
  const port = freePort(HOST);
  await Deno.writeTextFile(
    `${root}/dovecot.conf`,
    `base_dir = ${root}/run
state_dir = ${root}/state
log_path = ${root}/dovecot.log
instance_name = interop
listen = ${HOST}
protocols = imap
default_vsz_limit = 1G
ssl = no
disable_plaintext_auth = no
first_valid_uid = 1
mail_location = maildir:${root}/mail/%u
mail_uid = nobody
mail_gid = nogroup
passdb {
  driver = static
  args = password=pass
}
userdb {
  driver = static
  args = uid=nobody gid=nogroup home=${root}/mail/%u
}
service imap-login {
  inet_listener imap {
    port = ${port}
  }
}
`,
  );
  // In the foreground: a daemon would hold our pipes open and outlive a test that is stopped half-way.
  const server = new Deno.Command(BINARY, {
    args: ["-F", "-c", `${root}/dovecot.conf`],
    stdin: "null",
    stdout: "null",
    stderr: "null",
  }).spawn();
  await listening(port);
  return {
    hostname: HOST,
    port,
    user: "probe",
    password: "pass",
    async stop() {
      server.kill("SIGTERM");
      await server.status;
      await Deno.remove(root, { recursive: true });
    },
  };
}

async function run([command, ...args]: string[]): Promise<void> {
  const { success, stderr } = await new Deno.Command(command, { args, stdout: "null", stderr: "piped" })
    .output();
  if (!success) throw new Error(`${command}: ${new TextDecoder().decode(stderr)}`);
}

/** Waits until something accepts connections there; at most ten seconds. */
async function listening(port: number): Promise<void> {
  for (let i = 0; i < 100; i++) {
    try {
      (await Deno.connect({ hostname: HOST, port })).close();
      return;
    } catch (error) {
      if (!(error instanceof Deno.errors.ConnectionRefused)) throw error;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
  throw new Error("Dovecot did not start in time");
}
