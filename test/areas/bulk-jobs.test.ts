import { env } from "cloudflare:workers";
import { afterEach, expect, it, vi } from "vitest";
import { publicContext } from "../../src/app";
import { clock, MINUTE } from "../../src/kit/clock";
import { conversationIdOf } from "../../src/domain/ids";
import { type Caller, customerWrites, eventually, type Org, organization, phone, projected } from "../harness";
import { everyMinute } from "../minute";
import { expectProblem } from "../problem";

vi.setConfig({ testTimeout: 60_000 });

const realNow = clock.now;
afterEach(() => void (clock.now = realNow));

const JOBS = "/api/conversations/bulk-jobs";
const start = (who: Caller, filter: object, action: string, params?: object) =>
  who.call("POST", JOBS, { filter, action, ...(params && { params }) });
const finished = (who: Caller, id: string) =>
  eventually(async () => {
    const { body } = await who.call("GET", `${JOBS}/${id}`);
    expect(body.status, JSON.stringify(body)).not.toBe("running");
    return body;
  }, 20);

async function crowd(org: Org, count: number): Promise<string[]> {
  const account = await org.connect();
  const people = Array.from({ length: count }, phone);
  await Promise.all(people.map((from) => customerWrites(account.phoneNumberId, from)));
  await projected(org);
  return people.map((from) => conversationIdOf(org.id, account.id, `+${from}`));
}

it("changes all that a filter finds, though the change takes them out of the filter", async () => {
  const org = await organization();
  const ids = await crowd(org, 130);
  await org.call("PATCH", `/api/conversations/${ids[0]}/tags`, { tags: ["keep"] });
  const made = await start(org, { status: ["open"] }, "resolve");
  expect([made.status, made.body]).toMatchObject([
    202,
    { status: "running", total: null, action: "resolve", params: null },
  ]);
  expect(await finished(org, made.body.id)).toMatchObject({ status: "done", total: 130, succeeded: 130, failed: 0 });
  await projected(org);
  expect((await org.call("GET", "/api/conversations?status=open")).body.data).toEqual([]);
  expect((await org.call("GET", JOBS)).body.map((one: any) => one.id)).toEqual([made.body.id]);
  const tagged = await start(org, { tag: ["KEEP"] }, "reopen");
  expect(await finished(org, tagged.body.id)).toMatchObject({ total: 1, succeeded: 1 });
  const nobody = await start(org, { q: "nobody here" }, "reopen");
  expect(await finished(org, nobody.body.id)).toMatchObject({ status: "done", total: 0 });
  const { results } = await org.tenantDb.prepare("SELECT 1 FROM bulk_job_parts WHERE org_id = ?").bind(org.id).all();
  expect(results).toEqual([]);
});

it("changes only what the caller may see, and says what failed and why", async () => {
  const org = await organization();
  const [agent, colleague] = [await org.agent(), await org.agent()];
  const [mine, theirs, closed] = (await crowd(org, 3)) as [string, string, string];
  await org.call("PATCH", `/api/conversations/${mine}/assign`, { agent_id: agent.agentId });
  await org.call("PATCH", `/api/conversations/${theirs}/assign`, { agent_id: colleague.agentId });
  await org.call("PATCH", `/api/conversations/${closed}/status`, { status: "resolved" });
  const made = await start(agent, {}, "transfer", { to_agent_id: colleague.agentId, note: "All" });
  const job = await finished(agent, made.body.id);
  expect(job).toMatchObject({ total: 2, succeeded: 1, failed: 1, failures: [{ id: closed }] });
  expect(job.failures[0].code).toMatch(/resolved/);
  expect((await org.call("GET", `/api/conversations/${mine}/transfers`)).body).toHaveLength(1);
  expectProblem(await org.call("GET", `${JOBS}/${made.body.id}`), 404, "bulk_job_not_found");
  const reader = await org.apiKey(org.agentId, "read");
  expectProblem(await start(reader, {}, "resolve"), 403);
  for (const [filter, action, params] of [
    [{ colour: ["red"] }, "resolve", undefined],
    [{}, "explode", undefined],
    [{}, "add_tags", { tags: [] }],
    [{}, "assign", { agent_id: org.id }],
  ] as const)
    expect((await start(org, filter, action, params)).status, JSON.stringify([filter, action])).toBe(422);
});

it("goes on after it was cut off, and stops when it is cancelled or its agent or key may no more", async () => {
  const org = await organization();
  await crowd(org, 3);
  const insert = (id: string, agentId: string, keyId: string | null = null) =>
    org.tenantDb
      .prepare(
        `INSERT INTO bulk_jobs (id, org_id, agent_id, actor_kind, api_key_id, permissions, filter, action, created_at, next_at)
         VALUES (?1, ?2, ?3, iif(?6 IS NULL, 'agent', 'api_key'), ?6, '["conversations.view","conversations.view_all","conversations.update"]', '{}', '{"action":"add_tags","params":{"tags":["late"]}}', ?4, ?5)`,
      )
      .bind(id, org.id, agentId, clock.now(), clock.now() + MINUTE, keyId)
      .run();
  const agent = await org.agent();
  const uuid = (n: number): string => `${org.id.slice(0, -1)}${n}`;
  await insert(uuid(1), org.agentId);
  await insert(uuid(2), org.agentId);
  await insert(uuid(3), agent.agentId);
  const keyOf = async () => (await org.call("POST", "/api/api-keys", { name: "job", key_type: "full" })).body.id;
  const [kept, revoked] = [await keyOf(), await keyOf()];
  await insert(uuid(4), org.agentId, kept);
  await insert(uuid(5), org.agentId, revoked);
  expect((await org.call("DELETE", `/api/api-keys/${revoked}`)).status).toBe(200);
  expect((await org.call("PATCH", `/api/agents/${agent.agentId}`, { status: "suspended" })).status).toBe(200);
  expect((await org.call("DELETE", `${JOBS}/${uuid(2)}`)).body).toMatchObject({ status: "cancelled" });
  clock.now = () => realNow() + 2 * MINUTE;
  await everyMinute(publicContext(env, () => {}));
  expect(await finished(org, uuid(1))).toMatchObject({ status: "done", total: 3, succeeded: 3 });
  expect((await org.call("GET", `${JOBS}/${uuid(2)}`)).body).toMatchObject({ status: "cancelled", succeeded: 0 });
  expect(await finished(org, uuid(4))).toMatchObject({ status: "done", succeeded: 3 });
  expect(await finished(org, uuid(5))).toMatchObject({
    status: "failed",
    succeeded: 0,
    error: "The API key is not valid any more",
  });
  const row = await org.tenantDb.prepare("SELECT status, error FROM bulk_jobs WHERE id = ?").bind(uuid(3)).first();
  expect(row).toMatchObject({ status: "failed", error: "The agent is not active any more" });
});
