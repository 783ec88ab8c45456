import { connect } from "node:net";
import { DatabaseSync } from "node:sqlite";

/**
 * What an attacker who took over a mailbox process would try. Runs with exactly the rights of a shard and prints, for
 * each attempt, `denied` or what it got. Arguments as for the real place: PLACE SOCKET DATA SHARDS.
 */
const [, socket, data] = Deno.args;

const attempts: Record<string, () => unknown> = {
  "read another shard's mailbox": () => Deno.readFileSync(`${data}/mailboxes/01/other.db`),
  "open another shard's mailbox": () => openDatabase(`${data}/mailboxes/01/other.db`),
  "attach another shard's mailbox": () => {
    const db = openDatabase(`${data}/mailboxes/00/own.db`);
    db.exec(`ATTACH '${data}/mailboxes/01/other.db' AS other`);
  },
  "read the directory": () => Deno.readFileSync(`${data}/control/directory-main.db`),
  "climb out of the folder": () => Deno.readFileSync(`${data}/mailboxes/00/../../admin-token`),
  "link to the directory": () =>
    Deno.linkSync(`${data}/control/directory-main.db`, `${data}/mailboxes/00/link`),
  "make a symlink": () => Deno.symlinkSync(`${data}/control`, `${data}/mailboxes/00/sym`),
  "write outside": () => Deno.writeTextFileSync(`${data}/owned`, "x"),
  "read /etc/passwd": () => Deno.readTextFileSync("/etc/passwd"),
  "dial out": () => Deno.connect({ hostname: "127.0.0.1", port: 25 }),
  "dial out by node": () => dial({ host: "127.0.0.1", port: 25 }),
  "dial another socket": () => Deno.connect({ transport: "unix", path: `${socket}.other` }),
  "dial another socket by node": () => dial({ path: `${socket}.other` }),
  "fetch": () => fetch("http://127.0.0.1:8000/"),
  "listen": () => Deno.listen({ port: 0 }),
  "resolve a name": () => Deno.resolveDns("example.com", "A"),
  "read the environment": () => Deno.env.toObject(),
  "read one variable": () => Deno.env.get("HOME"),
  "spawn": () => new Deno.Command(Deno.execPath(), { args: ["--version"] }).outputSync(),
  "spawn a shell": () => new Deno.Command("sh", { args: ["-c", "id"] }).outputSync(),
  "load a library": () => Deno.dlopen("/lib/x86_64-linux-gnu/libc.so.6", {}),
  "signal another process": () => Deno.kill(Deno.ppid, "SIGTERM"),
  "host name": () => Deno.hostname(),
  "ask for more": async () => {
    const status = await Deno.permissions.request({ name: "env" });
    if (status.state !== "granted") throw new Deno.errors.NotCapable("not granted");
  },
  "a worker with more": () =>
    new Promise((resolve, reject) => {
      const worker = new Worker("data:text/javascript,postMessage(1)", {
        type: "module",
        deno: { permissions: { net: true } },
      });
      worker.onmessage = resolve;
      worker.onerror = (event) => (event.preventDefault(), reject(new Deno.errors.NotCapable(event.message)));
    }),
};

async function main(): Promise<void> {
  const results: Record<string, string> = {};
  for (const [name, attempt] of Object.entries(attempts)) {
    try {
      const got = await attempt();
      results[name] = `got ${typeof got}`;
    } catch (error) {
      const { name: kind, message } = error as Error;
      const denied = kind === "NotCapable" ||
        /Requires .* access|too many attached|Can't escalate|EPERM|EACCES/.test(message);
      results[name] = denied ? "denied" : `${kind}: ${message}`;
    }
  }
  Deno.writeTextFileSync(`${data}/mailboxes/00/own`, "its own folder works");
  console.log(JSON.stringify(results));
  Deno.exit(0);
}

function openDatabase(path: string): DatabaseSync {
  const db = new DatabaseSync(path);
  db.exec("CREATE TABLE IF NOT EXISTS t (x)");
  return db;
}

function dial(target: { host: string; port: number } | { path: string }): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const conn = connect(target as { path: string }, () => resolve(conn));
    conn.on("error", reject);
  });
}

await main();
