import { z } from "zod";

/** Every message that a queue carries. A message is only a wake-up: the work is stored elsewhere. */
export const QueueMessage = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("project"), orgId: z.string(), tenantDb: z.string(), conversationId: z.string() }),
  z.object({ kind: z.literal("parked") }),
  z.object({ kind: z.literal("outbox"), orgId: z.string(), tenantDb: z.string(), eventId: z.string() }),
  z.object({ kind: z.literal("sweep"), name: z.string() }),
]);
export type QueueMessage = z.infer<typeof QueueMessage>;
export type ProjectMessage = Extract<QueueMessage, { kind: "project" }>;
