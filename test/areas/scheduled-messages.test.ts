import { env } from "cloudflare:workers";
import { afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { publicContext } from "../../src/app";
import { everyMinute } from "../minute";
import { clock, DAY, HOUR, MINUTE } from "../../src/kit/clock";
import {
  call,
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
import { expectProblem } from "../problem";
import { volume } from "../volume";
import { agentWith } from "../tenant";

vi.setConfig({ testTimeout: 60_000 });
const realNow = clock.now;
afterEach(() => void (clock.now = realNow));

const minute = (): Promise<void> => everyMinute(publicContext(env, () => {}));
const later = (ms: number): void => void (clock.now = () => realNow() + ms);
const inTime = (ms: number): string => new Date(realNow() + ms).toISOString();
const text = (words: string, at: number) => ({ type: "text", content: { text: words }, scheduled_at: inTime(at) });

let org: Org;
let phoneNumberId: string;
beforeAll(async () => {
  org = await organization();
  ({ phoneNumberId } = await org.connect());
});

async function conversation(): Promise<{ id: string; from: string; path: string }> {
  const from = phone();
  await customerWrites(phoneNumberId, from);
  const { id } = await conversationWith(org, from);
  return { id, from, path: `/api/conversations/${id}/scheduled-messages` };
}

const listed = async (path: string, who: Caller = org): Promise<any[]> => (await who.call("GET", path)).body.data;
const outbound = async (id: string): Promise<any[]> =>
  (await org.call("GET", `/api/conversations/${id}/messages`)).body.messages.filter(
    (message: any) => message.direction === "outbound",
  );
const atMeta = (from: string): string[] =>
  graph.state.messages.filter(({ to }) => to === from).map(({ body }) => (body as any).text.body);

describe("scheduling", () => {
  it("keeps the message and shows it until it is due", async () => {
    const { id, path } = await conversation();
    const made = await org.call("POST", path, text("See you tomorrow", HOUR));
    expect(made.status).toBe(201);
    expect(made.body).toMatchObject({
      conversation_id: id,
      scheduled_by: org.agentId,
      msg_type: "text",
      content: { text: "See you tomorrow" },
      status: "pending",
      sent_at: null,
      error_message: null,
      message_id: null,
    });
    expect(made.body.agent_name).toEqual(expect.any(String));
    await minute();
    expect(await listed(path)).toEqual([made.body]);
    expect(await outbound(id)).toEqual([]);
  });

  it("fills in variables when it leaves, in the name of who scheduled it", async () => {
    const { id, from, path } = await conversation();
    const { agent_name: agentName } = (
      await org.call("POST", path, text("{{contact.phone}}, {{agent.name}} here", HOUR))
    ).body;
    later(HOUR + MINUTE);
    await minute();
    expect((await outbound(id))[0].content.text).toBe(`+${from}, ${agentName} here`);
  });

  it("refuses what can never be sent, and names why", async () => {
    const { path } = await conversation();
    const attempt = (body: unknown) => org.call("POST", path, body);
    expectProblem(await attempt(text("x", -MINUTE)), 422, "scheduled_at_past");
    expectProblem(await attempt(text("x", 367 * DAY)), 422, "scheduled_at_too_far");
    expectProblem(await attempt(text("x".repeat(4097), HOUR)), 422, "message_not_allowed");
    expectProblem(await attempt({ ...text("x", HOUR), type: "sticker" }), 422, "message_not_allowed");
    const components = [{ type: "body", parameters: [{ type: "text", text: "two\nlines" }] }];
    const template = { ...text("x", HOUR), type: "template", content: { name: "hello", language: "en", components } };
    expectProblem(await attempt(template), 422, "message_not_allowed");
    expectProblem(
      await attempt({ ...text("x", HOUR), content: { text: "x", more: "y".repeat(70_000) } }),
      422,
      "invalid_request",
    );
    expectProblem(await attempt({ ...text("x", HOUR), scheduled_at: "tomorrow" }), 422, "invalid_request");
    expectProblem(await attempt({ ...text("x", HOUR), reply_to: "f".repeat(24) }), 422, "invalid_request");
    expect((await attempt(text("x", 365 * DAY))).status).toBe(201);
    expect(await listed(path)).toHaveLength(1);
  });

  it("makes one of a call that comes twice with its key", async () => {
    const { path } = await conversation();
    const body = text("once", HOUR);
    const twins = await Promise.all([1, 2, 3].map(() => org.call("POST", path, body, { "idempotency-key": "same" })));
    expect(twins.map(({ status }) => status)).toEqual([201, 201, 201]);
    expect(new Set(twins.map((answer) => answer.body.id)).size).toBe(1);
    expect(await listed(path)).toHaveLength(1);
    expectProblem(
      await org.call("POST", path, text("other", HOUR), { "idempotency-key": "same" }),
      409,
      "idempotency_key_reused",
    );
  });

  it("is no way to send for who may not", async () => {
    const { path } = await conversation();
    const planner = await agentWith(org, ["conversations.view", "conversations.view_all", "scheduled_messages.manage"]);
    expectProblem(await planner.call("POST", path, text("x", HOUR)), 403, "forbidden");
    expect((await planner.call("GET", path)).status).toBe(200);
  });

  it("is seen by who sees the conversation", async () => {
    const { id, path } = await conversation();
    const [mine, other] = [await org.agent(), await org.agent()];
    await org.call("PATCH", `/api/conversations/${id}/assign`, { agent_id: mine.agentId });
    const { body: made } = await mine.call("POST", path, text("mine", HOUR));
    expectProblem(await other.call("GET", path), 404, "conversation_not_found");
    expectProblem(await other.call("DELETE", `/api/scheduled-messages/${made.id}`), 404, "scheduled_message_not_found");
    expectProblem(
      await (await organization()).call("DELETE", `/api/scheduled-messages/${made.id}`),
      404,
      "scheduled_message_not_found",
    );
    expect((await listed(path, mine)).map((row) => row.id)).toEqual([made.id]);
  });

  it("lists in pages, latest first, at the cost of the page", async () => {
    const { id, path } = await conversation();
    const rows = Array.from({ length: 250 }, (_, i) =>
      org.tenantDb
        .prepare(
          "INSERT INTO scheduled_messages (id, org_id, conversation_id, scheduled_by, actor_kind, msg_type, content, scheduled_at, status, created_at) VALUES (?, ?, ?, ?, 'agent', 'text', '{}', ?, ?, 0)",
        )
        .bind(crypto.randomUUID(), org.id, id, org.agentId, 1e12 + Math.floor(i / 3), i % 5 === 0 ? "failed" : "sent"),
    );
    await org.tenantDb.batch(rows);
    const found: any[] = [];
    for (let cursor = ""; ;) {
      const { body, headers } = await org.call("GET", `${path}?limit=20${cursor}`);
      found.push(...body.data);
      const cost = Object.fromEntries(
        [...headers.get("server-timing")!.matchAll(/(\w+);desc="(\d+)"/g)].map(([, name, n]) => [name, Number(n)]),
      );
      expect(cost["d1_queries"]).toBe(1);
      // The row itself and its agent's name.
      expect(cost["d1_rows_read"]).toBeLessThanOrEqual(2 * 21 + 1);
      if (!body.has_more) break;
      cursor = `&cursor=${body.next_cursor}`;
    }
    expect(new Set(found.map((row) => row.id)).size).toBe(250);
    expect(found.every((row, i) => i === 0 || row.scheduled_at <= found[i - 1].scheduled_at)).toBe(true);
    const failed = await org.call("GET", `${path}?limit=100&status=failed`);
    expect(failed.body.data).toHaveLength(50);
    expect(failed.body.data.every((row: any) => row.status === "failed")).toBe(true);
    const either = await org.call("GET", `${path}?limit=20&status=failed&status=sent&status=pending`);
    expect(either.body.data).toEqual(found.slice(0, 20));
    expectProblem(await org.call("GET", `${path}?cursor=x`), 400, "malformed_request");
  });
});

describe("cancelling", () => {
  it("takes it back while it waits, once, and says so in the log", async () => {
    const { id, path } = await conversation();
    const { body: made } = await org.call("POST", path, text("no", HOUR));
    const twins = await Promise.all([1, 2, 3].map(() => org.call("DELETE", `/api/scheduled-messages/${made.id}`)));
    expect(twins.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(twins.filter(({ status }) => status === 409)).toHaveLength(2);
    expect(twins.find(({ status }) => status === 200)!.body).toEqual({ ...made, status: "cancelled" });
    expectProblem(await org.call("DELETE", `/api/scheduled-messages/${made.id}`), 409, "scheduled_message_not_pending");
    later(2 * HOUR);
    await minute();
    expect(await outbound(id)).toEqual([]);
    const { body } = await org.call("GET", `/api/activity-logs?entity_type=scheduled_message&entity_id=${made.id}`);
    expect(body.data.map((row: any) => row.action)).toEqual(["scheduled_message.cancel", "scheduled_message.create"]);
  });
});

describe("when it is due", () => {
  it("leaves once, in the agent's name, also if the cron runs many times at once", async () => {
    const { id, from, path } = await conversation();
    const agent = await org.agent();
    const { body: made } = await agent.call("POST", path, text("It is time", 5 * MINUTE));
    later(5 * MINUTE - 1000);
    await minute();
    expect((await listed(path))[0].status).toBe("pending");
    later(5 * MINUTE);
    await Promise.all([minute(), minute(), minute()]);
    await minute();
    const [message, ...more] = await outbound(id);
    expect(more).toEqual([]);
    expect(message).toMatchObject({ content: { text: "It is time" }, sender_agent_id: agent.agentId });
    expect((await listed(path))[0]).toMatchObject({
      id: made.id,
      status: "sent",
      message_id: message._id,
      sent_at: expect.any(String),
    });
    await eventually(async () => expect(atMeta(from)).toEqual(["It is time"]));
  });

  it("leaves in the order of its times, and after an hour without a cron", async () => {
    const { from, path } = await conversation();
    for (const [i, word] of ["third", "first", "second"].entries())
      await org.call("POST", path, text(word, [3, 1, 2][i]! * MINUTE));
    later(63 * MINUTE);
    await minute();
    await eventually(async () => expect(atMeta(from)).toEqual(["first", "second", "third"]));
    expect((await listed(path)).map((row) => row.status)).toEqual(["sent", "sent", "sent"]);
  });

  it("is taken up again when whoever took it up has vanished, and not sent again if it was", async () => {
    const { id, path } = await conversation();
    const { body: made } = await org.call("POST", path, text("only once", MINUTE));
    later(MINUTE);
    await minute();
    const [sent] = await outbound(id);
    // As a crash leaves it: sent, and not noted.
    const asClaimed = (claimedAt: number) =>
      org.tenantDb
        .prepare(
          "UPDATE scheduled_messages SET status = 'processing', message_id = NULL, sent_at = NULL, claimed_at = ?2, next_at = ?3 WHERE id = ?1",
        )
        .bind(made.id, claimedAt, clock.now() + MINUTE)
        .run();
    await asClaimed(clock.now());
    await minute();
    expect((await listed(path))[0].status).toBe("processing");
    expectProblem(await org.call("DELETE", `/api/scheduled-messages/${made.id}`), 409, "scheduled_message_not_pending");
    later(3 * MINUTE);
    await minute();
    expect((await listed(path))[0]).toMatchObject({ status: "sent", message_id: sent._id });
    expect(await outbound(id)).toHaveLength(1);
    // Not for ever: the conversation remembers for a day what it has sent.
    await asClaimed(clock.now());
    later(15 * HOUR);
    await minute();
    expect((await listed(path))[0]).toMatchObject({
      status: "failed",
      error_message: expect.stringContaining("12 hours"),
    });
    expect(await outbound(id)).toHaveLength(1);
  });

  it("fails visibly when the window has closed; a template passes", async () => {
    const { id, path } = await conversation();
    const { body: late } = await org.call("POST", path, text("too late", 25 * HOUR));
    await org.call("POST", path, {
      type: "template",
      content: { name: "hello", language: "en" },
      scheduled_at: inTime(25 * HOUR),
    });
    later(25 * HOUR);
    await Promise.all([minute(), minute()]);
    const rows = await listed(path);
    expect(rows.find((row) => row.id === late.id)).toMatchObject({
      status: "failed",
      error_message: expect.stringContaining("24 hours"),
    });
    expect(rows.find((row) => row.msg_type === "template").status).toBe("sent");
    expect((await outbound(id)).map((message) => message.type)).toEqual(["template"]);
    const { body } = await org.call("GET", `/api/activity-logs?entity_type=scheduled_message&entity_id=${late.id}`);
    expect(body.data.map((row: any) => row.action)).toEqual(["scheduled_message.fail", "scheduled_message.create"]);
  });

  it("is not sent for an agent who is suspended or may not send any more", async () => {
    const { id, path } = await conversation();
    const [suspended, demoted, fine] = [await org.agent(), await org.agent(), await org.agent()];
    for (const agent of [suspended, demoted, fine]) await agent.call("POST", path, text(agent.agentId, HOUR));
    await org.call("PATCH", `/api/agents/${suspended.agentId}`, { status: "suspended" });
    const { body: role } = await org.call("POST", "/api/roles", {
      name: `reader ${demoted.agentId}`,
      permissions: ["conversations.view"],
    });
    await org.call("PATCH", `/api/agents/${demoted.agentId}`, { role: role.name });
    later(HOUR);
    await minute();
    expect((await outbound(id)).map((message) => message.content.text)).toEqual([fine.agentId]);
    const failed = (await listed(path)).filter((row) => row.status === "failed");
    expect(new Set(failed.map((row) => row.scheduled_by))).toEqual(new Set([suspended.agentId, demoted.agentId]));
    expect(failed[0].error_message).toBe("The agent who scheduled it may not send any more");
  });

  it("is not sent for a key that is revoked, has expired, or whose owner may use none any more; a session's end changes nothing", async () => {
    const { id, path } = await conversation();
    const [supervisor, demoted] = [await org.agent("supervisor"), await org.agent("supervisor")];
    const made = async (who: Caller, name: string, more = {}): Promise<string> => {
      const { body: key } = await who.call("POST", "/api/api-keys", { name, key_type: "full", ...more });
      const answer = await call("POST", path, text(name, HOUR), { "x-api-key": key.plaintext_key });
      expect(answer.status).toBe(201);
      return key.id;
    };
    await made(supervisor, "good");
    await made(supervisor, "expired", { expires_at: inTime(HOUR / 2) });
    await org.call("DELETE", `/api/api-keys/${await made(org, "revoked")}`);
    await made(demoted, "demoted");
    await demoted.call("POST", path, text("session", HOUR));
    await org.call("PATCH", `/api/agents/${demoted.agentId}`, { role: "agent" });
    later(HOUR);
    await minute();
    expect(new Set((await outbound(id)).map((message) => message.content.text))).toEqual(new Set(["good", "session"]));
    const failed = (await listed(path)).filter((row) => row.status === "failed");
    expect(new Set(failed.map((row) => row.content.text))).toEqual(new Set(["demoted", "expired", "revoked"]));
    for (const row of failed) expect(row.error_message).toContain("API key");
  });

  it("is sent although the agent does not see the conversation any more, and not for a suspended organization", async () => {
    const other = await organization();
    const { phoneNumberId: number } = await other.connect();
    const from = phone();
    await customerWrites(number, from);
    const { id } = await conversationWith(other, from);
    const path = `/api/conversations/${id}/scheduled-messages`;
    const [a, b] = [await other.agent(), await other.agent()];
    await a.call("POST", path, text("promised", HOUR));
    await a.call("POST", path, text("later", 2 * HOUR));
    await other.call("PATCH", `/api/conversations/${id}/assign`, { agent_id: b.agentId });
    later(HOUR);
    await minute();
    await eventually(async () => expect(atMeta(from)).toEqual(["promised"]));
    await other.tenantDb.prepare("UPDATE orgs SET status = 'suspended' WHERE org_id = ?").bind(other.id).run();
    later(2 * HOUR);
    await minute();
    const { results } = await other.tenantDb
      .prepare("SELECT status FROM scheduled_messages WHERE org_id = ? ORDER BY scheduled_at")
      .bind(other.id)
      .all();
    expect(results.map((row) => row["status"])).toEqual(["sent", "failed"]);
  });

  it("costs by what is due: nothing due reads nothing, and many are claimed and noted together", async () => {
    const { path } = await conversation();
    await org.call("POST", path, text("next year", 300 * DAY));
    const due = await Promise.all(Array.from({ length: 6 }, () => conversation()));
    for (const one of due) for (const k of [1, 2]) await org.call("POST", one.path, text(`${k}`, k * MINUTE));
    const run = async () => {
      const ctx = publicContext(env, () => {});
      await everyMinute(ctx);
      return ctx.cost;
    };
    const idle = await run();
    later(3 * MINUTE);
    const busy = await run();
    // Twelve messages: a row of the list for each, one claim and one note. (Others' tests may have left something of theirs.)
    expect(busy.queries - idle.queries).toBeLessThanOrEqual(12 + 4);
    for (const one of due) expect((await listed(one.path)).map((row) => row.status)).toEqual(["sent", "sent"]);
  });
});

describe("through a year of a cron that is late, skips hours and runs twice", () => {
  it("each message leaves once, at the first run after its time, or fails for the window of that moment", async () => {
    let seed = 20_261_124;
    const dice = (n: number): number => (seed = (seed * 48_271) % 2_147_483_647) % n;
    const messages = volume(60, 24);
    const mine = await organization();
    const { phoneNumberId: number } = await mine.connect();
    const start = realNow();
    clock.now = () => start;
    const talks = await Promise.all(
      Array.from({ length: 5 }, async () => {
        const from = phone();
        await customerWrites(number, from);
        return { from, id: (await conversationWith(mine, from)).id as string, heardAt: [] as number[] };
      }),
    );
    const due: { id: string; at: number; isTemplate: boolean; talk: (typeof talks)[number] }[] = [];
    for (let i = 0; i < messages; i++) {
      const talk = talks[i % talks.length]!;
      // Half of them on the first three days, where the window matters.
      const at = start + 1000 + (i % 2 ? dice(3 * 24 * 60) * MINUTE : dice(360) * DAY + dice(86_400) * 1000);
      const isTemplate = dice(3) === 0;
      const message = isTemplate
        ? { type: "template", content: { name: "hello", language: "en" } }
        : { type: "text", content: { text: `m${i}` } };
      const { body } = await mine.call("POST", `/api/conversations/${talk.id}/scheduled-messages`, {
        ...message,
        scheduled_at: new Date(at).toISOString(),
      });
      due.push({ id: body.id, at, isTemplate, talk });
    }
    const runs = [...new Set([...due.map(({ at }) => at + dice(3 * 60) * MINUTE), start + 361 * DAY])].sort(
      (a, b) => a - b,
    );
    for (const at of runs) {
      clock.now = () => at;
      await Promise.all(dice(2) ? [minute(), minute()] : [minute()]);
      if (dice(4)) continue;
      const talk = talks[dice(talks.length)]!;
      await customerWrites(number, talk.from, "Still there?", { at });
      talk.heardAt.push(at);
    }
    const { results } = await mine.tenantDb
      .prepare("SELECT id, status, sent_at FROM scheduled_messages WHERE org_id = ?")
      .bind(mine.id)
      .all<{ id: string; status: string; sent_at: number | null }>();
    const rows = new Map(results.map((row) => [row.id, row]));
    for (const { id, at, isTemplate, talk } of due) {
      const run = runs.find((one) => one >= at)!;
      const heard = Math.max(start, ...talk.heardAt.filter((one) => one < run));
      // The channel says whole seconds.
      const isOpen = run < Math.floor(heard / 1000) * 1000 + 24 * HOUR;
      const expected = isTemplate || isOpen ? { status: "sent", sent_at: run } : { status: "failed", sent_at: null };
      expect(rows.get(id), `due ${(at - start) / HOUR} h after the start`).toEqual({ id, ...expected });
    }
    const sent = new Set(results.filter(({ status }) => status === "sent").map(({ id }) => id));
    expect([sent.size > messages / 3, sent.size < messages * 0.92]).toEqual([true, true]);
    const admin = await login(mine.email);
    for (const talk of talks) {
      const { body } = await admin.call("GET", `/api/conversations/${talk.id}/messages?limit=100`);
      const out = body.messages.filter((message: any) => message.direction === "outbound");
      expect(out).toHaveLength(due.filter((one) => one.talk === talk && sent.has(one.id)).length);
    }
  });
});
