import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, it, vi } from "vitest";
import { forgetCredentials } from "../src/areas/access/authenticate";
import type { Permission } from "../src/domain/permissions";
import { clock } from "../src/kit/clock";
import { newEmail, next } from "./areas/fixture";
import {
  type Answer,
  call,
  type Caller,
  customerWrites,
  door,
  eventually,
  graph,
  login,
  ORIGIN,
  PASSWORD,
  phone,
} from "./harness";
import { expectProblem } from "./problem";
import { agentWith, allBut, atRest, type Tenant, tenant } from "./tenant";
import {
  inOrder,
  isOfTenant,
  isPublic,
  open as openOperations,
  operation,
  operations,
  recipes,
  taken,
} from "./walks/operations";
import { bearer, perform, unchanged, UPGRADE } from "./walks/perform";

/**
 * Rights, beside the walk through all operations (walks/rights.ts): an operation without a recipe fails here, and so does a
 * new field that takes an id and is not tried with another tenant's.
 */

// Many calls in one test, and a machine that may be busy.
vi.setConfig({ testTimeout: 60_000 });

let victim: Tenant;
let stranger: Tenant;
beforeAll(async () => {
  victim = await tenant();
  stranger = await tenant();
}, 60_000);

describe("the recipes", () => {
  it("are there for every operation, and for nothing else", () => {
    expect([...Object.keys(recipes), ...Object.keys(openOperations)].toSorted()).toEqual(
      operations.map((op) => op.id).toSorted(),
    );
    expect(Object.keys(openOperations).toSorted()).toEqual(
      operations
        .filter(isPublic)
        .map((op) => op.id)
        .toSorted(),
    );
  });

  it("try every field that takes an id with another tenant's", async () => {
    const { body: document } = await call("GET", "/openapi.json");
    const untried: string[] = [];
    for (const op of operations.filter((one) => !isPublic(one))) {
      const item = document.paths[op.path][op.method];
      const inPath = (item.parameters ?? []).filter((p: any) => p.in === "path").map((p: any) => p.name as string);
      const elsewhere = [
        ...(item.parameters ?? [])
          .filter((p: any) => p.in === "query")
          .flatMap((p: any) => idFields(document, p.schema, p.name)),
        ...idFields(document, item.requestBody?.content?.["application/json"]?.schema ?? {}, ""),
      ];
      const recipe = recipes[op.id]!;
      for (const ask of recipe.asks(victim)) expect(Object.keys(ask.params ?? {}), op.id).toEqual(inPath);
      const tried = new Set(
        (recipe.mixed?.(stranger, victim) ?? []).flatMap(([{ query, body }]) => [
          ...keysWithIds(query),
          ...keysWithIds(body),
        ]),
      );
      untried.push(
        ...new Set(elsewhere)
          .difference(tried)
          .values()
          .map((field) => `${op.id} ${field}`),
      );
    }
    expect(untried).toEqual([]);
  });

  it("ask what works for who may, so that a refusal is for the caller and not for the call", async () => {
    const own = await tenant();
    // Values that are taken already are what a stranger could try to take: these calls cannot succeed.
    const order = inOrder(operations.filter((op) => isOfTenant(op) && !taken.has(op.id)));
    for (const op of order) {
      const answer = await perform(op, recipes[op.id]!.asks(own)[0]!, bearer(own.org.token));
      expect(answer.status, `${op.id} ${JSON.stringify(answer.body)}`).toBe(op.status);
    }
  });
});

function idFields(document: any, schema: any, name: string): string[] {
  if (schema.$ref) return idFields(document, document.components.schemas[schema.$ref.split("/").at(-1)], name);
  if (schema.format === "uuid") return [name];
  const inside = [
    ...(schema.anyOf ?? []),
    ...(schema.oneOf ?? []),
    ...(schema.allOf ?? []),
    ...(schema.items ? [schema.items] : []),
  ];
  return [
    ...inside.flatMap((part: any) => idFields(document, part, name)),
    ...Object.entries<any>(schema.properties ?? {}).flatMap(([key, part]) => idFields(document, part, key)),
  ];
}

