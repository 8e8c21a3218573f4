import { env, exports } from "cloudflare:workers";
import { projectConversations } from "../queues/project";
import { createGraphSimulator, type GraphSimulator } from "../simulators/graph/app.ts";
import type { MailAccount } from "../simulators/mail/state.ts";
import { createMailSimulator, type MailSimulator } from "../simulators/mail/app.ts";
import { publicContext } from "../src/app";
import { type Projection, projectedSeqs } from "../src/effects/projection";
import type { ConversationApi } from "../src/domain/object-apis";
import { conversationIdOf } from "../src/domain/ids";
import { clock } from "../src/kit/clock";
import { sha256Hex, uuidV7 } from "../src/kit/id";

/** The tools of a suite: an organization of its own in the shared databases, and one Meta for all. */

export const ORIGIN = "http://app.test";

/** Goes through the Worker's own door. */
export const door = (path: string, init: RequestInit = {}): Promise<Response> =>
  exports.default.fetch(new Request(`${ORIGIN}${path}`, init));

/** Meta, as the whole process sees it: fetches of the Worker and its objects go to this simulator, and to `receivers`. */
export const graph: GraphSimulator = createGraphSimulator({
  webhookUrl: `${ORIGIN}/webhook`,
  appSecret: "test-app-secret",
  instagramAppSecret: "test-instagram-secret",
  verifyToken: "test-verify-token",
  background: false,
  baseUrl: "http://graph.test",
  post: (request) => exports.default.fetch(request),
});
/** The providers of mail, and customers who write. */
export const mail: MailSimulator = createMailSimulator({
  webhookUrl: `${ORIGIN}/webhook/email`,
  background: false,
  post: (request) => exports.default.fetch(request),
});
/** Other servers of the tests' internet, by host. They stop when the caller does: `signal`. */
export const receivers = new Map<string, (request: Request, signal: AbortSignal) => Response | Promise<Response>>();

// Not by a spy: those are taken off after each file, and this module is loaded once for all.
globalThis.fetch = async (input, init) => {
  const request = new Request(input as RequestInfo, init as RequestInit);
  const { host } = new URL(request.url);
  if (host === "graph.test") return graph.fetch(request);
  if (host === "mail.test") return mail.fetch(request);
  const receiver = receivers.get(host);
  if (!receiver) throw new Error(`no network in tests: ${request.url}`);
  return receiver(request, init?.signal ?? request.signal);
};

export interface Answer<T = any> {
  status: number;
  body: T;
  headers: Headers;
}

