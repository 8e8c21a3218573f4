import { requestSurvey as request } from "../../domain/conversation/commands/request-survey";
import { surveyIdOf } from "../../domain/survey";
import type { Ctx } from "../../domain/context";
import { type Reply } from "../../kit/operation";
import { operation } from "../../domain/operation";
import { commandConversation, withBookmark } from "../conversations/command";
import { getConversation } from "../conversations/get";
import { ConversationPath } from "../conversations/model";
import { conversationNotFound } from "../conversations/problems";
import { surveyFromObject } from "./from-object";
import { getCsatSettings } from "./get-settings";
import { surveyLink } from "./link";
import { CsatSurvey } from "./model";
import { question } from "./question";
import { languageOf } from "./texts";

export default operation({
  id: "createCsatSurvey",
  summary: "Create a CSAT survey for a conversation",
  description:
    "Asks the customer in the channel: on WhatsApp with a list of five ratings and the public link, in the language of the organization's country. There is one survey per cycle of a conversation; it neither reopens the conversation nor counts as an answer. Outside the customer service window nothing is sent and the survey is `failed`; its link still works. Calling again retries a failed survey.",
  params: ConversationPath,
  response: CsatSurvey,
  status: 201,
  idempotent: "own",
  problems: [conversationNotFound, ...Object.values(request.refusals)],
  handle: ({ ctx, params }) => requestSurvey(ctx, params.id),
});

export async function requestSurvey(ctx: Ctx, conversationId: string): Promise<Reply> {
  const { cycle, contact_channel: channel } = await getConversation(ctx, conversationId);
  const link = surveyLink(ctx.config, { orgId: ctx.orgId, tenantDb: ctx.org.tenantDb, conversationId, cycle });
  const ask = question(
    channel,
    surveyIdOf(conversationId, cycle),
    link,
    languageOf(ctx.org.country ?? null),
    (await getCsatSettings(ctx)).question,
  );
  const {
    answer: survey,
    conversation,
    bookmark,
    replayed,
  } = await commandConversation(ctx, conversationId, {
    kind: "request_survey",
    cycle,
    ask,
  });
  return withBookmark(
    await surveyFromObject(ctx, survey!, conversation),
    bookmark,
    replayed ? { "idempotency-replayed": "true" } : {},
  );
}
