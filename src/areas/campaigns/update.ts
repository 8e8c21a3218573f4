import { z } from "@hono/zod-openapi";
import type { Ctx } from "../../domain/context";
import { happened } from "../../domain/event";
import { operation } from "../../domain/operation";
import { changesBetween, commit } from "../../kit/commit";
import { changedMeanwhile, invalidRequest } from "../../kit/problem";
import { scheduledAtPast, scheduledAtTooFar } from "../scheduled-messages/problems";
import { requireFitting } from "./create";
import { READINESS_PROBLEMS } from "./facts";
import {
  Campaign,
  CampaignPath,
  type CampaignRow,
  MailContent,
  SendingHours,
  toCampaign,
  VariableValues,
} from "./model";
import { campaignNotDraft, campaignNotFound } from "./problems";
import { loadDraft } from "./store";
import { requireTime } from "./times";

const UpdateCampaign = z
  .strictObject({
    name: z.string().trim().min(1).max(200).optional(),
    template_id: z.uuid().nullable().optional(),
    integration_account_id: z.uuid().nullable().optional(),
    content: MailContent.nullable().optional(),
    variables: VariableValues.optional(),
    sending_hours: SendingHours.nullable().optional(),
    messages_per_second: z.int().min(1).max(1000).nullable().optional(),
    scheduled_at: z.iso.datetime().nullable().optional(),
  })
  .openapi("UpdateCampaign");

export default operation({
  id: "updateCampaign",
  summary: "Update a draft campaign",
  description: "Omitted fields stay unchanged.",
  params: CampaignPath,
  body: UpdateCampaign,
  response: Campaign,
  problems: [
    campaignNotFound,
    campaignNotDraft,
    ...READINESS_PROBLEMS,
    scheduledAtPast,
    scheduledAtTooFar,
    invalidRequest,
    changedMeanwhile,
  ],
  handle: ({ ctx, params, body }) => updateCampaign(ctx, params.id, body),
});

export async function updateCampaign(ctx: Ctx, id: string, input: z.output<typeof UpdateCampaign>): Promise<Campaign> {
  const row = await loadDraft(ctx, id);
  const before = toCampaign(row);
  const changes = changesBetween(before, input);
  if (Object.keys(changes).length === 0) return before;
  const json = (value: object | null | undefined): string | null | undefined => value && JSON.stringify(value);
  const columns = {
    name: input.name,
    template_id: input.template_id,
    account_id: input.integration_account_id,
    content: json(input.content),
    variables: json(input.variables),
    sending_hours: json(input.sending_hours),
    messages_per_second: input.messages_per_second,
    scheduled_at: changes.scheduled_at && requireTime(ctx, input.scheduled_at ?? null),
  };
  const given = Object.fromEntries(Object.entries(columns).filter(([, value]) => value !== undefined));
  const after = { ...row, ...given, updated_at: ctx.now() } as CampaignRow;
  if (["template_id", "integration_account_id", "content"].some((field) => field in changes))
    await requireFitting(ctx, after);
  await commit(ctx, {
    write: [ctx.db.update("campaigns", { id, status: "draft" }, { ...given, updated_at: after.updated_at })],
    events: [happened("campaign.updated", id, changes)],
    mustChange: true,
  });
  return toCampaign(after);
}
