import { env } from "cloudflare:workers";
import { afterEach, describe, expect, it, vi } from "vitest";
import { publicContext } from "../../src/app";
import { type Policy, policyFor } from "../../src/areas/sla/plan";
import { DUE_CLOCKS } from "../../src/areas/sla/settle-due";
import { everyMinute } from "../minute";
import { clock, HOUR, MINUTE } from "../../src/kit/clock";
import {
  conversationWith,
  customerWrites,
  door,
  eventually,
  eventuallyListed,
  type Org,
  organization,
  phone,
} from "../harness";
import { expectProblem } from "../problem";
import { agentWith, division } from "../tenant";

vi.setConfig({ testTimeout: 60_000 });
const realNow = clock.now;
afterEach(() => void (clock.now = realNow));

const minute = (): Promise<void> => everyMinute(publicContext(env, () => {}));
const at = (ms: number): void => void (clock.now = () => ms);
const text = { type: "text", content: { text: "Hello" } };

const policy = async (org: Org, more: object = {}): Promise<any> => {
  const made = await org.call("POST", "/api/sla/policies", {
    name: "Standard",
    first_response_time_secs: 3600,
    resolution_time_secs: 14_400,
    ...more,
  });
  expect(made.status, JSON.stringify(made.body)).toBe(201);
  return made.body;
};
const one = async (org: Org, id: string): Promise<any> => (await org.call("GET", `/api/conversations/${id}`)).body;
const slaOf = async (org: Org, id: string): Promise<any> =>
  (await org.call("GET", `/api/conversations/${id}/sla`)).body;
const listed = async (org: Org, id: string): Promise<any> =>
  (await org.call("GET", "/api/conversations")).body.data.find((c: any) => c.id === id);
const answer = (org: Org, id: string) => org.call("POST", `/api/conversations/${id}/messages`, text);
const resolve = (org: Org, id: string) => org.call("PATCH", `/api/conversations/${id}/status`, { status: "resolved" });

/** A number to write to, and somebody who does: returns the conversation and when its clocks began. */
async function shop() {
  const org = await organization();
  const { phoneNumberId } = await org.connect();
  const begin = async (words = "Hello", from = phone()) => {
    // Messages are of whole seconds.
    const began = Math.floor(clock.now() / 1000) * 1000;
    await customerWrites(phoneNumberId, from, words, { at: began });
    const { id } = await conversationWith(org, from);
    return { id: id as string, from, began };
  };
  return { org, phoneNumberId, begin };
}

/** Once the deadlines of a conversation are known to it. */
const known = (org: Org, id: string): Promise<void> =>
  eventuallyListed(org, async () => expect((await one(org, id)).sla_status).not.toBe("not_applicable"));

/** Returns the live events about a conversation's SLA. */
async function said(org: Org, id: string): Promise<string[]> {
  const object = env.CONVERSATION.getByName(`${org.id}:${id}`) as unknown as { inspect(): Promise<{ seq: number }> };
  const { seq } = await object.inspect();
  const response = await door(`/api/conversations/${id}/live?since=0`, {
    headers: { upgrade: "websocket", authorization: `Bearer ${org.token}` },
  });
  const frames: any[] = [];
  response.webSocket!.addEventListener("message", ({ data }) => frames.push(JSON.parse(data as string)));
  response.webSocket!.accept();
  await eventually(async () => expect(frames.length).toBeGreaterThan(seq));
  response.webSocket!.close();
  return frames.filter(({ type }) => type.startsWith("sla.")).map(({ type, data }) => `${type} ${data.breach_type}`);
}

