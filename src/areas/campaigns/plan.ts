import type { Channel } from "../../channels/channel";
import type { CampaignStatus, Variables } from "../../domain/campaign";
import type { SendingHours } from "../../domain/campaign-hours";
import type { Ctx } from "../../domain/context";
import type { CampaignPlan } from "../../domain/campaign-sending";
import { runSettingsOf } from "../campaign-settings/run-settings";
import { openToSend } from "../integrations/open-to-send";
import { prepareRecipients } from "./prepare";
import { campaignMessage, rendererOf } from "./render";
import { stopOf } from "./stop";

/** Reads from D1 the data that a campaign's object needs to send. */

export interface PlanTemplate {
  name: string;
  language: string;
  category: string;
  status: string;
  status_reason: string | null;
  parameter_format: "POSITIONAL" | "NAMED";
  /** JSON. */
  components: string;
  header_media_url: string | null;
}

export interface PlanAccount {
  id: string;
  divisionId: string | null;
  isActive: number;
  health: string;
  healthDetail: string | null;
  qualityRating: string | null;
  qualityAt: number | null;
  restrictedUntil: number | null;
}

/** The campaign's row, with all that decides whether and how it is sent. */
export interface PlanRow {
  id: string;
  status: CampaignStatus;
  channel: Channel;
  content: string | null;
  /** JSON. */
  variables: string;
  /** JSON. */
  sending_hours: string | null;
  messages_per_second: number | null;
  updated_at: number;
  org_status: string;
  org_name: string;
  timezone: string;
  /** JSON; null: there is none. */
  template: string | null;
  account: string | null;
}

const PLAN = `SELECT c.id, c.status, c.channel, c.content, c.variables, c.sending_hours, c.messages_per_second, c.updated_at,
    o.status AS org_status, o.name AS org_name, o.timezone,
    (SELECT json_object('name', t.name, 'language', t.language, 'category', t.category, 'status', t.status, 'status_reason', t.status_reason,
       'parameter_format', t.parameter_format, 'components', t.components, 'header_media_url', t.header_media_url)
     FROM wa_templates t WHERE t.org_id = ?1 AND t.id = c.template_id) AS template,
    (SELECT json_object('id', a.id, 'divisionId', a.division_id, 'isActive', a.is_active, 'health', a.health, 'healthDetail', a.health_detail,
       'qualityRating', a.quality_rating, 'restrictedUntil', a.restricted_until, 'qualityAt', a.reports ->> '$.quality.at')
     FROM integration_accounts a WHERE a.org_id = ?1 AND a.channel = c.channel AND iif(c.account_id IS NULL, a.is_default = 1, a.id = c.account_id)) AS account
  FROM campaigns c JOIN orgs o ON o.org_id = c.org_id WHERE c.org_id = ?1 AND c.id = ?2`;

/** The campaign as D1 has it now; undefined: it is gone. */
export async function loadPlan(ctx: Ctx, campaignId: string): Promise<CampaignPlan | undefined> {
  const [row] = await ctx.db.query<PlanRow>(PLAN, campaignId);
  if (!row) return undefined;
  const template = row.template === null ? null : (JSON.parse(row.template) as PlanTemplate);
  const account = row.account === null ? null : (JSON.parse(row.account) as PlanAccount);
  const stop = stopOf(row, template, account, ctx.now()) ?? null;
  return {
    status: row.status,
    channel: row.channel,
    accountId: account?.id ?? "",
    // A mail to many is marketing, whatever it says.
    category: row.channel === "email" ? "MARKETING" : (template?.category ?? ""),
    stop,
    open: () => open(ctx, row, template, account!),
  };
}

/** The rest is for agents, who never wait for a campaign. */
const CAMPAIGNS_PART = 0.75;
/** Where the channel does not say how fast an account may send. */
const USUAL_PER_SECOND: Record<Channel, number> = { whatsapp: 80, email: 10, instagram: 1, messenger: 1 };

/** Opens the parts that stay the same while a campaign is sent: the account's pace, the renderer, our own addresses. */
async function open(ctx: Ctx, row: PlanRow, template: PlanTemplate | null, account: PlanAccount) {
  const message = campaignMessage(row.content, template);
  const { client, ownAddresses } = await openToSend(ctx, row.channel, account.id);
  if (!message) throw new Error("the campaign's message is gone");
  const reported = await client.sendsPerSecond?.().catch(() => undefined);
  const pace = Math.max(1, Math.floor((reported ?? USUAL_PER_SECOND[row.channel]) * CAMPAIGNS_PART));
  const render = await rendererOf(message, {
    variables: JSON.parse(row.variables) as Variables,
    orgName: row.org_name,
  });
  const settings = await runSettingsOf(ctx.db);
  const campaign = {
    id: row.id,
    category: row.channel === "email" ? "MARKETING" : template!.category,
    sender: { id: account.id, channel: row.channel, externalId: client.externalId, divisionId: account.divisionId },
    own: ownAddresses,
    hours: row.sending_hours === null ? settings.sendingHours : (JSON.parse(row.sending_hours) as SendingHours),
    cap: settings.frequencyCap,
    timezone: row.timezone,
    render,
  };
  return {
    perSecond: Math.min(pace, row.messages_per_second ?? pace),
    decide: prepareRecipients(ctx, campaign),
  };
}
