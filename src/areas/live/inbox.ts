import { ServerFrame } from "../../domain/live";
import { inboxOf } from "../../objects";
import { operation } from "../../kit/operation";
import { upgradeRequired } from "./problems";
import { liveQuery, upgrade } from "./upgrade";

export const inbox = operation({
  id: "openInboxSocket",
  tag: "Live",
  summary: "Open the live inbox",
  description:
    "A WebSocket that delivers every event of the conversations that the caller may see, each once and in order. docs/live.md describes the frames.",
  method: "get",
  path: "/api/live",
  permission: "conversations.view",
  query: liveQuery,
  response: ServerFrame,
  status: 101,
  problems: [upgradeRequired],
  handle: ({ ctx, query }) => upgrade(ctx, inboxOf(ctx), query),
});
