import { z } from "@hono/zod-openapi";
import { type Ctx, visibilityOf } from "../../domain/context";
import { type Reply } from "../../kit/operation";
import { rateSurvey as rating } from "../../domain/conversation/commands/rate-survey";
import { operation } from "../../domain/operation";
import { MAX_COMMENT } from "../../domain/survey";
import { commandConversation, withBookmark } from "../conversations/command";
import { visibleSql } from "../conversations/filter";
import { conversationNotFound } from "../conversations/problems";
import { surveyFromObject } from "./from-object";
import { CsatPath, CsatSurvey } from "./model";
import { csatOwnWork, csatSurveyNotFound } from "./problems";

const SubmitCsatRating = z
  .strictObject({
    rating: z.int().min(1).max(5).openapi({ description: "From 1 (worst) to 5 (best)" }),
    comment: z.string().trim().max(MAX_COMMENT).optional().openapi({ description: "The customer's comment" }),
  })
  .openapi("SubmitCsatRating");

export default operation({
  id: "submitCsatRating",
  summary: "Submit a CSAT rating",
  description:
    "Records a rating that the customer gave elsewhere, for example by telephone; `rated_via` is then `agent`, and the activity log names who recorded it. Customers themselves answer in the channel or with the survey's `public_url`. A survey can be rated once, and not by the agent it is about.",
  params: CsatPath,
  body: SubmitCsatRating,
  response: CsatSurvey,
  problems: [csatSurveyNotFound, csatOwnWork, conversationNotFound, ...Object.values(rating.refusals)],
  handle: ({ ctx, params, body }) => rateSurvey(ctx, params.id, body),
});

export async function rateSurvey(ctx: Ctx, surveyId: string, input: z.output<typeof SubmitCsatRating>): Promise<Reply> {
  const params: string[] = [surveyId];
  const [row] = await ctx.db.query<{ conversation_id: string; agent_id: string }>(
    `SELECT s.conversation_id, s.agent_id FROM csat_surveys s JOIN conversations c ON c.id = s.conversation_id AND c.org_id = s.org_id
     WHERE s.org_id = ?1 AND s.id = ?2 AND ${visibleSql(visibilityOf(ctx.actor), (value) => `?${params.push(value) + 1}`)}`,
    ...params,
  );
  if (!row) throw csatSurveyNotFound();
  if (row.agent_id !== "" && row.agent_id === ctx.actor.id) throw csatOwnWork();
  const {
    answer: survey,
    conversation,
    bookmark,
  } = await commandConversation(ctx, row.conversation_id, {
    kind: "rate_survey",
    surveyId,
    rating: { rating: input.rating, comment: input.comment || null, via: "agent" },
  });
  return withBookmark(await surveyFromObject(ctx, survey!, conversation), bookmark);
}
