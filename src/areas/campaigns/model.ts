import { z } from "@hono/zod-openapi";
import { ratesOf } from "../../domain/campaign-figures";
import { CAMPAIGN_STATUSES, type CampaignStatus, type RecipientCounts } from "../../domain/campaign";
import { idPath } from "../../kit/id-path";

export const CampaignPath = idPath("campaign");

export const CAMPAIGN_CHANNELS = ["whatsapp", "email"] as const;
const MAX_VARIABLES = 50;

/** The values of the variables of a message, by their names. */
export const VariableValues = z
  .record(z.string().min(1).max(64), z.string().max(1024))
  .refine((values) => Object.keys(values).length <= MAX_VARIABLES, `must have at most ${MAX_VARIABLES} variables`)
  .openapi({ example: { "1": "Ani", "2": "A-17" } });

export const MailContent = z
  .strictObject({
    subject: z.string().trim().min(1).max(500),
    preheader: z
      .string()
      .trim()
      .max(200)
      .nullable()
      .default(null)
      .openapi({ description: "Mail programs show it beside the subject" }),
    html: z.string().max(200_000).nullable().default(null).openapi({
      description:
        "With variables as {{name}}, whose values are escaped; {{unsubscribe_url}} is the recipient's own, and stands at the end where it is not given",
    }),
    text: z.string().max(100_000).nullable().default(null).openapi({
      description: "The plain part; null: made from the HTML",
    }),
  })
  .refine(({ html, text }) => html !== null || text !== null, { path: ["html"], message: "html or text is needed" });

const TimeOfDay = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, "must be a time such as 09:00");
export const SendingHours = z
  .strictObject({ start: TimeOfDay, end: TimeOfDay })
  .refine(({ start, end }) => start < end, { path: ["end"], message: "must be later than start" });

const time = z.iso.datetime().nullable();
const Rate = z.number().min(0).max(1).nullable();

export const Campaign = z
  .object({
    id: z.uuid(),
    name: z.string(),
    channel: z.enum(CAMPAIGN_CHANNELS),
    template_id: z.uuid().nullable().openapi({ description: "The WhatsApp template; null for email" }),
    integration_account_id: z
      .uuid()
      .nullable()
      .openapi({ description: "The account that sends; null: the channel's default account when it starts" }),
    content: MailContent.nullable().openapi({ description: "The mail; null for WhatsApp" }),
    variables: VariableValues.openapi({
      description:
        "Values for recipients that have none of their own; may contain variables such as {{contact.name|there}}",
    }),
    sending_hours: SendingHours.nullable().openapi({
      description: "When recipients may be written to, in their own time; null: as the organization has it",
    }),
    messages_per_second: z
      .int()
      .nullable()
      .openapi({ description: "A lower pace than the account allows; null: what the account allows" }),
    status: z.enum(CAMPAIGN_STATUSES),
    status_reason: z.string().nullable().openapi({
      description: "Why it is paused or failed: a code, such as `by_agent` or `template_paused`; otherwise null",
    }),
    status_detail: z.string().nullable().openapi({ description: "The same in words, and what to do; otherwise null" }),
    total_recipients: z.int(),
    pending_count: z.int().openapi({ description: "Recipients whose message has not been sent" }),
    sent_count: z.int().openapi({ description: "Recipients whose message was sent, also those whom it has reached" }),
    delivered_count: z.int().openapi({ description: "Those of them whom it has reached, also those who read it" }),
    read_count: z.int(),
    failed_count: z.int(),
    skipped_count: z.int().openapi({ description: "Recipients who were not to be written to; each has its reason" }),
    replied_count: z.int().openapi({ description: "Recipients who answered within 72 hours" }),
    clicked_count: z.int().openapi({ description: "Recipients who pressed a button of the message" }),
    cost: z.number().openapi({ description: "The channel's charges so far, in the currency of the price table" }),
    rates: z
      .object({
        delivered: Rate.openapi({ description: "Share of those whose message was sent" }),
        read: Rate.openapi({ description: "Share of those whom it has reached, as the others" }),
        replied: Rate,
        clicked: Rate,
      })
      .openapi({ description: "Shares from 0 to 1; null: of nobody" }),
    created_by: z.uuid().nullable(),
    scheduled_at: time,
    started_at: time,
    completed_at: time,
    created_at: z.iso.datetime(),
    updated_at: z.iso.datetime(),
  })
  .openapi("Campaign");
export type Campaign = z.infer<typeof Campaign>;

export const CampaignWithTemplate = Campaign.extend({
  template_name: z.string().nullable().openapi({ description: "Null for email, or if the template was deleted" }),
  template_language: z.string().nullable(),
}).openapi("CampaignWithTemplate");
export type CampaignWithTemplate = z.infer<typeof CampaignWithTemplate>;

export interface CampaignRow extends Pick<
  RecipientCounts,
  "total" | "sent" | "delivered" | "read" | "failed" | "skipped" | "replied" | "clicked" | "cost"
> {
  id: string;
  name: string;
  channel: Campaign["channel"];
  account_id: string | null;
  template_id: string | null;
  /** JSON, as the other texts of parts. */
  content: string | null;
  variables: string;
  status: CampaignStatus;
  status_reason: string | null;
  status_detail: string | null;
  sending_hours: string | null;
  messages_per_second: number | null;
  scheduled_at: number | null;
  started_at: number | null;
  completed_at: number | null;
  next_at: number | null;
  created_by: string | null;
  created_at: number;
  updated_at: number;
}

export interface CampaignWithTemplateRow extends CampaignRow {
  template_name: string | null;
  template_language: string | null;
}

export const CAMPAIGN_SELECT = `SELECT c.*, t.name AS template_name, t.language AS template_language
  FROM campaigns c LEFT JOIN wa_templates t ON t.id = c.template_id AND t.org_id = ?1`;

const timeOf = (at: number | null): string | null => (at === null ? null : new Date(at).toISOString());

export function toCampaign(row: CampaignRow): Campaign {
  const { total, sent, delivered, read, failed, skipped } = row;
  return {
    id: row.id,
    name: row.name,
    channel: row.channel,
    template_id: row.template_id,
    integration_account_id: row.account_id,
    content: row.content === null ? null : (JSON.parse(row.content) as Campaign["content"]),
    variables: JSON.parse(row.variables) as Campaign["variables"],
    sending_hours: row.sending_hours === null ? null : (JSON.parse(row.sending_hours) as Campaign["sending_hours"]),
    messages_per_second: row.messages_per_second,
    status: row.status,
    status_reason: row.status_reason,
    status_detail: row.status_detail,
    total_recipients: total,
    pending_count: total - sent - delivered - read - failed - skipped,
    sent_count: sent + delivered + read,
    delivered_count: delivered + read,
    read_count: read,
    failed_count: failed,
    skipped_count: skipped,
    replied_count: row.replied,
    clicked_count: row.clicked,
    cost: row.cost / 1_000_000,
    rates: ratesOf({
      sent: sent + delivered + read,
      delivered: delivered + read,
      read,
      replied: row.replied,
      clicked: row.clicked,
    }),
    created_by: row.created_by,
    scheduled_at: timeOf(row.scheduled_at),
    started_at: timeOf(row.started_at),
    completed_at: timeOf(row.completed_at),
    created_at: timeOf(row.created_at)!,
    updated_at: timeOf(row.updated_at)!,
  };
}

export const toCampaignWithTemplate = (row: CampaignWithTemplateRow): CampaignWithTemplate => ({
  ...toCampaign(row),
  template_name: row.template_name,
  template_language: row.template_language,
});
