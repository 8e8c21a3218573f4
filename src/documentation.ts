import type { OpenAPIHono } from "@hono/zod-openapi";
import { ClientFrame, ServerFrame } from "./domain/live";
import type { AppEnv } from "./kit/operation";

const INTRODUCTION = `
WhatsApp, Instagram, Messenger and email in one live inbox.

## Authentication
Send \`Authorization: Bearer <token>\` (from \`POST /api/auth/login\`), the session cookie that the same call sets, or \`X-API-Key\`. A change with the cookie must come from the deployment's own origin. Each operation names the permission it needs; conversations that the caller may not see do not exist for them (404).

## Failures
Failures are RFC 9457 problems (\`application/problem+json\`). \`code\` is stable: decide by it and not by \`title\` or \`detail\`, which are for people. \`errors\` names each field that was refused. Nothing is changed by a call that fails. \`request_id\` is also in the header \`X-Request-Id\`: quote it when you ask for help.

## Lists
Lists that grow take \`limit\` (100 at most, 50 by default) and \`cursor\`, and answer \`{data, has_more, next_cursor}\`. A cursor is opaque, and stays valid while rows arrive.

## Retries
Send an \`Idempotency-Key\` of your own with every POST that creates or sends. The same key with the same body gets the same answer for 24 hours and does nothing twice; with another body it is refused (409). A 429 or 503 says in \`Retry-After\` when to come back.

## Reading your own writes
Each answer carries \`X-D1-Bookmark\`. Send it back with your next read to see at least what that answer saw, also from a replica near you. What customers write is in lists about a second after it is on the live socket.

## Live
\`GET /api/live\` and \`GET /api/conversations/{id}/live\` are WebSockets that resume where they were. Their frames are the schemas \`LiveServerFrame\` and \`LiveClientFrame\`.
`;

const INFO = {
  title: "OmniStream API",
  version: "1.0.0",
  description: INTRODUCTION.trim(),
  license: { name: "Proprietary", url: "https://omnistream.dev/license" },
};

const TAGS: Record<string, string> = {
  Auth: "Register an organization, log in and out",
  Conversations: "List, assign, tag and resolve conversations",
  Messages: "Send, list and search messages",
  "Scheduled Messages": "Messages that are sent later",
  Notes: "Internal notes on a conversation, with mentions",
  CSAT: "Satisfaction surveys and their results",
  Contacts: "The customers",
  "Quick Replies": "Prepared answers with variables, imported and exported as CSV",
  Agents: "The people who answer",
  Divisions: "Teams, and how their queues are assigned",
  Transfers: "Hand a conversation to another agent or division",
  Roles: "Roles and the permissions they give",
  "API Keys": "Keys for programs",
  "Activity Logs": "Who changed what, with before and after",
  SLA: "Response and resolution targets, and breaches",
  "Chat Expiration": "The customer service window of each channel",
  "Working Hours": "Opening hours, and the organization's timezone",
  Analytics: "Figures by day, agent, channel and division",
  Media: "Upload, download and send files",
  Integrations: "Connected channel accounts",
  Webhooks: "Where channels deliver",
  Live: "WebSockets",
  Operator: "For those who run the deployment: dead letters and parked deliveries",
  Health: "Whether the deployment works",
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
  app.openAPIRegistry.registerComponent("securitySchemes", "bearer", {
    type: "http",
    scheme: "bearer",
    bearerFormat: "JWT",
  });
  app.openAPIRegistry.registerComponent("securitySchemes", "cookie", {
    type: "apiKey",
    in: "cookie",
    name: "omnistream_session",
  });
  app.openAPIRegistry.registerComponent("securitySchemes", "apiKey", {
    type: "apiKey",
    in: "header",
    name: "X-API-Key",
  });
  app.openAPIRegistry.registerComponent("securitySchemes", "ticket", {
    type: "apiKey",
    in: "query",
    name: "ticket",
    description: "For sockets: from POST /api/live/tickets",
  });
  app.openAPIRegistry.registerComponent("securitySchemes", "operator", {
    type: "http",
    scheme: "bearer",
    description: "The deployment's OPERATOR_TOKEN",
  });
  // What sockets say is no answer of a call, but belongs to the contract as well.
  app.openAPIRegistry.register("LiveServerFrame", ServerFrame);
  app.openAPIRegistry.register("LiveClientFrame", ClientFrame);
  app.get("/openapi.json", (c) =>
    c.body(openApiDocument(app), 200, { "content-type": "application/json", "cache-control": "public, max-age=300" }),
  );
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
