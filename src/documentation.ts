import type { OpenAPIHono } from "@hono/zod-openapi";
import { ClientFrame, ServerFrame } from "../durable-objects/live.wire";
import type { AppEnv } from "./kit/operation";

const INFO = {
  title: "OmniStream API",
  version: "1.0.0",
  description:
    "The omnichannel CRM's API. Authenticate with `Authorization: Bearer` (from login), the session cookie, or `X-API-Key`. Failures are RFC 9457 problems with a stable `code`.",
  license: { name: "Proprietary", url: "https://omnistream.dev/license" },
};

const TAGS: Record<string, string> = {
  Auth: "Sessions and organizations",
  Conversations: "The inbox",
  Messages: "What is said",
  "Scheduled Messages": "What is said later",
  Notes: "What colleagues tell each other about a conversation",
  CSAT: "What customers say of the service",
  Contacts: "Who writes",
  "Quick Replies": "Ready answers, with variables",
  Agents: "Who answers",
  Divisions: "Who answers what: teams, and how their queues are given out",
  Transfers: "From hand to hand",
  Roles: "What agents may",
  "API Keys": "For programs",
  "Activity Logs": "Who did what",
  SLA: "What is promised, and whether it is kept",
  "Chat Expiration": "For how long a customer may be answered freely",
  "Working Hours": "When somebody is there, and in which timezone",
  Analytics: "What happened, and how it stands",
  Media: "Files",
  Integrations: "Channel accounts",
  Webhooks: "What channels deliver",
  Live: "Sockets",
  Operator: "For who runs the deployment: what is dead, what is parked",
  Health: "Whether it runs",
};

let written: string | undefined;

/** The document is made of the operations that serve, once in an isolate's life: it costs more than any request. */
export function openApiDocument(app: OpenAPIHono<AppEnv>): string {
  written ??= JSON.stringify(
    app.getOpenAPI31Document({
      openapi: "3.1.0",
      info: INFO,
      servers: [{ url: "/" }],
      tags: Object.entries(TAGS).map(([name, description]) => ({ name, description })),
    }),
  );
  return written;
}

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

/** The reference for people at /docs, for programs at /openapi.json. Nothing of it comes from elsewhere. */
export function documentation(app: OpenAPIHono<AppEnv>): void {
  app.openAPIRegistry.registerComponent("securitySchemes", "bearer", { type: "http", scheme: "bearer", bearerFormat: "JWT" });
  app.openAPIRegistry.registerComponent("securitySchemes", "cookie", { type: "apiKey", in: "cookie", name: "omnistream_session" });
  app.openAPIRegistry.registerComponent("securitySchemes", "apiKey", { type: "apiKey", in: "header", name: "X-API-Key" });
  app.openAPIRegistry.registerComponent("securitySchemes", "operator", { type: "http", scheme: "bearer", description: "The deployment's OPERATOR_TOKEN" });
  // What sockets say is no answer of a call, but belongs to the contract as well.
  app.openAPIRegistry.register("LiveServerFrame", ServerFrame);
  app.openAPIRegistry.register("LiveClientFrame", ClientFrame);
  app.get("/openapi.json", (c) => c.body(openApiDocument(app), 200, { "content-type": "application/json", "cache-control": "public, max-age=300" }));
  app.get("/docs", (c) =>
    c.html(PAGE, 200, {
      "content-security-policy":
        "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self'; frame-ancestors 'none'",
      "x-content-type-options": "nosniff",
    }),
  );
  app.get("/", (c) => c.redirect("/docs"));
  app.get("/scalar.js", async (c) => {
    const asset = await c.env.ASSETS.fetch(c.req.raw);
    // A fetched answer's headers cannot be added to.
    return new Response(asset.body, asset);
  });
}
