import { reachServer, reasonOf } from "../admin_client.ts";
import { type Command, CommandFailure } from "../command.ts";

/** How long a server that works may take to say so, in milliseconds. */
const TIMEOUT_MS = 5_000;

/** Asks the running server whether it works: for containers and monitors. */
export const healthCommand: Command = {
  name: "health",
  summary: "Ask the running server whether it works; exit status 0 when it does.",
  arguments: [],
  options: [
    { name: "data", value: "DIR", help: "data folder of the running server (default: data)" },
    { name: "url", value: "URL", help: "address of the server's HTTP listener" },
    { name: "ca", value: "FILE", help: "PEM file of the authority to trust for https" },
  ],
  async run(input, io) {
    const { url, client } = await reachServer(input, io);
    const init: RequestInit & { client?: Deno.HttpClient } = { signal: AbortSignal.timeout(TIMEOUT_MS) };
    if (client) init.client = client;
    const response = await fetch(`${url}/healthz`, init).catch((error: Error) => {
      throw new CommandFailure(`cannot reach ${url}: ${reasonOf(error)}`);
    });
    const text = (await response.text()).trim();
    if (!response.ok) throw new CommandFailure(text);
    io.out(text);
    return 0;
  },
};
