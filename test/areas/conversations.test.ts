import fc from "fast-check";
import { afterEach, expect, it, vi } from "vitest";
import { clock, HOUR } from "../../src/kit/clock";
import { maySee, type Visibility } from "../../src/domain/context";
import { orgToken, uuidV7 } from "../../src/kit/id";
import { tagKey } from "../../src/domain/tag";
import { CHANNELS } from "../../src/channels/channel";
import { searchTerms } from "../../src/areas/contacts/terms";
import { searchDifferences } from "../../trials/support/checker";
import {
  type Caller,
  conversationWith,
  customerWrites,
  eventually,
  graph,
  login,
  type Org,
  organization,
  phone,
} from "../harness";

vi.setConfig({ testTimeout: 30_000 });

const realNow = clock.now;
afterEach(() => void (clock.now = realNow));

interface Rows {
  id: string;
  status: string;
  channel: string;
  assigned: string;
  division: string;
  tags: string[];
  unread: number;
  updatedAt: number;
  /** The customer's; without one there is no contact's row. */
  name?: string;
}

/** Conversations as the index has them, without their objects: lists read nothing else. */
async function seed(org: Org, rows: readonly Partial<Rows>[], orgId = org.id): Promise<Rows[]> {
  const whole = rows.map((row, i): Rows => ({
    id: uuidV7(Date.now()),
    status: "open",
    channel: "whatsapp",
    assigned: "",
    division: "",
    tags: [],
    unread: 0,
    updatedAt: 1_700_000_000_000 + i,
    ...row,
  }));
  const contacts = whole
    .filter(({ name }) => name !== undefined)
    .map((row) =>
      org.tenantDb
        .prepare(
          "INSERT INTO contacts (id, org_id, channel_source, name, org_token, terms, created_at, updated_at) VALUES (?, ?, ?, ?, ?, ?, 1, ?)",
        )
        .bind(
          row.id,
          orgId,
          row.channel,
          row.name,
          orgToken(orgId),
          JSON.stringify(searchTerms({ name: row.name! })),
          row.updatedAt,
        ),
    );
  const conversations = whole.map((row) =>
    org.tenantDb
      .prepare(
        `INSERT INTO conversations (id, org_id, contact_id, account_id, channel, status, assigned_agent_id, division_id, tags, tag_keys, unread_count, version, created_at, updated_at)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 1, 1, ?)`,
      )
      .bind(
        row.id,
        orgId,
        row.id,
        uuidV7(1),
        row.channel,
        row.status,
        row.assigned,
        row.division,
        ...[row.tags, row.tags.map(tagKey)].map((tags) => JSON.stringify(tags)),
        row.unread,
        row.updatedAt,
      ),
  );
  const statements = [...contacts, ...conversations];
  for (let i = 0; i < statements.length; i += 50) await org.tenantDb.batch(statements.slice(i, i + 50));
  return whole;
}

async function divisions(org: Org, n: number): Promise<string[]> {
  const ids = Array.from({ length: n }, () => uuidV7(Date.now()));
  await org.tenantDb.batch(
    ids.map((id) =>
      org.tenantDb
        .prepare("INSERT INTO divisions (id, org_id, name, created_at, updated_at) VALUES (?, ?, ?, 1, 1)")
        .bind(id, org.id, id),
    ),
  );
  return ids;
}
const join = (org: Org, division: string, agent: string) =>
  org.tenantDb
    .prepare("INSERT INTO division_agents (org_id, division_id, agent_id) VALUES (?, ?, ?)")
    .bind(org.id, division, agent)
    .run();

async function conversation(
  org: Org,
  account?: { phoneNumberId: string },
): Promise<{ id: string; from: string; phoneNumberId: string }> {
  const { phoneNumberId } = account ?? (await org.connect());
  const from = phone();
  await customerWrites(phoneNumberId, from);
  return { id: (await conversationWith(org, from)).id, from, phoneNumberId };
}

