import { env } from "cloudflare:workers";
import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { signedLink } from "../src/domain/media-links";
import { allOperations } from "../src/composition";
import { call, door } from "./harness";
import { checkSchema } from "./json-schema";
import { type Tenant, tenant } from "./tenant";

const operations = await allOperations();

/**
 * Every operation is called with what its own document allows and with what it does not, and must answer as it documents: never
 * 5xx, no undeclared status, the declared content type, a body of the declared schema. FUZZ_RUNS and FUZZ_SEED (bindings) say how
 * often and from where; a failure prints the seed and the smallest call that shows it.
 */

const settings = env as unknown as Record<string, string | undefined>;
const RUNS = Number(settings["FUZZ_RUNS"] ?? 100);
const SEED = Number(settings["FUZZ_SEED"] ?? 20_261_123);
/** A password costs 150 ms to hash: so many calls with a valid body, the rest has something wrong. */
const VALID_PASSWORD_CALLS = 3;
const HASHING = new Set(["login", "register", "createAgent", "updateAgent"]);

const HOSTILE = [
  "",
  " ",
  "\u0000",
  "a\u0000b",
  "\ud800",
  "x\udc00y",
  "\u202e\u200b\ufeff",
  "💩".repeat(60),
  "é".normalize("NFD"),
  "a".repeat(300),
  "a".repeat(20_000),
  "'; DROP TABLE agents; --",
  "' OR '1'='1",
  "1) UNION SELECT * FROM agents --",
  "\\",
  "%",
  "_%_",
  "[a-z]*",
  '"',
  '"unbalanced',
  "NEAR(a b, 5)",
  "a AND OR NOT b",
  "body:x",
  "org_token : *",
  "* ^ -x",
  "../../etc/passwd",
  "<script>alert(1)</script>",
  "${7*7}{{7*7}}",
  "null",
  "undefined",
  "NaN",
  "-1",
  "0x10",
  "1e309",
  "9223372036854775808",
  "00000000-0000-0000-0000-000000000000",
  "FFFFFFFF-FFFF-FFFF-FFFF-FFFFFFFFFFFF",
  "2026-02-30T00:00:00Z",
  "2026-11-23T19:00:00+14:00",
  "__proto__",
  "constructor",
];
const hostile = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...HOSTILE) },
  { weight: 1, arbitrary: fc.string({ unit: "binary", maxLength: 40 }) },
);
const NUMBERS = [0, -1, 1, 2 ** 31, 2 ** 53, -(2 ** 63), 1e308, 0.1, 101, 99_999];

function deep(levels: number): unknown {
  let value: unknown = 1;
  for (let i = 0; i < levels; i++) value = i % 2 ? [value] : { a: value };
  return value;
}
const anything = fc.oneof(
  hostile,
  fc.constantFrom<unknown>(
    ...NUMBERS,
    null,
    true,
    false,
    [],
    {},
    [null],
    { __proto__x: 1 },
    deep(20),
    deep(40),
    Array.from({ length: 200 }, () => "x"),
    { constructor: { prototype: 1 } },
  ),
);

type Schema = Record<string, any>;
let document: Schema;
let t: Tenant;
/** Ids that are there, by the name of what takes them; one that is somebody's, and one that is nobody's. */
let pool: Record<string, string[]>;
const resolve = (schema: Schema): Schema =>
  schema["$ref"] ? resolve(document["components"].schemas[schema["$ref"].split("/").at(-1)]) : schema;

/** Values that a schema allows, its bounds among them. */
function valid(unresolved: Schema, name: string): fc.Arbitrary<unknown> {
  const schema = resolve(unresolved);
  if (schema["const"] !== undefined) return fc.constant(schema["const"]);
  if (schema["enum"]) return fc.constantFrom(...schema["enum"]);
  const choices = schema["oneOf"] ?? schema["anyOf"];
  if (choices) return fc.oneof(...choices.map((choice: Schema) => valid(choice, name)));
  if (Array.isArray(schema["type"]))
    return fc.oneof(...schema["type"].map((type: string) => valid({ ...schema, type }, name)));
  switch (schema["type"]) {
    case "null":
      return fc.constant(null);
    case "boolean":
      return fc.boolean();
    case "integer":
    case "number": {
      const [min, max] = [Math.max(schema["minimum"] ?? 0, -1e6), Math.min(schema["maximum"] ?? 1e6, 1e6)];
      return fc.oneof(fc.constantFrom(min, max), fc.integer({ min, max }));
    }
    case "array":
      return fc.array(valid(schema["items"], name), {
        minLength: schema["minItems"] ?? 0,
        maxLength: Math.min(schema["maxItems"] ?? 5, (schema["minItems"] ?? 0) + 4),
      });
    case "object":
      return object(schema, name);
    case "string":
      return text(schema, name);
    default:
      return anything;
  }
}

