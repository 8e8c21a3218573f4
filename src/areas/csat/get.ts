import { type Ctx, visibilityOf } from "../../domain/context";
import { operation } from "../../domain/operation";
import { visibleSql } from "../conversations/filter";
import { ConversationPath } from "../conversations/model";
import { conversationNotFound } from "../conversations/problems";
import { CsatSurvey, SURVEY_COLUMNS, type SurveyRow, toCsatSurvey } from "./model";
import { csatSurveyNotFound } from "./problems";

export default operation({
  id: "getConversationCsat",
  summary: "Get CSAT survey for a conversation",
  description: "Returns the survey of the latest cycle that has one.",
  params: ConversationPath,
  response: CsatSurvey,
  problems: [conversationNotFound, csatSurveyNotFound],
  handle: ({ ctx, params }) => getConversationSurvey(ctx, params.id),
});

export async function getConversationSurvey(ctx: Ctx, conversationId: string): Promise<CsatSurvey> {
  const params: string[] = [conversationId];
  const [row] = await ctx.db.query<Omit<SurveyRow, "id"> & { id: string | null }>(
    `SELECT ${SURVEY_COLUMNS} FROM conversations c LEFT JOIN csat_surveys s INDEXED BY idx_csat_surveys_conversation ON s.org_id = c.org_id AND s.conversation_id = c.id
     WHERE c.org_id = ?1 AND c.id = ?2 AND ${visibleSql(visibilityOf(ctx.actor), (value) => `?${params.push(value) + 1}`)} ORDER BY s.cycle DESC LIMIT 1`,
    ...params,
  );
  if (!row) throw conversationNotFound();
  if (row.id === null) throw csatSurveyNotFound();
  return toCsatSurvey(ctx, row as SurveyRow);
}
