import { env } from "cloudflare:workers";
import { uuidV7 } from "../src/kit/id";
import { PERMISSIONS, type Permission } from "../src/domain/permissions";
import {
  type Caller,
  conversationWith,
  customerWrites,
  eventually,
  graph,
  type Org,
  organization,
  phone,
} from "./harness";

/** A tenant with one of everything that has an id, for the suites that walk all operations. */
export interface Tenant {
  org: Org;
  /** Stands in every name and text of this tenant: where a stranger reads it, something leaks. */
  marker: string;
  /** The conversation is hers and her division's. */
  ana: Caller & { email: string };
  /** Is in no division. */
  bob: Caller & { email: string };
  divisionId: string;
  accountId: string;
  phoneNumberId: string;
  customer: string;
  conversationId: string;
  contactId: string;
  messageId: string;
  mediaId: string;
  /** A role that nobody has. */
  roleId: string;
  /** An SLA policy that is for nothing that is there. */
  policyId: string;
  /** A key of the admin's. */
  keyId: string;
  /** Waits in the conversation; the admin's. */
  scheduledMessageId: string;
  quickReplyId: string;
  /** A note of the admin's. */
  noteId: string;
  /** Of the conversation; sent and not rated. */
  surveyId: string;
}

const PNG = Uint8Array.from(
  atob("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg=="),
  (c) => c.charCodeAt(0),
);

export async function tenant(): Promise<Tenant> {
  const org = await organization();
  const marker = `secret${org.id.replaceAll("-", "").slice(-12)}`;
  const { id: accountId, phoneNumberId } = await org.connect();
  const [ana, bob] = [await org.agent(), await org.agent()];
  const divisionId = await division(org, `Sales ${marker}`, [ana.agentId]);
  await org.call("PATCH", `/api/agents/${ana.agentId}`, { full_name: `Ana ${marker}` });
  await org.call("PATCH", `/api/integrations/accounts/${accountId}`, { display_name: `Shop ${marker}` });
  const customer = phone();
  await customerWrites(phoneNumberId, customer, `Where is ${marker}?`, { name: `Cus ${marker}` });
  const image = await graph.customers.uploadAsCustomer(PNG, "image/png");
  graph.customers.say({
    phoneNumberId,
    from: customer,
    message: { type: "image", image: { id: image, caption: `A picture of ${marker}` } },
  });
  await graph.settle();
  const { id: conversationId, contact_id: contactId } = await conversationWith(org, customer);
  const moved = await org.call("POST", "/api/conversations/bulk", {
    conversation_ids: [conversationId],
    action: "transfer",
    params: { to_agent_id: ana.agentId, to_division_id: divisionId },
  });
  if (moved.body.succeeded?.length !== 1) throw new Error(`transfer: ${JSON.stringify(moved.body)}`);
  await org.call("PATCH", `/api/conversations/${conversationId}/tags`, { tags: [`tag-${marker}`] });
  const mediaId = await eventually(async () => {
    const row = await org.tenantDb
      .prepare("SELECT id FROM media WHERE org_id = ? AND conversation_id = ?")
      .bind(org.id, conversationId)
      .first<{ id: string }>();
    if (!row) throw new Error("the file is not copied yet");
    return row.id;
  });
  const messages = await org.call("GET", `/api/conversations/${conversationId}/messages`);
  const { body: role } = await org.call("POST", "/api/roles", {
    name: `role ${marker}`,
    permissions: ["contacts.view"],
  });
  const { body: policy } = await org.call("POST", "/api/sla/policies", {
    name: `policy ${marker}`,
    first_response_time_secs: 60,
    resolution_time_secs: 600,
    channel: "email",
  });
  const { body: key } = await org.call("POST", "/api/api-keys", { name: `key ${marker}`, key_type: "read" });
  const { body: scheduled } = await org.call("POST", `/api/conversations/${conversationId}/scheduled-messages`, {
    type: "text",
    content: { text: `Later, ${marker}` },
    scheduled_at: new Date(Date.now() + 360 * 86_400_000).toISOString(),
  });
  const { body: quickReply } = await org.call("POST", "/api/quick-replies", {
    title: `Reply ${marker}`,
    content: "Hello",
    shortcut: marker,
    category: marker,
  });
  const { body: note } = await org.call("POST", `/api/conversations/${conversationId}/notes`, {
    content: `Note ${marker}`,
  });
  const { body: survey } = await org.call("POST", `/api/conversations/${conversationId}/csat`);
  const made = {
    org,
    noteId: note.id as string,
    quickReplyId: quickReply.id as string,
    roleId: role.id as string,
    policyId: policy.id as string,
    keyId: key.id as string,
    scheduledMessageId: scheduled.id as string,
    surveyId: survey.id as string,
    marker,
    ana,
    bob,
    divisionId,
    accountId,
    phoneNumberId,
    customer,
    conversationId,
    contactId,
    messageId: messages.body.messages[0]._id,
    mediaId,
  };
  await atRest(made);
  return made;
}

