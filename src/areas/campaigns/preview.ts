import { z } from "@hono/zod-openapi";
import type { Ctx } from "../../domain/context";
import { operation } from "../../domain/operation";
import { invalidFields, invalidRequest } from "../../kit/problem";
import { CampaignPath, type CampaignRow, VariableValues } from "./model";
import { campaignContentMissing, campaignNotFound, recipientNotFound } from "./problems";
import { variablesOf } from "./render";
import { messageOf, renderedFor } from "./rendering";
import { loadCampaign, objectOf } from "./store";

export const Addressee = z.strictObject({
  recipient_id: z.uuid().optional().openapi({ description: "A recipient of the campaign" }),
  to: z.string().trim().min(1).max(320).optional().openapi({ description: "A number or an email address instead" }),
  variables: VariableValues.optional().openapi({ description: "Values in place of the recipient's own" }),
});
export type Addressee = z.output<typeof Addressee>;

const Variable = z.object({
  name: z.string(),
  component: z.string().openapi({ description: "Where it is: header, body, button, subject, html, text …" }),
  card: z.int().nullable(),
  button: z.int().nullable(),
  kind: z.string(),
  text: z.string().nullable().openapi({ description: "The text that has it" }),
  sample: z.string().nullable(),
  is_required: z.boolean(),
});

const CampaignPreview = z
  .object({
    to: z.string(),
    type: z.string(),
    content: z.record(z.string(), z.unknown()).nullable().openapi({
      description: "The message as it is sent; `text` is what a template's reader sees. Null: see `failure`",
    }),
    failure: z
      .object({ code: z.string(), message: z.string(), variables: z.array(z.string()) })
      .nullable()
      .openapi({ description: "Why it would fail for this recipient, and the variables without a value" }),
    variables: z.array(Variable).openapi({ description: "The values that the message takes" }),
  })
  .openapi("CampaignPreview");

export default operation({
  id: "previewCampaign",
  summary: "Preview a campaign for one recipient",
  description: "Sends nothing. Without `recipient_id` and `to`: for the first recipient.",
  params: CampaignPath,
  body: Addressee.openapi("PreviewCampaign"),
  examples: { "First recipient": {}, "Somebody else": { to: "+6281234567890", variables: { "1": "Ani" } } },
  response: CampaignPreview,
  problems: [campaignNotFound, recipientNotFound, campaignContentMissing, invalidRequest],
  handle: ({ ctx, params, body }) => previewCampaign(ctx, params.id, body),
});

export async function previewCampaign(
  ctx: Ctx,
  id: string,
  input: Addressee,
): Promise<z.infer<typeof CampaignPreview>> {
  const row = await loadCampaign(ctx, id);
  const person = await addresseeOf(ctx, row, input);
  const message = await messageOf(ctx, row);
  if (!message) throw campaignContentMissing();
  const [rendered] = await renderedFor(ctx, row, [person]);
  return {
    to: person.address,
    type: message.kind,
    content: rendered && "message" in rendered ? rendered.message.content : null,
    failure:
      rendered && "failure" in rendered ? { ...rendered.failure, variables: [...rendered.failure.variables] } : null,
    variables: await variablesOf(message),
  };
}

/** Throws `campaign_recipient_not_found` or `invalid_request`. */
export async function addresseeOf(ctx: Ctx, row: CampaignRow, { recipient_id: recipientId, to, variables }: Addressee) {
  if (to === undefined) {
    const object = objectOf(ctx, row.id);
    const found =
      recipientId === undefined ? (await object.list(1, 1)).recipients[0] : await object.recipient(recipientId);
    if (!found) throw recipientNotFound();
    return { address: found.address, contactId: found.contactId, variables: variables ?? found.variables };
  }
  const { normalAddress } = await import("../../domain/addresses");
  const addressed = normalAddress(row.channel, to, ctx.org.country ?? null);
  if ("reason" in addressed) throw invalidFields(invalidRequest, [{ field: "to", message: addressed.reason }]);
  return { address: addressed.address, contactId: null, variables: variables ?? {} };
}
