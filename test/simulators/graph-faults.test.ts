import { expect, test } from "vitest";
import type { GraphFaults } from "../../simulators/graph/faults.ts";
import { errorOf, graph, number, start } from "./harness.ts";

const answered: [name: string, faults: GraphFaults, status: number, code: number][] = [
  ["a server error", { serverError: { times: 1 } }, 500, 131000],
  ["a rate limit", { rateLimit: { times: 1, code: 131056 } }, 429, 131056],
  ["an outage with 500", { outage: { mode: "500", times: 1 } }, 500, 2],
  ["a failing recipient", { recipients: [{ to: "+6281234567890", code: 131026, times: 1 }] }, 400, 131026],
  ["a dead token", { deadTokens: ["token"] }, 401, 190],
  ["a closed window", { enforceWindow: "answer" }, 400, 131047],
];

test.each(answered)("fault: %s answers an error and accepts nothing", async (_name, faults, status, code) => {
  const { simulator, send } = start();
  simulator.faults.set(faults);
  expect(await errorOf(await send())).toEqual({ status, code });
  expect(simulator.state.messages).toEqual([]);
  simulator.faults.clear("deadTokens");
  simulator.customers.say({ from: "6281234567890", text: "open" });
  expect((await send()).status).toBe(200);
});

test("faults of the connection", async () => {
  const { simulator, send, post, statuses } = start();
  simulator.faults.set({ outage: { mode: "refuse", times: 1 } });
  await expect(send()).rejects.toThrow(TypeError);
  expect(simulator.state.messages).toEqual([]);
  simulator.faults.set({ answerLost: { times: 1 } });
  await expect(send()).rejects.toThrow(TypeError);
  expect(simulator.state.messages).toMatchObject([{ answerLost: true }]);
  await simulator.settle();
  expect(statuses()).toEqual(["sent", "delivered", "read"]);
  simulator.faults.set({ outage: { mode: "hang" } });
  const patience = new AbortController();
  const hanging = simulator.fetch(
    new Request(`${graph}/${number}/messages`, { method: "POST", body: "{}", signal: patience.signal }),
  );
  setTimeout(() => patience.abort(), 5);
  await expect(hanging).rejects.toThrow();
  simulator.faults.set({ serverError: { gateway: true, times: 1 }, rateLimit: { retryAfterSeconds: 7 } });
  expect((await send()).headers.get("Content-Type")).toBe("text/html");
  expect((await post("/1/register", {})).headers.get("Retry-After")).toBe("7");
});

test("faults of webhooks: failed later, twice, backwards; dice fall the same way twice", async () => {
  const { simulator, send, statuses, posted } = start();
  simulator.faults.set({ recipients: [{ to: "*", code: 131049, as: "status", times: 1 }] });
  expect((await send()).status).toBe(200);
  await simulator.settle();
  expect(posted[0]?.value).toMatchObject({ statuses: [{ status: "failed", errors: [{ code: 131049 }] }] });
  simulator.faults.set({ duplicateWebhooks: true, reverseStatuses: true });
  await send();
  await simulator.settle();
  expect(statuses().slice(1)).toEqual(["read", "read", "delivered", "delivered", "sent", "sent"]);
  const run = async () => {
    simulator.faults.set({ seed: 7, serverError: { probability: 0.5 } });
    return Promise.all(Array.from({ length: 12 }, async () => (await send()).status));
  };
  const first = await run();
  expect(new Set(first)).toEqual(new Set([200, 500]));
  expect(await run()).toEqual(first);
});
