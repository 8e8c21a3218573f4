import { consume } from "../queues";
import { app, publicContext } from "./app";
import { everyMinute } from "./cron";

export { ConversationObject, InboxObject, RoutingObject } from "../durable-objects";

export default {
  fetch: (request, env, ctx) => app.fetch(request, env, ctx),
  queue: (batch, env, ctx) =>
    consume(
      batch,
      publicContext(env, (work) => ctx.waitUntil(work)),
    ),
  scheduled: (_controller, env, ctx) => everyMinute(publicContext(env, (work) => ctx.waitUntil(work))),
} satisfies ExportedHandler<Env>;
