import { env } from "cloudflare:workers";
import { expect, it, vi } from "vitest";
import { publicContext } from "../../src/app";
import { everyMinute } from "../minute";
import { conversationWith, customerWrites, eventually, organization, phone } from "../harness";
import { expectProblem } from "../problem";

vi.setConfig({ testTimeout: 30_000 });

const rowsRead = (headers: Headers): number =>
  Number(/d1_rows_read;desc="(\d+)"/.exec(headers.get("server-timing")!)![1]);
const names = (agents: any[]): string[] => agents.map((agent): string => agent.id).toSorted();

it("are made, read, changed and deleted, and it is logged what was before", async () => {
  const org = await organization();
  const made = await org.call("POST", "/api/divisions", { name: " Sales " });
  expect(made).toMatchObject({
    status: 201,
    body: { name: "Sales", description: null, allocation_method: "manual", is_active: true },
  });
  const path = `/api/divisions/${made.body.id}`;
  expect((await org.call("GET", path)).body).toEqual({ ...made.body, agents: [] });
  expect((await org.call("POST", "/api/divisions", { name: "Sales" })).body.code).toBe("division_name_taken");
  const other = (
    await org.call("POST", "/api/divisions", {
      name: "After-sales",
      description: "Repairs",
      allocation_method: "least_busy",
    })
  ).body;
  expect((await org.call("GET", "/api/divisions")).body).toEqual([
    { ...other, agent_count: 0 },
    { ...made.body, agent_count: 0 },
  ]);
  expect((await org.call("PATCH", path, { name: "After-sales" })).body.code).toBe("division_name_taken");
  expect((await org.call("PATCH", path, {})).body).toEqual(made.body);
  const changed = await org.call("PATCH", path, {
    allocation_method: "round_robin",
    is_active: false,
    description: "Shop",
  });
  expect(changed).toMatchObject({
    status: 200,
    body: { name: "Sales", allocation_method: "round_robin", is_active: false, description: "Shop" },
  });
  expect((await org.call("PATCH", path, { description: null })).body.description).toBeNull();
  expect((await org.call("DELETE", path)).body).toEqual({ message: "division deleted", division_id: made.body.id });
  for (const [method, body] of [["GET"], ["PATCH", { name: "x" }], ["DELETE"]] as const) {
    expect((await org.call(method, path, body)).body.code).toBe("division_not_found");
  }
  const { body: log } = await org.call("GET", `/api/activity-logs?entity_type=division&entity_id=${made.body.id}`);
  expect(log.data.map((row: any) => [row.action, row.changes]).toReversed()).toMatchObject([
    ["division.create", { name: [null, "Sales"] }],
    [
      "division.update",
      { allocation_method: ["manual", "round_robin"], is_active: [true, false], description: [null, "Shop"] },
    ],
    ["division.update", { description: ["Shop", null] }],
    [
      "division.delete",
      {
        name: ["Sales", null],
        description: [null, null],
        allocation_method: ["round_robin", null],
        is_active: [false, null],
        agent_ids: [[], []],
      },
    ],
  ]);
});

it("has a name of its own, whatever the case of its letters", async () => {
  const org = await organization();
  const create = (name: string) => org.call("POST", "/api/divisions", { name });
  const answers = await Promise.all(["Idem", "IDEM", "idem", "iDeM"].map(create));
  expect(answers.filter((answer) => answer.status === 201)).toHaveLength(1);
  for (const { body } of answers.filter((answer) => answer.status === 409))
    expect(body.code).toBe("division_name_taken");
  const { body: other } = await create("Other");
  expect((await org.call("PATCH", `/api/divisions/${other.id}`, { name: "IDeM" })).body.code).toBe(
    "division_name_taken",
  );
  // Its own may be written otherwise, and another organization has its own names.
  expect((await org.call("PATCH", `/api/divisions/${other.id}`, { name: "OTHER" })).body.name).toBe("OTHER");
  expect((await (await organization()).call("POST", "/api/divisions", { name: "Idem" })).status).toBe(201);
});

