import { z } from "@hono/zod-openapi";
import { idPath } from "../../kit/id-path";
import { publicUrlFault } from "../../kit/public-url";

export const PushPath = idPath("push subscription");

const bytes = (length: number) =>
  z
    .string()
    .max(200)
    .refine(
      (text) => /^[\w-]+$/.test(text) && Buffer.from(text, "base64url").length === length,
      `must be ${length} bytes in base64url`,
    );

/** As a browser's `PushSubscription.toJSON()` has it. */
export const Subscribe = z
  .strictObject({
    endpoint: z
      .string()
      .max(2048)
      .refine((url) => publicUrlFault(url) === undefined, "must be an address on the public internet")
      .openapi({ description: "The browser's address at its push service" }),
    keys: z.strictObject({ p256dh: bytes(65), auth: bytes(16) }),
    expirationTime: z.number().nullable().optional().openapi({ description: "Ignored" }),
    device_name: z.string().trim().min(1).max(100).optional(),
  })
  .openapi("SubscribeToPush");

export const PushSubscription = z
  .object({
    id: z.uuid(),
    host: z.string().openapi({ description: "The push service" }),
    device_name: z.string().nullable(),
    created_at: z.iso.datetime(),
  })
  .openapi("PushSubscription");
export type PushSubscription = z.infer<typeof PushSubscription>;

export interface SubscriptionRow {
  id: string;
  endpoint: string;
  p256dh: string;
  auth: string;
  device_name: string | null;
  created_at: number;
}

/** Without the address, with which anybody might write to the browser. */
export const toSubscription = (row: Pick<SubscriptionRow, "id" | "endpoint" | "device_name" | "created_at">) => ({
  id: row.id,
  host: new URL(row.endpoint).host,
  device_name: row.device_name,
  created_at: new Date(row.created_at).toISOString(),
});
