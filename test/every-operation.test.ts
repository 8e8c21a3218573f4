import { env } from "cloudflare:workers";
import { SignJWT } from "jose";
import { beforeAll, describe, expect, it, vi } from "vitest";
import { forgetCredentials } from "../src/areas/access/authenticate";
import { CHANNELS } from "../src/channels/channel";
import { adapterOf } from "../src/channels/registry";
import type { Permission } from "../src/domain/permissions";
import { isSeveral } from "../src/kit/several";
import { NOBODY } from "./areas/fixture";
import { type Answer, call, type Caller, door, type Org, organization } from "./harness";
import { expectProblem } from "./problem";
import { allBut } from "./tenant";
import {
  isOperators,
  isOfTenant,
  isPublic,
  named,
  needsRight,
  operation,
  operations,
  pathOf,
  type WalkedOperation,
} from "./walks/operations";
import { UPGRADE } from "./walks/perform";
import { FULL } from "./volume";

/** Properties that hold for every operation, without naming any. */

// Many calls in one test, and a machine that may be busy.
vi.setConfig({ testTimeout: 60_000 });

const guarded = operations.filter((op) => !isPublic(op));

/** Goes to an operation with a body that says nothing: far enough to see whether the caller is let in. */
function knock(op: WalkedOperation, headers: Record<string, string> = {}): Promise<Answer> {
  const body = op.method === "get" ? undefined : {};
  return call(
    op.method.toUpperCase(),
    pathOf(op, () => NOBODY),
    body,
    { ...(op.isSocket && UPGRADE), ...headers },
  );
}

let org: Org;
beforeAll(async () => {
  org = await organization();
});

describe("the list", () => {
  it("has an id, a path with its method, a tag and a summary for each, and each once", () => {
    expect(operations.length).toBeGreaterThan(40);
    expect(new Set(operations.map((op) => op.id)).size).toBe(operations.length);
    expect(new Set(operations.map((op) => `${op.method} ${op.path.replaceAll(/\{\w+\}/g, "{}")}`)).size).toBe(
      operations.length,
    );
    for (const op of operations) {
      expect(op.id).toMatch(/^[a-z][A-Za-z]+$/);
      expect(op.summary, op.id).toMatch(/^[A-Z].{3,80}[^.]$/);
      expect(op.tag, op.id).toMatch(/^[A-Z]\w+( [A-Z]\w+)*$/);
    }
  });

  it("names a permission of the catalogue, or says that none is needed", () => {
    for (const op of operations)
      expect(needsRight(op) || ["public", "signed_in", "operator"].includes(op.permission), op.id).toBe(true);
  });

  it("takes an Idempotency-Key wherever something is created", () => {
    const creates = operations.filter((op) => op.method === "post" && op.status === 201 && op.permission !== "public");
    // A ticket is thrown away after 30 seconds: a second one does no harm.
    expect(creates.filter((op) => !op.idempotent).map((op) => op.id)).toEqual(["createLiveTicket"]);
  });
});

