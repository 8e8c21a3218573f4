import { z } from "@hono/zod-openapi";
import { adapterOf } from "../../channels/registry";
import { RECIPIENT_STATUSES } from "../../domain/campaign";
import type { StoredRecipient } from "../../domain/object-apis";
import { type CampaignRow, VariableValues } from "./model";

const time = z.iso.datetime().nullable();

export const CampaignRecipient = z
  .object({
    id: z.uuid(),
    campaign_id: z.uuid(),
    phone_number: z.string().nullable().openapi({ description: "With + and the country code; null for email" }),
    email: z.string().nullable().openapi({ description: "Null for WhatsApp" }),
    contact_id: z.uuid().nullable(),
    variables: VariableValues.openapi({ description: "The recipient's own values" }),
    status: z.enum(RECIPIENT_STATUSES),
    error_code: z.string().nullable().openapi({
      description: "Why it failed or was skipped: the channel's code, or one such as `opted_out`",
    }),
    error_message: z.string().nullable().openapi({ description: "The same in words" }),
    conversation_id: z.uuid().nullable(),
    mongo_message_id: z.string().nullable().openapi({ description: "Id of the message in the conversation" }),
    external_id: z.string().nullable().openapi({ description: "The channel's id of the message" }),
    created_at: z.iso.datetime(),
    sent_at: time,
    delivered_at: time,
    read_at: time,
    replied_at: time.openapi({ description: "The first answer within 72 hours" }),
    clicked_at: time.openapi({ description: "The first press of a button" }),
  })
  .openapi("CampaignRecipient");
export type CampaignRecipient = z.infer<typeof CampaignRecipient>;

const timeOf = (at: number | null): string | null => (at === null ? null : new Date(at).toISOString());

export function toRecipient({ id: campaignId, channel }: CampaignRow, stored: StoredRecipient): CampaignRecipient {
  const isMail = adapterOf(channel)?.capabilities.address === "email";
  return {
    id: stored.id,
    campaign_id: campaignId,
    // Whoever was erased has none.
    phone_number: isMail ? null : stored.address || null,
    email: isMail ? stored.address || null : null,
    contact_id: stored.contactId,
    variables: { ...stored.variables },
    status: stored.status,
    error_code: stored.error?.code ?? null,
    error_message: stored.error?.message ?? null,
    conversation_id: stored.conversationId,
    mongo_message_id: stored.messageId,
    external_id: stored.externalId,
    created_at: timeOf(stored.createdAt)!,
    sent_at: timeOf(stored.sentAt),
    delivered_at: timeOf(stored.deliveredAt),
    read_at: timeOf(stored.readAt),
    replied_at: timeOf(stored.repliedAt),
    clicked_at: timeOf(stored.clickedAt),
  };
}
