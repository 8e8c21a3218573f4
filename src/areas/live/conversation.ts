import { ServerFrame } from "../../domain/live";
import { conversationOf } from "../../objects";
import { operation } from "../../kit/operation";
import { ConversationPath } from "../conversations/model";
import { conversationNotFound } from "../conversations/problems";
import { upgradeRequired } from "./problems";
import { liveQuery, upgrade } from "./upgrade";

export const conversation = operation({
  id: "openConversationSocket",
  tag: "Live",
  summary: "Open a conversation live",
  description:
    "A WebSocket that delivers messages, statuses, who is typing and who else has the conversation open. docs/live.md describes the frames.",
  method: "get",
  path: "/api/conversations/{id}/live",
  permission: "conversations.view",
  params: ConversationPath,
  query: liveQuery,
  response: ServerFrame,
  status: 101,
  problems: [upgradeRequired, conversationNotFound],
  handle: async ({ ctx, params, query }) => {
    const response = await upgrade(ctx, conversationOf(ctx, params.id), query);
    if (response.status === 404) throw conversationNotFound();
    return response;
  },
});