it("takes its hours and its SLA policies with it, and the log says all that is gone", async () => {
  const org = await organization();
  const ana = await org.agent();
  const { id: accountId, phoneNumberId } = await org.connect();
  const { body: division } = await org.call("POST", "/api/divisions", { name: "Short-lived" });
  await org.call("POST", `/api/divisions/${division.id}/agents`, { agent_ids: [ana.agentId] });
  await org.call("PATCH", `/api/integrations/accounts/${accountId}`, { division_id: division.id });
  await org.call("PUT", `/api/divisions/${division.id}/working-hours`, [
    { day_of_week: 1, start_time: "09:00", end_time: "17:00" },
  ]);
  const make = async (body: object) =>
    (
      await org.call("POST", "/api/sla/policies", {
        name: "P",
        first_response_time_secs: 60,
        resolution_time_secs: 600,
        ...body,
      })
    ).body;
  const [own, everybodys] = [await make({ division_id: division.id }), await make({ name: "All" })];
  const from = phone();
  await customerWrites(phoneNumberId, from);
  const { id } = await conversationWith(org, from);
  const policyOf = async () => (await org.call("GET", `/api/conversations/${id}/sla`)).body.policy_id;
  expect(await policyOf()).toBe(own.id);
  await org.call("DELETE", `/api/divisions/${division.id}`);
  expect((await org.call("GET", "/api/sla/policies")).body.map((policy: any) => policy.id)).toEqual([everybodys.id]);
  await everyMinute(publicContext(env, () => {}));
  expect(await policyOf()).toBe(everybodys.id);
  const changesOf = async (type: string, of: string, action = "") =>
    (await org.call("GET", `/api/activity-logs?entity_type=${type}&entity_id=${of}${action && `&action=${action}`}`))
      .body.data[0];
  expect(await changesOf("division", division.id, "division.delete")).toMatchObject({
    changes: { agent_ids: [[ana.agentId], []] },
  });
  expect(await changesOf("division", division.id, "working_hours.update")).toMatchObject({
    changes: { hours: [["Mon 09:00–17:00"], []] },
  });
  expect(await changesOf("integration_account", accountId)).toMatchObject({
    action: "integration.update",
    changes: { division_id: [division.id, null] },
  });
  expect(await changesOf("sla_policy", own.id)).toMatchObject({
    action: "sla_policy.delete",
    changes: { name: ["P", null], division_id: [division.id, null], first_response_time_secs: [60, null] },
  });
});

it("is made once for an Idempotency-Key, and takes nothing that is not right", async () => {
  const org = await organization();
  const headers = { "idempotency-key": "once" };
  const answers = await Promise.all(
    Array.from({ length: 5 }, () => org.call("POST", "/api/divisions", { name: "Once" }, headers)),
  );
  expect(new Set(answers.map((answer) => JSON.stringify([answer.status, answer.body]))).size).toBe(1);
  expect((await org.call("POST", "/api/divisions", { name: "Other" }, headers)).status).toBe(409);
  for (const body of [
    {},
    { name: " " },
    { name: "x".repeat(101) },
    { name: "x", allocation_method: "random" },
    { name: "x", agents: [] },
  ]) {
    expect((await org.call("POST", "/api/divisions", body)).status).toBe(422);
  }
});

it("has agents, who see its conversations from then on and until then", async () => {
  const org = await organization();
  const [ana, bob] = [await org.agent(), await org.agent()];
  const { phoneNumberId } = await org.connect();
  const { body: division } = await org.call("POST", "/api/divisions", { name: "Sales" });
  const path = `/api/divisions/${division.id}/agents`;
  const customer = phone();
  await customerWrites(phoneNumberId, customer);
  const { id } = await conversationWith(org, customer);
  await org.call("POST", `/api/conversations/${id}/transfer`, { to_division_id: division.id });
  await org.call("PATCH", `/api/conversations/${id}/assign`, { agent_id: org.agentId });
  const sees = async () => (await ana.call("GET", `/api/conversations/${id}`)).status;
  expect(await sees()).toBe(404);

  const added = await org.call("POST", path, { agent_ids: [ana.agentId, bob.agentId, ana.agentId] });
  expect([added.status, names(added.body)]).toEqual([200, [ana.agentId, bob.agentId].toSorted()]);
  expect(added.body[0].division_ids).toEqual([division.id]);
  // The sockets of all of them reconnect by one call.
  expect(added.headers.get("server-timing")).toContain('object_calls;desc="1"');
  expect(await sees()).toBe(200);
  // Again is no change.
  expect(names((await org.call("POST", path, { agent_ids: [ana.agentId] })).body)).toEqual(names(added.body));
  expect((await org.call("GET", path)).body).toEqual(added.body);
  expect((await org.call("GET", "/api/divisions")).body[0].agent_count).toBe(2);
  const unknown = await org.call("POST", path, { agent_ids: [ana.agentId, crypto.randomUUID()] });
  expect(unknown).toMatchObject({
    status: 422,
    body: { code: "division_agent_unknown", errors: [{ field: "agent_ids.1", message: "the agent does not exist" }] },
  });

  expect(names((await org.call("DELETE", path, { agent_ids: [ana.agentId, crypto.randomUUID()] })).body)).toEqual([
    bob.agentId,
  ]);
  expect(await sees()).toBe(404);
  // A deleted agent is in no division any more.
  await org.call("DELETE", `/api/agents/${bob.agentId}`);
  expect((await org.call("GET", path)).body).toEqual([]);
  expect((await org.call("GET", "/api/divisions")).body[0].agent_count).toBe(0);
  const { body: log } = await org.call("GET", `/api/activity-logs?entity_type=division&entity_id=${division.id}`);
  expect(log.data.map((row: any) => row.action)).toEqual([
    "division.remove_agents",
    "division.add_agents",
    "division.create",
  ]);
});

