import type { CorsOrigins } from "../config";

/** Which pages of other origins may call the API, by the deployment's configuration. Pure. */

const EXPOSED =
  "x-d1-bookmark, x-request-id, idempotency-replayed, retry-after, content-disposition, content-range, accept-ranges, www-authenticate";

/**
 * The headers for a page of this origin; undefined: it may not call. A page that is allowed by `*` alone never gets the
 * cookie.
 */
export function corsHeaders(
  { any, origins }: CorsOrigins,
  origin: string | undefined,
): Record<string, string> | undefined {
  if (origin === undefined) return undefined;
  if (origins.includes(origin))
    return {
      "access-control-allow-origin": origin,
      "access-control-allow-credentials": "true",
      "access-control-expose-headers": EXPOSED,
    };
  return any ? { "access-control-allow-origin": "*", "access-control-expose-headers": EXPOSED } : undefined;
}

/** The answer to a browser that asks before it calls. */
export const preflight = (headers: Record<string, string>): Response =>
  new Response(null, {
    status: 204,
    headers: {
      ...headers,
      "access-control-allow-methods": "GET, POST, PUT, PATCH, DELETE",
      "access-control-allow-headers":
        "authorization, content-type, x-api-key, idempotency-key, x-d1-bookmark, range, if-none-match",
      "access-control-max-age": "600",
      vary: "origin",
    },
  });
