import { z } from "@hono/zod-openapi";
import { operation } from "../../domain/operation";
import { changeConversation } from "./command";
import { CONVERSATION_STATUSES } from "../../domain/conversation/state";
import { ConversationPath, ConversationWithContact } from "./model";
import { conversationNotFound } from "./problems";

const SetStatus = z
  .strictObject({ status: z.enum(CONVERSATION_STATUSES).openapi({ description: "The new status" }) })
  .openapi("SetConversationStatus");

export default operation({
  id: "setConversationStatus",
  summary: "Update conversation status",
  params: ConversationPath,
  body: SetStatus,
  response: ConversationWithContact,
  problems: [conversationNotFound],
  handle: ({ ctx, params, body }) => changeConversation(ctx, params.id, { kind: "set_status", status: body.status }),
});