async function allPages(
  caller: Caller,
  query: string,
  between: () => Promise<unknown> = async () => {},
): Promise<any[]> {
  const rows: any[] = [];
  for (let cursor = ""; ;) {
    const { status, body } = await caller.call("GET", `/api/conversations?${query}${cursor}`);
    expect(status).toBe(200);
    rows.push(...body.data);
    expect(body.next_cursor === null).toBe(!body.has_more);
    if (!body.has_more) return rows;
    cursor = `&cursor=${body.next_cursor}`;
    await between();
  }
}

it("lists by status, tag, channel, unread, assignee and time, newest first", async () => {
  const org = await organization();
  const agent = await org.agent();
  const rows = await seed(org, [
    { status: "resolved", tags: ["VIP"] },
    { assigned: agent.agentId, unread: 2 },
    { assigned: org.agentId, tags: ["vip", "Été"] },
    { channel: "email" },
  ]);
  const found = async (query: string): Promise<number[]> =>
    (await allPages(org, query)).map((row) => rows.findIndex((r) => r.id === row.id));
  expect(await found("")).toEqual([3, 2, 1, 0]);
  expect(await found("status=resolved")).toEqual([0]);
  expect(await found("tag=Vip")).toEqual([2, 0]);
  expect(await found(`tag=${encodeURIComponent("Été")}`)).toEqual([2]);
  expect(await found("channel=email")).toEqual([3]);
  expect(await found("unread=true")).toEqual([1]);
  expect(await found("unread=false&status=open")).toEqual([3, 2]);
  expect(await found("assigned_agent_id=me")).toEqual([2]);
  expect(await found("assigned_agent_id=none")).toEqual([3, 0]);
  expect(await found(`assigned_agent_id=${agent.agentId}`)).toEqual([1]);
  expect(await found(`updated_since=${new Date(rows[2]!.updatedAt).toISOString()}`)).toEqual([3, 2]);
  for (const query of [
    "status=closed",
    "assigned_agent_id=you",
    "limit=0",
    "limit=101",
    "unread=yes",
    "updated_since=yesterday",
    "cursor=AAAA",
    "channel=fax",
  ]) {
    expect([query, (await org.call("GET", `/api/conversations?${query}`)).status]).toEqual([query, 400]);
  }
});

it("skips none and repeats none while rows arrive and move", async () => {
  const org = await organization();
  const rows = await seed(
    org,
    Array.from({ length: 40 }, (_, i) => ({ updatedAt: 1_700_000_000_000 + Math.floor(i / 7) })),
  );
  let n = 0;
  const listed = await allPages(org, "limit=7", async () => {
    // A new one comes to the top, and one of the next pages moves there.
    await seed(org, [{ updatedAt: 1_800_000_000_000 + n++ }]);
  });
  expect(listed.map((row) => row.id)).toEqual(
    rows.toSorted((a, b) => b.updatedAt - a.updatedAt || (a.id < b.id ? 1 : -1)).map((row) => row.id),
  );
});

