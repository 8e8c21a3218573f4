/**
 * The lower bound of every path: the platform's own cost. Without framework, login or checks, so that the ratio shows
 * the cost of everything else. Reads use a copy of the same tables. A path that is spread over conversations writes to
 * tables of its own (`OWN`), so that a change of ours does not move the bound.
 */
import { DurableObject } from "cloudflare:workers";

interface BareEnv {
  OBJECT: DurableObjectNamespace<BareObject>;
  SMALL: D1Database;
  LARGE: D1Database;
  OWN: D1Database;
  FILES: R2Bucket;
  MESSAGES: Queue<Stored>;
  APP_SECRET: string;
}

/** A message as the queue carries it to D1. */
interface Stored {
  conversation: string;
  id: string;
  text: string;
  at: number;
}

interface MessagingDelivery {
  entry: [{ messaging: [{ sender: { id: string }; message: { mid: string } }] }];
}

interface Delivery {
  entry: [
    {
      changes: [
        {
          value: {
            messages?: [{ id: string; from: string; text: { body: string } }];
            statuses?: [{ status: string; biz_opaque_callback_data: string }];
          };
        },
      ];
    },
  ];
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
        .then((answer) =>
          this.ctx.storage.sql.exec(
            "UPDATE messages SET doc = ? WHERE id = ?",
            `{"sent":${doc},"answer":${answer}}`,
            id,
          ),
        ),
    );
  }

  /** The minimal delivery: the same bytes again and again, four at a time. */
  async deliver(url: string, count: number, body: string): Promise<void> {
    let n = 0;
    const one = async (): Promise<void> => {
      while (n++ < count) await (await fetch(url, { method: "POST", body })).arrayBuffer();
    };
    await Promise.all([one(), one(), one(), one()]);
  }

  /** Updates a sent message's row. */
  tick(id: string, status: string): void {
    this.ctx.storage.sql.exec("UPDATE messages SET doc = json_set(doc, '$.status', ?) WHERE id = ?", status, id);
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
    if (url.pathname.startsWith("/graph/")) return graph(request);
    if (url.pathname.startsWith("/webhook/email/")) return mail(request, url, env, object);
    switch (url.pathname) {
      case "/webhook/instagram":
      case "/webhook/messenger": {
        const delivery = (await verified(request, env)) as unknown as MessagingDelivery | undefined;
        if (!delivery) return new Response(null, { status: 403 });
        const { sender, message } = delivery.entry[0].messaging[0];
        await object(sender.id).insert(message.mid, JSON.stringify(message));
        return Response.json({ received: 1 });
      }
      case "/webhook": {
        const delivery = await verified(request, env);
        if (!delivery) return new Response(null, { status: 403 });
        const [message] = delivery.entry[0].changes[0].value.messages!;
        await object(message.from).insert(message.id, JSON.stringify(message));
        // Optional: shows the part of the ratio that the live inbox causes.
        if (url.searchParams.has("log")) ctx.waitUntil(object("log").insert(message.id, JSON.stringify(message)));
        return Response.json({ received: 1 });
      }
      case "/spread/webhook": {
        const delivery = await verified(request, env);
        if (!delivery) return new Response(null, { status: 403 });
        const { messages, statuses } = delivery.entry[0].changes[0].value;
        for (const { status, biz_opaque_callback_data: reference } of statuses ?? []) {
          const [conversation = "", id = ""] = reference.split(".");
          await object(conversation).tick(id, status);
        }
        for (const message of messages ?? []) {
          await object(message.from).insert(message.id, JSON.stringify(message));
          ctx.waitUntil(
            env.MESSAGES.send({
              conversation: message.from,
              id: message.id,
              text: message.text.body,
              at: Date.now(),
            }),
          );
        }
        return Response.json({ received: 1 });
      }
      case "/spread/send": {
        const [conversation, id] = [url.searchParams.get("conversation")!, url.searchParams.get("id")!];
        const doc = await request.text();
        await object(conversation).send(id, doc, `${url.origin}/graph/messages`);
        const { content } = JSON.parse(doc) as { content: { text: string } };
        ctx.waitUntil(env.MESSAGES.send({ conversation, id, text: content.text, at: Date.now() }));
        return new Response(doc, { headers: { "content-type": "application/json" } });
      }
      case "/list": {
        const d1 = url.searchParams.get("size") === "small" ? env.SMALL : env.LARGE;
        const { results } = await d1
          .prepare(
            "SELECT * FROM bare_conversations INDEXED BY idx_bare_conversations WHERE org_id = ? ORDER BY updated_at DESC, id DESC LIMIT 50",
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
      case "/deliver":
        await object("endpoint").deliver(
          url.searchParams.get("to")!,
          Number(url.searchParams.get("count")),
          await request.text(),
        );
        return new Response("delivered");
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

  /** Writes the conversations' rows of the list and the messages' texts, in one transaction for a batch. */
  async queue(batch: MessageBatch<Stored>, env: BareEnv): Promise<void> {
    const rows = JSON.stringify(batch.messages.map(({ body }) => body));
    await env.OWN.batch([
      env.OWN.prepare(
        `INSERT INTO list (id, last_message, updated_at) SELECT r.value ->> 'conversation', r.value ->> 'text', r.value ->> 'at' FROM json_each(?) r WHERE true
         ON CONFLICT DO UPDATE SET last_message = excluded.last_message, updated_at = excluded.updated_at`,
      ).bind(rows),
      env.OWN.prepare(
        "INSERT INTO texts (id, conversation_id, body, created_at) SELECT r.value ->> 'id', r.value ->> 'conversation', r.value ->> 'text', r.value ->> 'at' FROM json_each(?) r",
      ).bind(rows),
    ]);
  },
};

/** Keeps the source, finds the thread by the names of the mail, and stores the message. */
async function mail(
  request: Request,
  url: URL,
  env: BareEnv,
  object: (name: string) => DurableObjectStub<BareObject>,
): Promise<Response> {
  if (!url.pathname.endsWith("/bench-inbound-secret")) return new Response(null, { status: 403 });
  const source = await request.text();
  const [, id = ""] = /^Message-ID: <(.+)>/m.exec(source) ?? [];
  const [, parent = id] = /^References: <(.+)>/m.exec(source) ?? [];
  const insert = "INSERT OR IGNORE INTO names SELECT value, ?2 FROM json_each(?1)";
  const [, [found]] = await Promise.all([
    env.FILES.put(id, source),
    env.OWN.batch<{ thread: string }>([
      env.OWN.prepare("SELECT thread FROM names WHERE name = ?").bind(parent),
      env.OWN.prepare(insert).bind(JSON.stringify([id, parent]), parent),
    ]),
  ]);
  await object(found?.results[0]?.thread ?? parent).insert(id, source);
  return Response.json({ received: 1 });
}

/** The delivery; undefined if its signature is wrong. */
async function verified(request: Request, env: BareEnv): Promise<Delivery | undefined> {
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
  if (!(await crypto.subtle.verify("HMAC", key, signature, body))) return undefined;
  return JSON.parse(new TextDecoder().decode(body)) as Delivery;
}

let sent = 0;

/** The channel's id of a message tells the sender's reference to it, by which its statuses are made. */
async function graph(request: Request): Promise<Response> {
  const text = await request.text();
  const reference = /"biz_opaque_callback_data":"([^"]+)"/.exec(text)?.[1];
  return Response.json({
    success: true,
    status: "CONNECTED",
    throughput: { level: "HIGH" },
    messaging_product: "whatsapp",
    messages: [{ id: `wamid.bench-${reference ?? `${Date.now()}-${sent++}`}` }],
  });
}