function keysWithIds(value: unknown, name = ""): string[] {
  if (typeof value === "string") return /^[0-9a-f-]{36}$/.test(value) ? [name] : [];
  if (Array.isArray(value)) return value.flatMap((one) => keysWithIds(one, name));
  return typeof value === "object" && value !== null
    ? Object.entries(value).flatMap(([key, one]) => keysWithIds(one, key))
    : [];
}

describe("a missing permission", () => {
  let agent: Caller;
  beforeAll(async () => {
    agent = await agentWith(victim.org, []);
  });

  async function give(permissions: readonly Permission[]): Promise<void> {
    await victim.org.tenantDb
      .prepare("UPDATE roles SET permissions = ?1 WHERE id = (SELECT role_id FROM agents WHERE id = ?2)")
      .bind(JSON.stringify(permissions), agent.agentId)
      .run();
    forgetCredentials();
  }

  it("bulk: each action needs the right of the single one", async () => {
    const rights: Record<string, Permission> = {
      assign: "conversations.assign",
      unassign: "conversations.assign",
      transfer: "conversations.transfer",
    };
    for (const ask of recipes["bulkConversations"]!.asks(victim)) {
      const { action } = ask.body as { action: string };
      await give(allBut(rights[action] ?? "conversations.update"));
      await unchanged(victim, async () =>
        expectProblem(await agent.call("POST", "/api/conversations/bulk", ask.body), 403, "forbidden", action),
      );
    }
  });

  it("gives nobody a right, a role or an address by their own hand", async () => {
    await give(allBut("agents.manage"));
    await unchanged(victim, async () => {
      for (const body of [
        { role: "admin" },
        { status: "suspended" },
        { capacity: null },
        { email: newEmail() },
        { full_name: "Ok", role: "admin" },
      ]) {
        expectProblem(await agent.call("PATCH", `/api/agents/${agent.agentId}`, body), 403, "forbidden");
      }
      for (const body of [
        { permissions: ["agents.manage"] },
        { org_id: stranger.org.id },
        { role_id: "x" },
        { id: victim.ana.agentId },
        { is_admin: true },
        { __proto__x: 1 },
      ]) {
        expectProblem(await agent.call("PATCH", `/api/agents/${agent.agentId}`, body), 422, "invalid_request");
      }
      expectProblem(
        await agent.call("PATCH", `/api/agents/${agent.agentId}`, { password: "a-new-password" }),
        422,
        "password_needs_current",
      );
      expectProblem(
        await agent.call("PATCH", `/api/agents/${agent.agentId}`, {
          password: "a-new-password",
          current_password: "wrong-one",
        }),
        422,
        "password_needs_current",
      );
    });
  });
});

describe("an agent who may not see the conversation", () => {
  it("covers every operation that names a conversation or a file", () => {
    // An upload is in no conversation yet.
    const about = operations
      .filter((op) => /^\/api\/(conversations|media|messages)/.test(op.path) && op.permission !== "media.upload")
      .map((op) => op.id);
    expect(about.filter((id) => recipes[id]!.blind === undefined)).toEqual([]);
  });

  it("is let in by the division, and by the assignment", async () => {
    const colleague = await agentWith(victim.org, allBut("conversations.view_all"));
    expect((await colleague.call("GET", `/api/conversations/${victim.conversationId}`)).status).toBe(404);
    await victim.org.tenantDb
      .prepare("INSERT INTO division_agents (org_id, division_id, agent_id) VALUES (?, ?, ?)")
      .bind(victim.org.id, victim.divisionId, colleague.agentId)
      .run();
    forgetCredentials();
    for (const who of [colleague, victim.ana]) {
      expect((await who.call("GET", `/api/conversations/${victim.conversationId}`)).status).toBe(200);
      expect((await who.call("GET", `/api/conversations?q=${victim.customer}`)).body.data).toHaveLength(1);
      expect((await who.call("GET", `/api/media/${victim.mediaId}`)).status).toBe(200);
      expect((await who.call("GET", `/api/messages/search?q=${victim.marker}`)).body.data).not.toEqual([]);
    }
  });
});