it("lists for an agent exactly what the agent may see, whatever is asked", async () => {
  const org = await organization();
  const [agent, other] = [await org.agent(), await org.agent()];
  const [mine, theirs, nobodys] = await divisions(org, 3);
  await join(org, mine!, agent.agentId);
  await join(org, theirs!, agent.agentId);
  await join(org, nobodys!, other.agentId);
  const caller = await login(agent.email);
  const pick = <T>(values: readonly T[]): T => values[Math.floor(Math.random() * values.length)]!;
  const rows = await seed(
    org,
    Array.from({ length: 160 }, (_, i) => ({
      status: pick(["open", "pending", "resolved"]),
      channel: pick(CHANNELS),
      assigned: pick(["", agent.agentId, other.agentId, org.agentId]),
      division: pick(["", mine!, theirs!, nobodys!]),
      tags: pick([[], ["vip"], ["VIP", "New"], ["new"]]),
      unread: pick([0, 0, 3]),
      updatedAt: 1_700_000_000_000 + Math.floor(i / 3),
      name: pick(["Anna O'Brien", "Annabel Ng", "Budi", "Éva _sopen"]),
    })),
  );
  // Another organization in the same database has customers of the same names.
  await seed(
    org,
    [{ name: "Anna O'Brien", assigned: agent.agentId, division: mine!, tags: ["vip"] }, { name: "Éva" }],
    uuidV7(Date.now()),
  );
  // Rows change after they came, each in one thing, and so do names.
  for (const row of rows.filter((_, i) => i % 2 === 0)) {
    const changes: Partial<Rows>[] = [
      { status: pick(["open", "resolved"]) },
      { assigned: pick(["", agent.agentId]) },
      { division: pick(["", mine!]) },
      { unread: row.unread === 0 ? 2 : 0 },
      { tags: pick([[], ["vip", "a\nb"]]) },
      { updatedAt: row.updatedAt + 20 },
    ];
    Object.assign(row, pick(changes));
    await org.tenantDb
      .prepare(
        "UPDATE conversations SET status = ?2, assigned_agent_id = ?3, division_id = ?4, unread_count = ?5, tags = ?6, tag_keys = ?7, updated_at = ?8 WHERE id = ?1",
      )
      .bind(
        row.id,
        row.status,
        row.assigned,
        row.division,
        row.unread,
        JSON.stringify(row.tags),
        JSON.stringify(row.tags.map(tagKey)),
        row.updatedAt,
      )
      .run();
  }
  for (const row of rows.filter((_, i) => i % 10 === 0)) {
    row.name = pick(["Anna-Maria", "Zoë"]);
    await org.tenantDb
      .prepare("UPDATE contacts SET terms = ?2 WHERE id = ?1")
      .bind(row.id, JSON.stringify(searchTerms({ name: row.name })))
      .run();
  }
  expect(await searchDifferences(org.tenantDb)).toEqual([]);
  const searches: Record<string, RegExp> = {
    ann: /\bann/i,
    "o'brien anna": /^Anna O'Brien$/,
    mari: /Maria/,
    "ev sop": /^Éva/,
    ZOE: /Zoë/,
    nobody: /^$/,
  };
  const optional = <T>(values: readonly T[]) => fc.option(fc.constantFrom(...values), { nil: undefined });
  const filters = fc.record({
    status: optional(["open", "pending", "resolved"]),
    channel: optional(CHANNELS),
    assigned_agent_id: optional(["me", "none", agent.agentId, other.agentId]),
    division_id: optional([mine!, nobodys!]),
    tag: optional(["vip", "New", "a\nb", "b"]),
    unread: optional(["true", "false"]),
    updated_since: optional([
      new Date(1_700_000_000_030).toISOString(),
      "1970-01-01T00:00:00Z",
      "9999-01-01T00:00:00Z",
    ]),
    q: optional(Object.keys(searches)),
    sort: optional(["oldest", "newest"]),
    limit: fc.constantFrom("13", "100"),
  });
  const whose: [Caller, Visibility][] = [
    [caller, { all: false, agentId: agent.agentId, divisionIds: [mine!, theirs!] }],
    [org, { all: true, agentId: org.agentId, divisionIds: [] }],
  ];
  await fc.assert(
    fc.asyncProperty(filters, fc.constantFrom(...whose), async (asked, [who, sees]) => {
      const assigned =
        asked.assigned_agent_id === "me"
          ? sees.agentId!
          : asked.assigned_agent_id === "none"
            ? ""
            : asked.assigned_agent_id;
      const expected = rows
        .filter((row) => maySee(sees, { assignedAgentId: row.assigned || null, divisionId: row.division || null }))
        .filter((row) => (asked.status ?? row.status) === row.status && (asked.channel ?? row.channel) === row.channel)
        .filter(
          (row) => (assigned ?? row.assigned) === row.assigned && (asked.division_id ?? row.division) === row.division,
        )
        .filter(
          (row) => asked.tag === undefined || row.tags.some((tag) => tag.toLowerCase() === asked.tag!.toLowerCase()),
        )
        .filter((row) => asked.unread === undefined || (asked.unread === "true") === row.unread > 0)
        .filter((row) => asked.updated_since === undefined || row.updatedAt >= Date.parse(asked.updated_since))
        .filter((row) => asked.q === undefined || searches[asked.q]!.test(row.name!))
        // A search lists conversations of the same millisecond in the order in which they came to be.
        .toSorted(
          (a, b) =>
            b.updatedAt - a.updatedAt ||
            (asked.q === undefined ? (a.id < b.id ? 1 : -1) : rows.indexOf(b) - rows.indexOf(a)),
        );
      if (asked.sort === "oldest") expected.reverse();
      const query = new URLSearchParams(
        Object.entries(asked).filter(([, value]) => value !== undefined) as [string, string][],
      );
      expect((await allPages(who, query.toString())).map((row) => row.id)).toEqual(expected.map((row) => row.id));
    }),
    { numRuns: 150 },
  );
}, 60_000);