describe("policies", () => {
  it("are created with defaults, changed, listed oldest first and deleted, and the log says it", async () => {
    const org = await organization();
    const first = await policy(org);
    expect(first).toMatchObject({
      name: "Standard",
      warning_threshold_pct: 80,
      priority: 0,
      is_active: true,
      is_default: false,
      description: null,
      channel: null,
      division_id: null,
    });
    const second = await policy(org, {
      name: "VIP",
      channel: "whatsapp",
      priority: 5,
      description: "For those who pay",
    });
    const changed = await org.call("PATCH", `/api/sla/policies/${second.id}`, {
      channel: null,
      description: null,
      warning_threshold_pct: 50,
    });
    expect(changed.body).toMatchObject({
      name: "VIP",
      channel: null,
      description: null,
      warning_threshold_pct: 50,
      priority: 5,
    });
    expect((await org.call("PATCH", `/api/sla/policies/${second.id}`, {})).body).toEqual(changed.body);
    expect((await org.call("GET", "/api/sla/policies")).body).toEqual([first, changed.body]);
    expect((await org.call("DELETE", `/api/sla/policies/${first.id}`)).body).toEqual({
      message: "SLA policy deleted",
      policy_id: first.id,
    });
    expectProblem(await org.call("DELETE", `/api/sla/policies/${first.id}`), 404, "sla_policy_not_found");
    const log = (await org.call("GET", "/api/activity-logs?entity_type=sla_policy&entity_id=" + second.id)).body.data;
    expect(log[0]).toMatchObject({
      action: "sla_policy.update",
      changes: {
        channel: ["whatsapp", null],
        description: ["For those who pay", null],
        warning_threshold_pct: [80, 50],
      },
    });
  });

  it("have one default at most", async () => {
    const org = await organization();
    const [a, b] = [await policy(org, { is_default: true }), await policy(org, { is_default: true })];
    const defaults = async () =>
      (await org.call("GET", "/api/sla/policies")).body.filter((p: any) => p.is_default).map((p: any) => p.id);
    expect(await defaults()).toEqual([b.id]);
    const changesOf = async (id: string) =>
      (
        await org.call("GET", `/api/activity-logs?entity_type=sla_policy&action=sla_policy.update&entity_id=${id}`)
      ).body.data.map((row: any) => row.changes);
    expect(await changesOf(a.id)).toEqual([{ is_default: [true, false] }]);
    await org.call("PATCH", `/api/sla/policies/${a.id}`, { is_default: true });
    expect(await changesOf(a.id)).toEqual([{ is_default: [false, true] }, { is_default: [true, false] }]);
    expect(await changesOf(b.id)).toEqual([{ is_default: [true, false] }]);
    expect(await defaults()).toEqual([a.id]);
    await Promise.all(Array.from({ length: 5 }, () => policy(org, { is_default: true })));
    expect(await defaults()).toHaveLength(1);
  });

  it.each([
    [{ first_response_time_secs: 0 }, "first_response_time_secs"],
    [{ resolution_time_secs: 7_776_001 }, "resolution_time_secs"],
    [{ warning_threshold_pct: 101 }, "warning_threshold_pct"],
    [{ channel: "fax" }, "channel"],
    [{ name: " " }, "name"],
    [{ threshold: 5 }, "threshold"],
  ])("refuse %j", async (more, field) => {
    const org = await organization();
    const made = await org.call("POST", "/api/sla/policies", {
      name: "X",
      first_response_time_secs: 60,
      resolution_time_secs: 60,
      ...more,
    });
    expectProblem(made, 422, "invalid_request");
    expect(made.body.errors[0].field).toBe(field);
  });

  it("know their own divisions only", async () => {
    const [org, other] = [await organization(), await organization()];
    const theirs = await division(other, "Theirs");
    const body = { name: "X", first_response_time_secs: 60, resolution_time_secs: 60, division_id: theirs };
    expectProblem(await org.call("POST", "/api/sla/policies", body), 422, "division_unknown");
    const { id } = await policy(org);
    expectProblem(await org.call("PATCH", `/api/sla/policies/${id}`, { division_id: theirs }), 422, "division_unknown");
    for (const [method, path] of [
      ["PATCH", id],
      ["DELETE", id],
      ["GET", `${id}/breaches`],
    ] as const)
      expectProblem(
        await other.call(method, `/api/sla/policies/${path}`, method === "PATCH" ? { name: "Y" } : undefined),
        404,
        "sla_policy_not_found",
      );
  });

  it("are chosen by what they are for, then by priority, then by age", () => {
    const make = (id: string, more: Partial<Policy> = {}): Policy => ({
      id,
      name: id,
      first_response_time_secs: 1,
      resolution_time_secs: 1,
      warning_threshold_pct: 80,
      priority: 0,
      channel: null,
      division_id: null,
      is_default: 0,
      created_at: 0,
      ...more,
    });
    const all = [
      make("everything", { priority: 1000 }),
      make("default", { is_default: 1 }),
      make("channel", { channel: "whatsapp" }),
      make("channel, first", { channel: "whatsapp", priority: 2 }),
      make("division", { division_id: "d" }),
      make("division, younger", { division_id: "d", created_at: 1 }),
      make("both", { channel: "whatsapp", division_id: "d" }),
    ];
    const chosen = (channel: string, divisionId: string, without: string[] = []) =>
      policyFor(
        all.filter(({ id }) => !without.includes(id)),
        channel,
        divisionId,
      )?.id;
    expect(chosen("whatsapp", "d")).toBe("both");
    expect(chosen("whatsapp", "d", ["both"])).toBe("division");
    expect(chosen("email", "d")).toBe("division");
    expect(chosen("whatsapp", "other")).toBe("channel, first");
    expect(chosen("email", "")).toBe("default");
    expect(chosen("email", "", ["default"])).toBe("everything");
    expect(policyFor([all[2]!], "email", "")).toBeUndefined();
    expect(
      policyFor([make("for whatsapp and the default", { channel: "whatsapp", is_default: 1 })], "email", "")?.name,
    ).toBe("for whatsapp and the default");
  });
});

