import type { Ctx } from "../../domain/context";
import { uuidV5 } from "../../kit/id";
import { arraysOf, fieldOf, insertRows, ROWS } from "../../kit/rows";
import type { TemplateRow } from "./model";
import { waTemplateNotFound } from "./problems";

/** The id of a template: the same after it was deleted and synced again. */
export const templateIdOf = (orgId: string, wabaId: string, name: string, language: string): string =>
  uuidV5(orgId, `template:${wabaId}:${name}:${language}`);

export async function loadTemplate(ctx: Ctx, id: string): Promise<TemplateRow> {
  const [row] = await ctx.db.query<TemplateRow>("SELECT * FROM wa_templates WHERE org_id = ?1 AND id = ?2", id);
  if (!row) throw waTemplateNotFound();
  return row;
}

const COLUMNS = [
  "id",
  "waba_id",
  "meta_template_id",
  "name",
  "language",
  "category",
  "status",
  "status_reason",
  "quality",
  "flag",
  "parameter_format",
  "components",
  "header_media_url",
  "status_at",
  "category_at",
  "quality_at",
  "flag_at",
  "components_at",
  "created_at",
  "updated_at",
] as const satisfies readonly (keyof TemplateRow)[];

const newer = (at: string, ...columns: string[]): string[] =>
  [...columns, at].map(
    (column) => `${column} = iif(excluded.${at} >= wa_templates.${at}, excluded.${column}, wa_templates.${column})`,
  );

/** Each part is replaced only by a report that is not older. */
const UPSERT = insertRows("wa_templates", COLUMNS, {
  end: `ON CONFLICT (org_id, waba_id, name, language) DO UPDATE SET meta_template_id = excluded.meta_template_id, updated_at = excluded.updated_at,
    ${[
      ...newer("status_at", "status", "status_reason"),
      ...newer("category_at", "category"),
      ...newer("quality_at", "quality"),
      ...newer("flag_at", "flag"),
      ...newer("components_at", "parameter_format", "components"),
    ].join(", ")}`,
});

/** The statements that write these rows, in as few as D1's limits allow. */
export const upsertTemplates = (ctx: Ctx, rows: readonly TemplateRow[]): D1PreparedStatement[] =>
  arraysOf(rows.map((row) => JSON.stringify(row))).map((array) => ctx.db.sql(UPSERT, array));

const NOTE_ACCOUNT = insertRows("wa_template_accounts", ["id", "waba_id", "synced_at", "due_at"], {
  end: `ON CONFLICT (id) DO UPDATE SET waba_id = excluded.waba_id,
    due_at = coalesce(excluded.due_at, iif(wa_template_accounts.due_at BETWEEN excluded.synced_at AND ?3, wa_template_accounts.due_at, NULL)),
    synced_at = iif(excluded.waba_id = wa_template_accounts.waba_id, coalesce(excluded.synced_at, wa_template_accounts.synced_at), excluded.synced_at)`,
});

/**
 * Records that an account's templates are known: all of them with `synced_at`. A sync that became due meanwhile stays
 * due. The templates of a business account that it had before go.
 */
export function noteAccount(
  ctx: Ctx,
  account: { id: string; waba_id: string; synced_at: number | null; due_at: number | null },
): D1PreparedStatement[] {
  const rows = JSON.stringify([account]);
  return [
    ctx.db.sql(forgetTemplates(`a.waba_id <> ${fieldOf("waba_id")}`), rows),
    ctx.db.sql(NOTE_ACCOUNT, rows, ctx.now()),
  ];
}

/** In SQL: the templates of accounts that meet the condition go, unless another account `b` has them too. ?2 has rows with `id`. */
export const forgetTemplates = (condition: string): string =>
  `DELETE FROM wa_templates WHERE org_id = ?1 AND waba_id IN (SELECT a.waba_id FROM ${ROWS} JOIN wa_template_accounts a ON a.id = ${fieldOf("id")}
     WHERE a.org_id = ?1 AND ${condition} AND NOT EXISTS (SELECT 1 FROM wa_template_accounts b WHERE b.org_id = ?1 AND b.waba_id = a.waba_id AND b.id <> a.id))`;

/** In SQL: the accounts of a business account are synced again soon. ?2 has rows with `waba_id` and `at`. */
export const RESYNC = `UPDATE wa_template_accounts SET due_at = min(coalesce(due_at, ${fieldOf("at")}), ${fieldOf("at")})`;