export interface Caller {
  call<T = any>(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Answer<T>>;
  token: string;
  agentId: string;
  /** Empty where the token is none of ours. */
  orgId: string;
}

async function answerOf(response: Response): Promise<Answer> {
  const text = await response.text();
  const isJson = (response.headers.get("content-type") ?? "").includes("json");
  return { status: response.status, headers: response.headers, body: isJson && text !== "" ? JSON.parse(text) : text };
}

export async function call(
  method: string,
  path: string,
  body?: unknown,
  headers: Record<string, string> = {},
): Promise<Answer> {
  const init: RequestInit = {
    method,
    headers: { ...(body !== undefined && { "content-type": "application/json" }), ...headers },
  };
  if (body !== undefined) init.body = typeof body === "string" ? body : JSON.stringify(body);
  const response = await door(path, init);
  // Whoever only wants to know whether a socket opens does not listen.
  response.webSocket?.accept();
  response.webSocket?.close();
  return answerOf(response);
}

export function caller(token: string, agentId: string): Caller {
  return {
    token,
    agentId,
    orgId: orgOfToken(token),
    call: (method, path, body, headers) => call(method, path, body, { authorization: `Bearer ${token}`, ...headers }),
  };
}

function orgOfToken(token: string): string {
  try {
    return (JSON.parse(Buffer.from(token.split(".")[1] ?? "", "base64url").toString()) as { org: string }).org;
  } catch {
    return "";
  }
}

/** The tenant database of every organization that a suite has made. */
const databases = new Map<string, string>();

const unique = (): string => uuidV7(clock.now()).replaceAll("-", "").slice(-12);
/** A different place for each call, so that limits per place do not meet the suite. */
const place = (): Record<string, string> => ({
  "cf-connecting-ip": `10.${Math.floor(Math.random() * 255)}.${Math.floor(Math.random() * 255)}.${Math.floor(Math.random() * 255)}`,
});
export const PASSWORD = "correct-horse";

export interface Org extends Caller {
  id: string;
  email: string;
  tenantDb: D1Database;
  tenantDbName: string;
  /** A colleague, logged in. */
  agent(role?: string): Promise<Caller & { email: string }>;
  /** A WhatsApp number, connected through the API. */
  connect(config?: Record<string, string>): Promise<{ id: string; phoneNumberId: string }>;
  /** An address, connected through the API. */
  connectMail(config?: Record<string, string>): Promise<MailAccount & { id: string }>;
  /** A key of an agent's; `scopes` empty: whatever the agent may. */
  apiKey(agentId: string, keyType?: "read" | "messaging" | "full", scopes?: string[]): Promise<Caller>;
}

export async function organization(): Promise<Org> {
  const email = `admin-${unique()}@example.test`;
  const { status, body } = await call(
    "POST",
    "/api/auth/register",
    { org_name: `Org ${unique()}`, admin_email: email, admin_password: PASSWORD },
    place(),
  );
  if (status !== 201) throw new Error(`register: ${status} ${JSON.stringify(body)}`);
  const id: string = body.organization.id;
  const row = await env.CONTROL_DB.prepare("SELECT tenant_db FROM organizations WHERE id = ?")
    .bind(id)
    .first<{ tenant_db: string }>();
  const tenantDbName = row!.tenant_db;
  databases.set(id, tenantDbName);
  const admin = caller(body.token, body.agent.id);
  return {
    ...admin,
    id,
    email,
    tenantDbName,
    tenantDb: (env as unknown as Record<string, D1Database>)[tenantDbName]!,
    agent: async (role = "agent") => {
      const theirs = `agent-${unique()}@example.test`;
      const made = await admin.call("POST", "/api/agents", {
        email: theirs,
        password: PASSWORD,
        full_name: "Ana Agent",
        role,
      });
      if (made.status !== 201) throw new Error(`agent: ${made.status} ${JSON.stringify(made.body)}`);
      return { ...(await login(theirs)), email: theirs };
    },
    connect: async (config = {}) => {
      const phoneNumberId = String(Math.floor(1e14 + Math.random() * 8e14));
      const made = await admin.call("POST", "/api/integrations/accounts", {
        channel: "whatsapp",
        display_name: "Shop",
        config: {
          phone_number_id: phoneNumberId,
          waba_id: phoneNumberId.slice(0, 14),
          access_token: `token-${unique()}`,
          ...config,
        },
      });
      if (made.status !== 201) throw new Error(`connect: ${made.status} ${JSON.stringify(made.body)}`);
      return { id: made.body.id, phoneNumberId };
    },
    connectMail: async (config = {}) => {
      const account = {
        address: `support@${unique()}.test`,
        inboundSecret: `inbound-${unique()}`,
        webhookSecret: `whsec_${Buffer.from(unique()).toString("base64")}`,
      };
      const made = await admin.call("POST", "/api/integrations/accounts", {
        channel: "email",
        display_name: "Support",
        config: {
          address: account.address,
          display_name: "Toko Biru",
          provider: "resend",
          api_key: `re_${unique()}`,
          inbound_secret: account.inboundSecret,
          webhook_secret: account.webhookSecret,
          ...config,
        },
      });
      if (made.status !== 201) throw new Error(`connect: ${made.status} ${JSON.stringify(made.body)}`);
      mail.register(account);
      return { ...account, id: made.body.id };
    },
    apiKey: async (agentId, keyType = "full", scopes = []) => {
      const key = `omk_${unique()}${unique()}${unique()}`;
      const hash = sha256Hex(key);
      await env.CONTROL_DB.prepare("INSERT INTO api_key_routes VALUES (?, ?, ?)").bind(hash, id, tenantDbName).run();
      const tenantDb = (env as unknown as Record<string, D1Database>)[tenantDbName]!;
      await tenantDb
        .prepare(
          "INSERT INTO api_keys (id, org_id, agent_id, name, key_type, key_prefix, key_hash, scopes, created_at) VALUES (?, ?, ?, 'key', ?, ?, ?, ?, ?)",
        )
        .bind(uuidV7(clock.now()), id, agentId, keyType, key.slice(0, 12), hash, JSON.stringify(scopes), clock.now())
        .run();
      return {
        token: key,
        agentId,
        orgId: id,
        call: (method, path, sent, headers) => call(method, path, sent, { "x-api-key": key, ...headers }),
      };
    },
  };
}

export async function login(email: string, password = PASSWORD): Promise<Caller> {
  const { status, body } = await call("POST", "/api/auth/login", { email, password }, place());
  if (status !== 200) throw new Error(`login: ${status} ${JSON.stringify(body)}`);
  return caller(body.token, body.agent.id);
}

/** A customer writes, and the delivery is posted. Returns the channel's id of the message. */
export async function customerWrites(
  phoneNumberId: string,
  from: string,
  text = "Hello",
  more: Record<string, unknown> = {},
): Promise<string> {
  const wamid = graph.customers.say({ phoneNumberId, from, name: `Customer ${from.slice(-4)}`, text, ...more });
  await graph.settle();
  return wamid;
}

export const phone = (): string => `62812${String(Math.floor(Math.random() * 1e8)).padStart(8, "0")}`;

/** Tries until it does not throw: for what happens a little later by itself. */
export async function eventually<T>(look: () => Promise<T>, seconds = 8): Promise<T> {
  const until = Date.now() + seconds * 1000;
  for (;;) {
    try {
      return await look();
    } catch (error) {
      if (Date.now() > until) throw error;
      await new Promise((resolve) => setTimeout(resolve, 25));
    }
  }
}

/**
 * Brings what conversations have said so far to D1, so that lists, searches and figures have it; all of the organization's, if none
 * are named. The queue's consumer does the same a second or two later, when wake-ups have been gathered: where that is the subject,
 * wait with `eventually` alone.
 */
export async function projected(org: Caller, ...conversationIds: string[]): Promise<void> {
  const ids = conversationIds.length > 0 ? conversationIds : await conversationIdsOf(org);
  const { orgId } = org;
  const tenantDb = databases.get(orgId)!;
  await projectConversations(
    publicContext(env, () => {}),
    ids.map((conversationId) => ({ kind: "project", orgId, tenantDb, conversationId })),
  );
}

/** The projection that a consumer would write to D1 now; undefined: D1 has all. */
export async function unprojected(org: Caller, conversationId: string): Promise<Projection | undefined> {
  const seqs = await projectedSeqs(env, { id: org.orgId, tenantDb: databases.get(org.orgId)! }, [conversationId]);
  const object = env.CONVERSATION.getByName(`${org.orgId}:${conversationId}`) as unknown as ConversationApi;
  return object.unprojected(seqs.get(conversationId) ?? 0);
}

/** `eventually` for what is in D1: each look finds what conversations have said by then. */
export const eventuallyListed = <T>(org: Caller, look: () => Promise<T>, seconds?: number): Promise<T> =>
  eventually(async () => {
    await projected(org);
    return look();
  }, seconds);

/** The conversation of a customer as the list shows it, brought there at once. */
export async function conversationWith(org: Caller, from: string): Promise<any> {
  return eventually(async () => {
    // A username is no alias: then all conversations are read.
    await projected(org, ...(await conversationIdsOf(org, from)));
    const { body } = await org.call("GET", `/api/conversations?q=${from}`);
    if (!body.data?.[0]) throw new Error(`no conversation with ${from}`);
    return body.data[0];
  });
}

/** Which ids the conversations of a customer, or of all, have: derived, one for each account, whether or not D1 knows them. */
async function conversationIdsOf({ orgId }: Caller, from?: string): Promise<string[]> {
  const tenantDb = (env as unknown as Record<string, D1Database>)[databases.get(orgId)!]!;
  const { results } = await tenantDb
    .prepare(
      "SELECT DISTINCT a.id, n.thread_key FROM integration_accounts a JOIN contact_aliases n ON n.org_id = a.org_id AND n.channel = a.channel WHERE a.org_id = ?1 AND n.thread_key <> '' AND (?2 IS NULL OR n.alias IN (?2, '+' || ?2))",
    )
    .bind(orgId, from ?? null)
    .all<{ id: string; thread_key: string }>();
  const { results: mails } = await tenantDb
    .prepare("SELECT DISTINCT conversation_id FROM mail_names WHERE org_id = ?1 AND ?2 IS NULL")
    .bind(orgId, from ?? null)
    .all<{ conversation_id: string }>();
  return [
    ...results.map(({ id, thread_key: threadKey }) => conversationIdOf(orgId, id, threadKey)),
    ...mails.map(({ conversation_id: id }) => id),
  ];
}
