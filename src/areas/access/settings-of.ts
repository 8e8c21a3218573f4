import type { Channel } from "../../channels/channel";
import { tenantD1 } from "../../config";
import type { ConsentSettings } from "../../domain/consent";
import type { SubscribableType } from "../../domain/event";
import type { OrgSettings } from "../../domain/services";
import { CHANNEL_WINDOWS, type WindowRule, type WindowRules } from "../../domain/window";
import { SECOND } from "../../kit/clock";
import type { OrgRef } from "../../kit/context";
import { Cost } from "../../kit/cost";
import { TenantDatabase } from "../../kit/database";
import { RecentCache } from "../../kit/recent-cache";

/** The maximum age bounds how long another isolate still applies a setting after it was changed. */
const cache = new RecentCache<OrgSettings>({ maxAgeMs: 5 * SECOND, maxEntries: 10_000 });

/** Clears this isolate's cache. Call it after every change of a window rule, a webhook or the words of consent. */
export const forgetSettings = (): void => cache.forget();

/** The settings of an organization that every turn needs. Cached in the isolate; one query every 5 seconds at most. */
export const settingsOf = (env: Env, org: OrgRef, cost = new Cost()): Promise<OrgSettings> =>
  settingsBy(new TenantDatabase(tenantD1(env, org.tenantDb), org.id, cost, "first-primary"));

/** The same for a caller that has the tenant's database open. */
export function settingsBy(db: TenantDatabase): Promise<OrgSettings> {
  return cache.getOrRead(db.orgId, async () => {
    const [row] = await db.query<SettingsRow>(`SELECT ${SETTINGS}`);
    return toSettings(row!);
  });
}

/**
 * The organization's rules for all channels: its own, or else the channel's default.
 */
export const windowRulesOf = async (env: Env, org: OrgRef, cost?: Cost): Promise<WindowRules> =>
  (await settingsOf(env, org, cost)).windows;

/**
 * For a caller that selects `SETTINGS` in a query of its own, as authentication does, so that a list needs no further
 * query. Call it before the query. Returns a function that caches what was read.
 */
export function startReadingSettings(): (orgId: string, row: SettingsRow) => void {
  const store = cache.reading();
  return (orgId, row) => void store(orgId, toSettings(row));
}

export const RULE_COLUMNS =
  "channel, window_hours, auto_resolve, resolve_unanswered, block_text_after_window, is_active, created_at, updated_at";
/** In SQL, the settings of organization ?1: each a column with a JSON array. */
export const SETTINGS = `(SELECT json_group_array(json_object(${RULE_COLUMNS.split(", ")
  .map((column) => `'${column}', ${column}`)
  .join(", ")})) FROM chat_expiration_rules WHERE org_id = ?1) AS window_rules,
  (SELECT json_group_array(json_object('id', w.id, 'events', json(w.events), 'channels', json(w.channels), 'division_ids', json(w.division_ids)))
   FROM webhooks w WHERE w.org_id = ?1 AND w.is_active = 1) AS webhooks,
  (SELECT json_object('optOutWords', json(opt_out_words), 'optInWords', json(opt_in_words), 'optOutReply', opt_out_reply)
   FROM campaign_settings WHERE org_id = ?1) AS consent`;

export interface SettingsRow {
  /** JSON of `RuleRow[]`. */
  window_rules: string;
  /** JSON. */
  webhooks: string;
  /** JSON of `ConsentSettings`. */
  consent: string | null;
}

/** A row of `chat_expiration_rules`, as SQL gives it. */
export interface RuleRow {
  channel: Channel;
  window_hours: number;
  auto_resolve: number;
  resolve_unanswered: number;
  block_text_after_window: number;
  is_active: number;
  created_at: number;
  updated_at: number;
}

/** An inactive rule: no window closes and no text is refused. */
const NO_WINDOW: WindowRule = { windowHours: 0, autoResolve: false, resolvesUnanswered: false, blocksText: false };

function toSettings(row: SettingsRow): OrgSettings {
  const webhooks = JSON.parse(row.webhooks) as {
    id: string;
    events: SubscribableType[];
    channels: Channel[];
    division_ids: string[];
  }[];
  return {
    windows: rulesFrom(JSON.parse(row.window_rules) as RuleRow[]),
    subscriptions: webhooks.map(({ id, events, channels, division_ids: divisionIds }) => ({
      webhookId: id,
      events,
      channels,
      divisionIds,
    })),
    subscribed: new Set(webhooks.flatMap(({ events }) => events)),
    consent: row.consent === null ? null : (JSON.parse(row.consent) as ConsentSettings),
  };
}

function rulesFrom(rows: readonly RuleRow[]): WindowRules {
  const ownRules = rows.map((row): [Channel, WindowRule] => [
    row.channel,
    row.is_active
      ? {
          windowHours: row.window_hours,
          autoResolve: row.auto_resolve === 1,
          resolvesUnanswered: row.resolve_unanswered === 1,
          blocksText: row.block_text_after_window === 1,
        }
      : NO_WINDOW,
  ]);
  return { ...CHANNEL_WINDOWS, ...Object.fromEntries(ownRules) };
}
