import { env } from "cloudflare:workers";
import { uuidV7 } from "../src/kit/id";
import { PERMISSIONS, type Permission } from "../src/domain/permissions";
import type { Tenant } from "./areas/fixture";
import { fixtures } from "./areas/fixtures";
import { type Caller, eventually, graph, type Org, organization, projected } from "./harness";

export type { Tenant } from "./areas/fixture";
export { division } from "./areas/divisions.fixture";

/** A tenant with one of everything that has an id, for the suites that walk all operations. */
export async function tenant(): Promise<Tenant> {
  const org = await organization();
  const marker = `secret${org.id.replaceAll("-", "").slice(-12)}`;
  const [ana, bob] = [await org.agent(), await org.agent()];
  await org.call("PATCH", `/api/agents/${ana.agentId}`, { full_name: `Ana ${marker}` });
  const made = { org, marker, ana, bob } as Tenant;
  for (const { make } of fixtures) Object.assign(made, await make?.(made));
  await atRest(made);
  return made;
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
    await projected(t.org, t.conversationId);
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
        // Tables that a test makes for itself may go while another suite reads.
        "SELECT name FROM sqlite_master WHERE type = 'table' AND sql LIKE '% org_id TEXT%' AND name NOT LIKE '%_fts%' AND name NOT GLOB 'test_*'",
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