describe("API keys", () => {
  it("does not become a session, or change its owner's password or presence", async () => {
    const { agentId } = await agentWith(victim.org, allBut("agents.manage"));
    const key = await victim.org.apiKey(agentId, "full");
    await unchanged(victim, async () => {
      expectProblem(await key.call("GET", "/api/auth/token"), 401, "unauthenticated");
      expectProblem(
        await key.call("PATCH", `/api/agents/${agentId}`, { password: "a-new-password", current_password: PASSWORD }),
        403,
        "forbidden",
      );
      expectProblem(await key.call("PATCH", `/api/agents/${agentId}/status`, { is_online: true }), 403, "forbidden");
    });
  });

  it("do not work as a bearer token, nor a token as a key", async () => {
    const key = await victim.org.apiKey(victim.org.agentId);
    expectProblem(await call("GET", "/api/auth/me", undefined, bearer(key.token)), 401);
    expectProblem(await call("GET", "/api/auth/me", undefined, { "x-api-key": victim.org.token }), 401);
  });
});

describe("a credential that is over", () => {
  const works = async (...who: Caller[]): Promise<void> => {
    for (const one of who) expect((await one.call("GET", "/api/auth/me")).status).toBe(200);
  };
  const refused = async (...who: Caller[]): Promise<void> => {
    for (const one of who) {
      expectProblem(await one.call("GET", "/api/auth/me"), 401, "unauthenticated");
      expectProblem(await one.call("POST", "/api/live/tickets"), 401, "unauthenticated");
    }
  };
  /** An isolate forgets a credential after 5 seconds, so this looks again after them. */
  async function fiveSecondsLater(look: () => Promise<void>): Promise<void> {
    const { now } = clock;
    clock.now = () => now() + 5000;
    try {
      await look();
    } finally {
      clock.now = now;
    }
  }
  const noLogin = async (address: string, password = PASSWORD): Promise<void> => {
    const answer = await call(
      "POST",
      "/api/auth/login",
      { email: address, password },
      { "cf-connecting-ip": "10.9.9.9" },
    );
    expectProblem(answer, 401, "auth_wrong_credentials");
  };

  it("by suspension: at once", async () => {
    const agent = await victim.org.agent("supervisor");
    const key = await victim.org.apiKey(agent.agentId);
    const second = await login(agent.email);
    await works(agent, second, key);
    await victim.org.call("PATCH", `/api/agents/${agent.agentId}`, { status: "suspended" });
    await refused(agent, second, key);
    await noLogin(agent.email);
    // Back again: the key is good again, an old session is not.
    await victim.org.call("PATCH", `/api/agents/${agent.agentId}`, { status: "active" });
    await refused(agent, second);
    await works(key, await login(agent.email));
  });

  it("by deletion: at once, and for good", async () => {
    const agent = await victim.org.agent("supervisor");
    const key = await victim.org.apiKey(agent.agentId);
    await works(agent, key);
    await victim.org.call("DELETE", `/api/agents/${agent.agentId}`);
    await refused(agent, key);
    await noLogin(agent.email);
    expectProblem(await victim.org.call("PATCH", `/api/agents/${agent.agentId}`, { status: "active" }), 404);
    await refused(agent, key);
  });

  it("by logout: this session and no other", async () => {
    const agent = await victim.org.agent();
    const other = await login(agent.email);
    await agent.call("POST", "/api/auth/logout");
    await refused(agent);
    await works(other);
  });

  it("by a change of the password, by whomever", async () => {
    const agent = await victim.org.agent();
    const other = await login(agent.email);
    expect(
      (
        await agent.call("PATCH", `/api/agents/${agent.agentId}`, {
          password: "a-new-password",
          current_password: PASSWORD,
        })
      ).status,
    ).toBe(200);
    await refused(agent, other);
    await noLogin(agent.email);
    const third = await login(agent.email, "a-new-password");
    expect(
      (await victim.org.call("PATCH", `/api/agents/${agent.agentId}`, { password: "a-third-password" })).status,
    ).toBe(200);
    await refused(third);
    await noLogin(agent.email, "a-new-password");
    await works(await login(agent.email, "a-third-password"));
  });

  it("by a change of role: the session ends, and a key has the new rights", async () => {
    const agent = await victim.org.agent("admin");
    const key = await victim.org.apiKey(agent.agentId);
    expect((await key.call("GET", "/api/agents")).status).toBe(200);
    await victim.org.call("PATCH", `/api/agents/${agent.agentId}`, { role: "supervisor" });
    await refused(agent);
    expectProblem(await key.call("POST", "/api/roles", { name: `r ${next()}`, permissions: [] }), 403, "forbidden");
    expect((await key.call("GET", "/api/contacts")).status).toBe(200);
    // Without the right to use keys none works, whatever else the role may; given the right again, the same key is good again.
    await victim.org.call("PATCH", `/api/agents/${agent.agentId}`, { role: "agent" });
    for (const path of ["/api/contacts", "/api/auth/me"]) expectProblem(await key.call("GET", path), 403, "forbidden");
    await victim.org.call("PATCH", `/api/agents/${agent.agentId}`, { role: "supervisor" });
    await works(key);
  });

  it("by revoking or running out: a key within 5 seconds", async () => {
    const [revoked, old] = [await victim.org.apiKey(victim.org.agentId), await victim.org.apiKey(victim.org.agentId)];
    await works(revoked, old);
    await victim.org.tenantDb
      .prepare("UPDATE api_keys SET revoked_at = 1 WHERE org_id = ? AND key_prefix = ?")
      .bind(victim.org.id, revoked.token.slice(0, 12))
      .run();
    await fiveSecondsLater(() => refused(revoked));
    await victim.org.tenantDb
      .prepare("UPDATE api_keys SET expires_at = ? WHERE org_id = ?")
      .bind(clock.now(), victim.org.id)
      .run();
    await fiveSecondsLater(() => refused(old));
  });

  it("by time: a session of a week", async () => {
    const agent = await victim.org.agent();
    const { now } = clock;
    clock.now = () => now() + 7 * 86_400_000 + 1000;
    try {
      await refused(agent);
    } finally {
      clock.now = now;
    }
  });

  it("by suspension of the organization: within 5 seconds, for all", async () => {
    const t = await tenant();
    const key = await t.org.apiKey(t.org.agentId);
    await works(t.org, t.ana, key);
    await t.org.tenantDb.prepare("UPDATE orgs SET status = 'suspended' WHERE org_id = ?").bind(t.org.id).run();
    await fiveSecondsLater(() => refused(t.org, t.ana, key));
    await noLogin(t.org.email);
    await env.CONTROL_DB.prepare("UPDATE organizations SET status = 'suspended' WHERE id = ?").bind(t.org.id).run();
    await noLogin(t.org.email);
  });
});

