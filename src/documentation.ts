import type { Hono } from "hono";
import type { AppEnv } from "./kit/operation";

let written: string | undefined;

/** Written once per isolate. Loads all operations. */
const openApiDocument = async (): Promise<string> => (written ??= await (await import("./openapi")).writeDocument());

const PAGE = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>OmniStream API</title>
</head>
<body>
<div id="reference"></div>
<script src="/scalar.js"></script>
<script>
Scalar.createApiReference("#reference", { url: "/openapi.json", withDefaultFonts: false, telemetry: false, agent: { disabled: true }, hideClientButton: true, showToolbar: "never", showDeveloperTools: "never", mcp: { disabled: true } });
</script>
</body>
</html>`;

/** Serves the reference at /docs and the OpenAPI document at /openapi.json, without third-party resources. */
export function documentation(app: Hono<AppEnv>): void {
  app.get("/openapi.json", async (c) =>
    c.body(await openApiDocument(), 200, {
      "content-type": "application/json",
      "cache-control": "public, max-age=300",
    }),
  );
  app.get("/docs", (c) =>
    c.html(PAGE, 200, {
      "content-security-policy":
        "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self'; frame-ancestors 'none'",
      "x-content-type-options": "nosniff",
    }),
  );
  app.get("/scalar.js", async (c) => {
    const asset = await c.env.ASSETS.fetch(c.req.raw);
    // The headers of a fetched response are immutable.
    return new Response(asset.body, asset);
  });
}
