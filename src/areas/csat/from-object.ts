import { type Survey, surveyRow } from "../../domain/survey";
import type { ConversationWithContact } from "../../domain/conversation/wire";
import type { Ctx } from "../../domain/context";
import { type CsatSurvey, toCsatSurvey } from "./model";

/** The survey as its conversation's object returned it, since D1 may lag behind. One query, for the agent's name. */
export async function surveyFromObject(
  ctx: Ctx,
  survey: Survey,
  conversation: ConversationWithContact,
): Promise<CsatSurvey> {
  const [agent] = survey.agentId
    ? await ctx.db.query<{ full_name: string }>(
        "SELECT full_name FROM agents WHERE org_id = ?1 AND id = ?2",
        survey.agentId,
      )
    : [];
  return toCsatSurvey(ctx, {
    ...surveyRow(survey),
    conversation_id: conversation.id,
    contact_id: conversation.contact_id,
    channel: conversation.contact_channel,
    agent_name: agent?.full_name ?? null,
    contact_name: conversation.contact_name,
  });
}