describe("the document", () => {
  let document: any;
  beforeAll(async () => {
    document = (await call("GET", "/openapi.json")).body;
  });

  it("describes what serves, and nothing else", () => {
    const described = Object.entries<any>(document.paths).flatMap(([path, item]) =>
      Object.keys(item).map((method) => `${method} ${path}`),
    );
    expect(described.toSorted()).toEqual(operations.map((op) => `${op.method} ${op.path}`).toSorted());
  });

  it.each(named(operations))("%s: its words, its rights and every failure", (_, op) => {
    const item = document.paths[op.path][op.method];
    expect(item).toMatchObject({ operationId: op.id, summary: op.summary, tags: [op.tag] });
    expect(document.tags.map((tag: any) => tag.name)).toContain(op.tag);
    if (op.permission === "public") expect(item.security).toEqual([]);
    else expect(item.security.length).toBeGreaterThan(0);
    if (op.isSocket) expect(item.security).toEqual([{ bearer: [] }, { cookie: [] }, { apiKey: [] }, { ticket: [] }]);
    if (needsRight(op))
      expect(
        item.description.split(`Needs \`${op.permission}\``),
        "a reader must see which right is needed, once",
      ).toHaveLength(2);
    if (op.permission === "signed_in") expect(item.description).toMatch(/^Needs a session or an API key\./);
    expect(Object.keys(item.responses)).toContain(String(op.status));
    for (const problem of op.problems ?? []) {
      expect(item.responses[problem.status]?.description, problem.code).toContain(problem.code);
      expect(item.responses[problem.status].content["application/problem+json"].schema).toEqual({
        $ref: "#/components/schemas/Problem",
      });
    }
    if (op.permission !== "public") expect(item.responses[401]).toBeDefined();
    if (needsRight(op)) expect(item.responses[403]).toBeDefined();
    if (op.body) expect(Object.keys(item.responses)).toEqual(expect.arrayContaining(["400", "413", "415", "422"]));
    for (const name of op.path.match(/\{\w+\}/g) ?? [])
      expect(item.parameters.map((p: any) => `{${p.name}}`)).toContain(name);
  });

  it("names a failure only where it can come", () => {
    const naming = (code: string): string[] =>
      operations
        .filter((op) => JSON.stringify(document.paths[op.path][op.method].responses).includes(`\`${code}\``))
        .map((op) => op.id);
    expect(naming("too_many_requests").toSorted()).toEqual(["login", "register", "testCampaign", "updateAgent"]);
    // Another site can make a browser send a cookie: that matters for what changes something, and for sockets.
    const byCookie = operations.filter((op) => isOfTenant(op) && (op.method !== "get" || op.isSocket));
    expect(naming("origin_mismatch")).toEqual(byCookie.map((op) => op.id));
    expect(document.paths["/api/auth/login"].post.responses[429].description).toBe(
      "- `too_many_requests`: Too many requests",
    );
  });

  it("has the headers that answers bring and that calls may send", async () => {
    const { responses, parameters } = document.paths["/api/agents"].post;
    expect(Object.keys(responses[201].headers)).toEqual(["X-Request-Id", "X-D1-Bookmark", "Idempotency-Replayed"]);
    expect(Object.keys(document.paths["/api/auth/login"].post.responses[429].headers)).toEqual([
      "X-Request-Id",
      "Retry-After",
    ]);
    expect(parameters.map((p: any) => p.name)).toEqual(["idempotency-key"]);
    const list = document.paths["/api/agents"].get;
    expect(list.parameters.filter((p: any) => p.in === "header").map((p: any) => p.name)).toEqual(["x-d1-bookmark"]);
    expect(document.paths["/health"].get.responses[200].headers).toEqual({
      "X-Request-Id": { $ref: "#/components/headers/RequestId" },
    });
    const { headers } = await org.call("GET", "/api/agents");
    for (const name of Object.keys(list.responses[200].headers)) expect(headers.get(name), name).toBeTruthy();
  });

  it.each(named(operations.filter((op) => op.examples)))("%s: its examples are taken", (_, op) => {
    const { content } = document.paths[op.path][op.method].requestBody;
    expect(Object.keys(content["application/json"].examples)).toEqual(Object.keys(op.examples!));
    for (const [shows, { value }] of Object.entries<any>(content["application/json"].examples)) {
      expect(op.body!.safeParse(value).error?.issues, shows).toBeUndefined();
      if (op.id !== "sendMessage" || value.quick_reply_id) continue;
      const isTaken = CHANNELS.some((channel) => adapterOf(channel)?.check(value).length === 0);
      expect(isTaken, shows).toBe(true);
    }
  });

  it("describes every parameter", () => {
    const bare = operations.flatMap((op) =>
      (document.paths[op.path][op.method].parameters ?? [])
        .filter((parameter: any) => !(parameter.description ?? parameter.schema.description)?.trim())
        .map((parameter: any) => `${op.id}: ${parameter.in} ${parameter.name}`),
    );
    expect(bare).toEqual([]);
  });

  it("shows how a message of each type is sent", () => {
    const { examples } = operation("sendMessage");
    const shown = new Set(Object.values<any>(examples!).map((body) => body.type));
    for (const type of ["text", "image", "document", "template", "interactive", "location", "contacts", "reaction"])
      expect(shown).toContain(type);
  });

  it("repeats no schema's name for another shape, and leaves no reference open", () => {
    const names = new Set(Object.keys(document.components.schemas));
    const open = [...JSON.stringify(document).matchAll(/"#\/components\/schemas\/([^"]+)"/g)]
      .map((match) => match[1]!)
      .filter((name) => !names.has(name));
    expect(open).toEqual([]);
  });
});

