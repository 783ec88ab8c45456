import { Fault } from "../base/fault.ts";
import { LIMITS } from "../base/limits.ts";
import type { JsonObject } from "../codec/text/jwt.ts";

/** Asks a web server for an object. Fault `unavailable` when it does not answer with one in time. */
export async function askJson(address: string, init: RequestInit = {}): Promise<JsonObject> {
  try {
    const response = await fetch(address, {
      ...init,
      redirect: "error",
      signal: AbortSignal.timeout(LIMITS.tokenIssuerMs),
    });
    const value: unknown = JSON.parse(await bounded(response));
    if (!response.ok || typeof value !== "object" || value === null || Array.isArray(value)) {
      throw new Fault("unavailable", `${new URL(address).host} answered ${response.status}`);
    }
    return value as JsonObject;
  } catch (error) {
    if (error instanceof Fault) throw error;
    throw new Fault("unavailable", `${new URL(address).host} cannot be asked: ${(error as Error).message}`);
  }
}

async function bounded(response: Response): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  for await (const piece of response.body ?? []) {
    text += decoder.decode(piece, { stream: true });
    if (text.length > LIMITS.tokenIssuerBytes) throw new Fault("unavailable", "the answer is too long");
  }
  return text + decoder.decode();
}
