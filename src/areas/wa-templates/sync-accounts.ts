import { ChannelError, type ReportedTemplate } from "../../channels/channel";
import type { Ctx } from "../../domain/context";
import { happened } from "../../domain/event";
import { commit } from "../../kit/commit";
import { cut } from "../../kit/cut";
import { logError } from "../../kit/log";
import { type TemplateAccount, withAccount } from "./accounts";
import { askedAt, categoryEvents, changeEvents } from "./changes";
import type { TemplateRow } from "./model";
import { wordsOf } from "./problems";
import { noteAccount, templateIdOf, upsertTemplates } from "./store";

/** Meta allows an account at most 6,000 templates; a page has 100. */
const MAX_PAGES = 100;
/** Events of one sync; a review of more at once is one of the whole account. */
const MAX_EVENTS = 200;
const MAX_COMPONENTS_CHARS = 100_000;
const MAX_REASON = 1000;

export interface Synced {
  total: number;
  /** Templates that are new or have changed. */
  synced: number;
  errors: string[];
  failures: ChannelError[];
}

/**
 * Takes over the templates of these accounts' business accounts, each once. A failed one does not stop the others, and
 * leaves what is known of it. May be repeated.
 */
export async function syncAccounts(ctx: Ctx, accountIds: readonly string[]): Promise<Synced> {
  const result: Synced = { total: 0, synced: 0, errors: [], failures: [] };
  const done = new Set<string>();
  for (const id of accountIds) {
    try {
      await withAccount(ctx, id, async (account) => {
        if (done.has(account.wabaId)) {
          const known = { id, waba_id: account.wabaId, synced_at: askedAt(ctx.now()), due_at: null };
          await ctx.db.batch(noteAccount(ctx, known));
          return;
        }
        const { total, synced } = await syncOne(ctx, account);
        done.add(account.wabaId);
        result.total += total;
        result.synced += synced;
      });
    } catch (error) {
      if (!(error instanceof ChannelError)) throw error;
      logError("wa_templates_unsynced", error, { account_id: id });
      result.failures.push(error);
      result.errors.push(cut(`account ${id}: ${wordsOf(error)}`, 500));
    }
  }
  return result;
}

async function syncOne(ctx: Ctx, account: TemplateAccount): Promise<{ total: number; synced: number }> {
  const { id, wabaId } = account;
  const at = askedAt(ctx.now());
  const reported = await reportedTemplates(account);
  const rows = await ctx.db.query<TemplateRow>("SELECT * FROM wa_templates WHERE org_id = ?1 AND waba_id = ?2", wabaId);
  const before = new Map(rows.map((row) => [keyOf(row), row]));
  const after = [...reported.values()].map((one) => {
    const known = before.get(keyOf(one));
    return withLater(known, toRow(ctx, wabaId, one, known, at));
  });
  const changed = after.filter((row) => isChanged(before.get(keyOf(row)), row));
  // One that was made or reported since is not on the pages that were read before.
  const gone = rows.filter((row) => !reported.has(keyOf(row)) && row.status !== "DELETED" && row.status_at < at);
  const deleted = { status: "DELETED", status_reason: "The channel no longer has it", status_at: at };
  const events = [
    ...changed.flatMap((row) => changeEvents(before.get(keyOf(row)), row)),
    ...gone.flatMap((row) => changeEvents(row, { ...row, ...deleted })),
    ...changed.flatMap((row) => categoryEvents(before.get(keyOf(row)), row)),
  ].slice(0, MAX_EVENTS);
  const isAsked = ctx.actor.kind !== "system";
  await commit(ctx, {
    write: [
      ...upsertTemplates(ctx, changed),
      ...upsertTemplates(
        ctx,
        gone.map((row) => ({ ...row, ...deleted, updated_at: ctx.now() })),
      ),
      ...noteAccount(ctx, { id, waba_id: wabaId, synced_at: at, due_at: null }),
    ],
    events: [
      ...events,
      ...(isAsked
        ? [happened("wa_template.synced", id, { total: [null, reported.size], synced: [null, changed.length] })]
        : []),
    ],
  });
  return { total: reported.size, synced: changed.length };
}

/** All pages. Throws if they do not end, so that none is taken for vanished. */
async function reportedTemplates({ templates }: TemplateAccount): Promise<Map<string, ReportedTemplate>> {
  const found = new Map<string, ReportedTemplate>();
  let after: string | undefined;
  for (let page = 1; page <= MAX_PAGES; page++) {
    const { templates: some, next } = await templates.list(after);
    for (const one of some) found.set(keyOf(one), one);
    if (next === undefined) return found;
    after = next;
  }
  throw new ChannelError("invalid", {
    code: "too_many_pages",
    title: `The templates have more than ${MAX_PAGES} pages`,
  });
}

const keyOf = ({ name, language }: { name: string; language: string }): string => `${name}/${language}`;

function toRow(
  ctx: Ctx,
  wabaId: string,
  reported: ReportedTemplate,
  before: TemplateRow | undefined,
  at: number,
): TemplateRow {
  const components = JSON.stringify(reported.components);
  return {
    id: templateIdOf(ctx.orgId, wabaId, reported.name, reported.language),
    waba_id: wabaId,
    meta_template_id: reported.externalId,
    name: reported.name,
    language: reported.language,
    category: reported.category,
    status: reported.status,
    status_reason: reasonOf(reported, before),
    quality: reported.quality ?? before?.quality ?? null,
    // The list does not say it.
    flag: before?.flag ?? null,
    flag_at: before?.flag_at ?? 0,
    parameter_format: reported.parameterFormat,
    // One that is too large to keep is sent without a comparison.
    components: components.length > MAX_COMPONENTS_CHARS ? "[]" : components,
    header_media_url: before?.header_media_url ?? null,
    status_at: at,
    category_at: at,
    quality_at: at,
    components_at: at,
    created_at: before?.created_at ?? ctx.now(),
    updated_at: ctx.now(),
  };
}

/** The row with what a webhook has said since Meta was asked. */
const withLater = (before: TemplateRow | undefined, row: TemplateRow): TemplateRow => ({
  ...row,
  ...(before &&
    before.status_at > row.status_at && {
      status: before.status,
      status_reason: before.status_reason,
      status_at: before.status_at,
    }),
  ...(before && before.category_at > row.category_at && { category: before.category, category_at: before.category_at }),
  ...(before && before.quality_at > row.quality_at && { quality: before.quality, quality_at: before.quality_at }),
  ...(before &&
    before.components_at > row.components_at && {
      components: before.components,
      parameter_format: before.parameter_format,
      components_at: before.components_at,
    }),
});

/** A webhook explains a status better than the list, which knows only a code. */
const reasonOf = ({ status, reason }: ReportedTemplate, before: TemplateRow | undefined): string | null =>
  (before?.status === status ? before.status_reason : null) ?? (reason === null ? null : cut(reason, MAX_REASON));

const COMPARED = [
  "meta_template_id",
  "category",
  "status",
  "status_reason",
  "quality",
  "parameter_format",
  "components",
] as const;

const isChanged = (before: TemplateRow | undefined, after: TemplateRow): boolean =>
  before === undefined || COMPARED.some((field) => before[field] !== after[field]);