function object(schema: Schema, name: string): fc.Arbitrary<unknown> {
  if (!schema["properties"]) {
    const example = schema["example"] ?? { text: "Hello" };
    return fc.oneof(
      fc.constant(example),
      fc.dictionary(
        fc.constantFrom("text", "caption", "url", "name", "x"),
        name === "config" ? fc.string({ maxLength: 20 }) : anything,
        { maxKeys: 3 },
      ),
    );
  }
  return fc.record(
    Object.fromEntries(Object.entries<Schema>(schema["properties"]).map(([key, part]) => [key, valid(part, key)])),
    {
      requiredKeys: schema["required"] ?? [],
    },
  );
}

function text(schema: Schema, name: string): fc.Arbitrary<string> {
  const known = pool[name];
  if (known && (schema["format"] === "uuid" || schema["pattern"]))
    return fc.oneof(
      { weight: 6, arbitrary: fc.constant(known[0]!) },
      { weight: 2, arbitrary: fc.constantFrom(...known) },
      { weight: 1, arbitrary: fc.uuid({ version: 4 }) },
    );
  if (name === "cursor") return fc.constantFrom(...pool["cursor"]!);
  switch (schema["format"]) {
    case "uuid":
      return fc.uuid({ version: 4 });
    case "date-time":
      return fc.constantFrom(
        "2020-01-01T00:00:00Z",
        "2026-11-23T19:00:00.123Z",
        "1970-01-01T00:00:00Z",
        "9999-12-31T23:59:59Z",
        "0000-01-01T00:00:00Z",
      );
    case "email":
      return fc.nat().map((k) => `fuzz-${k}@example.test`);
  }
  if (name === "hub.verify_token") return fc.constantFrom("test-verify-token", "test-verify-toke", "x");
  if (schema["pattern"] === "^[A-Z]{2}$") return fc.constantFrom("ID", "DE", "ZZ");
  const [min, max] = [schema["minLength"] ?? 0, Math.min(schema["maxLength"] ?? 200, 300)];
  if (schema["pattern"]) return fc.stringMatching(new RegExp(schema["pattern"]), { maxLength: max });
  return fc.oneof(
    fc.string({ minLength: min, maxLength: max }),
    fc.string({ unit: "grapheme", minLength: min, maxLength: Math.min(max, 20) }),
    fc.constantFrom(min, max).map((length) => "m".repeat(length)),
    hostile.filter((word) => word.length >= min && word.length <= max),
  );
}