describe("the clocks of a conversation", () => {
  it("run from the first message and the opening, warn, run out, and stop with the answer and the resolution", async () => {
    const { org, begin } = await shop();
    const { id: policyId } = await policy(org);
    const { id, began } = await begin();
    await known(org, id);
    expect(await slaOf(org, id)).toEqual({
      conversation_id: id,
      policy_id: policyId,
      policy_name: "Standard",
      frt_status: "active",
      frt_elapsed_secs: expect.any(Number),
      frt_threshold_secs: 3600,
      resolution_status: "active",
      resolution_elapsed_secs: expect.any(Number),
      resolution_threshold_secs: 14_400,
    });
    at(began + 48 * MINUTE);
    await Promise.all([minute(), minute()]);
    expect((await listed(org, id)).sla_status).toBe("warning");
    expect(await slaOf(org, id)).toMatchObject({
      frt_status: "warning",
      frt_elapsed_secs: 2880,
      resolution_status: "active",
    });
    // Nothing ran for an hour; then it runs twice at once.
    at(began + 2 * HOUR);
    await Promise.all([minute(), minute()]);
    await minute();
    expect((await listed(org, id)).sla_status).toBe("breached");
    const breaches = async () => (await org.call("GET", `/api/sla/policies/${policyId}/breaches`)).body.data;
    expect(await breaches()).toMatchObject([
      {
        conversation_id: id,
        sla_policy_id: policyId,
        breach_type: "first_response",
        threshold_secs: 3600,
        breached_at: new Date(began + HOUR).toISOString(),
      },
    ]);
    await answer(org, id);
    expect(await slaOf(org, id)).toMatchObject({
      frt_status: "breached",
      frt_elapsed_secs: 7200,
      resolution_status: "active",
    });
    // When it was answered after all is known with the next minute at the latest.
    await eventually(async () => {
      await minute();
      expect((await breaches())[0].actual_secs).toBe(7200);
    });
    at(began + 3 * HOUR);
    await resolve(org, id);
    expect(await slaOf(org, id)).toMatchObject({ frt_status: "breached", resolution_status: "met" });
    at(began + 9 * HOUR);
    await minute();
    expect((await slaOf(org, id)).resolution_elapsed_secs).toBeLessThanOrEqual(10_801);
    expect(await said(org, id)).toEqual(["sla.warning first_response", "sla.breached first_response"]);
    expect(await breaches()).toHaveLength(1);
  });

  it("are met in time, by a person's answer and not by the system's; what was due at this moment was in time", async () => {
    const { org, begin } = await shop();
    await policy(org, { resolution_time_secs: 3600 });
    const { id, began } = await begin();
    await known(org, id);
    const object = env.CONVERSATION.getByName(`${org.id}:${id}`) as unknown as {
      command(...args: unknown[]): Promise<unknown>;
    };
    const machine = { actor: { kind: "system", id: null }, sees: { all: true, agentId: null, divisionIds: [] } };
    await object.command({ kind: "send", message: { ...text, replyTo: null } }, machine);
    expect(await slaOf(org, id)).toMatchObject({ frt_status: "active" });
    at(began + HOUR);
    await minute();
    await answer(org, id);
    await resolve(org, id);
    expect(await one(org, id)).toMatchObject({ sla_status: "met", status: "resolved" });
    at(began + 2 * HOUR);
    await minute();
    expect(await slaOf(org, id)).toMatchObject({ frt_status: "met", frt_elapsed_secs: 3600, resolution_status: "met" });
    expect(await said(org, id)).not.toContain("sla.breached first_response");
  });

  it("begin anew with each cycle, and what was breached before stays in the list of breaches", async () => {
    const { org, phoneNumberId, begin } = await shop();
    const { id: policyId } = await policy(org);
    const { id, from, began } = await begin();
    await known(org, id);
    at(began + 5 * HOUR);
    await minute();
    await resolve(org, id);
    expect((await one(org, id)).sla_status).toBe("breached");
    await customerWrites(phoneNumberId, from, "One more thing", { at: clock.now() });
    await eventuallyListed(org, async () =>
      expect(await one(org, id)).toMatchObject({ cycle: 2, sla_status: "active" }),
    );
    expect(await slaOf(org, id)).toMatchObject({
      frt_status: "active",
      frt_elapsed_secs: 0,
      resolution_status: "active",
    });
    at(began + 11 * HOUR);
    await minute();
    const { data } = (await org.call("GET", `/api/sla/policies/${policyId}/breaches`)).body;
    expect(data.map((b: any) => b.breach_type)).toHaveLength(4);
    expect(await said(org, id)).toEqual(
      [1, 2].flatMap(() => ["sla.breached first_response", "sla.breached resolution"]),
    );
  });

  it("have a breach also where a cycle was over before anybody could say what was due", async () => {
    const { org, phoneNumberId, begin } = await shop();
    const { id, from, began } = await begin();
    // The policy is there before the minute looks, and the conversation is already in its next cycle.
    at(began + 2 * HOUR);
    await answer(org, id);
    await resolve(org, id);
    await customerWrites(phoneNumberId, from, "Again", { at: clock.now() });
    await eventually(async () => expect((await one(org, id)).cycle).toBe(2));
    await eventuallyListed(org, async () => {
      const { results } = await org.tenantDb
        .prepare("SELECT cycle FROM sla_clocks WHERE org_id = ? AND conversation_id = ?")
        .bind(org.id, id)
        .all();
      expect(results).toHaveLength(2);
    });
    await org.tenantDb.prepare("UPDATE sla_clocks SET is_open = 1 WHERE org_id = ?").bind(org.id).run();
    const { id: policyId } = await policy(org);
    at(clock.now() + 10_000);
    await minute();
    const { data } = (await org.call("GET", `/api/sla/policies/${policyId}/breaches`)).body;
    expect(data).toMatchObject([
      {
        conversation_id: id,
        breach_type: "first_response",
        actual_secs: 7200,
        breached_at: new Date(began + HOUR).toISOString(),
      },
    ]);
  });

  it("stand still outside working hours, those of the conversation's division", async () => {
    const { org, begin } = await shop();
    await org.call("PUT", "/api/settings/timezone", { timezone: "Asia/Jakarta" });
    await policy(org, { is_default: true });
    const { id, began } = await begin();
    await known(org, id);
    const weekday = (from: number) => new Date(from + 7 * HOUR).getUTCDay();
    const hhmm = (ms: number) => new Date(ms + 7 * HOUR).toISOString().slice(11, 16);
    // Closed from the next whole minute on, for three hours.
    const closes = Math.ceil((began + 10 * MINUTE) / MINUTE) * MINUTE;
    const stretch = (from: number, to: number) => ({
      day_of_week: weekday(from),
      start_time: hhmm(from),
      end_time: hhmm(to),
    });
    await org.call("PUT", "/api/working-hours", [
      stretch(closes - HOUR, closes),
      stretch(closes + 3 * HOUR, closes + 8 * HOUR),
    ]);
    at(closes + 2 * HOUR);
    await minute();
    const elapsed = Math.floor((closes - began) / 1000);
    expect(await slaOf(org, id)).toMatchObject({ frt_status: "active", frt_elapsed_secs: elapsed });
    at(closes + 3 * HOUR + 30 * MINUTE);
    expect(await slaOf(org, id)).toMatchObject({ frt_elapsed_secs: elapsed + 1800 });
    const night = await division(org, "Night");
    // Every day: near midnight the moments above are on two.
    await org.call(
      "PUT",
      `/api/divisions/${night}/working-hours`,
      [0, 1, 2, 3, 4, 5, 6].map((day_of_week) => ({ day_of_week, start_time: "00:00", end_time: "24:00" })),
    );
    await org.call("POST", "/api/conversations/bulk", {
      conversation_ids: [id],
      action: "transfer",
      params: { to_division_id: night },
    });
    await minute();
    expect((await slaOf(org, id)).frt_elapsed_secs).toBeGreaterThan(elapsed + 1800);
  });

  it("are counted anew when what is promised changes: only those that still run, page by page", async () => {
    const { org, begin } = await shop();
    const { id: policyId } = await policy(org);
    const talks = [];
    for (let i = 0; i < 3; i++) talks.push(await begin());
    for (const { id } of talks) await known(org, id);
    const [over, ...open] = talks as [(typeof talks)[0], ...typeof talks];
    at(over.began + 10 * MINUTE);
    await answer(org, over.id);
    await resolve(org, over.id);
    await minute();
    await org.call("PATCH", `/api/sla/policies/${policyId}`, {
      first_response_time_secs: 300,
      warning_threshold_pct: 100,
    });
    await minute();
    expect(await Promise.all(talks.map(async ({ id }) => (await one(org, id)).sla_status))).toEqual([
      "met",
      "breached",
      "breached",
    ]);
    // A recorded breach stays, whatever is promised later.
    await org.call("PATCH", `/api/sla/policies/${policyId}`, { first_response_time_secs: 36_000 });
    await minute();
    expect((await slaOf(org, open[0]!.id)).frt_status).toBe("breached");
    await org.call("DELETE", `/api/sla/policies/${policyId}`);
    await minute();
    expect(await slaOf(org, open[0]!.id)).toMatchObject({
      policy_id: null,
      frt_status: "breached",
      resolution_status: "not_applicable",
    });
    const due = await org.tenantDb
      .prepare(`${DUE_CLOCKS} LIMIT 100`)
      .bind(clock.now() + 1000 * HOUR)
      .all<{ org_id: string }>();
    expect(due.results.filter((row) => row.org_id === org.id)).toEqual([]);
  });

  it("are found without reading what is not due, and those that fail do not hold up the others", async () => {
    const { org, begin } = await shop();
    const { id: policyId } = await policy(org);
    const { id, began } = await begin();
    await known(org, id);
    // These conversations do not exist: whoever is asked about them fails.
    const nobody = Array.from({ length: 250 }, (_, i) => `00000000-0000-4000-8000-${String(i).padStart(12, "0")}`);
    const { version } = (await org.tenantDb
      .prepare("SELECT sla_version AS version FROM orgs WHERE org_id = ?")
      .bind(org.id)
      .first<{ version: number }>())!;
    await org.tenantDb
      .prepare(
        `INSERT INTO sla_clocks (org_id, conversation_id, cycle, seq, channel, opened_at, settings_version, next_at) SELECT ?1, value, 1, 1, 'whatsapp', ?3, ?4, ?5 FROM json_each(?2)`,
      )
      .bind(org.id, JSON.stringify(nobody), began, version, began + 30 * MINUTE)
      .run();
    const find = (now: number) => org.tenantDb.prepare(`${DUE_CLOCKS} LIMIT 100`).bind(now).all<{ org_id: string }>();
    const before = await find(began + 29 * MINUTE);
    const orgs = await org.tenantDb.prepare("SELECT count(*) AS n FROM orgs").first<{ n: number }>();
    expect(before.results.filter((row) => row.org_id === org.id)).toEqual([]);
    // Twice each organization, and what is left of other tests.
    expect(before.meta.rows_read).toBeLessThan(4 * orgs!.n + 4 * before.results.length + 50);
    at(began + 49 * MINUTE);
    await minute();
    expect((await one(org, id)).sla_status).toBe("warning");
    // Not again before some minutes have gone.
    expect((await find(clock.now())).results.filter((row) => row.org_id === org.id)).toEqual([]);
    await org.call("PATCH", `/api/sla/policies/${policyId}`, { warning_threshold_pct: 100 });
    await minute();
    expect((await one(org, id)).sla_status).toBe("active");
    await org.tenantDb
      .prepare("DELETE FROM sla_clocks WHERE org_id = ? AND conversation_id LIKE '00000000-%'")
      .bind(org.id)
      .run();
  });

  it("cost nothing where nobody made a policy", async () => {
    const { org, begin } = await shop();
    const { id } = await begin();
    await resolve(org, id);
    expect(await slaOf(org, id)).toMatchObject({
      policy_id: null,
      frt_status: "not_applicable",
      frt_threshold_secs: null,
      resolution_status: "not_applicable",
    });
    expect(await one(org, id)).toMatchObject({ sla_status: "not_applicable" });
    const rows = await org.tenantDb
      .prepare("SELECT is_open, plan, next_at FROM sla_clocks WHERE org_id = ?")
      .bind(org.id)
      .all();
    expect(rows.results).toEqual([{ is_open: 0, plan: null, next_at: null }]);
  });
});