describe("a parameter that does not exist", () => {
  const strict = operations.filter((op) => op.permission !== "operator" && !op.anyQuery && op.id !== "logout");
  it.each(named(strict))("is refused by name: %s", async (_, op) => {
    const headers = { authorization: `Bearer ${org.token}`, ...(op.isSocket && UPGRADE) };
    const answer = await call(
      op.method.toUpperCase(),
      `${pathOf(op, () => NOBODY)}?assigned_agent=me`,
      op.method === "get" ? undefined : {},
      headers,
    );
    expectProblem(answer, 400, "malformed_request");
    expect(answer.body.errors).toEqual([{ field: "assigned_agent", message: "unknown parameter" }]);
  });
});

describe("a parameter that is given twice", () => {
  const asked = operations.filter((op) => op.permission !== "operator" && op.query && op.id !== "logout");
  it.each(named(asked))("is refused by name: %s", async (_, op) => {
    const headers = { authorization: `Bearer ${org.token}`, ...(op.isSocket && UPGRADE) };
    // A bad ticket is a 401 before anything is read.
    const single = Object.entries(op.query!.shape).filter(([name, one]) => name !== "ticket" && !isSeveral(one));
    for (const [name] of single) {
      const path = `${pathOf(op, () => NOBODY)}?${name}=1&${name}=1`;
      const answer = await call(op.method.toUpperCase(), path, op.method === "get" ? undefined : {}, headers);
      expectProblem(answer, 400, "malformed_request");
      expect(answer.body.errors).toEqual([{ field: name, message: "must be given once" }]);
    }
  });

  it("is several values where the document has an array, and of these at most ten", async () => {
    const { body: document } = await call("GET", "/openapi.json");
    const taking: string[] = [];
    for (const op of operations) {
      const parameters: any[] = document.paths[op.path][op.method].parameters ?? [];
      for (const { name, style, explode, schema } of parameters.filter((one) => one.schema.type === "array")) {
        expect([style, explode, schema.maxItems]).toEqual(["form", true, 10]);
        taking.push(`${op.id} ${name}`);
        const path = pathOf(op, () => NOBODY);
        const ask = (n: number): Promise<Answer> =>
          org.call(
            "GET",
            `${path}?${Array.from({ length: n }, (_, i) => `${name}=${valueOf(schema.items, i)}`).join("&")}`,
          );
        const within = await ask(10);
        expect(within.status === 200 || within.body.code === "conversation_not_found", within.body.detail).toBe(true);
        const beyond = await ask(11);
        expectProblem(beyond, 400, "malformed_request");
        expect(beyond.body.errors).toEqual([{ field: name, message: "must have at most 10 items" }]);
      }
    }
    expect(taking).toEqual([
      "listConversations status",
      "listConversations channel",
      "listConversations account_id",
      "listConversations assigned_agent_id",
      "listConversations division_id",
      "listConversations tag",
      "listConversations sla_status",
      "listScheduledMessages status",
      "listCampaigns status",
      "listContacts channel",
      "listContacts account_id",
      "listContacts tag",
      "listQuickReplies category",
      "listActivityLogs actor_id",
      "listActivityLogs action",
      "listActivityLogs entity_type",
    ]);
  });
});

/** A value that a parameter's schema allows, another one for each number if there are as many. */
function valueOf(schema: any, n: number): string {
  const { enum: words, format, pattern } = schema.anyOf?.at(-1) ?? schema;
  if (words) return words[n % words.length];
  if (format === "uuid") return `00000000-0000-4000-8000-${String(n).padStart(12, "0")}`;
  return `${pattern?.includes(".") ? "a." : ""}${String.fromCodePoint(97 + n)}`;
}

