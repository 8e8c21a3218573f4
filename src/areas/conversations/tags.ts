import { z } from "@hono/zod-openapi";
import { operation } from "../../domain/operation";
import { changeConversation } from "./command";
import { ConversationPath, ConversationWithContact, Tags } from "./model";
import { conversationNotFound } from "./problems";

const SetTags = z
  .strictObject({
    tags: Tags.openapi({ description: "All tags of the conversation, at most 50 of up to 50 characters" }),
  })
  .openapi("SetConversationTags");

export default operation({
  id: "setConversationTags",
  summary: "Update conversation tags",
  description: "Replaces all tags. Tags are unique, ignoring case.",
  params: ConversationPath,
  body: SetTags,
  response: ConversationWithContact,
  problems: [conversationNotFound],
  handle: ({ ctx, params, body }) => changeConversation(ctx, params.id, { kind: "set_tags", tags: body.tags }),
});
