import { env } from "cloudflare:workers";
import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { fixtures } from "../areas/fixtures";
import { call, door } from "../harness";
import { checkSchema } from "../json-schema";
import { type Tenant, tenant } from "../tenant";
import { type Case, createCases, type Schema } from "./cases";
import { inOrder, isOperators, named, operations, pathOf, shareOf, type WalkedOperation } from "./operations";

/**
 * Every operation is called with what its own document allows and with what it does not, and must answer as it documents: never
 * 5xx, no undeclared status, the declared content type, a body of the declared schema. The seed is the day's, so that each day
 * tries something else; a failure prints it and the smallest call that shows it, and FUZZ_SEED=… repeats it.
 */

const RUNS = Number(env.FUZZ_RUNS);
const SEED = Number(env.FUZZ_SEED);
/** So often at most, each time from another seed, until a call succeeds. */
const ROUNDS = 5;
/** Nothing random has the secret of an address (test/areas/email.test.ts). */
const NEEDS_SECRET = new Set(["receiveEmailWebhook", "receiveEmailWebhookAt"]);
/** Login has nobody's password. */
const canSucceed = (id: string): boolean => id !== "login" && !NEEDS_SECRET.has(id);
const wasReached = (statuses: Record<number, number>): boolean =>
  Object.keys(statuses).some((status) => Number(status) < 300);

async function sign(body: string): Promise<string> {
  const key = await crypto.subtle.importKey(
    "raw",
    new TextEncoder().encode(env.META_APP_SECRET),
    { name: "HMAC", hash: "SHA-256" },
    false,
    ["sign"],
  );
  return `sha256=${Buffer.from(await crypto.subtle.sign("HMAC", key, new TextEncoder().encode(body))).toString("hex")}`;
}

let place = 0;
const anywhere = (): string => `10.${(++place >> 16) & 255}.${(place >> 8) & 255}.${place & 255}`;

async function send(
  op: WalkedOperation,
  one: Case,
  credential: Record<string, string>,
): Promise<{ status: number; type: string; text: string }> {
  const path = pathOf(op, (name) => encodeURIComponent(one.path[name]!));
  const query = one.query.length
    ? `?${one.query.map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`).join("&")}`
    : "";
  const body = "body" in one ? (JSON.stringify(one.body) ?? "null") : undefined;
  const response = await door(path + query, {
    method: op.method.toUpperCase(),
    headers: {
      ...credential,
      "cf-connecting-ip": anywhere(),
      ...(body !== undefined && { "content-type": "application/json" }),
      ...(one.raw && { "content-type": one.raw.type }),
      ...(op.rawBody && { "x-hub-signature-256": await sign(body ?? "") }),
      ...(op.isSocket && place % 2 && { upgrade: "websocket" }),
      ...one.headers,
    },
    ...(body !== undefined && { body }),
    ...(one.raw && { body: one.raw.body }),
  });
  if (response.webSocket) {
    response.webSocket.accept();
    response.webSocket.close();
    return { status: response.status, type: "", text: "" };
  }
  return { status: response.status, type: response.headers.get("content-type") ?? "", text: await response.text() };
}

/** Parts of all fixtures, merged by name. */
async function poolOf(t: Tenant): Promise<Record<string, string[]>> {
  const pool: Record<string, string[]> = {};
  for (const fixture of fixtures)
    for (const [name, values] of Object.entries((await fixture.pool?.(t)) ?? {}))
      pool[name] = [...(pool[name] ?? []), ...values];
  return pool;
}

export function walkFuzz(shard: number, of: number): void {
  let document: Schema;
  let t: Tenant;
  let cases: (op: WalkedOperation) => fc.Arbitrary<Case>;
  beforeAll(async () => {
    document = (await call("GET", "/openapi.json")).body;
    t = await tenant();
    const together = Object.assign({}, ...fixtures.map((fixture) => fixture.together?.(t)));
    cases = createCases(document, await poolOf(t), together);
    console.log(`FUZZ_SEED=${SEED} FUZZ_RUNS=${RUNS}`);
  }, 60_000);

  const seen: Record<string, Record<number, number>> = {};

  describe("every operation answers as it documents", () => {
    it.each(named(inOrder(shareOf(operations, shard, of))))(
      "%s",
      async (_, op) => {
        const { responses } = document["paths"][op.path][op.method];
        // To log out is what it does, with a session that nobody else has.
        const credential: Record<string, string> = isOperators(op)
          ? { authorization: `Bearer ${env.OPERATOR_TOKEN}` }
          : op.id === "logout"
            ? { authorization: `Bearer ${(await t.org.agent()).token}` }
            : { authorization: `Bearer ${t.org.token}` };
        const statuses: Record<number, number> = (seen[op.id] = {});
        const answersAsDocumented = fc.asyncProperty(cases(op), async (one) => {
          const answer = await send(op, one, credential);
          statuses[answer.status] = (statuses[answer.status] ?? 0) + 1;
          expect(answer.status, answer.text.slice(0, 500)).toBeLessThan(500);
          const documented = responses[answer.status];
          expect(documented, `status ${answer.status} is not documented: ${answer.text.slice(0, 300)}`).toBeDefined();
          const [[type, { schema }] = ["", { schema: undefined }]] = Object.entries<any>(documented.content ?? {});
          if (type === "") {
            expect(answer.text).toBe("");
            return;
          }
          if (op.contentType === "application/octet-stream" && answer.status < 400) return;
          expect(answer.type.split(";")[0], "content type").toBe(type);
          if (type.includes("json"))
            expect(checkSchema(JSON.parse(answer.text), schema, document), answer.text.slice(0, 500)).toEqual([]);
        });
        // Some days no call of the first round is let in.
        const rounds = canSucceed(op.id) ? ROUNDS : 1;
        for (let round = 0; round < (wasReached(statuses) ? 1 : rounds); round++)
          await fc.assert(answersAsDocumented, {
            numRuns: RUNS,
            seed: SEED + round,
            endOnFailure: false,
            interruptAfterTimeLimit: 20_000,
            markInterruptAsFailure: true,
          });
      },
      120_000,
    );

    it("was reached inside, and not only turned away at the door", () => {
      const total = Object.values(seen)
        .flatMap((counts) => Object.values(counts))
        .reduce((a, b) => a + b, 0);
      console.log(`FUZZ_SEED=${SEED}: ${total} calls; ${JSON.stringify(seen)}`);
      const never = Object.entries(seen).filter(([id, counts]) => canSucceed(id) && !wasReached(counts));
      expect(never.map(([id, counts]) => `${id} ${JSON.stringify(counts)}`)).toEqual([]);
      const refused = Object.entries(seen).filter(([, counts]) => counts[401] && Object.keys(counts).length === 1);
      expect(refused.filter(([id]) => !NEEDS_SECRET.has(id))).toEqual([]);
    });
  });
}