it("does not answer of what the caller may not see", async () => {
  const org = await organization();
  const stranger = await organization();
  const agent = await org.agent();
  const { id } = await conversation(org);
  expect((await agent.call("GET", `/api/conversations/${id}`)).status).toBe(200);
  await org.call("PATCH", `/api/conversations/${id}/assign`, { agent_id: org.agentId });
  for (const who of [agent, stranger]) {
    for (const [method, path, body] of [
      ["GET", "", undefined],
      ["GET", "/messages", undefined],
      ["POST", "/messages", { type: "text", content: { text: "x" } }],
      ["PATCH", "/assign", { agent_id: null }],
      ["PATCH", "/status", { status: "resolved" }],
      ["PATCH", "/tags", { tags: [] }],
      ["POST", "/read", undefined],
      ["POST", "/takeover", undefined],
    ] as const) {
      expect(await who.call(method, `/api/conversations/${id}${path}`, body)).toMatchObject({
        status: 404,
        body: { code: "conversation_not_found" },
      });
    }
  }
  expect(
    (await agent.call("POST", "/api/conversations/bulk", { conversation_ids: [id], action: "resolve" })).body,
  ).toEqual({
    succeeded: [],
    failed: [{ id, code: "conversation_not_found" }],
  });
});

it("assigns to active agents of the organization only, and shows it in the next list", async () => {
  const [org, other] = [await organization(), await organization()];
  const [agent, suspended] = [await org.agent(), await org.agent()];
  await org.call("PATCH", `/api/agents/${suspended.agentId}`, { status: "suspended" });
  const { id } = await conversation(org);
  const path = `/api/conversations/${id}/assign`;
  for (const agent_id of [crypto.randomUUID(), suspended.agentId, other.agentId]) {
    expect(await org.call("PATCH", path, { agent_id })).toMatchObject({
      status: 422,
      body: { code: "assignee_not_found" },
    });
  }
  const assigned = await org.call("PATCH", path, { agent_id: agent.agentId });
  expect(assigned).toMatchObject({ status: 200, body: { assigned_agent_id: agent.agentId } });
  expect((await agent.call("GET", "/api/conversations?assigned_agent_id=me")).body.data.map((c: any) => c.id)).toEqual([
    id,
  ]);
  expect((await org.call("PATCH", path, { agent_id: null })).body.assigned_agent_id).toBeNull();
  expect((await org.call("PATCH", path, {})).status).toBe(422);
});

