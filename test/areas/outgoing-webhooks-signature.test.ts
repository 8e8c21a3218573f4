import { Webhook } from "standardwebhooks";
import { expect, it } from "vitest";
import { newSecret, signedHeaders } from "../../src/areas/webhooks/signature";
import { MAX_ATTEMPTS, retryDelayMs } from "../../src/domain/webhook";
import { HOUR, MINUTE, SECOND } from "../../src/kit/clock";

/** The vector of the reference libraries' own tests (standard-webhooks, libraries/javascript). */
const VECTOR = {
  secret: "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
  id: "msg_p5jXN8AQM9LWM0D4loKWxJek",
  at: 1614265330,
  body: '{"test": 2432232314}',
  signature: "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
};

it("signs the reference vector as the official library does", async () => {
  const { secret, id, at, body, signature } = VECTOR;
  expect(new Webhook(secret).sign(id, new Date(at * SECOND), body)).toBe(signature);
  expect(await signedHeaders([secret], { id, body }, at * SECOND + 999)).toEqual({
    "webhook-id": id,
    "webhook-timestamp": String(at),
    "webhook-signature": signature,
  });
});

it.each([
  ["beyond ASCII", '{"text":"héllo 👋 مرحبا"}'],
  ["with escapes", JSON.stringify({ text: '\u2028 \ud800 "\\' })],
  ["with dots", '"a.b.c"'],
  ["of 20,000 bytes", JSON.stringify("x".repeat(19_998))],
])("signs with both secrets what the official library verifies: a body %s", async (_, body) => {
  const [present, previous] = [newSecret(), newSecret()];
  const headers = await signedHeaders([present, previous], { id: "id-1", body }, Date.now());
  for (const secret of [present, previous]) expect(new Webhook(secret).verify(body, headers)).toEqual(JSON.parse(body));
  const refused = (secret: string, text: string, more: Record<string, string> = {}) =>
    expect(() => new Webhook(secret).verify(text, { ...headers, ...more })).toThrow(/signature|too/);
  refused(newSecret(), body);
  refused(present, `${body} `);
  refused(present, body, { "webhook-id": "id-2" });
  refused(present, body, { "webhook-timestamp": String(Math.floor(Date.now() / 1000) - 301) });
});

it("waits for each retry a step of the ladder, 20 % more or less, and longer if the endpoint asks", () => {
  const steps = [5 * SECOND, 5 * MINUTE, 30 * MINUTE, 2 * HOUR, 5 * HOUR, 10 * HOUR, 10 * HOUR];
  expect(MAX_ATTEMPTS).toBe(steps.length + 1);
  for (const [i, step] of steps.entries()) {
    const delays = [0, 0.25, 0.5, 0.75, 1 - Number.EPSILON].map((random) => retryDelayMs(i + 1, undefined, random));
    expect(delays).toEqual([0.8, 0.9, 1, 1.1, 1.2].map((factor) => Math.round(step * factor)));
    expect(retryDelayMs(i + 1, step * 2, 0)).toBe(Math.min(step * 2, 10 * HOUR));
    expect(retryDelayMs(i + 1, 1, 0.5)).toBe(step);
  }
  expect(retryDelayMs(MAX_ATTEMPTS, undefined, 0.5)).toBeUndefined();
  expect(retryDelayMs(MAX_ATTEMPTS, HOUR, 0.5)).toBeUndefined();
});
