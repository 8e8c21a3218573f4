import { z } from "@hono/zod-openapi";
import type { Ctx } from "../../domain/context";
import { operation } from "../../domain/operation";
import { listStatement, Params } from "../../kit/list-statement";
import { decodeCursor, pageOf, pageQuery, toPage } from "../../kit/page";
import { type TemplateRow, toWaTemplate, WA_CATEGORIES, WaTemplate } from "./model";

const Page = pageOf(WaTemplate).openapi("WaTemplatePage");

const upperCase = (schema: z.ZodString) => schema.trim().toUpperCase();

const Query = z.object({
  ...pageQuery,
  status: upperCase(z.string().min(1).max(50))
    .optional()
    .openapi({ description: "Only templates with this status, in any case", example: "APPROVED" }),
  category: z
    .preprocess(
      (value) => (typeof value === "string" ? value.trim().toUpperCase() : value),
      z.enum(WA_CATEGORIES).optional(),
    )
    .openapi({ description: "Only templates of this category" }),
  language: z
    .string()
    .trim()
    .min(1)
    .max(20)
    .optional()
    .openapi({ description: "Only templates in this language", example: "en_US" }),
  name: z.string().trim().min(1).max(512).optional().openapi({ description: "Exact name" }),
  q: z.string().trim().toLowerCase().min(1).max(100).optional().openapi({ description: "Part of the name" }),
  waba_id: z
    .string()
    .regex(/^\d{1,32}$/)
    .optional()
    .openapi({ description: "Only templates of this WhatsApp Business Account" }),
  integration_account_id: z
    .uuid()
    .optional()
    .openapi({ description: "Only templates of this account's WhatsApp Business Account" }),
});

export default operation({
  id: "listWaTemplates",
  summary: "List WhatsApp message templates",
  description: "Newest first. They are those of the last sync, changed since by Meta's webhooks.",
  query: Query,
  response: Page,
  handle: ({ ctx, query }) => listWaTemplates(ctx, query),
});

/** Filters skip rows: an account has at most some thousand. */
export async function listWaTemplates(ctx: Ctx, query: z.output<typeof Query>): Promise<z.infer<typeof Page>> {
  const params = new Params();
  const equal = (column: string, value: string | undefined): string | undefined =>
    value === undefined ? undefined : `${column} = ${params.of(value)}`;
  const list = listStatement(params, {
    select: "SELECT t.* FROM wa_templates t",
    where: [
      "t.org_id = ?1",
      equal("t.status", query.status),
      equal("t.category", query.category),
      equal("t.language", query.language),
      equal("t.name", query.name),
      equal("t.waba_id", query.waba_id),
      query.q && `instr(t.name, ${params.of(query.q)}) > 0`,
      query.integration_account_id &&
        `t.waba_id = (SELECT a.waba_id FROM wa_template_accounts a WHERE a.org_id = ?1 AND a.id = ${params.of(query.integration_account_id)})`,
    ],
    order: ["t.created_at", "t.id"],
    cursor: decodeCursor(query.cursor),
    limit: query.limit,
  });
  const rows = await ctx.db.query<TemplateRow>(list.sql, ...list.params);
  return toPage(rows, query.limit, (row) => ({ at: row.created_at, id: row.id }), toWaTemplate);
}
