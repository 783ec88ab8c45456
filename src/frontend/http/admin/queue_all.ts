import { createRoute, type OpenAPIHono, z } from "@hono/zod-openapi";
import type { QueueContract } from "../../../../actors/queue/contract.ts";
import { Fault } from "../../../base/fault.ts";
import { LIMITS } from "../../../base/limits.ts";
import type { HttpContext, HttpEnv } from "../context.ts";
import { failures, json } from "../route.ts";
import { Count, IdParam } from "../schemas.ts";

const tags = ["queue"];
const path = "/api/v1/queue";

const message = createRoute({
  method: "get",
  path: `${path}/{id}/message`,
  tags,
  summary: "The text of a message as it will be sent",
  request: { params: IdParam },
  responses: {
    200: { description: "RFC 5322 text", content: { "message/rfc822": { schema: z.string() } } },
    ...failures,
  },
});
const removeAll = createRoute({
  method: "delete",
  path,
  tags,
  summary: "Drop every message without reports",
  responses: { 200: json(Count, "How many"), ...failures },
});
const retryAll = createRoute({
  method: "post",
  path: `${path}/retry`,
  tags,
  summary: "Try every message again now",
  responses: { 200: json(Count, "How many"), ...failures },
});

/** What is done to the whole queue, and the text of a message in it (R07). */
export function addQueueAll(app: OpenAPIHono<HttpEnv>, { system }: HttpContext): void {
  const queue = queueOf(system);

  /** Does something to each message that is there now; one that left meanwhile needs nothing. */
  const each = async (act: (id: string) => Promise<unknown>): Promise<number> => {
    let done = 0;
    let after: string | undefined;
    do {
      const page = await queue.ask("list", { after, limit: LIMITS.pageItems });
      for (const { id } of page.items) {
        try {
          await act(id);
          done++;
        } catch (error) {
          if (!(error instanceof Fault && error.code === "not_found")) throw error;
        }
      }
      after = page.next ?? undefined;
    } while (after !== undefined);
    return done;
  };

  app.openapi(message, async (c) => {
    const { id, sizeBytes } = await queue.ask("get", c.req.valid("param"));
    return new Response(pages(queue, id), {
      headers: { "Content-Type": "message/rfc822", "Content-Length": String(sizeBytes) },
    });
  });
  app.openapi(
    removeAll,
    async (c) => c.json({ count: await each((id) => queue.ask("remove", { id })) }, 200),
  );
  app.openapi(retryAll, async (c) => c.json({ count: await each((id) => queue.ask("retry", { id })) }, 200));
}

type Queue = ReturnType<typeof queueOf>;
const queueOf = (system: HttpContext["system"]) => system.ref<QueueContract>("queue:main");

/** A message page by page, as fast as the reader takes them. */
function pages(queue: Queue, id: string): ReadableStream<Uint8Array> {
  let offset: number | null = 0;
  return new ReadableStream({
    async pull(controller) {
      if (offset === null) return controller.close();
      const page = await queue.ask("readBody", { id, offset, length: LIMITS.bodyChunkBytes });
      offset = page.next;
      if (page.data.length) controller.enqueue(page.data);
      if (offset === null) controller.close();
    },
  });
}