describe("the cookie", () => {
  const cookie = (token: string, more: Record<string, string> = {}): Record<string, string> => ({
    cookie: `a=b; omnistream_session=${token}`,
    ...more,
  });

  it("changes something only from our own pages", async () => {
    const agent = await victim.org.agent();
    const path = `/api/agents/${agent.agentId}/status`;
    expect((await call("GET", "/api/auth/me", undefined, cookie(agent.token))).status).toBe(200);
    const origins = [
      {},
      { origin: "https://evil.test" },
      { origin: "null" },
      { origin: `${ORIGIN}.evil.test` },
      { origin: "http://app.test:81" },
      { origin: "https://app.test" },
      { referer: `${ORIGIN}/` },
    ];
    await unchanged(victim, async () => {
      for (const origin of origins)
        expectProblem(
          await call("PATCH", path, { is_online: true }, cookie(agent.token, origin as Record<string, string>)),
          403,
          "origin_mismatch",
        );
    });
    expect((await call("PATCH", path, { is_online: true }, cookie(agent.token, { origin: ORIGIN }))).status).toBe(200);
  });

  it("is out of reach of scripts and of other sites", async () => {
    const { headers } = await call(
      "POST",
      "/api/auth/login",
      { email: victim.org.email, password: PASSWORD },
      { "cf-connecting-ip": "10.9.9.10" },
    );
    expect(headers.get("set-cookie")).toMatch(
      /^omnistream_session=[\w.-]+; Path=\/; HttpOnly; SameSite=Lax; Max-Age=\d+; Secure$/,
    );
  });
});

