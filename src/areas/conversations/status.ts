import { z } from "@hono/zod-openapi";
import { operation } from "../../kit/operation";
import { changeConversation } from "./command";
import { CONVERSATION_STATUSES } from "../../domain/conversation/state";
import { ConversationPath, ConversationWithContact } from "./model";
import { conversationNotFound } from "./problems";

const SetStatus = z
  .strictObject({ status: z.enum(CONVERSATION_STATUSES).openapi({ description: "The new status" }) })
  .openapi("SetConversationStatus");

export const status = operation({
  id: "setConversationStatus",
  tag: "Conversations",
  summary: "Update conversation status",
  method: "patch",
  path: "/api/conversations/{id}/status",
  permission: "conversations.update",
  params: ConversationPath,
  body: SetStatus,
  response: ConversationWithContact,
  problems: [conversationNotFound],
  handle: ({ ctx, params, body }) => changeConversation(ctx, params.id, { kind: "set_status", status: body.status }),
});
