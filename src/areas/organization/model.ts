import { z } from "@hono/zod-openapi";

export const OrganizationName = z.string().trim().min(1).max(200);

export const OrganizationSettings = z
  .object({
    id: z.uuid(),
    name: OrganizationName.openapi({
      description: "Customers read it in surveys, and texts by `{{organization.name}}`",
    }),
    slug: z.string().openapi({ description: "Identifies the organization in public addresses; it stays" }),
    country: z.string().nullable(),
    created_at: z.iso.datetime(),
  })
  .openapi("OrganizationSettings");
export type OrganizationSettings = z.infer<typeof OrganizationSettings>;
