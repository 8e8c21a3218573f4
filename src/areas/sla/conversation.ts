import { conversationOf } from "../../objects";
import { judged } from "../../domain/sla";
import { type Ctx, visibilityOf } from "../../domain/context";
import { operation } from "../../domain/operation";
import { ConversationPath } from "../conversations/model";
import { conversationNotFound } from "../conversations/problems";
import { ConversationSlaStatus } from "./schema";
import { elapsedSecs, planOf, policyFor } from "./plan";
import { loadSlaSettings } from "./settings";

export default operation({
  id: "getConversationSla",
  summary: "Get SLA status for a conversation",
  description:
    "Returns the current cycle's SLA status, calculated now with the current settings. Recorded breaches remain.",
  params: ConversationPath,
  response: ConversationSlaStatus,
  problems: [conversationNotFound],
  handle: ({ ctx, params }) => conversationSla(ctx, params.id),
});

export async function conversationSla(ctx: Ctx, id: string): Promise<ConversationSlaStatus> {
  const [measured, settings] = await Promise.all([
    conversationOf(ctx, id).measured(visibilityOf(ctx.actor)),
    loadSlaSettings(ctx.db),
  ]);
  if (!measured) throw conversationNotFound();
  const { facts, sla, channel } = measured;
  const calendar = settings.calendarOf(facts.divisionId ?? "");
  // A conversation that has nothing but history has no cycle to measure.
  const isMeasured = facts.cycle > 0;
  const policy = isMeasured ? policyFor(settings.policies, channel, facts.divisionId ?? "") : undefined;
  const plan = planOf(policy, facts, calendar);
  const now = judged(plan, sla, facts, ctx.now());
  return {
    conversation_id: id,
    policy_id: plan?.policyId ?? null,
    policy_name: plan?.policyName ?? null,
    frt_status: now.firstResponse,
    frt_elapsed_secs: elapsedSecs(facts, "first_response", calendar, ctx.now()),
    frt_threshold_secs: plan?.firstResponse?.thresholdSecs ?? null,
    resolution_status: now.resolution,
    resolution_elapsed_secs: isMeasured ? elapsedSecs(facts, "resolution", calendar, ctx.now()) : 0,
    resolution_threshold_secs: plan?.resolution?.thresholdSecs ?? null,
  };
}