describe("without a credential that is ours", () => {
  let forged: Record<string, Record<string, string>>;

  beforeAll(async () => {
    const [, payload = ""] = org.token.split(".");
    const claims = JSON.parse(Buffer.from(payload, "base64url").toString()) as Record<string, string>;
    const sign = (secret: string, more: Record<string, unknown> = {}): Promise<string> =>
      new SignJWT({ ...claims, ...more }).setProtectedHeader({ alg: "HS256" }).sign(new TextEncoder().encode(secret));
    const secret = env.SESSION_SECRET;
    const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString("base64url");
    const [header, , signature] = org.token.split(".");
    const other = await organization();
    const bearer = (token: string): Record<string, string> => ({ authorization: `Bearer ${token}` });
    forged = {
      "no credential": {},
      "an empty one": { authorization: "" },
      "no token": { authorization: "Bearer " },
      garbage: bearer("garbage"),
      "three dots": bearer("..."),
      "another scheme": { authorization: `Basic ${btoa("admin:admin")}` },
      "alg none": bearer(`${part({ alg: "none", typ: "JWT" })}.${payload}.`),
      "alg none with the signature": bearer(`${part({ alg: "none" })}.${payload}.${signature}`),
      "alg None": bearer(`${part({ alg: "nOnE" })}.${payload}.`),
      "another algorithm": bearer(`${part({ alg: "HS512" })}.${payload}.${signature}`),
      "RS256 over our secret": bearer(`${part({ alg: "RS256" })}.${payload}.${signature}`),
      "a wrong key": bearer(await sign("another-session-secret-another-session")),
      "an empty key in its header": bearer(
        `${part({ alg: "HS256", jwk: { kty: "oct", k: "" } })}.${payload}.${signature}`,
      ),
      expired: bearer(await sign(secret, { exp: Math.floor(Date.now() / 1000) - 1 })),
      "no expiry": bearer(await sign(secret, { exp: undefined })),
      "another issuer": bearer(await sign(secret, { iss: "somebody" })),
      "another tenant's org, signed": bearer(await sign(secret, { org: other.id })),
      "another agent, signed": bearer(await sign(secret, { sub: other.agentId })),
      "an unknown session, signed": bearer(await sign(secret, { sid: NOBODY })),
      "org edited": bearer(`${header}.${part({ ...claims, org: other.id })}.${signature}`),
      "role added": bearer(`${header}.${part({ ...claims, role: "admin" })}.${signature}`),
      "a truncated signature": bearer(org.token.slice(0, -2)),
      "an unknown key": { "x-api-key": "omk_00000000000000000000000000000000" },
      "an empty key": { "x-api-key": "" },
      "SQL for a key": { "x-api-key": "' OR 1=1 --" },
      "a bad key beside a good token": { "x-api-key": "omk_wrong", authorization: `Bearer ${org.token}` },
      "a forged cookie": { cookie: "omnistream_session=garbage", origin: "http://app.test" },
    };
  });

  it("has a token that is good, so that the forged ones fail for their forgery", async () => {
    expect((await org.call("GET", "/api/auth/me")).status).toBe(200);
  });

  // All come to one door: one operation of each kind is tried with all, the others with none and with one that looks best.
  const all = FULL
    ? guarded
    : [
        guarded.find((op) => op.method === "get" && !op.isSocket)!,
        guarded.find((op) => op.method === "post" && op.body)!,
        guarded.find((op) => op.isSocket)!,
        guarded.find((op) => op.rawBody)!,
      ];

  it.each(named(guarded))("%s answers 401", async (_, op) => {
    for (const what of ["no credential", "a wrong key"])
      expectProblem(await knock(op, forged[what]), 401, "unauthenticated", `${op.id}, ${what}`);
  });

  it.each(named(all))("%s answers 401 to each", async (_, op) => {
    expect(Object.keys(forged).length).toBeGreaterThan(25);
    for (const [what, headers] of Object.entries(forged))
      expectProblem(await knock(op, headers), 401, "unauthenticated", `${op.id}, ${what}`);
  });

  it("refuses the tenant's own admin at the operator's doors", async () => {
    for (const op of operations.filter(isOperators)) {
      expectProblem(await knock(op, { authorization: `Bearer ${org.token}` }), 401, "unauthenticated", op.id);
      expectProblem(
        await knock(op, { authorization: `Bearer ${env.OPERATOR_TOKEN!.slice(0, -1)}` }),
        401,
        "unauthenticated",
        op.id,
      );
      expect((await knock(op, { authorization: `Bearer ${env.OPERATOR_TOKEN}` })).status, op.id).toBeLessThan(300);
    }
  });
});

