import { z } from "@hono/zod-openapi";
import type { Ctx } from "../../domain/context";
import { happened } from "../../domain/event";
import { operation } from "../../domain/operation";
import { commit } from "../../kit/commit";
import { bodyTooLarge, malformed, unsupportedMediaType } from "../../kit/problem";
import { dropImport } from "./import";
import { CampaignImport, toImport } from "./import-model";
import { CampaignPath } from "./model";
import { campaignFileUnreadable, campaignNotDraft, campaignNotFound } from "./problems";
import { MAX_FILE_BYTES, MAX_LINES, receiveCsv } from "./receive-csv";
import { loadDraft, objectOf, whoseOf } from "./store";

export default operation({
  id: "uploadCampaignRecipients",
  summary: "Add recipients from a CSV file",
  description: `Send the file as the body (\`text/csv\`) or as the part \`file\` of a form: at most ${MAX_LINES} lines and ${MAX_FILE_BYTES / 1024 / 1024} MB, in UTF-8, or in UTF-16 with a byte order mark. The first line names the columns, separated by comma, semicolon, tab or bar: one is \`phone\` (or \`email\`), the others are variables by their names; numbers without the country code are of the organization's country. A file without a header has the address in its first column, and the variables 1, 2 and so on in the next. The answer comes when the file is stored; \`GET /api/campaigns/{id}/imports\` shows how far it is, and each line that was refused with its reason.`,
  params: CampaignPath,
  rawBody: [
    { contentType: "text/csv", schema: z.string().openapi({ example: "phone,1,2\r\n+6281234567890,Ani,A-17\r\n" }) },
    {
      contentType: "multipart/form-data",
      schema: z.object({ file: z.string().openapi({ format: "binary", description: "The CSV file" }) }),
    },
  ],
  response: CampaignImport,
  status: 202,
  problems: [campaignNotFound, campaignNotDraft, campaignFileUnreadable, bodyTooLarge, unsupportedMediaType, malformed],
  handle: ({ ctx, params, request }) => uploadCampaignRecipients(ctx, params.id, request),
});

export async function uploadCampaignRecipients(ctx: Ctx, id: string, request: Request): Promise<CampaignImport> {
  const { channel } = await loadDraft(ctx, id);
  const source = await receiveCsv(ctx, request, { id: ctx.newId(), channel, campaignId: id });
  const progress = await objectOf(ctx, id).import(whoseOf(ctx, id), source);
  if (!progress) {
    // It was sent during the call.
    await dropImport(ctx.env, source);
    throw campaignNotDraft();
  }
  await commit(ctx, {
    write: [],
    events: [happened("campaign.recipients_changed", id, { import_id: source.id, kind: "csv" })],
  });
  return toImport(progress);
}
