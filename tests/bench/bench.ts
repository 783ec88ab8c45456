import { runDrivers } from "./drivers.ts";
import { runImap } from "./imap.ts";
import { runScale } from "./scale.ts";

/**
 * `deno task bench [imap|scale] [--rounds N] [--drivers DIR] …`: figures side by side with tuned Postfix + Dovecot, both
 * servers in turn in one run. Without a word the load drivers run (`--tests a,b` chooses); `imap` is one large folder
 * and many clients (`imap.ts` has its flags), `scale` a folder of up to a million messages on ours alone. Needs root for the peers (Debian packages), and the drivers
 * (`MALLARD_BENCH`, default `../shared/bench`).
 */
const [form] = Deno.args;
if (form === "imap") await runImap();
else if (form === "scale") await runScale();
else if (form === undefined || form.startsWith("--")) await runDrivers();
else throw new Error(`no such benchmark: ${form}`);
