import { z } from "@hono/zod-openapi";
import type { Ctx } from "../../domain/context";
import type { StoredRecipient } from "../../domain/object-apis";
import { operation } from "../../domain/operation";
import { changedMeanwhile } from "../../kit/problem";
import { scheduledAtPast, scheduledAtTooFar } from "../scheduled-messages/problems";
import { READINESS_PROBLEMS, readinessOf } from "./facts";
import {
  CampaignPath,
  type CampaignRow,
  CampaignWithTemplate,
  type CampaignWithTemplateRow,
  toCampaignWithTemplate,
} from "./model";
import {
  campaignImportRunning,
  campaignNotDraft,
  campaignNotFound,
  campaignVariablesMissing,
  noRecipients,
} from "./problems";
import { renderedFor } from "./rendering";
import { changeStatus, loadDraft, objectOf, WAKE_AGAIN_MS } from "./store";
import { requireTime } from "./times";
import { CampaignWarnings, warningsOf } from "./warnings";

/** So many recipients are looked at before a campaign is sent. */
const SHOWN_FIRST = 20;

const SendCampaign = z
  .strictObject({
    scheduled_at: z.iso.datetime().nullable().optional().openapi({
      description:
        "When to send, in UTC, at most a year ahead; null: now. Omitted: at the campaign's own `scheduled_at`, or now",
    }),
  })
  .openapi("SendCampaign");

const SentCampaign = CampaignWithTemplate.extend({ warnings: CampaignWarnings }).openapi("SentCampaign");
type SentCampaign = z.infer<typeof SentCampaign>;

export default operation({
  id: "sendCampaign",
  summary: "Send or schedule a campaign",
  description:
    "Only a draft, once: of several calls at once one succeeds. It needs an approved template or a mail, an active account and at least one recipient, no import may be running, and the variables of the first recipients must have values. At its time the same is checked again, and a campaign that cannot be sent then is paused with the reason.",
  params: CampaignPath,
  body: SendCampaign,
  examples: { Now: {}, Later: { scheduled_at: "2027-01-04T02:00:00Z" } },
  response: SentCampaign,
  idempotent: "stored",
  problems: [
    campaignNotFound,
    campaignNotDraft,
    campaignImportRunning,
    noRecipients,
    campaignVariablesMissing,
    ...READINESS_PROBLEMS,
    scheduledAtPast,
    scheduledAtTooFar,
    changedMeanwhile,
  ],
  handle: ({ ctx, params, body }) => sendCampaign(ctx, params.id, body.scheduled_at),
});

export async function sendCampaign(ctx: Ctx, id: string, asked: string | null | undefined): Promise<SentCampaign> {
  const row = await loadDraft(ctx, id);
  const now = ctx.now();
  // The draft's own time may have passed while it was written: then now.
  const own = row.scheduled_at !== null && row.scheduled_at > now ? row.scheduled_at : null;
  const at = asked === undefined ? own : requireTime(ctx, asked);
  const [{ accountId, problem }, counts, imports] = await Promise.all([
    readinessOf(ctx, row),
    objectOf(ctx, id).counts(),
    objectOf(ctx, id).imports(),
  ]);
  if (problem) throw problem;
  if (imports.some(({ status }) => status === "running")) throw campaignImportRunning();
  if (counts.total === 0) throw noRecipients();
  await requireValues(ctx, row, (await objectOf(ctx, id).list(1, SHOWN_FIRST)).recipients);
  const warnings = await warningsOf(ctx, { ...row, account_id: accountId }, counts.total);
  const toSent = (after: CampaignWithTemplateRow): SentCampaign => ({ ...toCampaignWithTemplate(after), warnings });
  const sent = await changeStatus(
    ctx,
    row,
    at === null ? "campaign.started" : "campaign.scheduled",
    {
      account_id: accountId,
      scheduled_at: at,
      ...(at === null
        ? { status: "sending", started_at: now, next_at: now + WAKE_AGAIN_MS }
        : { status: "scheduled", next_at: at }),
    },
    { answer: toSent },
  );
  return toSent(sent);
}

/** A template with a variable that nobody has fails for everyone: the first recipients show it before it is sent. */
async function requireValues(ctx: Ctx, row: CampaignRow, recipients: readonly StoredRecipient[]): Promise<void> {
  const rendered = await renderedFor(ctx, row, recipients);
  const first = rendered[0];
  if (first === undefined || !("failure" in first) || rendered.some((one) => "message" in one)) return;
  throw campaignVariablesMissing(first.failure.message, {
    errors: [{ field: "variables", message: first.failure.message }],
  });
}