it("takes over: assignee, open, a row of history; not when it is resolved", async () => {
  const org = await organization();
  const agent = await org.agent();
  const { id } = await conversation(org);
  await org.call("PATCH", `/api/conversations/${id}/status`, { status: "pending" });
  expect((await agent.call("POST", `/api/conversations/${id}/takeover`)).body).toMatchObject({
    assigned_agent_id: agent.agentId,
    status: "open",
  });
  const { results } = await org.tenantDb
    .prepare("SELECT transferred_by, from_agent_id, to_agent_id FROM conversation_transfers WHERE conversation_id = ?")
    .bind(id)
    .all();
  expect(results).toEqual([{ transferred_by: agent.agentId, from_agent_id: null, to_agent_id: agent.agentId }]);
  await org.call("PATCH", `/api/conversations/${id}/status`, { status: "resolved" });
  expect(await org.call("POST", `/api/conversations/${id}/takeover`)).toMatchObject({
    status: 409,
    body: { code: "conversation_resolved" },
  });
});

it("reopens with a new cycle, by a person and by the customer; the same status is no change", async () => {
  const org = await organization();
  const { id, from, phoneNumberId } = await conversation(org);
  const status = (s: string) => org.call("PATCH", `/api/conversations/${id}/status`, { status: s });
  const resolved = await status("resolved");
  expect(resolved.body).toMatchObject({ status: "resolved", cycle: 1 });
  expect((await status("resolved")).body).toEqual(resolved.body);
  expect((await status("open")).body).toMatchObject({ status: "open", cycle: 2 });
  await status("resolved");
  await customerWrites(phoneNumberId, from, "One more thing");
  expect((await org.call("GET", `/api/conversations/${id}`)).body).toMatchObject({
    status: "open",
    cycle: 3,
    unread_count: 2,
  });
  expect((await status("closed")).status).toBe(422);
});

it("marks as read, for the customer too, and counts anew", async () => {
  const org = await organization();
  const { id, from, phoneNumberId } = await conversation(org);
  await customerWrites(phoneNumberId, from, "Second");
  expect((await org.call("POST", `/api/conversations/${id}/read`)).body.unread_count).toBe(0);
  expect((await org.call("GET", "/api/conversations?unread=true")).body.data).toEqual([]);
  const statuses = async () =>
    (await org.call("GET", `/api/conversations/${id}/messages`)).body.messages.map((m: any) => m.status);
  expect(await statuses()).toEqual(["read", "read"]);
  await customerWrites(phoneNumberId, from, "Third");
  expect((await org.call("GET", `/api/conversations/${id}`)).body.unread_count).toBe(1);
  expect(await statuses()).toEqual(["read", "read", "received"]);
});

it("marks as unread again, once, until somebody reads or answers", async () => {
  const org = await organization();
  const { id, from, phoneNumberId } = await conversation(org);
  const unread = async () => (await org.call("GET", "/api/conversations?unread=true")).body.data.length;
  const answer = (words: string) =>
    org.call("POST", `/api/conversations/${id}/messages`, { type: "text", content: { text: words } });
  await org.call("POST", `/api/conversations/${id}/read`);
  expect(await unread()).toBe(0);
  const { body: first } = await org.call("POST", `/api/conversations/${id}/unread`);
  const { body: again } = await org.call("POST", `/api/conversations/${id}/unread`);
  expect([first.unread_count, again.unread_count, again.version]).toEqual([1, 1, first.version]);
  expect(await unread()).toBe(1);
  expect((await answer("Here you are")).status).toBe(201);
  expect(await unread()).toBe(0);
  await customerWrites(phoneNumberId, from, "And the red one?");
  await customerWrites(phoneNumberId, from, "Hello?");
  expect((await org.call("GET", `/api/conversations/${id}`)).body.unread_count).toBe(2);
  // A program answers: no person has read it.
  const program = await org.apiKey(org.agentId, "messaging");
  await program.call("POST", `/api/conversations/${id}/messages`, { type: "text", content: { text: "We are closed" } });
  expect((await org.call("GET", `/api/conversations/${id}`)).body.unread_count).toBe(2);
  await answer("Yes");
  const { body: page } = await org.call("GET", `/api/conversations/${id}/messages`);
  const inbound = page.messages.filter((m: any) => m.direction === "inbound").map((m: any) => m.status);
  expect(inbound).toEqual(["read", "read", "read"]);
  expect((await org.call("GET", `/api/conversations/${id}`)).body.unread_count).toBe(0);
});

