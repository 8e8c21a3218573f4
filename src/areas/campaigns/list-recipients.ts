import { z } from "@hono/zod-openapi";
import { RECIPIENT_STATUSES } from "../../domain/campaign";
import { operation } from "../../domain/operation";
import { numberedPage, numberedPageOf, numberedQuery } from "../../kit/numbered-page";
import { CampaignPath } from "./model";
import { campaignNotFound } from "./problems";
import { CampaignRecipient, toRecipient } from "./recipient-model";
import { loadCampaign, objectOf } from "./store";

export default operation({
  id: "listCampaignRecipients",
  summary: "List campaign recipients",
  description: "In the order in which they were added. Each ends as delivered, read, failed or skipped.",
  params: CampaignPath,
  query: z.object({
    ...numberedQuery,
    status: z.enum(RECIPIENT_STATUSES).optional().openapi({ description: "Only recipients with this status" }),
  }),
  response: numberedPageOf(CampaignRecipient).openapi("CampaignRecipientPage"),
  problems: [campaignNotFound],
  handle: async ({ ctx, params, query }) => {
    const row = await loadCampaign(ctx, params.id);
    const { recipients, total } = await objectOf(ctx, row.id).list(query.page, query.per_page, query.status);
    return numberedPage(
      recipients.map((stored) => toRecipient(row, stored)),
      total,
      query,
    );
  },
});
