import { afterEach, expect, it, vi } from "vitest";
import { clock, DAY } from "../../src/kit/clock";
import { login, organization, PASSWORD } from "../harness";

vi.setConfig({ testTimeout: 30_000 });
const realNow = clock.now;
afterEach(() => void (clock.now = realNow));

const body = () => ({
  email: `${crypto.randomUUID().slice(0, 13)}@example.test`,
  password: PASSWORD,
  full_name: "Once",
});

it("keeps a key for its caller and its operation, for a day", async () => {
  const org = await organization();
  const second = await org.agent("admin");
  const key = { "idempotency-key": "order-1" };
  const first = await org.call("POST", "/api/agents", body(), key);
  // Another caller's key of the same name is another key, and so is another session of one's own the same.
  expect((await second.call("POST", "/api/agents", body(), key)).status).toBe(201);
  const again = await login(org.email);
  expect((await again.call("POST", "/api/agents", body(), key)).body.code).toBe("idempotency_key_reused");
  clock.now = () => realNow() + DAY + 1000;
  expect(await org.call("POST", "/api/agents", body(), key)).toMatchObject({ status: 201 });
  expect(first.status).toBe(201);
});

it("keeps no failure: what was refused may be tried again", async () => {
  const org = await organization();
  const key = { "idempotency-key": "retry" };
  const wanted = { ...body(), role: "boss" };
  expect((await org.call("POST", "/api/agents", wanted, key)).status).toBe(422);
  const right = await org.call("POST", "/api/agents", { ...wanted, role: "agent" }, key);
  expect(right.status).toBe(201);
  expect(right.headers.get("idempotency-replayed")).toBeNull();
});

it("refuses a key that is none", async () => {
  const org = await organization();
  expect((await org.call("POST", "/api/agents", body(), { "idempotency-key": "" })).body.code).toBe(
    "malformed_request",
  );
  expect((await org.call("POST", "/api/agents", body(), { "idempotency-key": "x".repeat(256) })).body.code).toBe(
    "malformed_request",
  );
});
