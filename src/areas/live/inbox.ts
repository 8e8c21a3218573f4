import { ServerFrame } from "../../domain/live-frames";
import { inboxOf } from "../../objects";
import { operation } from "../../domain/operation";
import { upgradeRequired } from "./problems";
import { liveQuery, upgrade } from "./upgrade";

export default operation({
  id: "openInboxSocket",
  summary: "Open the live inbox",
  description:
    "A WebSocket that delivers every event of the conversations that the caller may see, each once and in order. docs/live.md describes the frames.",
  query: liveQuery,
  response: ServerFrame,
  status: 101,
  problems: [upgradeRequired],
  handle: ({ ctx, query }) => upgrade(ctx, inboxOf(ctx), query),
});
