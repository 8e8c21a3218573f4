import { Hono } from "hono";
import { authenticate } from "./areas/access/authenticate";
import { unsubscribePages } from "./areas/campaigns/unsubscribe-pages";
import { surveyPages } from "./areas/csat/pages";
import { upgradeProblemOf } from "./areas/health/missing-migrations";
import { loginPages } from "./areas/integrations/pages";
import { authenticateSocket } from "./areas/live/authenticate";
import { publicContext } from "./effects/context";
import { consolePages } from "./console";
import { documentation } from "./documentation";
import type { PublicCtx } from "./kit/context";
import { corsHeaders, preflight } from "./kit/cors";
import type { Ctx } from "./domain/context";
import { logError } from "./kit/log";
import { type AppEnv, mount } from "./kit/operation";
import { internal, methodNotAllowed, notFound, Problem, problemResponse } from "./kit/problem";
import { areas } from "./composition";

const app = new Hono<AppEnv>();

app.use(async (c, next) => {
  const ctx = publicContext(
    c.env,
    (work) => c.executionCtx.waitUntil(work),
    c.req.header("cf-connecting-ip") ?? "unknown",
  );
  c.set("publicCtx", ctx);
  let caller: Ctx | undefined;
  c.set(
    "authenticate",
    async (way) =>
      (caller ??=
        way === "socket" ? await authenticateSocket(ctx, c.req.raw) : await authenticate(ctx, c.req.raw, way)),
  );
  const isApi = c.req.path.startsWith("/api/");
  const cors = isApi ? corsHeaders(ctx.config.CORS_ORIGINS, c.req.header("origin")) : undefined;
  if (cors && c.req.method === "OPTIONS" && c.req.header("access-control-request-method")) return preflight(cors);
  await next();
  // The response of a socket comes from the object, and its headers are immutable.
  if (c.res.status === 101) return undefined;
  c.res.headers.set("x-request-id", ctx.requestId);
  c.res.headers.set("x-content-type-options", "nosniff");
  if (cors && !c.res.headers.has("access-control-allow-origin")) {
    for (const [name, value] of Object.entries(cors)) c.res.headers.set(name, value);
    c.res.headers.append("vary", "origin");
  }
  const bookmark = c.res.headers.get("x-d1-bookmark") ?? caller?.db.bookmark;
  if (bookmark) c.res.headers.set("x-d1-bookmark", bookmark);
  if (ctx.config.ENVIRONMENT !== "production") c.res.headers.set("server-timing", ctx.cost.toServerTiming());
  return undefined;
});

mount(app, areas);
surveyPages(app);
unsubscribePages(app);
loginPages(app);
documentation(app);
consolePages(app);

app.notFound((c) => {
  const allowed = c.get("allowed");
  return problemResponse(allowed ? methodNotAllowed(undefined, { allowed }) : notFound(), requestIdOf(c));
});

app.onError(async (error, c) => {
  if (error instanceof Problem) return problemResponse(error, requestIdOf(c));
  const ctx = c.get("publicCtx") as PublicCtx | undefined;
  const upgrade = ctx && (await upgradeProblemOf(ctx, error));
  if (upgrade) return problemResponse(upgrade, requestIdOf(c));
  logError("unexpected", error, { request_id: requestIdOf(c), method: c.req.method, path: c.req.routePath });
  return problemResponse(internal(), requestIdOf(c));
});

const requestIdOf = (c: { get: (key: "publicCtx") => PublicCtx | undefined }): string =>
  c.get("publicCtx")?.requestId ?? "unknown";

export { app, publicContext };