it("is left by what is open in it when it is deleted, also by what comes in later by an old route", async () => {
  const org = await organization();
  const { id: accountId, phoneNumberId } = await org.connect();
  const { body: division } = await org.call("POST", "/api/divisions", { name: "Short-lived" });
  expect(
    (await org.call("PATCH", `/api/integrations/accounts/${accountId}`, { division_id: division.id })).status,
  ).toBe(200);
  const [open, resolved] = [phone(), phone()];
  await customerWrites(phoneNumberId, open);
  await customerWrites(phoneNumberId, resolved);
  const [a, b] = [await conversationWith(org, open), await conversationWith(org, resolved)];
  expect(a.division_id).toBe(division.id);
  await org.call("PATCH", `/api/conversations/${b.id}/status`, { status: "resolved" });
  await org.call("DELETE", `/api/divisions/${division.id}`);
  expect((await org.call("GET", `/api/integrations/accounts/${accountId}`)).body.division_id).toBeNull();
  const minute = () => everyMinute(publicContext(env, () => {}));
  await Promise.all([minute(), minute()]);
  const divisionOf = async (id: string) => (await org.call("GET", `/api/conversations/${id}`)).body.division_id;
  expect(await divisionOf(a.id)).toBeNull();
  expect((await org.call("GET", `/api/conversations/${a.id}/transfers`)).body).toMatchObject([
    { from_division_id: division.id, to_division_id: null, transferred_by: null },
  ]);
  await customerWrites(phoneNumberId, resolved, "Again");
  await eventually(async () =>
    expect((await org.call("GET", `/api/conversations?q=${resolved}&status=open`)).body.data).toHaveLength(1),
  );
  await minute();
  expect(await divisionOf(b.id)).toBeNull();
});

it("is listed at the cost of the divisions, not of their agents", async () => {
  const org = await organization();
  const [division] = [(await org.call("POST", "/api/divisions", { name: "Large" })).body];
  await org.tenantDb
    .prepare(
      "INSERT INTO division_agents (org_id, division_id, agent_id) SELECT ?1, ?2, 'agent-' || value FROM json_each(?3)",
    )
    .bind(org.id, division.id, JSON.stringify(Array.from({ length: 500 }, (_, i) => i)))
    .run();
  await org.call("GET", "/api/auth/me");
  const { body, headers } = await org.call("GET", "/api/divisions");
  expect(body[0].agent_count).toBe(500);
  expect(rowsRead(headers)).toBeLessThan(10);
});

it("has a setting for who has what customers reopen, which is logged", async () => {
  const org = await organization();
  const path = "/api/settings/routing";
  expect(await org.call("GET", path)).toMatchObject({ status: 200, body: { reopen_to: "last_agent_if_online" } });
  for (const body of [{ reopen_to: "queue" }, {}, { reopen_to: "queue" }])
    expect(await org.call("PATCH", path, body)).toMatchObject({ status: 200, body: { reopen_to: "queue" } });
  for (const wrong of [{ reopen_to: "nobody" }, { reopen_to: null }, { reopen: "queue" }])
    expectProblem(await org.call("PATCH", path, wrong), 422, "invalid_request");
  expect((await org.call("GET", path)).body).toEqual({ reopen_to: "queue" });
  expect((await (await organization()).call("GET", path)).body).toEqual({ reopen_to: "last_agent_if_online" });
  const { body: log } = await org.call("GET", "/api/activity-logs?action=organization.update");
  expect(log.data.map((row: any) => row.changes)).toEqual([{ reopen_to: ["last_agent_if_online", "queue"] }]);
});