it("keeps tags trimmed, unique ignoring case and at most 50", async () => {
  const org = await organization();
  const { id } = await conversation(org);
  const set = (tags: unknown) => org.call("PATCH", `/api/conversations/${id}/tags`, { tags });
  expect((await set([" VIP ", "vip", "New"])).body.tags).toEqual(["VIP", "New"]);
  expect((await set(["x".repeat(51)])).status).toBe(422);
  expect((await set([" "])).status).toBe(422);
  expect((await set(Array.from({ length: 51 }, (_, i) => `t${i}`))).status).toBe(422);
  await set(Array.from({ length: 50 }, (_, i) => `t${i}`));
  const bulk = await org.call("POST", "/api/conversations/bulk", {
    conversation_ids: [id],
    action: "add_tags",
    params: { tags: ["one more"] },
  });
  expect(bulk.body).toEqual({ succeeded: [], failed: [{ id, code: "conversation_too_many_tags" }] });
});

it("finds a tag in any case of its letters, of any script, and however its accents are written", async () => {
  const org = await organization();
  const { id } = await conversation(org);
  const found = async (tag: string) =>
    (await org.call("GET", `/api/conversations?tag=${encodeURIComponent(tag)}`)).body.data.map((row: any) => row.id);
  for (const [tag, ...others] of [
    ["Übung", "übung", "ÜBUNG", "U\u0308bung"],
    ["МОСКВА", "москва"],
    ["VIP", "vip"],
  ]) {
    await org.call("PATCH", `/api/conversations/${id}/tags`, { tags: [tag] });
    for (const other of [tag!, ...others]) expect(await found(other), other).toEqual([id]);
    // Only its case: the same tag.
    await org.call("PATCH", `/api/conversations/${id}/tags`, { tags: [others[0]] });
    expect(await found(tag!), tag).toEqual([id]);
  }
  expect(await found("übung")).toEqual([]);
});

