import { expect, it, vi } from "vitest";
import { conversationWith, customerWrites, type Org, organization, phone } from "../harness";
import { division } from "../tenant";

vi.setConfig({ testTimeout: 30_000 });

async function conversation(org: Org): Promise<{ id: string; from: string; phoneNumberId: string }> {
  const { phoneNumberId } = await org.connect();
  const from = phone();
  await customerWrites(phoneNumberId, from);
  return { id: (await conversationWith(org, from)).id, from, phoneNumberId };
}

it("goes from hand to hand, with a note, and its history says so", async () => {
  const org = await organization();
  const [ana, bob] = [await org.agent(), await org.agent()];
  const sales = await division(org, "Sales", [bob.agentId]);
  const { id } = await conversation(org);
  const path = `/api/conversations/${id}/transfer`;
  const get = async () => (await org.call("GET", `/api/conversations/${id}`)).body;

  expect(await ana.call("POST", path, { to_agent_id: bob.agentId, note: " He speaks Javanese " })).toMatchObject({
    status: 200,
    body: {
      message: expect.any(String),
      conversation_id: id,
      from_agent_id: null,
      to_agent_id: bob.agentId,
      to_division_id: null,
    },
  });
  expect(await get()).toMatchObject({ assigned_agent_id: bob.agentId, status: "open" });
  expect((await bob.call("POST", path, { to_division_id: sales })).body).toMatchObject({
    from_agent_id: bob.agentId,
    to_agent_id: null,
    to_division_id: sales,
  });
  // In the queue: nobody has it, and nobody owes work.
  expect(await get()).toMatchObject({ assigned_agent_id: null, division_id: sales, status: "pending" });
  await org.call("POST", path, { to_agent_id: bob.agentId, to_division_id: sales });
  expect(await get()).toMatchObject({ assigned_agent_id: bob.agentId, division_id: sales, status: "open" });
  await ana.call("POST", `/api/conversations/${id}/takeover`);
  await org.call("POST", `/api/conversations/${id}/takeover`);

  const { body } = await org.call("GET", `/api/conversations/${id}/transfers`);
  expect(body.map((row: any) => [row.from_agent_id, row.to_agent_id, row.to_division_id, row.transferred_by])).toEqual([
    [bob.agentId, org.agentId, sales, org.agentId],
    [null, bob.agentId, sales, org.agentId],
    [bob.agentId, null, sales, bob.agentId],
    [null, bob.agentId, null, ana.agentId],
  ]);
  expect(body[3]).toMatchObject({
    note: "He speaks Javanese",
    from_agent_name: null,
    to_agent_name: "Ana Agent",
    transferred_by_name: "Ana Agent",
    to_division_name: null,
  });
  expect(body[2]).toMatchObject({ to_division_name: "Sales", note: null });
});

it("is not given to where it is, to nobody, to strangers, or when it is resolved", async () => {
  const [org, other] = [await organization(), await organization()];
  const [ana, bob] = [await org.agent(), await org.agent()];
  const sales = await division(org, "Sales", [ana.agentId]);
  const { id } = await conversation(org);
  const transfer = (body: unknown, who = org) => who.call("POST", `/api/conversations/${id}/transfer`, body);
  await transfer({ to_agent_id: ana.agentId, to_division_id: sales });
  expect(await transfer({ to_agent_id: ana.agentId })).toMatchObject({
    status: 422,
    body: { code: "transfer_to_self" },
  });
  expect((await transfer({ to_agent_id: ana.agentId, to_division_id: sales })).body.code).toBe("transfer_to_self");
  expect(await transfer({ to_agent_id: bob.agentId, to_division_id: sales })).toMatchObject({
    status: 422,
    body: { code: "assignee_not_found" },
  });
  expect((await transfer({ to_agent_id: other.agentId })).body.code).toBe("assignee_not_found");
  expect((await transfer({ to_division_id: crypto.randomUUID() })).body.code).toBe("division_unknown");
  for (const body of [
    {},
    { note: "only words" },
    { to_agent_id: null },
    { to_agent_id: bob.agentId, note: "x".repeat(2001) },
    { to_agent_id: bob.agentId, from: 1 },
  ]) {
    expect((await transfer(body)).status).toBe(422);
  }
  expect((await transfer({})).body.errors).toEqual([
    { field: "to_agent_id", message: "to_agent_id or to_division_id is required" },
  ]);
  expect((await transfer([])).body).toMatchObject({
    detail: expect.stringMatching(/^body: /),
    errors: [{ field: "body" }],
  });
  expect((await transfer({ to_agent_id: bob.agentId, note: "x".repeat(2000), to_division_id: null })).status).toBe(200);
  await org.call("PATCH", `/api/divisions/${sales}`, { is_active: false });
  expect((await transfer({ to_division_id: sales })).body.code).toBe("division_unknown");
  await org.call("PATCH", `/api/conversations/${id}/status`, { status: "resolved" });
  expect(await transfer({ to_agent_id: ana.agentId })).toMatchObject({
    status: 409,
    body: { code: "conversation_resolved" },
  });
  expect((await other.call("POST", `/api/conversations/${id}/transfer`, { to_agent_id: other.agentId })).status).toBe(
    404,
  );
  expect((await other.call("GET", `/api/conversations/${id}/transfers`)).status).toBe(404);
});

it("happens once for an Idempotency-Key, also for who does not see the conversation any more", async () => {
  const org = await organization();
  const [ana, bob] = [await org.agent(), await org.agent()];
  const { id } = await conversation(org);
  await ana.call("POST", `/api/conversations/${id}/takeover`);
  const again = () =>
    ana.call("POST", `/api/conversations/${id}/transfer`, { to_agent_id: bob.agentId }, { "idempotency-key": "move" });
  const answers = await Promise.all(Array.from({ length: 5 }, again));
  expect(new Set(answers.map((answer) => JSON.stringify([answer.status, answer.body])))).toEqual(
    new Set([
      JSON.stringify([
        200,
        {
          message: "conversation transferred",
          conversation_id: id,
          from_agent_id: ana.agentId,
          to_agent_id: bob.agentId,
          to_division_id: null,
        },
      ]),
    ]),
  );
  expect((await ana.call("GET", `/api/conversations/${id}`)).status).toBe(404);
  expect((await again()).status).toBe(200);
  expect((await org.call("GET", `/api/conversations/${id}/transfers`)).body).toHaveLength(2);
});

it("shows the newest fifty, and reads no more", async () => {
  const org = await organization();
  const [ana, bob] = [await org.agent(), await org.agent()];
  const { id } = await conversation(org);
  for (let i = 0; i < 55; i++)
    await org.call("POST", `/api/conversations/${id}/transfer`, {
      to_agent_id: (i % 2 ? ana : bob).agentId,
      note: `${i}`,
    });
  await org.call("GET", "/api/auth/me");
  const { body, headers } = await org.call("GET", `/api/conversations/${id}/transfers`);
  expect(body.map((row: any) => row.note)).toEqual(Array.from({ length: 50 }, (_, i) => `${54 - i}`));
  // Each with the names of who gave, had and got it.
  expect(Number(/d1_rows_read;desc="(\d+)"/.exec(headers.get("server-timing")!)![1])).toBeLessThan(260);
});
