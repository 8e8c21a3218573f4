import { ServerFrame } from "../../../durable-objects/live.wire";
import { conversationOf } from "../../../durable-objects/stubs";
import { operation } from "../../kit/operation";
import { badOrigin, forbidden, unauthenticated } from "../../kit/problem";
import { ConversationPath } from "../conversations/model";
import { conversationNotFound } from "../conversations/problems";
import { liveQuery, socketCaller, socketRequest, upgraded, upgradeRequired } from "./upgrade";

export const conversation = operation({
  id: "openConversationSocket",
  tag: "Live",
  summary: "Open a conversation live",
  description: "A WebSocket: messages, statuses, who is typing and who else has it open. docs/live.md describes the frames.",
  method: "get",
  path: "/api/conversations/{id}/live",
  permission: "public",
  params: ConversationPath,
  query: liveQuery,
  response: ServerFrame,
  status: 101,
  problems: [upgradeRequired, unauthenticated, forbidden, badOrigin, conversationNotFound],
  handle: async ({ ctx, params, query, request }) => {
    const caller = await socketCaller(ctx, request, query);
    const response = await conversationOf({ env: ctx.env, cost: ctx.cost, org: caller.org }, params.id).fetch(socketRequest(caller, query));
    if (response.status === 404) throw conversationNotFound();
    return upgraded(response);
  },
});