describe("rights", () => {
  let agent: Caller;
  beforeAll(async () => {
    agent = await org.agent();
  });

  async function give(permissions: readonly Permission[]): Promise<void> {
    const id = crypto.randomUUID();
    await org.tenantDb.batch([
      org.tenantDb
        .prepare(
          "INSERT INTO roles (id, org_id, name, permissions, created_at, updated_at) VALUES (?1, ?2, ?1, ?3, 0, 0)",
        )
        .bind(id, org.id, JSON.stringify(permissions)),
      org.tenantDb.prepare("UPDATE agents SET role_id = ? WHERE org_id = ? AND id = ?").bind(id, org.id, agent.agentId),
    ]);
    forgetCredentials();
  }

  const needs = Map.groupBy(
    operations.filter((op) => needsRight(op)).map((op) => ({ op, permission: op.permission as Permission })),
    ({ permission }) => permission,
  );

  it.each([...needs])("%s opens its operations, and nothing else does", async (permission, theirs) => {
    await give(allBut(permission));
    for (const { op } of theirs)
      expectProblem(await knock(op, { authorization: `Bearer ${agent.token}` }), 403, "forbidden", op.id);
    await give([permission]);
    for (const { op } of theirs)
      expect([401, 403], op.id).not.toContain((await knock(op, { authorization: `Bearer ${agent.token}` })).status);
  });

  it("ignores a right that is not in the catalogue", async () => {
    await give(["everything", "*", "conversations.*"] as never);
    expectProblem(
      await call("GET", "/api/conversations", undefined, { authorization: `Bearer ${agent.token}` }),
      403,
      "forbidden",
    );
  });
});

describe("addresses", () => {
  it.each([
    "/nothing",
    "/api",
    "/api/",
    "/api/nothing",
    "/api/conversations/",
    `/api/agents/${NOBODY}/nothing`,
    "/api//agents",
    "/API/agents",
    "/openapi.json/",
    "/operator",
  ])("%s is 404", async (path) => {
    expectProblem(await call("GET", path), 404, "not_found", path);
    expectProblem(await org.call("POST", path, {}), 404, "not_found", path);
  });

  it("answers 405 to every other method of a path, and says which there are", async () => {
    for (const path of new Set(operations.map((op) => op.path))) {
      const served: Set<string> = new Set(operations.filter((op) => op.path === path).map((op) => op.method));
      // `/a/{id}` also takes what `/a/word` does not.
      const taken = (method: string): boolean =>
        operations.some(
          (op) => op.method === method && new RegExp(`^${op.path.replaceAll(/\{\w+\}/g, "[^/]+")}$`).test(path),
        );
      for (const method of ["get", "post", "put", "patch", "delete", "options"]) {
        if (served.has(method) || taken(method)) continue;
        const answer = await call(method.toUpperCase(), path.replaceAll(/\{\w+\}/g, NOBODY), undefined);
        expectProblem(answer, 405, "method_not_allowed", `${method} ${path}`);
        const allowed = ["get", "post", "put", "patch", "delete"]
          .filter((one) => served.has(one) || taken(one))
          .flatMap((one) => (one === "get" ? ["get", "head"] : [one]));
        expect(answer.headers.get("allow")!.toLowerCase().split(", ").toSorted(), path).toEqual(allowed.toSorted());
      }
    }
  });

  it("takes an id that cannot be one as malformed, whatever it is", async () => {
    for (const op of operations.filter(({ path }) => path.includes("{"))) {
      for (const id of [
        "1",
        "null",
        "%00",
        "%ff",
        "..%2f..",
        "99999999999999999999",
        "';--",
        "%F0%9F%92%A9",
        "a".repeat(5000),
      ]) {
        const answer = await org.call(
          op.method.toUpperCase(),
          op.path.replaceAll(/\{\w+\}/g, id),
          op.method === "get" ? undefined : {},
          op.isSocket ? UPGRADE : {},
        );
        expectProblem(answer, 400, "malformed_request", `${op.id} ${id.slice(0, 20)}`);
      }
    }
  });

  it("gives every answer an id of its own, and no page a cache", async () => {
    const answers = await Promise.all([1, 2].map(() => org.call("GET", "/api/auth/me")));
    expect(new Set(answers.map((answer) => answer.headers.get("x-request-id"))).size).toBe(2);
    for (const answer of answers) expect(answer.headers.get("cache-control")).toBe("no-store");
  });

  it("answers HEAD as GET without a body", async () => {
    const response = await door("/health", { method: "HEAD" });
    expect(response.status).toBe(200);
    expect(await response.text()).toBe("");
  });
});
