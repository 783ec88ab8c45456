import { freePort } from "../support/ports.ts";

const INSTALLED = "/usr/share/roundcube";
const HOST = "127.0.0.1";

/** Roundcube under PHP's own web server, for one session in a browser that has cookies and no scripts. */
export interface Roundcube {
  /** Logs in; answers the page that a browser gets then. */
  login(user: string, password: string): Promise<string>;
  /** A page by its query: `_task=mail&_mbox=INBOX`. */
  get(query: string): Promise<string>;
  /** Sends a form with the session's token. */
  post(query: string, form: Readonly<Record<string, string>>): Promise<string>;
  /** What it wrote to its log of errors. */
  errors(): Promise<string>;
  stop(): Promise<void>;
}

/** Where the mail server is, and a folder for everything Roundcube keeps. */
export interface RoundcubeOptions {
  imapsPort: number;
  managesievePort: number;
  caFile: string;
  folder: string;
}

/** Starts it; `stop` ends it. */
export async function startRoundcube(options: RoundcubeOptions): Promise<Roundcube> {
  const { folder } = options;
  for (const name of ["config", "public", "logs", "temp"]) await Deno.mkdir(`${folder}/${name}`);
  await Deno.writeTextFile(`${folder}/config/config.inc.php`, configuration(options));
  await Deno.copyFile("/etc/roundcube/defaults.inc.php", `${folder}/config/defaults.inc.php`);
  await Deno.writeTextFile(
    `${folder}/public/index.php`,
    `<?php define('INSTALL_PATH', '${INSTALLED}/'); include INSTALL_PATH . 'index.php';\n`,
  );
  const port = freePort(HOST);
  const child = new Deno.Command("php", {
    args: ["-S", `${HOST}:${port}`, "-t", `${folder}/public`],
    env: { ROUNDCUBE_CONFIG_DIR: `${folder}/config` },
    stdin: "null",
    stdout: "null",
    stderr: "null",
  }).spawn();
  const browser = makeBrowser(`http://${HOST}:${port}/`);
  await browser.reachable();
  return {
    async login(user, password) {
      await browser.get("");
      const form = { _task: "login", _action: "login", _timezone: "UTC", _url: "", _user: user };
      return await browser.post("_task=login", { ...form, _pass: password });
    },
    get: browser.get,
    post: browser.post,
    errors: () => Deno.readTextFile(`${folder}/logs/errors.log`).catch(() => ""),
    async stop() {
      child.kill("SIGTERM");
      await child.status;
    },
  };
}

function configuration({ imapsPort, managesievePort, caFile, folder }: RoundcubeOptions): string {
  const tls = `['ssl' => ['verify_peer' => true, 'cafile' => '${caFile}', 'peer_name' => 'localhost']]`;
  return `<?php
$config['db_dsnw'] = 'sqlite:///${folder}/roundcube.db?mode=0600';
$config['imap_host'] = 'ssl://localhost:${imapsPort}';
$config['imap_conn_options'] = ${tls};
$config['managesieve_host'] = 'tls://localhost:${managesievePort}';
$config['managesieve_conn_options'] = ${tls};
$config['des_key'] = 'twenty-four-octets-here!';
$config['plugins'] = ['managesieve'];
$config['log_driver'] = 'file';
$config['log_dir'] = '${folder}/logs/';
$config['temp_dir'] = '${folder}/temp/';
$config['language'] = 'en_US';
$config['enable_installer'] = false;
`;
}

/** Cookies, redirects and the token that every form of a session bears. */
function makeBrowser(base: string) {
  const cookies = new Map<string, string>();
  let token = "";
  const request = async (query: string, form?: Record<string, string>): Promise<string> => {
    const headers: Record<string, string> = {
      cookie: [...cookies].map(([name, value]) => `${name}=${value}`).join("; "),
    };
    const body = form && new URLSearchParams({ _token: token, ...form });
    const response = await fetch(`${base}?${query}`, {
      method: form ? "POST" : "GET",
      headers,
      body,
      redirect: "manual",
    });
    for (const cookie of response.headers.getSetCookie()) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(cookie)!;
      cookies.set(name, value);
    }
    const text = await response.text();
    const next = response.headers.get("location");
    if (next !== null) return await request(next.slice(next.indexOf("?") + 1));
    token = /"request_token":"(\w+)"/.exec(text)?.[1] ?? token;
    return text;
  };
  return {
    get: (query: string) => request(query),
    post: (query: string, form: Readonly<Record<string, string>>) => request(query, { ...form }),
    async reachable() {
      for (let left = 100; left > 0; left--) {
        try {
          await request("");
          return;
        } catch (error) {
          if (!(error instanceof TypeError)) throw error; // nobody listens yet
          await new Promise((resolve) => setTimeout(resolve, 50));
        }
      }
      throw new Error("PHP's web server did not start in time");
    },
  };
}
