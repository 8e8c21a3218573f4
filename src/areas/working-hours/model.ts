import { z } from "@hono/zod-openapi";
import { isTimezone } from "./timezone";

export const Timezone = z
  .strictObject({
    timezone: z
      .string()
      .max(64)
      .refine(isTimezone, "not a name of the IANA time zone database")
      .openapi({ description: "A name of the IANA time zone database", example: "Asia/Jakarta" }),
  })
  .openapi("TenantTimezone");
export type Timezone = z.infer<typeof Timezone>;
