import type { z } from "@hono/zod-openapi";
import { Problem } from "./schemas.ts";

/** Parts of route descriptions that repeat. */

/** An answer with a JSON body. */
export function json<T extends z.ZodType>(schema: T, description: string) {
  return { description, content: { "application/json": { schema } } };
}

/** A required JSON body. */
export function body<T extends z.ZodType>(schema: T) {
  return { required: true, content: { "application/json": { schema } } };
}

/** Every failure looks the same. */
export const failures = {
  default: { description: "Failure", content: { "application/problem+json": { schema: Problem } } },
};

/** A removal answers with nothing. */
export const NO_CONTENT = { 204: { description: "Done" } };
