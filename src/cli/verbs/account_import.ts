import * as z from "zod";
import { type AdminClient, ApiRefusal, openAdminClient } from "../admin_client.ts";
import { type Command, CommandFailure, SERVER_OPTIONS } from "../command.ts";

/** Accounts made at once; password hashing on the server is what takes time. */
const CONCURRENCY = 8;

const line = z.strictObject({
  address: z.string(),
  password: z.string().min(1).optional(),
  passwordHash: z.string().min(1).optional(),
  displayName: z.string().optional(),
  quotaBytes: z.int().min(0).nullable().optional(),
  messageBytes: z.int().min(0).nullable().optional(),
  internal: z.boolean().optional(),
  acknowledge: z.enum(["local", "both"]).nullable().optional(),
}).refine((account) => (account.password === undefined) !== (account.passwordHash === undefined), {
  message: "wants password or passwordHash",
});

type Outcome = "added" | "there already" | "failed";

/** Makes many accounts from JSON lines; each line has its own outcome. */
export const accountImportCommand: Command = {
  name: "account import",
  summary: "Make many accounts from JSON lines; - reads standard input.",
  details:
    'A line: {"address":"a@example.org","password":"…","displayName":"…","quotaBytes":1073741824}. Each line stands\n' +
    "alone: those that fail are reported with their number, the others are made.",
  arguments: [{ name: "FILE", help: "file of JSON lines" }],
  options: [
    { name: "skip-existing", help: "an account that is there already is fine" },
    ...SERVER_OPTIONS,
  ],
  async run(input, io) {
    const file = input.argument("FILE");
    const text = file === "-" ? await io.readInput() : await io.readFile(file).catch((error: Error) => {
      throw new CommandFailure(error.message);
    });
    const client = await openAdminClient(input, io);
    const lines = text.split("\n").map((content, index) => ({ number: index + 1, content: content.trim() }))
      .filter(({ content }) => content !== "");
    const counts: Record<Outcome, number> = { "added": 0, "there already": 0, "failed": 0 };
    let next = 0;
    const work = async () => {
      while (next < lines.length) {
        const { number, content } = lines[next++];
        const { outcome, words } = await importLine(client, content);
        const fine = outcome !== "failed" && (outcome === "added" || input.isSet("skip-existing"));
        counts[fine ? outcome : "failed"]++;
        if (!fine) io.error(`line ${number}: ${words}`);
      }
    };
    await Promise.all(Array.from({ length: CONCURRENCY }, work));
    if (input.isSet("json")) io.out(JSON.stringify(counts));
    else io.out(Object.entries(counts).map(([outcome, count]) => `${count} ${outcome}`).join(", "));
    return counts.failed > 0 ? 1 : 0;
  },
};

async function importLine(
  client: AdminClient,
  content: string,
): Promise<{ outcome: Outcome; words: string }> {
  let value: unknown;
  try {
    value = JSON.parse(content);
  } catch (error) {
    return { outcome: "failed", words: (error as SyntaxError).message };
  }
  const parsed = line.safeParse(value);
  if (!parsed.success) {
    const words = parsed.error.issues.map((issue) =>
      [issue.path.join("."), issue.message].filter(Boolean).join(": ")
    );
    return { outcome: "failed", words: words.join("; ") };
  }
  try {
    await client.post("/accounts", parsed.data);
    return { outcome: "added", words: "" };
  } catch (error) {
    if (!(error instanceof CommandFailure)) throw error;
    const exists = error instanceof ApiRefusal && error.code === "exists";
    return {
      outcome: exists ? "there already" : "failed",
      words: `${parsed.data.address}: ${error.message}`,
    };
  }
}