it("does in bulk what it can, and names what it cannot", async () => {
  const org = await organization();
  const account = await org.connect();
  const [a, b] = [await conversation(org, account), await conversation(org, account)];
  const missing = crypto.randomUUID();
  const agent = await org.agent();
  const bulk = (action: string, params?: unknown, ids = [a.id, b.id, missing]) =>
    org.call("POST", "/api/conversations/bulk", {
      conversation_ids: ids,
      action,
      ...(params !== undefined && { params }),
    });
  const gone = { id: missing, code: "conversation_not_found" };
  const get = async (id: string) => (await org.call("GET", `/api/conversations/${id}`)).body;
  for (const [action, params, expected] of [
    ["add_tags", { tags: ["vip"] }, { tags: ["vip"] }],
    ["remove_tags", { tags: ["VIP"] }, { tags: [] }],
    ["assign", { agent_id: agent.agentId }, { assigned_agent_id: agent.agentId }],
    ["unassign", undefined, { assigned_agent_id: null }],
    ["mark_read", {}, { unread_count: 0 }],
    ["mark_unread", {}, { unread_count: 1 }],
    ["resolve", undefined, { status: "resolved" }],
    ["reopen", undefined, { status: "open", cycle: 2 }],
  ] as const) {
    const { status, body } = await bulk(action, params);
    expect([action, status, body.succeeded.toSorted(), body.failed]).toEqual([
      action,
      200,
      [a.id, b.id].toSorted(),
      [gone],
    ]);
    expect(await get(a.id)).toMatchObject(expected);
  }
  // Transfers: to an agent, to a division, to where it is, when it is resolved.
  const [division] = await divisions(org, 1);
  expect((await bulk("transfer", { to_agent_id: agent.agentId, to_division_id: division })).body.code).toBe(
    "assignee_not_found",
  );
  expect((await bulk("transfer", { to_division_id: crypto.randomUUID() })).body.code).toBe("division_unknown");
  await org.call("PATCH", `/api/conversations/${b.id}/status`, { status: "resolved" });
  expect((await bulk("transfer", { to_division_id: division, note: "please" })).body).toMatchObject({
    succeeded: [a.id],
    failed: expect.arrayContaining([gone, { id: b.id, code: "conversation_resolved" }]),
  });
  expect(await get(a.id)).toMatchObject({ division_id: division, assigned_agent_id: null });
  expect((await bulk("transfer", { to_division_id: division }, [a.id])).body.failed).toEqual([
    { id: a.id, code: "transfer_to_self" },
  ]);
  await join(org, division!, agent.agentId);
  expect(
    (await bulk("transfer", { to_agent_id: agent.agentId, to_division_id: division }, [a.id])).body.succeeded,
  ).toEqual([a.id]);
  const { results } = await org.tenantDb
    .prepare(
      "SELECT note, to_division_id, to_agent_id FROM conversation_transfers WHERE conversation_id = ? ORDER BY created_at",
    )
    .bind(a.id)
    .all();
  expect(results).toEqual([
    { note: "please", to_division_id: division, to_agent_id: null },
    { note: null, to_division_id: division, to_agent_id: agent.agentId },
  ]);
  for (const body of [
    { conversation_ids: [], action: "resolve" },
    { conversation_ids: [a.id], action: "explode" },
    { conversation_ids: [a.id], action: "transfer", params: {} },
    { conversation_ids: [a.id], action: "assign", params: {} },
  ]) {
    expect((await org.call("POST", "/api/conversations/bulk", body)).status).toBe(422);
  }
});

it("tells customers what was read, one by one or in bulk, once", async () => {
  const org = await organization();
  const account = await org.connect();
  const people = [phone(), phone(), phone()];
  const wamids = await Promise.all(people.map((from) => customerWrites(account.phoneNumberId, from)));
  const ids = await Promise.all(people.map(async (from) => (await conversationWith(org, from)).id as string));
  const told = () =>
    graph.state.readReceipts
      .filter((receipt) => receipt.phoneNumberId === account.phoneNumberId)
      .map((receipt) => receipt.messageId);
  await org.call("POST", `/api/conversations/${ids[0]}/read`);
  await eventually(async () => expect(told()).toEqual([wamids[0]]));
  expect(
    (await org.call("POST", "/api/conversations/bulk", { conversation_ids: ids, action: "mark_read" })).body.succeeded,
  ).toHaveLength(3);
  await eventually(async () => expect(told().toSorted()).toEqual(wamids.toSorted()));
});

it("lets an agent do in bulk only what the agent may do singly", async () => {
  const org = await organization();
  const { id } = await conversation(org);
  const roles = await org.tenantDb
    .prepare("SELECT id FROM roles WHERE org_id = ? AND name = 'agent'")
    .bind(org.id)
    .first<{ id: string }>();
  await org.tenantDb
    .prepare("UPDATE roles SET permissions = ? WHERE id = ?")
    .bind(JSON.stringify(["conversations.view"]), roles!.id)
    .run();
  const agent = await org.agent();
  expect(
    await agent.call("POST", "/api/conversations/bulk", { conversation_ids: [id], action: "resolve" }),
  ).toMatchObject({
    status: 403,
    body: { code: "forbidden" },
  });
});

