import type { Context, Hono } from "hono";
import type { AppEnv } from "./kit/operation";
import { notFound } from "./kit/problem";

/**
 * The page runs its own script and nothing else: no inline code, no other host, no text that becomes code. Mails are
 * shown in a frame of this origin, whose answer has a policy of its own (areas/media/open-html.ts). One address may
 * become code: that of the worker which shows pushes (web/src/live/push.ts).
 */
const PAGE_HEADERS = {
  "content-security-policy":
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; media-src 'self' blob:; font-src 'self'; connect-src 'self'; frame-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types push-worker",
  "referrer-policy": "same-origin",
  "permissions-policy": "microphone=(self), camera=()",
  "cross-origin-opener-policy": "same-origin",
  "x-content-type-options": "nosniff",
  // Asked for each time, by its ETag: an old page would ask for files that are gone.
  "cache-control": "no-cache",
};
/** It shows notifications; it needs no network, and is asked for anew whenever a push comes. */
const PUSH_WORKER_HEADERS = {
  "content-security-policy": "default-src 'none'",
  "x-content-type-options": "nosniff",
  "cache-control": "no-cache",
};
/** Their names change with their content. public/_headers says the same, for answers that do not pass the Worker. */
const ASSET_HEADERS = {
  "cache-control": "public, max-age=31536000, immutable",
  "x-content-type-options": "nosniff",
};

/** Serves the console (web/, built into public/) at /app, whatever the path below it: the page itself routes. */
export function consolePages(app: Hono<AppEnv>): void {
  app.get("/", (c) => c.redirect("/app/"));
  const page = (c: Context<AppEnv>): Promise<Response> => assetAs(c, "/app.html", PAGE_HEADERS);
  // Its address says which pages it is for.
  app.get("/app/push-worker.js", (c) => assetAs(c, "/push-worker.js", PUSH_WORKER_HEADERS));
  app.get("/app", page);
  app.get("/app/*", page);
  app.get("/assets/*", (c) => assetAs(c, new URL(c.req.url).pathname, ASSET_HEADERS));
}

async function assetAs(c: Context<AppEnv>, path: string, headers: Record<string, string>): Promise<Response> {
  const asset = await c.env.ASSETS.fetch(new Request(new URL(path, c.req.url), { headers: c.req.raw.headers }));
  if (asset.status !== 200 && asset.status !== 304) throw notFound();
  // The headers of a fetched response are immutable.
  const answer = new Response(asset.body, asset);
  for (const [name, value] of Object.entries(headers)) answer.headers.set(name, value);
  return answer;
}