export async function division(org: Org, name: string, agentIds: string[] = []): Promise<string> {
  const id = uuidV7(Date.now());
  await org.tenantDb.batch([
    org.tenantDb
      .prepare("INSERT INTO divisions (id, org_id, name, created_at, updated_at) VALUES (?, ?, ?, 0, 0)")
      .bind(id, org.id, name),
    ...agentIds.map((agentId) =>
      org.tenantDb
        .prepare("INSERT INTO division_agents (org_id, division_id, agent_id) VALUES (?, ?, ?)")
        .bind(org.id, id, agentId),
    ),
  ]);
  return id;
}

/** An agent with a role of exactly these rights. */
export async function agentWith(org: Org, permissions: readonly Permission[]): Promise<Caller & { email: string }> {
  const name = `role-${uuidV7(Date.now()).slice(-12)}`;
  await org.tenantDb
    .prepare("INSERT INTO roles (id, org_id, name, permissions, created_at, updated_at) VALUES (?, ?, ?, ?, 0, 0)")
    .bind(uuidV7(Date.now()), org.id, name, JSON.stringify(permissions))
    .run();
  return org.agent(name);
}

export const allBut = (permission: string): Permission[] => PERMISSIONS.filter((code) => code !== permission);

const objectOf = (t: Tenant) =>
  env.CONVERSATION.getByName(`${t.org.id}:${t.conversationId}`) as unknown as { inspect(): Promise<any> };

/** Waits until the conversation has nothing more to say or to send. */
export const atRest = (t: Tenant): Promise<void> =>
  eventually(async () => {
    const now = await objectOf(t).inspect();
    if (now.projected < now.seq || now.published < now.seq || now.counts.outgoing > 0)
      throw new Error(`not at rest: ${JSON.stringify(now)}`);
  });

let tables: string[] | undefined;

/** Everything that is kept of a tenant: its rows in all tables of both databases, the object, the files, what was sent for it. */
export async function dump(t: Tenant): Promise<Record<string, unknown>> {
  const db = t.org.tenantDb;
  tables ??= (
    await db
      .prepare(
        "SELECT name FROM sqlite_master WHERE type = 'table' AND sql LIKE '% org_id TEXT%' AND name NOT LIKE '%_fts%'",
      )
      .all<{ name: string }>()
  ).results.map((row) => row.name);
  if (tables.length < 15) throw new Error(`only ${tables.length} tables found`);
  const rows = await db.batch(
    tables.map((table) => db.prepare(`SELECT * FROM ${table} WHERE org_id = ?`).bind(t.org.id)),
  );
  const control = await env.CONTROL_DB.batch([
    env.CONTROL_DB.prepare("SELECT * FROM organizations WHERE id = ?").bind(t.org.id),
    ...["identities", "channel_routes", "api_key_routes", "dead_letters"].map((table) =>
      env.CONTROL_DB.prepare(`SELECT * FROM ${table} WHERE org_id = ?`).bind(t.org.id),
    ),
  ]);
  return {
    // When a key was last used is no change, also where it was refused.
    ...Object.fromEntries(
      tables.map((table, i) => [
        table,
        rows[i]!.results.map((row) => ({ ...(row as object), last_used_at: undefined })),
      ]),
    ),
    control: control.map((result) => result.results),
    object: await objectOf(t).inspect(),
    files: (await env.MEDIA.list({ prefix: `${t.org.id}/` })).objects.map((object) => [object.key, object.etag]),
    sent: graph.state.messages.filter((message) => message.phoneNumberId === t.phoneNumberId).length,
  };
}
