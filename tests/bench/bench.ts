import { runDrivers } from "./drivers.ts";
import { runImap } from "./imap.ts";

/**
 * `deno task bench [imap] [--rounds N] [--drivers DIR] …`: figures side by side with tuned Postfix + Dovecot, both
 * servers in turn in one run. Without a word the load drivers run (`--tests a,b` chooses); `imap` is one large folder
 * and many clients (`imap.ts` has its flags). Needs root for the peers (Debian packages), and the drivers
 * (`MALLARD_BENCH`, default `../shared/bench`).
 */
const [form] = Deno.args;
if (form === "imap") await runImap();
else if (form === undefined || form.startsWith("--")) await runDrivers();
else throw new Error(`no such benchmark: ${form}`);
