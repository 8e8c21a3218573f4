import { z } from "@hono/zod-openapi";
import { tenantD1 } from "../../config";
import { SECOND } from "../../kit/clock";
import type { PublicCtx } from "../../kit/context";
import { TenantDatabase } from "../../kit/database";
import { Reply } from "../../kit/operation";
import { publicOperation } from "../../domain/operation";
import { organizationNotFound } from "./problems";
import { scheduleOf } from "./schedule";

const Status = z
  .object({
    is_open: z.boolean().openapi({ description: "Whether it is within working hours now" }),
    next_change_at: z.iso
      .datetime()
      .nullable()
      .openapi({ description: "Time of the next opening or closing; null if it never changes" }),
  })
  .openapi("WorkingHoursStatus");

export default publicOperation({
  id: "getWorkingHoursStatus",
  summary: "Check working hours status (public)",
  description:
    "Returns whether the organization is within its working hours now, for use on its own website. Browsers may call it from any origin and cache the answer for 30 seconds. Needs no credential.",
  params: z.object({
    slug: z
      .string()
      .max(60)
      .regex(/^[a-z0-9]+(?:-[a-z0-9]+)+$/, "must be an organization's slug")
      .openapi({ description: "The organization's slug", example: "toko-biru-a1b2c3" }),
  }),
  response: Status,
  problems: [organizationNotFound],
  handle: async ({ ctx, params }) => {
    const answer = await workingHoursStatus(ctx, params.slug);
    const changesIn = answer.next_change_at === null ? Infinity : Date.parse(answer.next_change_at) - ctx.now();
    const seconds = Math.floor(Math.min(MAX_AGE_MS, changesIn) / SECOND);
    return new Reply(answer, { "access-control-allow-origin": "*", "cache-control": `public, max-age=${seconds}` });
  },
});

const MAX_AGE_MS = 30 * SECOND;

export async function workingHoursStatus(ctx: PublicCtx, slug: string): Promise<z.infer<typeof Status>> {
  const org = await ctx.control
    .prepare("SELECT id, tenant_db AS tenantDb FROM organizations WHERE slug = ? AND status = 'active'")
    .bind(slug)
    .first<{ id: string; tenantDb: string }>();
  if (!org) throw organizationNotFound();
  const { calendarOf } = await scheduleOf(
    new TenantDatabase(tenantD1(ctx.env, org.tenantDb), org.id, ctx.cost, "first-unconstrained"),
  );
  const calendar = calendarOf("");
  const next = calendar.nextChange(ctx.now());
  return { is_open: calendar.isOpen(ctx.now()), next_change_at: next === null ? null : new Date(next).toISOString() };
}