it("expires what nobody may answer any more, on demand", async () => {
  const org = await organization();
  const account = await org.connect();
  const [old, young, waiting] = [
    await conversation(org, account),
    await conversation(org, account),
    await conversation(org, account),
  ];
  await org.call("POST", `/api/conversations/${old.id}/messages`, { type: "text", content: { text: "Hello" } });
  clock.now = () => realNow() + 23 * HOUR;
  await customerWrites(account.phoneNumberId, young.from, "Still there?", { at: clock.now() });
  await eventually(async () =>
    expect((await org.call("GET", `/api/conversations?q=${young.from}`)).body.data[0].message_count).toBe(2),
  );
  clock.now = () => realNow() + 25 * HOUR;
  expect((await org.call("POST", "/api/conversations/expire")).body).toEqual({
    examined: 2,
    expired: 1,
    failed: 0,
    has_more: false,
  });
  expect((await org.call("POST", "/api/conversations/expire")).body.examined).toBe(0);
  expect((await org.call("GET", `/api/conversations/${waiting.id}`)).body).toMatchObject({
    status: "open",
    window_status: "expired",
  });
  expect((await org.call("GET", `/api/conversations/${old.id}`)).body.status).toBe("resolved");
  expect((await org.call("GET", `/api/conversations/${young.id}`)).body.status).toBe("open");
  expect((await (await org.agent()).call("POST", "/api/conversations/expire")).status).toBe(403);
});

it("logs what people did to a conversation, with before and after, and nothing of the customer's", async () => {
  const org = await organization();
  const agent = await org.agent();
  const { id } = await conversation(org);
  await org.call("PATCH", `/api/conversations/${id}/assign`, { agent_id: agent.agentId });
  await org.call("PATCH", `/api/conversations/${id}/assign`, { agent_id: agent.agentId });
  await org.call("PATCH", `/api/conversations/${id}/tags`, { tags: ["vip"] });
  await org.call("PATCH", `/api/conversations/${id}/status`, { status: "resolved" });
  const { results } = await org.tenantDb
    .prepare("SELECT action, actor_id, changes FROM activity_logs WHERE entity_id = ? ORDER BY created_at")
    .bind(id)
    .all<any>();
  expect(results.map((row) => [row.action, row.actor_id, JSON.parse(row.changes)])).toEqual([
    ["conversation.assigned", org.agentId, { from_agent_id: null, to_agent_id: agent.agentId }],
    ["conversation.tags_changed", org.agentId, { from: [], to: ["vip"] }],
    ["conversation.resolved", org.agentId, { from: "open", to: "resolved" }],
  ]);
});

it("costs what it should: a list one query, messages none, a send at most one", async () => {
  const org = await organization();
  const { id } = await conversation(org);
  const cost = async (method: string, path: string, body?: unknown): Promise<[number, number, number]> => {
    const timing = (await org.call(method, path, body)).headers.get("server-timing")!;
    const of = (name: string): number => Number(new RegExp(`${name};desc="(\\d+)"`).exec(timing)![1]);
    return [of("d1_queries"), of("object_calls"), of("d1_rows_read")];
  };
  // The session is read again every four seconds, and the rules for windows with it: the first call reads them, the second has them.
  const warm = () => org.call("GET", "/api/auth/me");
  clock.now = () => realNow() + 10_000;
  expect((await cost("GET", "/api/conversations")).slice(0, 2)).toEqual([2, 0]);
  expect((await cost("GET", "/api/conversations?status=open&unread=true&tag=vip")).slice(0, 2)).toEqual([1, 0]);
  await warm();
  expect(await cost("GET", `/api/conversations/${id}/messages`)).toEqual([0, 1, 0]);
  expect(await cost("GET", `/api/conversations/${id}`)).toEqual([0, 1, 0]);
  await warm();
  const [queries, objects, rows] = await cost("POST", `/api/conversations/${id}/messages`, {
    type: "text",
    content: { text: "hi" },
  });
  expect(queries).toBeLessThanOrEqual(1);
  expect(objects).toBe(1);
  // Three statements look at the row, and one writes it with what is kept beside it.
  expect(rows).toBeLessThanOrEqual(14);
});