/** Something wrong in a body: another type, a field less, a field more, at any depth. */
const broken = (body: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> =>
  fc
    .tuple(body, fc.nat(1000), fc.constantFrom("replace", "remove", "add"), anything)
    .map(([value, at, how, other]) => mutate(structuredClone(value), at, how, other));

function mutate(value: unknown, at: number, how: string, other: unknown): unknown {
  const places: [any, string | number][] = [];
  const visit = (node: unknown): void => {
    if (typeof node !== "object" || node === null) return;
    for (const key of Object.keys(node)) {
      places.push([node, key]);
      visit((node as any)[key]);
    }
  };
  visit(value);
  if (places.length === 0 || at % 10 === 0) return other;
  const [node, key] = places[at % places.length]!;
  if (how === "remove" && Array.isArray(node)) node.splice(Number(key), 1);
  else if (how === "remove") delete node[key];
  else if (how === "add") node[Array.isArray(node) ? node.length : "unknown_field"] = other;
  else node[key] = other;
  return value;
}

const hour = fc.nat(23).map((n) => `${String(n).padStart(2, "0")}:30`);
const week = fc.array(
  fc.record({
    day_of_week: fc.nat(6),
    start_time: hour,
    end_time: hour.map((time) => time.replace("30", "45")),
    is_active: fc.boolean(),
  }),
  {
    minLength: 1,
    maxLength: 8,
  },
);

/** What a document cannot say: which fields go together. Among the rest, so that the inside is reached. */
const TOGETHER: Record<string, fc.Arbitrary<unknown>> = {
  sendMessage: fc
    .oneof(
      hostile.filter((word) => word.trim() !== ""),
      fc.string({ minLength: 1 }),
    )
    .map((words) => ({ type: "text", content: { text: `.${words}`.slice(0, 4000) } })),
  scheduleMessage: fc.integer({ min: 1, max: 365 }).map((days) => ({
    type: "text",
    content: { text: "Later" },
    scheduled_at: new Date(Date.now() + days * 86_400_000).toISOString(),
  })),
  createIntegrationAccount: fc.integer({ min: 1e14, max: 9e14 }).map((n) => ({
    channel: "whatsapp",
    display_name: `Number ${n}`,
    config: { phone_number_id: String(n), waba_id: "1234567", access_token: "token" },
  })),
  createAgent: fc.nat().map((n) => ({ email: `made-${n}@example.test`, password: "a-password", full_name: "Made" })),
  updateAgent: hostile.filter((word) => word.trim() !== "" && word.length <= 200).map((full_name) => ({ full_name })),
  updateRole: hostile.filter((word) => word.length <= 500).map((description) => ({ description })),
  setWorkingHours: week,
  setDivisionWorkingHours: week,
  setTimezone: fc
    .constantFrom("UTC", "Asia/Jakarta", "america/new_york", "Etc/GMT+7")
    .map((timezone) => ({ timezone })),
  createQuickReply: fc
    .tuple(
      hostile.filter((word) => /[\w]/.test(word) && word.length <= 200),
      fc.nat(),
    )
    .map(([words, n]) => ({
      title: `.${words}`.slice(0, 200).replaceAll("\u0000", ""),
      content: "Hello {{contact.name}}",
      shortcut: `made-${n}`,
    })),
  updateQuickReply: hostile
    .filter((word) => /[\w]/.test(word) && word.length <= 200 && !word.includes("\u0000"))
    .map((title) => ({ title })),
  updateContact: hostile.filter((word) => word.trim() !== "" && word.length <= 200).map((name) => ({ name })),
};

/** A form, most often of a file as it should be, sometimes cut off. */
const form = fc
  .record({
    name: fc.oneof({ weight: 6, arbitrary: fc.constant("file") }, { weight: 1, arbitrary: hostile }),
    filename: fc.oneof(fc.constant("a.png"), hostile),
    type: fc.oneof(fc.constantFrom("image/png", "text/html", "application/pdf"), hostile),
    bytes: fc.uint8Array({ maxLength: 2000 }),
    cut: fc.oneof({ weight: 4, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.nat(200) }),
  })
  .map(({ name, filename, type, bytes, cut }) => {
    const head = `--fuzz\r\nContent-Disposition: form-data; name="${name}"; filename="${filename}"\r\nContent-Type: ${type}\r\n\r\n`;
    const whole = Buffer.concat([Buffer.from(head), bytes, Buffer.from("\r\n--fuzz--\r\n")]);
    return { type: "multipart/form-data; boundary=fuzz", body: new Uint8Array(whole.subarray(0, whole.length - cut)) };
  });
const csv = fc.record({
  type: fc.constantFrom("text/csv", "text/csv", "text/csv; charset=utf-8", "multipart/form-data", "text/plain"),
  body: fc.oneof(
    hostile,
    fc
      .array(fc.array(hostile, { minLength: 1, maxLength: 5 }), { maxLength: 5 })
      .map(
        (rows) =>
          `title,content,shortcut,category\n${rows.map((row) => row.map((field) => `"${field}"`).join(",")).join("\n")}\n`,
      ),
  ),
});

interface Case {
  path: Record<string, string>;
  query: [string, string][];
  body?: unknown;
  /** A body that is no JSON. */
  raw?: { type: string; body: string | Uint8Array<ArrayBuffer> };
  headers: Record<string, string>;
}

function cases(op: (typeof operations)[number]): fc.Arbitrary<Case> {
  const item = document["paths"][op.path][op.method];
  const parameters: Schema[] = item.parameters ?? [];
  const asText = (value: unknown): string => (typeof value === "string" ? value : JSON.stringify(value)).toWellFormed();
  const inPath = parameters.filter((p) => p["in"] === "path");
  const inQuery = parameters.filter((p) => p["in"] === "query");
  const poolOf = (name: string): string => (name === "id" ? `id ${op.tag}` : name);
  // An empty segment is another path.
  const segment = (p: Schema) =>
    fc
      .oneof({ weight: 9, arbitrary: valid(p["schema"], poolOf(p["name"])) }, { weight: 1, arbitrary: hostile })
      .map((value) => asText(value) || "x")
      .filter((value) => !/^\.+$/.test(value));
  const one = (p: Schema) =>
    fc
      .oneof({ weight: 3, arbitrary: valid(p["schema"], p["name"]) }, { weight: 1, arbitrary: hostile })
      .map((value): [string, string] => [p["name"], asText(value)]);
  const query = fc.tuple(
    fc
      .tuple(
        ...inQuery.map((p) =>
          p["required"]
            ? one(p).map((pair) => [pair])
            : fc.option(one(p), { nil: undefined, freq: 1 }).map((pair) => (pair ? [pair] : [])),
        ),
      )
      .map((list) => list.flat()),
    fc.oneof(
      { weight: 8, arbitrary: fc.constant([]) },
      { weight: 1, arbitrary: hostile.map((word): [string, string][] => [["unknown", word.toWellFormed()]]) },
      {
        weight: 1,
        arbitrary: inQuery.length
          ? fc
              .constantFrom(...inQuery)
              .chain(one)
              .map((pair) => [pair])
          : fc.constant([]),
      },
    ),
  );
  const schema = item.requestBody?.content["application/json"]?.schema;
  const good = schema && valid(schema, "body");
  const body = good
    ? fc.oneof(
        { weight: 2, arbitrary: good },
        { weight: 2, arbitrary: broken(good) },
        { weight: 1, arbitrary: anything },
        { weight: 1, arbitrary: TOGETHER[op.id] ?? good },
      )
    : fc.constant(undefined);
  const takes = (type: string): boolean => item.requestBody?.content[type] !== undefined;
  const forms = takes("multipart/form-data") ? [form] : [];
  const raw = takes("text/csv") ? fc.oneof(csv, ...forms) : (forms[0] ?? fc.constant(undefined));
  const headers = fc.record(
    {
      "idempotency-key": fc
        .oneof(fc.constantFrom("k", "x".repeat(255), "x".repeat(256), "ключ".normalize(), "a b"), fc.uuid())
        .map((key) => encodeURIComponent(key).slice(0, 400)),
      "x-d1-bookmark": fc.constantFrom(
        "x",
        "first-primary",
        "0".repeat(300),
        "00000000-00000000-00000000-00000000000000000000000000000000",
      ),
    },
    { requiredKeys: [] },
  );
  return fc
    .tuple(
      fc.tuple(...inPath.map(segment)),
      query,
      body,
      fc.oneof({ weight: 3, arbitrary: fc.constant({}) }, { weight: 1, arbitrary: headers }),
      raw,
    )
    .map(([path, [pairs, more], value, extra, other]) => ({
      path: Object.fromEntries(inPath.map((p, i) => [p["name"], path[i]!])),
      query: [...pairs, ...more] as [string, string][],
      ...(good && { body: value }),
      ...(other && { raw: other }),
      headers: extra as Record<string, string>,
    }));
}

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
  op: (typeof operations)[number],
  one: Case,
  credential: Record<string, string>,
): Promise<{ status: number; type: string; text: string }> {
  const path = op.path.replaceAll(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(one.path[name]!));
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
      ...(op.status === 101 && place % 2 && { upgrade: "websocket" }),
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

beforeAll(async () => {
  document = (await call("GET", "/openapi.json")).body;
  t = await tenant();
  const other = await t.org.agent();
  // Begins a new cycle, which has no survey yet.
  for (const status of ["resolved", "open"])
    await t.org.call("PATCH", `/api/conversations/${t.conversationId}/status`, { status });
  const listed = await t.org.call("GET", "/api/conversations?limit=1");
  const nobody = "00000000-0000-4000-8000-000000000000";
  const cursor = Buffer.from(`1795462599162.${nobody}`).toString("base64url");
  const agentRole: string = (await t.org.call("GET", "/api/roles")).body.find((role: any) => role.name === "agent").id;
  pool = {
    "id Conversations": [t.conversationId, nobody],
    "id Messages": [t.conversationId, nobody],
    "id Scheduled Messages": [t.conversationId, t.scheduledMessageId, nobody],
    "id CSAT": [t.conversationId, t.surveyId, nobody],
    "id Live": [t.conversationId, nobody],
    "id Contacts": [t.contactId, nobody],
    // Not the caller: who suspends or deletes himself ends the test.
    "id Agents": [other.agentId, nobody],
    "id Media": [t.mediaId, nobody],
    token: [
      signedLink(
        { SESSION_SECRET: env.SESSION_SECRET, PUBLIC_URL: "" },
        `${t.org.id}/${t.conversationId}/${t.mediaId}`,
        Date.now(),
      )
        .split("/")
        .at(-1)!,
    ],
    // One that can be deleted, and, more often, one that cannot.
    "id Roles": [t.roleId, ...Array.from({ length: 4 }, () => agentRole)],
    "id API Keys": [t.keyId, nobody],
    "id Notes": [t.conversationId, nobody],
    note_id: [t.noteId, nobody],
    "id Quick Replies": [t.quickReplyId, nobody],
    quick_reply_id: [t.quickReplyId, nobody],
    "id Integrations": [t.accountId, nobody],
    "id Divisions": [t.divisionId, nobody],
    "id Transfers": [t.conversationId, nobody],
    agent_ids: [t.bob.agentId, other.agentId, nobody],
    // In both kinds of paths.
    "id SLA": [t.policyId, t.policyId, t.conversationId, nobody],
    "id Working Hours": [t.divisionId, nobody],
    slug: [(await t.org.call("GET", "/api/auth/me")).body.organization.slug, "no-such-shop"],
    conversation_ids: [t.conversationId, nobody],
    conversation_id: [t.conversationId, nobody],
    agent_id: [t.ana.agentId, nobody],
    to_agent_id: [t.ana.agentId, t.bob.agentId, nobody],
    assigned_agent_id: [t.ana.agentId, nobody],
    account_id: [t.accountId, nobody],
    division_id: [t.divisionId, nobody],
    to_division_id: [t.divisionId, nobody],
    reply_to: [t.messageId, "0".repeat(24)],
    cursor: [
      cursor,
      listed.body.next_cursor ?? cursor,
      t.messageId,
      Buffer.from(`1.${t.messageId}`).toString("base64url"),
      "f".repeat(24),
    ],
  };
  console.log(`SEED ${SEED}, ${RUNS} calls an operation`);
}, 60_000);

const seen: Record<string, Record<number, number>> = {};

describe("every operation answers as it documents", () => {
  // What ends things comes last; a division takes its SLA policy with it.
  const last = [
    "deleteQuickReply",
    "deleteNote",
    "deleteSlaPolicy",
    "deleteDivision",
    "deleteAgent",
    "deleteIntegrationAccount",
  ];
  const order = operations.toSorted((a, b) => last.indexOf(a.id) - last.indexOf(b.id));

  it.each(order.map((op) => [op.id, op] as const))(
    "%s",
    async (_, op) => {
      const { responses } = document["paths"][op.path][op.method];
      // To log out is what it does, with a session that nobody else has.
      const credential: Record<string, string> =
        op.guard.permission === "operator"
          ? { authorization: `Bearer ${env.OPERATOR_TOKEN}` }
          : op.id === "logout"
            ? { authorization: `Bearer ${(await t.org.agent()).token}` }
            : { authorization: `Bearer ${t.org.token}` };
      let hashed = 0;
      const statuses: Record<number, number> = (seen[op.id] = {});
      await fc.assert(
        fc.asyncProperty(cases(op), async (one) => {
          if (
            HASHING.has(op.id) &&
            JSON.stringify(one.body)?.includes("password") &&
            op.body!.safeParse(one.body).success &&
            ++hashed > VALID_PASSWORD_CALLS
          )
            one = { ...one, body: { ...(one.body as object), unknown_field: 1 } };
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
        }),
        {
          numRuns: RUNS,
          seed: SEED,
          endOnFailure: false,
          interruptAfterTimeLimit: 20_000,
          markInterruptAsFailure: true,
        },
      );
    },
    120_000,
  );

  it("was reached inside, and not only turned away at the door", () => {
    const total = Object.values(seen)
      .flatMap((counts) => Object.values(counts))
      .reduce((a, b) => a + b, 0);
    console.log(`SEED ${SEED}: ${total} calls; ${JSON.stringify(seen)}`);
    // Login has nobody's password.
    const never = Object.entries(seen).filter(
      ([id, counts]) => !["login"].includes(id) && !Object.keys(counts).some((status) => Number(status) < 300),
    );
    expect(never).toEqual([]);
    expect(Object.entries(seen).filter(([, counts]) => counts[401] && Object.keys(counts).length === 1)).toEqual([]);
  });
});