describe("live sockets", () => {
  const open = (path: string, headers: Record<string, string> = {}): Promise<Response> =>
    door(path, { headers: { ...UPGRADE, ...headers } });
  const ticketOf = async (who: Caller): Promise<string> => (await who.call("POST", "/api/live/tickets")).body.ticket;
  const problemOf = async (response: Response): Promise<Answer> => ({
    status: response.status,
    headers: response.headers,
    body: await response.json(),
  });

  interface Listener {
    frames: any[];
    closed?: number;
    socket: WebSocket;
  }
  async function listen(path: string, headers: Record<string, string>): Promise<Listener> {
    const response = await open(path, headers);
    if (!response.webSocket) throw new Error(`socket: ${response.status} ${await response.text()}`);
    const listener: Listener = { frames: [], socket: response.webSocket };
    listener.socket.addEventListener("message", (event) => listener.frames.push(JSON.parse(event.data as string)));
    listener.socket.addEventListener("close", (event) => (listener.closed = event.code));
    listener.socket.accept();
    return listener;
  }

  it("need a credential of their own tenant that may see the conversation", async () => {
    const own = `/api/conversations/${victim.conversationId}/live`;
    for (const path of ["/api/live", own]) {
      expectProblem(await problemOf(await open(path)), 401, "unauthenticated");
      expectProblem(await problemOf(await open(path, bearer("garbage"))), 401, "unauthenticated");
      expectProblem(await problemOf(await open(`${path}?ticket=garbage`)), 401, "unauthenticated");
      expectProblem(await problemOf(await open(`${path}?ticket=${victim.org.id}.garbage`)), 401, "unauthenticated");
      // A bad ticket is not made good by a good header.
      expectProblem(
        await problemOf(await open(`${path}?ticket=${victim.org.id}.garbage`, bearer(victim.org.token))),
        401,
        "unauthenticated",
      );
      expectProblem(await victim.org.call("GET", path), 426, "upgrade_required");
    }
    expectProblem(await problemOf(await open(own, bearer(stranger.org.token))), 404, "conversation_not_found");
    expectProblem(await problemOf(await open(own, bearer(victim.bob.token))), 404, "conversation_not_found");
    expectProblem(
      await problemOf(await open(`${own}?ticket=${await ticketOf(stranger.org)}`)),
      404,
      "conversation_not_found",
    );
    expectProblem(
      await problemOf(await open(`${own}?ticket=${await ticketOf(victim.bob)}`)),
      404,
      "conversation_not_found",
    );
    expect(
      (
        await perform(
          operation("openConversationSocket"),
          { params: { id: victim.conversationId } },
          bearer(victim.ana.token),
        )
      ).status,
    ).toBe(101);
  });

  it("take a ticket once, within 30 seconds, and only for its own tenant", async () => {
    const used = await ticketOf(victim.ana);
    const first = await open(`/api/live?ticket=${used}`);
    expect(first.status).toBe(101);
    first.webSocket!.accept();
    first.webSocket!.close();
    expectProblem(await problemOf(await open(`/api/live?ticket=${used}`)), 401, "unauthenticated");

    const moved = await ticketOf(stranger.org);
    expectProblem(
      await problemOf(await open(`/api/live?ticket=${victim.org.id}.${moved.split(".")[1]}`)),
      401,
      "unauthenticated",
    );

    const late = await ticketOf(victim.ana);
    const { now } = clock;
    clock.now = () => now() + 31_000;
    try {
      expectProblem(await problemOf(await open(`/api/live?ticket=${late}`)), 401, "unauthenticated");
    } finally {
      clock.now = now;
    }
    const one = await ticketOf(victim.ana);
    const twins = await Promise.all(Array.from({ length: 10 }, () => open(`/api/live?ticket=${one}`)));
    expect(twins.filter((response) => response.status === 101)).toHaveLength(1);
    for (const { webSocket } of twins) {
      webSocket?.accept();
      webSocket?.close();
    }
  });

  it("take a cookie only from our own pages", async () => {
    const cookie = { cookie: `omnistream_session=${victim.ana.token}` };
    for (const path of ["/api/live", `/api/conversations/${victim.conversationId}/live`]) {
      expectProblem(await problemOf(await open(path, cookie)), 403, "origin_mismatch");
      expectProblem(
        await problemOf(await open(path, { ...cookie, origin: "https://evil.test" })),
        403,
        "origin_mismatch",
      );
      const own = await open(path, { ...cookie, origin: ORIGIN });
      expect(own.status).toBe(101);
      own.webSocket!.accept();
      own.webSocket!.close();
    }
  });

  it("close when the rights behind them end, and a ticket ends with them", async () => {
    const agent = await victim.org.agent("supervisor");
    const [inbox, one] = [
      await listen("/api/live", bearer(agent.token)),
      await listen(`/api/conversations/${victim.conversationId}/live`, bearer(agent.token)),
    ];
    await eventually(async () =>
      expect(inbox.frames.concat(one.frames).filter((frame) => frame.type === "hello")).toHaveLength(2),
    );
    const ticket = await ticketOf(agent);
    await victim.org.call("PATCH", `/api/agents/${agent.agentId}`, { status: "suspended" });
    await eventually(async () => expect([inbox.closed, one.closed]).toEqual([4401, 4401]));
    expectProblem(await problemOf(await open(`/api/live?ticket=${ticket}`)), 401, "unauthenticated");
  });

  it("say to nobody what they may not see", async () => {
    const loose = phone();
    await customerWrites(victim.phoneNumberId, loose, "first");
    const id: string = await eventually(
      async () => (await victim.org.call("GET", `/api/conversations?q=${loose}`)).body.data[0].id,
    );
    const [mine, bobs, strangers] = [
      await listen("/api/live", bearer(victim.ana.token)),
      await listen("/api/live", bearer(victim.bob.token)),
      await listen("/api/live", bearer(stranger.org.token)),
    ];
    const bobsView = await listen(`/api/conversations/${id}/live`, bearer(victim.bob.token));
    const said = (listener: Listener): string => JSON.stringify(listener.frames);
    await customerWrites(victim.phoneNumberId, loose, "for-all-of-us");
    await eventually(async () => {
      for (const listener of [mine, bobs, bobsView]) expect(said(listener)).toContain("for-all-of-us");
    });
    await victim.org.call("PATCH", `/api/conversations/${id}/assign`, { agent_id: victim.ana.agentId });
    await eventually(async () => expect(said(bobs)).toContain('"conversation.removed"'));
    await customerWrites(victim.phoneNumberId, loose, "for-ana-only");
    await eventually(async () => expect(said(mine)).toContain("for-ana-only"));
    await graph.settle();
    expect(said(bobs)).not.toContain("for-ana-only");
    expect(said(bobsView)).not.toContain("for-ana-only");
    expect(said(strangers)).not.toContain("for-");
    // Nor later, by asking for what was missed.
    const again = await listen("/api/live?since=0", bearer(victim.bob.token));
    await eventually(async () => expect(again.frames.length).toBeGreaterThan(0));
    expect(said(again)).not.toContain("for-ana-only");
    expect(said(again)).not.toContain(`tag-${victim.marker}`);
    for (const { socket } of [mine, bobs, strangers, bobsView, again]) socket.close();
    await atRest(victim);
  });
});

