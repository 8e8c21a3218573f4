import { ServerFrame } from "../../domain/live-frames";
import { conversationOf } from "../../objects";
import { operation } from "../../domain/operation";
import { ConversationPath } from "../conversations/model";
import { conversationNotFound } from "../conversations/problems";
import { upgradeRequired } from "./problems";
import { liveQuery, upgrade } from "./upgrade";

export default operation({
  id: "openConversationSocket",
  summary: "Open a conversation live",
  description:
    "A WebSocket that delivers messages, statuses, who is typing and who else has the conversation open. docs/live.md describes the frames.",
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
