import { consume } from "../queues";
import { app, publicContext } from "./app";
import { everyMinute } from "./cron";

export {
  CampaignObject,
  ConversationObject,
  EndpointObject,
  InboxObject,
  PacerObject,
  RoutingObject,
} from "../durable-objects";

export default {
  fetch: (request, env, ctx) => app.fetch(request, env, ctx),
  queue: (batch, env, ctx) =>
    consume(
      batch,
      publicContext(env, (work) => ctx.waitUntil(work)),
    ),
  email: async (message, env, ctx) =>
    (await import("./areas/ingest/receive-mail")).receiveMail(
      publicContext(env, (work) => ctx.waitUntil(work)),
      message,
    ),
  scheduled: (_controller, env, ctx) => everyMinute(publicContext(env, (work) => ctx.waitUntil(work))),
} satisfies ExportedHandler<Env>;