describe("the list of breaches", () => {
  it("reads its page, goes on by cursor, and shows nobody what he may not see", async () => {
    const { org, begin } = await shop();
    const { id: policyId } = await policy(org);
    const { id: conversationId } = await begin();
    const rows = Array.from({ length: 120 }, (_, i) => [`00000000-0000-4000-8000-${String(i).padStart(12, "0")}`, i]);
    await org.tenantDb
      .prepare(
        `INSERT INTO sla_breaches SELECT value ->> 0, ?1, iif(value ->> 1 < 100, 'c' || value, ?3), value ->> 1, ?2, 'resolution', 60, 60, value ->> 1 FROM json_each(?4)`,
      )
      .bind(org.id, policyId, conversationId, JSON.stringify(rows))
      .run();
    await org.tenantDb
      .prepare("UPDATE sla_breaches SET conversation_id = ?2 WHERE org_id = ?1")
      .bind(org.id, conversationId)
      .run();
    const path = `/api/sla/policies/${policyId}/breaches`;
    const first = await org.call("GET", `${path}?limit=100`);
    expect([first.body.data.length, first.body.has_more]).toEqual([100, true]);
    expect(Number(/d1_rows_read;desc="(\d+)"/.exec(first.headers.get("server-timing")!)![1])).toBeLessThan(120);
    const second = await org.call("GET", `${path}?limit=100&cursor=${first.body.next_cursor}`);
    expect([second.body.data.length, second.body.has_more, second.body.next_cursor]).toEqual([20, false, null]);
    expect(new Set([...first.body.data, ...second.body.data].map((b: any) => b.id)).size).toBe(120);
    const other = await agentWith(org, ["sla.view", "conversations.view"]);
    expect((await other.call("GET", path)).body.data).toHaveLength(50);
    await org.call("PATCH", `/api/conversations/${conversationId}/assign`, { agent_id: org.agentId });
    expect((await other.call("GET", path)).body.data).toEqual([]);
    expectProblem(await other.call("GET", `/api/conversations/${conversationId}/sla`), 404, "conversation_not_found");
    expectProblem(await org.call("GET", `${path}?cursor=x`), 400, "malformed_request");
  });
});
