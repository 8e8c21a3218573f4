/**
 * The lower bound of every path: the platform's own cost on the same tables. Without framework, login or checks, so
 * that the ratio shows the cost of everything else.
 */
import { DurableObject } from "cloudflare:workers";

interface BareEnv {
  OBJECT: DurableObjectNamespace<BareObject>;
  SMALL: D1Database;
  LARGE: D1Database;
  APP_SECRET: string;
}

export class BareObject extends DurableObject<BareEnv> {
  constructor(ctx: DurableObjectState, env: BareEnv) {
    super(ctx, env);
    ctx.storage.sql.exec("CREATE TABLE IF NOT EXISTS messages (id TEXT PRIMARY KEY, doc TEXT NOT NULL) WITHOUT ROWID");
  }

  insert(id: string, doc: string): void {
    this.ctx.storage.sql.exec("INSERT INTO messages VALUES (?, ?)", id, doc);
  }

  /** The minimal send: store the message, call the channel, store the channel's answer. */
  send(id: string, doc: string, graphUrl: string): void {
    this.insert(id, doc);
    this.ctx.waitUntil(
      fetch(graphUrl, { method: "POST", body: doc })
        .then((answer) => answer.text())
        .then((answer) => this.ctx.storage.sql.exec("UPDATE messages SET doc = ? WHERE id = ?", doc + answer, id)),
    );
  }

  fill(count: number, doc: string): void {
    this.ctx.storage.sql.exec("DELETE FROM messages");
    this.ctx.storage.sql.exec(
      "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?) INSERT INTO messages SELECT printf('%024x', i), ? FROM n",
      count,
      doc,
    );
  }

  page(limit: number): string {
    const rows = this.ctx.storage.sql
      .exec<{ doc: string }>("SELECT doc FROM messages ORDER BY id DESC LIMIT ?", limit)
      .toArray();
    return `[${rows.map((row) => row.doc).join(",")}]`;
  }

  override async fetch(): Promise<Response> {
    const { 0: client, 1: server } = new WebSocketPair();
    this.ctx.acceptWebSocket(server);
    return new Response(null, { status: 101, webSocket: client });
  }

  broadcast(text: string): void {
    for (const socket of this.ctx.getWebSockets()) socket.send(text);
  }

  override async webSocketMessage(): Promise<void> {}
}

const encoder = new TextEncoder();
let key: CryptoKey | undefined;

export default {
  async fetch(request: Request, env: BareEnv, ctx: ExecutionContext): Promise<Response> {
    const url = new URL(request.url);
    const object = (name: string): DurableObjectStub<BareObject> => env.OBJECT.getByName(name);
    // A minimal Graph API, here so that it does not run in the measured process.
    if (url.pathname.startsWith("/graph/")) return graph();
    switch (url.pathname) {
      case "/webhook": {
        const body = await request.arrayBuffer();
        key ??= await crypto.subtle.importKey(
          "raw",
          encoder.encode(env.APP_SECRET),
          { name: "HMAC", hash: "SHA-256" },
          false,
          ["verify"],
        );
        const signature = Uint8Array.from(
          request.headers.get("x-hub-signature-256")!.slice("sha256=".length).match(/../g)!,
          (pair) => Number.parseInt(pair, 16),
        );
        if (!(await crypto.subtle.verify("HMAC", key, signature, body))) return new Response(null, { status: 403 });
        const delivery = JSON.parse(new TextDecoder().decode(body)) as {
          entry: [{ changes: [{ value: { messages: [{ id: string; from: string }] } }] }];
        };
        const [message] = delivery.entry[0].changes[0].value.messages;
        await object(message.from).insert(message.id, JSON.stringify(message));
        // Optional: shows the part of the ratio that the live inbox causes.
        if (url.searchParams.has("log")) ctx.waitUntil(object("log").insert(message.id, JSON.stringify(message)));
        return Response.json({ received: 1 });
      }
      case "/list": {
        const d1 = url.searchParams.get("size") === "small" ? env.SMALL : env.LARGE;
        const { results } = await d1
          .prepare(
            "SELECT * FROM conversations INDEXED BY idx_conversations_activity WHERE org_id = ? ORDER BY updated_at DESC, id DESC LIMIT 50",
          )
          .bind(url.searchParams.get("org"))
          .all();
        return Response.json(results);
      }
      case "/messages/fill":
        await object("long").fill(Number(url.searchParams.get("count")), await request.text());
        return new Response("filled");
      case "/messages":
        return new Response(await object("long").page(50), { headers: { "content-type": "application/json" } });
      case "/send": {
        const id = url.searchParams.get("id")!;
        const doc = await request.text();
        await object(id).send(crypto.randomUUID(), doc, `${url.origin}/graph/messages`);
        await env.LARGE.batch([
          env.LARGE.prepare(
            `INSERT INTO conversations (id, org_id, contact_id, account_id, channel, status, last_message, version, created_at, updated_at) VALUES (?1, ?2, ?1, ?1, 'whatsapp', 'open', ?3, 1, ?4, ?4)
             ON CONFLICT (id) DO UPDATE SET last_message = excluded.last_message, version = version + 1, updated_at = excluded.updated_at`,
          ).bind(id, url.searchParams.get("org"), doc.slice(0, 100), Date.now()),
        ]);
        return new Response(doc, { headers: { "content-type": "application/json" } });
      }
      case "/search": {
        const { results } = await env.LARGE.prepare(
          "SELECT rowid FROM texts_fts WHERE texts_fts MATCH ? ORDER BY rowid DESC LIMIT 50",
        )
          .bind(url.searchParams.get("match"))
          .all();
        return Response.json(results);
      }
      case "/live":
        return object("room").fetch(request);
      case "/broadcast":
        await object("room").broadcast(await request.text());
        return new Response("told");
      default:
        return new Response(null, { status: 404 });
    }
  },
};

let sent = 0;

function graph(): Response {
  return Response.json({
    success: true,
    status: "CONNECTED",
    messaging_product: "whatsapp",
    messages: [{ id: `wamid.bench-${Date.now()}-${sent++}` }],
  });
}
