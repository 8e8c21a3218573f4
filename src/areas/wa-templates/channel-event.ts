import type { Channel, TemplateChange } from "../../channels/channel";
import { adapterOf } from "../../channels/registry";
import type { Ctx } from "../../domain/context";
import { commit, retryOnConflict } from "../../kit/commit";
import type { PublicCtx } from "../../kit/context";
import { cut } from "../../kit/cut";
import { ROWS } from "../../kit/rows";
import { isRecord } from "../../channels/json";
import { systemContext } from "../access/authenticate";
import { categoryEvents, changeEvents, supersedes } from "./changes";
import type { TemplateRow } from "./model";
import { RESYNC } from "./store";

/**
 * Applies a channel's change of a template in every organization that has its owner. Idempotent, and each part is only
 * replaced by a later report. If the template is not known, the accounts are synced soon. False: nobody has the
 * owner.
 */
export async function changeTemplate(
  ctx: PublicCtx,
  channel: Channel,
  change: TemplateChange,
  at: number,
): Promise<boolean> {
  // SQLite would read all routes of the channel for an owner.
  const { results } = await ctx.control
    .prepare(
      "SELECT DISTINCT org_id, tenant_db, country FROM channel_routes INDEXED BY idx_channel_routes_business_id WHERE channel = ? AND business_id = ?",
    )
    .bind(channel, change.owner)
    .all<{ org_id: string; tenant_db: string; country: string | null }>();
  await Promise.all(
    results.map(async ({ org_id: id, tenant_db: tenantDb, country }) => {
      const own = systemContext(ctx, { id, tenantDb, country });
      await retryOnConflict(() => applyChange(own, channel, change, at));
    }),
  );
  return results.length > 0;
}

async function applyChange(ctx: Ctx, channel: Channel, change: TemplateChange, at: number): Promise<void> {
  const row = await findRow(ctx, channel, change);
  if (!row) {
    const due = JSON.stringify([{ waba_id: change.owner, at: ctx.now() }]);
    await ctx.db
      .sql(`${RESYNC} FROM ${ROWS} WHERE org_id = ?1 AND wa_template_accounts.waba_id = r.value ->> 'waba_id'`, due)
      .run();
    return;
  }
  const set = changedParts(row, change, at);
  if (Object.keys(set).length === 0) return;
  const { status, category, quality, flag, components } = row;
  const { status_at, category_at, quality_at, flag_at, components_at } = row;
  const known = {
    status,
    category,
    quality,
    flag,
    components,
    status_at,
    category_at,
    quality_at,
    flag_at,
    components_at,
  };
  await commit(ctx, {
    write: [ctx.db.update("wa_templates", { id: row.id, ...known }, { ...set, updated_at: ctx.now() })],
    events: [...changeEvents(row, { ...row, ...set }), ...categoryEvents(row, { ...row, ...set })],
    mustChange: true,
  });
}

/** By the channel's id; a template whose id is not known yet by its name. */
async function findRow(ctx: Ctx, channel: Channel, change: TemplateChange): Promise<TemplateRow | undefined> {
  const rows = await ctx.db.query<TemplateRow>(
    "SELECT * FROM wa_templates WHERE org_id = ?1 AND waba_id = ?2 AND (?3 IS NULL OR name = ?3)",
    change.owner,
    change.name ?? null,
  );
  const rules = await adapterOf(channel)?.templates?.();
  return (
    rows.find((row) => row.meta_template_id === change.externalId) ??
    rows.find(
      (row) =>
        row.meta_template_id === null &&
        change.language !== undefined &&
        rules?.isSameLanguage(row.language, change.language) === true,
    )
  );
}

function changedParts(row: TemplateRow, change: TemplateChange, at: number): Partial<TemplateRow> {
  const part = (name: "status" | "quality" | "category" | "flag", value: string | undefined): boolean =>
    value !== undefined && supersedes(name, { value, at }, { value: row[name] ?? "", at: row[`${name}_at`] });
  const merged = change.components && JSON.stringify(mergedComponents(row, change.components));
  return {
    ...(part("status", change.status) && {
      status: change.status!,
      status_reason: change.reason ? cut(change.reason, 1000) : null,
      status_at: at,
    }),
    ...(part("quality", change.quality) && { quality: change.quality!, quality_at: at }),
    ...(part("flag", change.flag) && { flag: change.flag!, flag_at: at }),
    ...(part("category", change.category) && { category: change.category!, category_at: at }),
    ...(merged !== undefined &&
      supersedes("components", { value: merged, at }, { value: row.components, at: row.components_at }) && {
        components: merged,
        components_at: at,
      }),
  };
}

/** The reported texts in place of those of the same type. Other types, such as a header with a file, stay. */
function mergedComponents(row: TemplateRow, reported: readonly Record<string, unknown>[]): unknown[] {
  const typeOf = (component: unknown): string =>
    isRecord(component) && typeof component.type === "string" ? component.type.toUpperCase() : "";
  const before = JSON.parse(row.components) as unknown[];
  const known = new Set(before.map((each) => typeOf(each)));
  return [
    ...before.map((each) => reported.find((one) => one.type === typeOf(each)) ?? each),
    ...reported.filter((one) => !known.has(typeOf(one))),
  ];
}
