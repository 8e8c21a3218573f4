import { z } from "@hono/zod-openapi";
import type { Ctx } from "../../domain/context";
import { operation } from "../../domain/operation";
import { languageOf, TEXTS } from "./texts";

const fields = {
  ask_after_resolve: z.boolean().openapi({
    description:
      "Sends the survey within a minute or two after an agent has resolved the conversation, if it is still resolved and the customer service window is open",
  }),
  question: z.string().trim().min(1).max(300).nullable().openapi({
    description: "What the customer is asked; null: `default_question`",
  }),
};

export const CsatSettings = z
  .object({
    ...fields,
    default_question: z.string().openapi({ description: "In the language of the organization's country" }),
  })
  .openapi("CsatSettings");
export type CsatSettings = z.infer<typeof CsatSettings>;

export const UpdateCsatSettings = z
  .strictObject({ ask_after_resolve: fields.ask_after_resolve.optional(), question: fields.question.optional() })
  .openapi("UpdateCsatSettings");
export type UpdateCsatSettings = z.infer<typeof UpdateCsatSettings>;

export default operation({
  id: "getCsatSettings",
  summary: "Get the settings of surveys",
  response: CsatSettings,
  handle: ({ ctx }) => getCsatSettings(ctx),
});

export async function getCsatSettings(ctx: Ctx): Promise<CsatSettings> {
  const [row] = await ctx.db.query<{ asks_csat: number; csat_question: string | null }>(
    "SELECT asks_csat, csat_question FROM orgs WHERE org_id = ?1",
  );
  return {
    ask_after_resolve: row!.asks_csat === 1,
    question: row!.csat_question,
    default_question: TEXTS[languageOf(ctx.org.country ?? null)].question,
  };
}
