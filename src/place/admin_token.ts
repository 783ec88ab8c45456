import { hex } from "../base/bytes.ts";
import type { Random } from "../base/id.ts";

/**
 * The first admin token: from the configuration (or `MALLARD_ADMIN_TOKEN`), else the one kept in
 * `<data>/admin-token`, made at the first start. Readable by the owner only.
 */
export function adminToken(dataDir: string, configured: string | null, random: Random): string {
  const path = `${dataDir}/admin-token`;
  const kept = readIfThere(path)?.trim();
  const token = configured ?? (kept || hex(random.bytes(24)));
  if (token !== kept) Deno.writeTextFileSync(path, token + "\n", { mode: 0o600 });
  return token;
}

function readIfThere(path: string): string | null {
  try {
    return Deno.readTextFileSync(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw error;
  }
}
