import { OpenAPIHono } from "@hono/zod-openapi";
import { ClientFrame } from "./domain/live";
import { ServerFrame } from "./domain/live-frames";
import { registerWebhooks } from "./areas/webhooks/document";
import { registerHeaders, routeConfigOf } from "./kit/operation-document";
import { allOperations, areas } from "./composition";

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
Each answer carries \`X-D1-Bookmark\`. Send it back with your next read to see at least what that answer saw, also from a replica near you. Customers' messages are in lists about a second after they are on the live socket.

## Webhooks
\`POST /api/webhooks\` sends events to an endpoint of yours, signed as [Standard Webhooks](https://www.standardwebhooks.com) asks. The requests are under "Webhooks" in this document, and in \`GET /api/webhooks/events\` with examples.

## Live
\`GET /api/live\` and \`GET /api/conversations/{id}/live\` are WebSockets that resume where they were. Their frames are the schemas \`LiveServerFrame\` and \`LiveClientFrame\`.
`;

const INFO = {
  title: "OmniStream API",
  version: "1.0.0",
  description: INTRODUCTION.trim(),
  license: { name: "Proprietary", url: "https://omnistream.dev/license" },
};

/** Builds the OpenAPI document from the operations themselves. Costs more than any request. */
export async function writeDocument(): Promise<string> {
  const document = new OpenAPIHono();
  const registry = document.openAPIRegistry;
  registerHeaders(registry);
  for (const [name, scheme] of Object.entries(SECURITY_SCHEMES))
    registry.registerComponent("securitySchemes", name, scheme);
  // Frames are part of the contract, although no operation answers them.
  registry.register("LiveServerFrame", ServerFrame);
  registry.register("LiveClientFrame", ClientFrame);
  registerWebhooks(registry);
  for (const op of await allOperations()) registry.registerPath(routeConfigOf(op));
  return JSON.stringify(
    document.getOpenAPI31Document({
      openapi: "3.1.0",
      info: INFO,
      servers: [{ url: "/" }],
      tags: areas.map(({ tag, description }) => ({ name: tag, description })),
    }),
  );
}

const SECURITY_SCHEMES = {
  bearer: { type: "http", scheme: "bearer", bearerFormat: "JWT" },
  cookie: { type: "apiKey", in: "cookie", name: "omnistream_session" },
  apiKey: { type: "apiKey", in: "header", name: "X-API-Key" },
  ticket: {
    type: "apiKey",
    in: "query",
    name: "ticket",
    description: "For sockets: from POST /api/live/tickets",
  },
  operator: { type: "http", scheme: "bearer", description: "The deployment's OPERATOR_TOKEN" },
} as const;
