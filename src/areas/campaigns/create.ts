import { z } from "@hono/zod-openapi";
import type { Ctx } from "../../domain/context";
import { happened } from "../../domain/event";
import { operation } from "../../domain/operation";
import { commit } from "../../kit/commit";
import { invalidRequest } from "../../kit/problem";
import { scheduledAtPast, scheduledAtTooFar } from "../scheduled-messages/problems";
import { READINESS_PROBLEMS, readinessOf } from "./facts";
import {
  Campaign,
  CAMPAIGN_CHANNELS,
  type CampaignRow,
  MailContent,
  SendingHours,
  toCampaign,
  VariableValues,
} from "./model";
import { requireTime } from "./times";

export const CreateCampaign = z
  .strictObject({
    name: z.string().trim().min(1).max(200),
    channel: z.enum(CAMPAIGN_CHANNELS).default("whatsapp"),
    template_id: z.uuid().nullable().default(null).openapi({ description: "Must be APPROVED; needed for WhatsApp" }),
    integration_account_id: z.uuid().nullable().default(null).openapi({
      description: "The account that sends; by default the channel's default account when it starts",
    }),
    content: MailContent.nullable().default(null).openapi({ description: "The mail; needed for email" }),
    variables: VariableValues.default({}).openapi({
      description:
        "Values for recipients that have none of their own; may contain variables such as {{contact.name|there}}",
    }),
    sending_hours: SendingHours.nullable().default(null),
    messages_per_second: z.int().min(1).max(1000).nullable().default(null),
    scheduled_at: z.iso
      .datetime()
      .nullable()
      .default(null)
      .openapi({ description: "When it will be sent, once `send` was called; null: at once" }),
  })
  .openapi("CreateCampaign");

export default operation({
  id: "createCampaign",
  summary: "Create a new campaign (draft)",
  description: "Nothing is sent until `POST /api/campaigns/{id}/send`.",
  body: CreateCampaign,
  examples: {
    WhatsApp: {
      name: "Harvest sale",
      template_id: "01a209f6-40db-7dc6-982c-79beb11de4c0",
      variables: { "1": "{{contact.name|there}}" },
    },
    Email: {
      name: "News of December",
      channel: "email",
      content: { subject: "News for {{name}}", html: "<p>Hello {{name}}</p>" },
    },
  },
  response: Campaign,
  status: 201,
  idempotent: "stored",
  problems: [...READINESS_PROBLEMS, scheduledAtPast, scheduledAtTooFar, invalidRequest],
  handle: ({ ctx, body }) => createCampaign(ctx, body),
});

export async function createCampaign(ctx: Ctx, input: z.output<typeof CreateCampaign>): Promise<Campaign> {
  const now = ctx.now();
  const row: CampaignRow = {
    id: ctx.newId(),
    name: input.name,
    channel: input.channel,
    account_id: input.integration_account_id,
    template_id: input.template_id,
    content: input.content && JSON.stringify(input.content),
    variables: JSON.stringify(input.variables),
    status: "draft",
    status_reason: null,
    status_detail: null,
    sending_hours: input.sending_hours && JSON.stringify(input.sending_hours),
    messages_per_second: input.messages_per_second,
    scheduled_at: requireTime(ctx, input.scheduled_at),
    started_at: null,
    completed_at: null,
    next_at: null,
    created_by: ctx.actor.id,
    created_at: now,
    updated_at: now,
    ...NOBODY_YET,
  };
  await requireFitting(ctx, row);
  return insertCampaign(ctx, row);
}

export const NOBODY_YET = {
  total: 0,
  sent: 0,
  delivered: 0,
  read: 0,
  failed: 0,
  skipped: 0,
  replied: 0,
  clicked: 0,
  cost: 0,
} as const;

/** A draft may lack what it needs to be sent, but not name what does not fit. Throws READINESS_PROBLEMS. */
export async function requireFitting(ctx: Ctx, row: CampaignRow): Promise<void> {
  const [unfit, channel] = row.channel === "email" ? ["template_id", "email"] : ["content", "WhatsApp"];
  if (row[unfit as "template_id" | "content"] !== null)
    throw invalidRequest(undefined, {
      errors: [{ field: unfit!, message: `does not belong to a campaign by ${channel}` }],
    });
  const { problem, isAccount } = await readinessOf(ctx, row);
  if (problem && !(isAccount && row.account_id === null)) throw problem;
}

export async function insertCampaign(ctx: Ctx, row: CampaignRow): Promise<Campaign> {
  const answer = toCampaign(row);
  await commit(ctx, {
    write: [
      ctx.db.sql(
        `INSERT INTO campaigns (org_id, id, name, channel, account_id, template_id, content, variables, sending_hours, messages_per_second, scheduled_at, created_by, created_at, updated_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?13)`,
        row.id,
        row.name,
        row.channel,
        row.account_id,
        row.template_id,
        row.content,
        row.variables,
        row.sending_hours,
        row.messages_per_second,
        row.scheduled_at,
        row.created_by,
        row.created_at,
      ),
    ],
    events: [
      happened("campaign.created", row.id, {
        name: [null, row.name],
        channel: [null, row.channel],
        template_id: [null, row.template_id],
      }),
    ],
    answer,
    status: 201,
  });
  return answer;
}
