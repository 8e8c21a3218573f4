import { env } from "cloudflare:workers";
import { beforeAll, expect, it, vi } from "vitest";
import { NOBODY } from "../areas/fixture";
import { type Answer, door, type Org, organization } from "../harness";
import { expectProblem } from "../problem";
import { FULL } from "../volume";
import { isOperators, named, operations, pathOf, type WalkedOperation } from "./operations";

/** Every operation that takes JSON refuses what is none, or too much of it, before it looks at anything else. */

// Many calls in one test, and a machine that may be busy.
vi.setConfig({ testTimeout: 60_000 });

const JSON_TYPE = "application/json";
const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);

/** The fault, the body, its type, and the answer. */
const BAD: [what: string, body: Uint8Array | string, type: string | null, status: number][] = [
  ["1 MB and a byte", `{"x":"${"x".repeat(1024 * 1024 - 7)}"}`, JSON_TYPE, 413],
  ["not JSON", "{", JSON_TYPE, 400],
  ["empty", "", JSON_TYPE, 400],
  ["two values", "{} {}", JSON_TYPE, 400],
  ["form", "a=b", "application/x-www-form-urlencoded", 415],
  ["text that is JSON", "{}", "text/plain", 415],
  ["no type", "{}", null, 415],
  ["a type that only looks like it", "{}", "application/jsonp", 415],
  ["multipart", "{}", "multipart/form-data; boundary=x", 415],
  ["latin1", "{}", "application/json; charset=latin1", 415],
  ["UTF-16", "{}", 'application/json; charset="utf-16"', 415],
  ["invalid UTF-8", new Uint8Array([0x7b, 0x22, 0xc3, 0x28, 0x22, 0x3a, 0x31, 0x7d]), JSON_TYPE, 400],
  ["overlong UTF-8", new Uint8Array([0x7b, 0x22, 0xc0, 0xaf, 0x22, 0x3a, 0x31, 0x7d]), JSON_TYPE, 400],
  ["NUL", '{"x":"a\\u0000b"}', JSON_TYPE, 400],
  ["NUL in a name", '{"a\\u0000":1}', JSON_TYPE, 400],
  ["a raw NUL", '{"x":"\u0000"}', JSON_TYPE, 400],
  ["nested 100,000 deep", "[".repeat(100_000) + "]".repeat(100_000), JSON_TYPE, 400],
  ["nested objects", `${'{"a":'.repeat(50)}1${"}".repeat(50)}`, JSON_TYPE, 400],
  ["__proto__", '{"__proto__":{"isAdmin":true},"x":1}', JSON_TYPE, 422],
];

/** One of each kind: not JSON, JSON by another name, and JSON that could be taken for more than it is, by the operation's own schema. */
const ON_ALL = new Set(["not JSON", "text that is JSON", "__proto__"]);

const writers = operations.filter((op) => op.body);
// One reader reads all bodies: one operation of each method is tried with everything.
const whole = FULL ? writers : ["post", "put", "patch"].map((method) => writers.find((op) => op.method === method)!);

let org: Org;
beforeAll(async () => {
  org = await organization();
});

async function send(op: WalkedOperation, body: Uint8Array | string, type: string | null): Promise<Answer> {
  const token = isOperators(op) ? env.OPERATOR_TOKEN : org.token;
  const headers = new Headers({ authorization: `Bearer ${token}`, ...(type !== null && { "content-type": type }) });
  const path = pathOf(op, (name) => (name === "channel" ? "whatsapp" : NOBODY));
  const response = await door(path, {
    method: op.method.toUpperCase(),
    headers,
    body: typeof body === "string" ? bytesOf(body) : body,
  });
  return { status: response.status, headers: response.headers, body: await response.json() };
}

async function refuses(op: WalkedOperation, bad: typeof BAD): Promise<void> {
  for (const [what, body, type, status] of bad) {
    const answer = await send(op, body, type);
    expectProblem(answer, status, undefined, `${op.id}: ${what}`);
    expect(JSON.stringify(answer.body).length, what).toBeLessThan(8000);
  }
  expect(({} as Record<string, unknown>)["isAdmin"]).toBeUndefined();
}

it.each(named(writers))("%s refuses what is not JSON of its own", async (_, op) => {
  await refuses(
    op,
    BAD.filter(([what]) => ON_ALL.has(what)),
  );
});

it.each(named(whole))("%s refuses each body that is not JSON of a bearable size", async (_, op) => {
  await refuses(op, BAD);
});
