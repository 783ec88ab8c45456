import { freePort } from "../support/ports.ts";

const HOST = "127.0.0.1";

/** Thunderbird without a screen, driven by its own remote protocol, Marionette. */
export interface Thunderbird {
  /** Runs a script with the program's own rights; the value is its promise's. `args` are its `arguments`. */
  run(script: string, ...args: unknown[]): Promise<unknown>;
  stop(): Promise<void>;
}

/** An account as its preferences have it. */
export interface ThunderbirdAccount {
  port: number;
  user: string;
}

/** Starts it with one IMAP account over implicit TLS; nothing is fetched until a script says so. */
export async function startThunderbird(home: string, account: ThunderbirdAccount): Promise<Thunderbird> {
  const profile = `${home}/profile`;
  await Deno.mkdir(profile);
  const port = freePort(HOST);
  await Deno.writeTextFile(`${profile}/user.js`, preferences(account, profile, port));
  const child = new Deno.Command("thunderbird", {
    args: [
      "--headless",
      "--marionette",
      "--remote-allow-system-access",
      "--no-remote",
      "--profile",
      profile,
    ],
    env: { HOME: home, MOZ_HEADLESS: "1" },
    stdin: "null",
    stdout: "null",
    stderr: "null",
  }).spawn();
  const end = async () => {
    child.kill("SIGKILL");
    await child.status;
  };
  try {
    const wire = await connect(port);
    await wire.ask("WebDriver:NewSession", {});
    await wire.ask("Marionette:SetContext", { value: "chrome" });
    await wire.ask("WebDriver:SetTimeouts", { script: 30_000 });
    return {
      async run(script, ...args) {
        const body = `const done = arguments[arguments.length - 1];
          (async (...args) => { ${script} })(...[...arguments].slice(0, -1))
            .then(value => done({ value }), error => done({ error: String(error) }));`;
        const reply = await wire.ask("WebDriver:ExecuteAsyncScript", { script: body, args });
        const { value, error } = (reply as { value: { value?: unknown; error?: string } }).value;
        if (error !== undefined) throw new Error(`Thunderbird: ${error}`);
        return value;
      },
      async stop() {
        wire.close();
        await end();
      },
    };
  } catch (error) {
    await end();
    throw error;
  }
}

function preferences({ port, user }: ThunderbirdAccount, profile: string, marionette: number): string {
  const server = "mail.server.server1.", identity = "mail.identity.id1.";
  const values: Record<string, unknown> = {
    "marionette.port": marionette,
    "mail.accountmanager.accounts": "account1",
    "mail.accountmanager.defaultaccount": "account1",
    "mail.account.account1.server": "server1",
    "mail.account.account1.identities": "id1",
    [server + "type"]: "imap",
    [server + "hostname"]: "localhost",
    [server + "port"]: port,
    [server + "socketType"]: 3,
    [server + "authMethod"]: 3,
    [server + "userName"]: user,
    [server + "name"]: user,
    [server + "login_at_startup"]: false,
    [server + "using_subscription"]: false,
    [server + "directory"]: `${profile}/ImapMail/localhost`,
    [identity + "useremail"]: user,
    [identity + "fullName"]: "Bob",
    [identity + "valid"]: true,
    "app.update.enabled": false,
    "datareporting.policy.dataSubmissionEnabled": false,
    "mail.provider.suppress_dialog_on_startup": true,
    "mail.spotlight.firstRunDone": true,
    "mailnews.start_page.enabled": false,
    "toolkit.telemetry.enabled": false,
  };
  return Object.entries(values).map(([name, value]) =>
    `user_pref(${JSON.stringify(name)}, ${JSON.stringify(value)});\n`
  ).join("");
}

/** Frames of the protocol: a length in octets, a colon, JSON; `[0, id, name, parameters]` and `[1, id, error, result]`. */
async function connect(port: number) {
  const socket = await reach(port);
  let input = new Uint8Array(0), id = 0;
  const frame = async (): Promise<unknown> => {
    for (;;) {
      const colon = input.indexOf(0x3a);
      const length = colon < 0 ? Infinity : Number(new TextDecoder().decode(input.subarray(0, colon)));
      if (input.length >= colon + 1 + length) {
        const text = new TextDecoder().decode(input.subarray(colon + 1, colon + 1 + length));
        input = input.slice(colon + 1 + length);
        return JSON.parse(text);
      }
      const chunk = new Uint8Array(65_536);
      const count = await socket.read(chunk);
      if (count === null) throw new Error("Thunderbird hung up");
      const joined = new Uint8Array(input.length + count);
      joined.set(input);
      joined.set(chunk.subarray(0, count), input.length);
      input = joined;
    }
  };
  await frame();
  return {
    async ask(name: string, parameters: Record<string, unknown>): Promise<unknown> {
      const bytes = new TextEncoder().encode(JSON.stringify([0, ++id, name, parameters]));
      const line = new TextEncoder().encode(`${bytes.length}:`);
      const whole = new Uint8Array([...line, ...bytes]);
      for (let at = 0; at < whole.length;) at += await socket.write(whole.subarray(at));
      const [, , error, result] = await frame() as [number, number, { message: string } | null, unknown];
      if (error) throw new Error(`${name}: ${error.message}`);
      return result;
    },
    close: () => socket.close(),
  };
}

/** Waits until it listens; half a minute at most, for a first start makes a profile. */
async function reach(port: number): Promise<Deno.TcpConn> {
  for (let left = 150; left > 0; left--) {
    try {
      return await Deno.connect({ hostname: HOST, port });
    } catch (error) {
      if (!(error instanceof Deno.errors.ConnectionRefused)) throw error;
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  }
  throw new Error("Thunderbird does not listen");
}
