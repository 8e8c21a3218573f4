import { z } from "@hono/zod-openapi";
import { RECIPIENT_STATUSES, type RecipientStatus } from "../../domain/campaign";
import type { Ctx } from "../../domain/context";
import { operation } from "../../domain/operation";
import { csvFile } from "./csv-stream";
import { CampaignPath } from "./model";
import { campaignNotFound } from "./problems";
import { type CampaignRecipient, toRecipient } from "./recipient-model";
import { loadCampaign, objectOf } from "./store";

const ROWS_AT_ONCE = 1000;
const COLUMNS = [
  "phone_number",
  "email",
  "status",
  "error_code",
  "error_message",
  "sent_at",
  "delivered_at",
  "read_at",
  "replied_at",
  "clicked_at",
  "conversation_id",
  "contact_id",
  "external_id",
  "variables",
] as const satisfies readonly (keyof CampaignRecipient)[];

export default operation({
  id: "exportCampaignRecipients",
  summary: "Export campaign recipients as CSV",
  description: `In the order in which they were added; columns ${COLUMNS.join(", ")}. A value that a spreadsheet would run as a formula is prefixed with an apostrophe.`,
  params: CampaignPath,
  query: z.object({
    status: z.enum(RECIPIENT_STATUSES).optional().openapi({ description: "Only recipients with this status" }),
  }),
  response: z.string(),
  contentType: "text/csv",
  problems: [campaignNotFound],
  handle: ({ ctx, params, query }) => exportRecipients(ctx, params.id, query.status),
});

/** Streams the file in pages. */
export async function exportRecipients(ctx: Ctx, id: string, status?: RecipientStatus): Promise<Response> {
  const row = await loadCampaign(ctx, id);
  let page = 0;
  return csvFile("campaign-recipients.csv", COLUMNS, async () => {
    const { recipients } = await objectOf(ctx, id).list(++page, ROWS_AT_ONCE);
    if (recipients.length === 0) return undefined;
    // Filtered here, since pages of one status move while the campaign is under way.
    const wanted = recipients.filter((stored) => status === undefined || stored.status === status);
    return wanted.map((stored) => {
      const recipient = toRecipient(row, stored);
      return COLUMNS.map((column) => {
        const value = recipient[column];
        return typeof value === "object" && value !== null ? JSON.stringify(value) : (value ?? "");
      });
    });
  });
}
