import { ServerFrame } from "../../../durable-objects/live.wire";
import { inboxOf } from "../../../durable-objects/stubs";
import { operation } from "../../kit/operation";
import { badOrigin, forbidden, unauthenticated } from "../../kit/problem";
import { liveQuery, socketCaller, socketRequest, upgraded, upgradeRequired } from "./upgrade";

export const inbox = operation({
  id: "openInboxSocket",
  tag: "Live",
  summary: "Open the live inbox",
  description: "A WebSocket: every event of the conversations that the caller may see, each once and in order. docs/live.md describes the frames.",
  method: "get",
  path: "/api/live",
  permission: "public",
  query: liveQuery,
  response: ServerFrame,
  status: 101,
  problems: [upgradeRequired, unauthenticated, forbidden, badOrigin],
  handle: async ({ ctx, query, request }) => {
    const caller = await socketCaller(ctx, request, query);
    return upgraded(await inboxOf({ env: ctx.env, cost: ctx.cost, org: caller.org }).fetch(socketRequest(caller, query)));
  },
});