describe("a file", () => {
  it("is served so that a browser runs nothing of it", async () => {
    const response = await door(`/api/media/${victim.mediaId}`, { headers: bearer(victim.ana.token) });
    expect(response.status).toBe(200);
    expect(Object.fromEntries(response.headers)).toMatchObject({
      "content-type": "image/png",
      "x-content-type-options": "nosniff",
      "content-security-policy": "sandbox; default-src 'none'",
      "cache-control": "private, max-age=3600",
    });
    await response.body?.cancel();
  });

  it("is not found by another path, and not by another tenant's row for it", async () => {
    // The stranger's row names the victim's conversation: still not his.
    await stranger.org.tenantDb
      .prepare(
        "INSERT INTO media (id, org_id, conversation_id, message_id, r2_key, mime_type, created_at) VALUES (?, ?, ?, '', ?, 'image/png', 0)",
      )
      .bind(
        "aaaaaaaa-0000-4000-8000-000000000001",
        stranger.org.id,
        victim.conversationId,
        `${victim.org.id}/${victim.conversationId}/${victim.mediaId}`,
      )
      .run();
    expectProblem(
      await stranger.org.call("GET", "/api/media/aaaaaaaa-0000-4000-8000-000000000001"),
      404,
      "media_not_found",
    );
  });
});
