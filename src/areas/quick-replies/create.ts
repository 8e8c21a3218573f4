import { happened } from "../../domain/event";
import { commit } from "../../kit/commit";
import type { Ctx } from "../../domain/context";
import { isUniqueViolation } from "../../kit/database";
import { orgToken } from "../../kit/id";
import { operation } from "../../domain/operation";
import { categoryKeyOf, CreateQuickReply, QuickReply, toQuickReply } from "./model";
import { quickReplyShortcutTaken } from "./problems";
import { searchTerms } from "./terms";

export default operation({
  id: "createQuickReply",
  summary: "Create a quick reply",
  description: "Variables in the content are replaced when the message is sent; unknown variables are refused.",
  body: CreateQuickReply,
  examples: {
    "With variables": {
      title: "Greeting",
      content: "Hello {{contact.name|there}}, this is {{agent.name}}.",
      shortcut: "/hello",
      category: "Greetings",
    },
  },
  response: QuickReply,
  status: 201,
  idempotent: "stored",
  problems: [quickReplyShortcutTaken],
  handle: ({ ctx, body }) => createQuickReply(ctx, body),
});

export async function createQuickReply(ctx: Ctx, input: CreateQuickReply): Promise<QuickReply> {
  const now = ctx.now();
  const row = {
    id: ctx.newId(),
    ...input,
    created_by: ctx.actor.id,
    use_count: 0,
    created_at: now,
    updated_at: now,
  };
  const answer = toQuickReply({ ...row, rowid: 0, own_use_count: null, own_last_used_at: null, is_favorite: null });
  try {
    await commit(ctx, {
      write: [
        ctx.db.sql(
          `INSERT INTO quick_replies (id, org_id, org_token, title, content, shortcut, category, created_by, created_at, updated_at, category_key, terms)
           VALUES (?2, ?1, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?9, ?10, ?11)`,
          row.id,
          orgToken(ctx.orgId),
          row.title,
          row.content,
          row.shortcut,
          row.category,
          row.created_by,
          now,
          categoryKeyOf(row),
          searchTerms(input),
        ),
      ],
      events: [
        happened(
          "quick_reply.created",
          row.id,
          Object.fromEntries(
            Object.entries(input).flatMap(([field, value]) => (value === null ? [] : [[field, [null, value]]])),
          ),
        ),
      ],
      answer,
      status: 201,
    });
  } catch (error) {
    if (isUniqueViolation(error, "quick_replies.shortcut")) throw quickReplyShortcutTaken();
    throw error;
  }
  return answer;
}
