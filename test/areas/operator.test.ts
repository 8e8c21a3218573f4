import { env } from "cloudflare:workers";
import { expect, it } from "vitest";
import { call, organization } from "../harness";

const operator = { authorization: "Bearer test-operator-token-0123456789" };

it("lets in the operator's token only", async () => {
  const org = await organization();
  expect((await call("GET", "/operator/dead-letters")).status).toBe(401);
  expect((await org.call("GET", "/operator/dead-letters")).status).toBe(401);
  expect(
    (await call("GET", "/operator/dead-letters", undefined, { authorization: "Bearer test-operator-token-012345678" }))
      .status,
  ).toBe(401);
  expect((await call("GET", "/operator/dead-letters", undefined, operator)).status).toBe(200);
});

it("shows what is dead and sends it again", async () => {
  const id = crypto.randomUUID();
  await env.CONTROL_DB.prepare(
    "INSERT INTO dead_letters (id, queue, body, error, attempts, created_at) VALUES (?, 'omnistream-events', ?, 'D1 was away', 10, ?)",
  )
    .bind(
      id,
      JSON.stringify({
        kind: "project",
        orgId: crypto.randomUUID(),
        tenantDb: "TENANT_DB_00",
        conversationId: crypto.randomUUID(),
      }),
      // Later than those of other suites, whose clocks may be ahead.
      Date.UTC(2900, 0),
    )
    .run();
  const { body } = await call("GET", "/operator/dead-letters?limit=1", undefined, operator);
  expect(body.data[0]).toMatchObject({ id, error: "D1 was away", replayed_at: null });
  expect((await call("POST", "/operator/dead-letters/replay", { ids: [id] }, operator)).body).toEqual({
    replayed: [id],
    failed: [],
  });
  await env.CONTROL_DB.prepare(
    "INSERT INTO dead_letters (id, queue, body, error, attempts, created_at) VALUES (?, 'omnistream-events', 'null', 'nonsense', 1, 1)",
  )
    .bind(`${id}-null`)
    .run();
  expect((await call("POST", "/operator/dead-letters/replay", { ids: [`${id}-null`] }, operator)).body).toEqual({
    replayed: [],
    failed: [`${id}-null`],
  });
  const after = await call("GET", "/operator/dead-letters?limit=1", undefined, operator);
  expect(after.body.data[0].replayed_at).not.toBeNull();
});
