import { beforeAll, expect, it } from "vitest";
import { conversationWith, customerWrites, type Org, organization, phone } from "../harness";
import { expectProblem } from "../problem";

let org: Org;
beforeAll(async () => {
  org = await organization();
});

it("keeps views of an agent's own, with the filters that a list takes", async () => {
  const agent = await org.agent();
  const filter = {
    status: ["open", "pending"],
    assigned_agent_id: ["me", "none"],
    unread: "true",
    sort: "oldest",
    q: "ana",
  };
  const made = await agent.call("POST", "/api/saved-views", { name: "Mine, old first", filter });
  expect([made.status, made.body]).toMatchObject([201, { name: "Mine, old first", filter }]);
  expect((await agent.call("GET", "/api/saved-views")).body).toEqual([made.body]);
  expect((await org.call("GET", "/api/saved-views")).body).toEqual([]);
  const path = `/api/saved-views/${made.body.id}`;
  expectProblem(await org.call("PATCH", path, { name: "No" }), 404, "saved_view_not_found");
  expectProblem(await org.call("DELETE", path), 404, "saved_view_not_found");
  expect((await agent.call("PATCH", path, { filter: {} })).body).toMatchObject({ name: "Mine, old first", filter: {} });
  for (const body of [
    { name: "", filter: {} },
    { name: "x", filter: { status: ["closed"] } },
    { name: "x", filter: { colour: "red" } },
    { name: "x", filter: { limit: 5 } },
    { name: "x" },
  ])
    expect((await agent.call("POST", "/api/saved-views", body)).status, JSON.stringify(body)).toBe(422);
  const more = await Promise.all(
    Array.from({ length: 55 }, (_, i) => agent.call("POST", "/api/saved-views", { name: `v${i}`, filter: {} })),
  );
  expect(more.filter(({ status }) => status === 201)).toHaveLength(49);
  expectProblem(
    more.find(({ status }) => status !== 201)!,
    422,
    "saved_view_limit",
  );
  expect((await agent.call("DELETE", path)).body.saved_view_id).toBe(made.body.id);
  await org.call("DELETE", `/api/agents/${agent.agentId}`);
  const { results } = await org.tenantDb
    .prepare("SELECT 1 FROM saved_views WHERE agent_id = ?")
    .bind(agent.agentId)
    .all();
  expect(results).toEqual([]);
});

it("keeps the newest five hundred drafts of an agent", async () => {
  const mine = await organization();
  const { phoneNumberId } = await mine.connect();
  const from = phone();
  await customerWrites(phoneNumberId, from);
  const { id } = await conversationWith(mine, from);
  await mine.tenantDb
    .prepare(
      `INSERT INTO drafts (org_id, agent_id, conversation_id, kind, content, version, updated_at)
       WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 600)
       SELECT ?1, ?2, 'conversation-' || i, 'reply', '{"text":"old"}', 1, i FROM n`,
    )
    .bind(mine.id, mine.agentId)
    .run();
  const draft = { kind: "reply", content: { text: "Newest" }, version: 1 };
  expect((await mine.call("PUT", `/api/conversations/${id}/draft`, draft)).body.content).toEqual({ text: "Newest" });
  const kept = await mine.tenantDb
    .prepare("SELECT count(*) AS n, min(updated_at) AS oldest FROM drafts WHERE agent_id = ?")
    .bind(mine.agentId)
    .first();
  expect(kept).toEqual({ n: 500, oldest: 102 });
});

it("keeps the draft of the highest version, whatever the order of saves", async () => {
  const { phoneNumberId } = await org.connect();
  const from = phone();
  await customerWrites(phoneNumberId, from);
  const { id } = await conversationWith(org, from);
  const save = (
    kind: string,
    words: string | null,
    version: number,
    who: typeof org | Awaited<ReturnType<Org["agent"]>> = org,
  ) =>
    who.call("PUT", `/api/conversations/${id}/draft`, {
      kind,
      content: words === null ? null : { text: words },
      version,
    });
  const agent = await org.agent();
  expect((await save("reply", "one", 10)).body).toMatchObject({ kind: "reply", content: { text: "one" }, version: 10 });
  await save("note", "a note", 10);
  await save("reply", "hers", 1, agent);
  expect((await save("reply", "late", 9)).body).toMatchObject({ content: { text: "one" }, version: 10 });
  expect((await save("reply", "two", 12)).body).toMatchObject({ content: { text: "two" }, version: 12 });
  const list = async (who: { call: Org["call"] }, query = "") =>
    (await who.call("GET", `/api/drafts${query}`)).body.map((one: any) => [one.kind, one.content.text]).toSorted();
  expect(await list(org)).toEqual([
    ["note", "a note"],
    ["reply", "two"],
  ]);
  expect(await list(agent, `?conversation_id=${id}`)).toEqual([["reply", "hers"]]);
  await save("reply", null, 13);
  expect((await save("reply", "too late", 12)).body).toMatchObject({ content: null, version: 13 });
  expect(await list(org)).toEqual([["note", "a note"]]);
  expect((await save("reply", "x".repeat(65_537), 20)).status).toBe(422);
  expect((await save("letter", "x", 20)).status).toBe(422);
});

it("has defaults for what an agent did not choose, and merges what two devices change", async () => {
  const agent = await org.agent();
  const defaults = (await agent.call("GET", "/api/preferences")).body;
  expect(defaults).toMatchObject({ theme: "system", enter_sends: false, read_when: "seen" });
  const [one, two] = await Promise.all([
    agent.call("PATCH", "/api/preferences", { theme: "dark" }),
    agent.call("PATCH", "/api/preferences", { enter_sends: true, sound_mine: "off" }),
  ]);
  expect([one.status, two.status]).toEqual([200, 200]);
  expect((await agent.call("GET", "/api/preferences")).body).toEqual({
    ...defaults,
    theme: "dark",
    enter_sends: true,
    sound_mine: "off",
  });
  expect((await org.call("GET", "/api/preferences")).body).toEqual(defaults);
  for (const body of [{ theme: "pink" }, { colour: 1 }, { enter_sends: "yes" }])
    expect((await agent.call("PATCH", "/api/preferences", body)).status).toBe(422);
});
